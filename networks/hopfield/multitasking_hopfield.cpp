/// Patterns, examples, sweeps, mean field.
#include "networks/hopfield/multitasking_hopfield.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.hpp"

namespace spikeloom {
namespace {

constexpr const char* multitasking_hopfield_equations =
    "h_i = sum_j J_ij s_j;  T = 0: s_i = sign(h_i);  else P(s_i = 1) = 1 / (1 + exp(-2 h_i / T))\n"
    "J_ij = scale / N sum_p v_p,i v_p,j, i != j;  v: patterns, means of examples (supervised), or examples\n"
    "overlaps m = 1/N sum_i xi_i s_i;  hierarchy at T = 0: m_k = (1 - d) d^(k - 1), while 1 - 2 d + d^K > 0\n";

// Streams of random numbers: what they are for.
constexpr std::uint32_t of_patterns = 1, of_examples = 2, of_sweeps = 3;

constexpr Predicate share_above_zero{[](double x) { return x > 0 && x <= 1; }, "must be above 0 and at most 1"};

double number_of(std::uint64_t seed, std::uint32_t stream, std::uint64_t id) {
  const auto bits = draw(seed, Purpose::task, stream, id);
  return uniform(bits[0], bits[1]);
}

}  // namespace

const ParamTable<MultitaskingHopfield::Params>& MultitaskingHopfield::params() {
  static const ParamTable<Params> table{
      {"neurons", &Params::neurons, "", "number of spins", whole_positive},
      {"patterns", &Params::patterns, "", "number of patterns", whole_positive},
      {"dilution", &Params::dilution, "", "share of blank entries", fraction},
      {"learning",
       &Params::learning,
       "",
       "from the patterns themselves, from examples by pattern, or from examples alone",
       finite,
       {"storage", "supervised", "unsupervised"}},
      {"quality", &Params::quality, "", "r: an example keeps an entry with probability (1 + r) / 2", share_above_zero},
      {"examples", &Params::examples, "", "examples of each pattern", whole_positive}};
  return table;
}

MultitaskingHopfield::MultitaskingHopfield(const Params& params, std::uint64_t seed)
    : params_(params),
      seed_(seed),
      neurons_(static_cast<std::size_t>(params.neurons)),
      patterns_(static_cast<std::size_t>(params.patterns)),
      entries_(neurons_ * patterns_),
      spins_(neurons_, 1.0f) {
  for (std::size_t k = 0; k < entries_.size(); ++k) {
    const double number = number_of(seed_, of_patterns, k);
    entries_[k] = number < params_.dilution ? 0.0f : number < (1 + params_.dilution) / 2 ? 1.0f : -1.0f;
  }
  learn();
  squares_.resize(neurons_);
  for (std::size_t i = 0; i < neurons_; ++i)
    for (std::size_t p = 0; p < vector_count_; ++p)
      squares_[i] += vectors_[i * vector_count_ + p] * vectors_[i * vector_count_ + p];
  randomise();
}

void MultitaskingHopfield::learn() {
  if (params_.learning == "storage") {
    vectors_ = entries_, vector_count_ = patterns_;
    return;
  }
  const auto examples = static_cast<std::size_t>(params_.examples);
  const double r2 = params_.quality * params_.quality, r2_and_noise = r2 * (1 + entropy());
  const bool supervised = params_.learning == "supervised";
  vector_count_ = supervised ? patterns_ : patterns_ * examples;
  scale_ = supervised ? 1 / r2_and_noise : 1 / (r2_and_noise * params_.examples);
  vectors_.resize(neurons_ * vector_count_);
  for (std::size_t i = 0; i < neurons_; ++i)
    for (std::size_t mu = 0; mu < patterns_; ++mu)
      for (std::size_t a = 0; a < examples; ++a) {
        const bool kept =
            number_of(seed_, of_examples, (i * patterns_ + mu) * examples + a) < (1 + params_.quality) / 2;
        const float entry = kept ? entries_[i * patterns_ + mu] : -entries_[i * patterns_ + mu];
        if (supervised)
          vectors_[i * vector_count_ + mu] += entry / static_cast<float>(examples);
        else
          vectors_[i * vector_count_ + mu * examples + a] = entry;
      }
}

double MultitaskingHopfield::uniform_number() { return number_of(seed_, of_sweeps, drawn_++); }

double MultitaskingHopfield::entropy() const {
  if (params_.learning == "storage") return 0;
  const double r2 = params_.quality * params_.quality;
  return (1 - r2) / (params_.examples * r2);
}

void MultitaskingHopfield::randomise() {
  for (auto& spin : spins_) spin = uniform_number() < 0.5 ? 1.0f : -1.0f;
  count_overlaps();
}

void MultitaskingHopfield::cue(std::size_t pattern, double flipped) {
  randomise();
  for (std::size_t i = 0; i < neurons_; ++i) {
    const float entry = entries_[i * patterns_ + pattern];
    if (entry != 0) spins_[i] = uniform_number() < flipped ? -entry : entry;
  }
  count_overlaps();
}

void MultitaskingHopfield::count_overlaps() {
  sums_.assign(vector_count_, 0);
  for (std::size_t i = 0; i < neurons_; ++i)
    for (std::size_t p = 0; p < vector_count_; ++p)
      sums_[p] += static_cast<double>(vectors_[i * vector_count_ + p] * spins_[i]);
}

double MultitaskingHopfield::field(std::size_t spin) const {
  const float* vectors = vectors_.data() + spin * vector_count_;
  double sum = 0;
  for (std::size_t p = 0; p < vector_count_; ++p) sum += static_cast<double>(vectors[p]) * sums_[p];
  return scale_ / static_cast<double>(neurons_) * (sum - static_cast<double>(squares_[spin] * spins_[spin]));
}

void MultitaskingHopfield::flip(std::size_t spin) {
  spins_[spin] = -spins_[spin];
  const float* vectors = vectors_.data() + spin * vector_count_;
  for (std::size_t p = 0; p < vector_count_; ++p) sums_[p] += static_cast<double>(2 * vectors[p] * spins_[spin]);
}

std::size_t MultitaskingHopfield::sweep(double temperature) {
  std::vector<std::uint32_t> order(neurons_);
  std::iota(order.begin(), order.end(), 0u);
  for (std::size_t i = neurons_; i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(uniform_number() * static_cast<double>(i))]);
  std::size_t changed = 0;
  for (const auto i : order) {
    const double h = field(i);
    float wanted = spins_[i];
    if (temperature > 0)
      wanted = uniform_number() < 1 / (1 + std::exp(-2 * h / temperature)) ? 1.0f : -1.0f;
    else if (h != 0)
      wanted = h > 0 ? 1.0f : -1.0f;
    if (wanted == spins_[i]) continue;
    flip(i);
    ++changed;
  }
  return changed;
}

std::vector<double> MultitaskingHopfield::overlaps() const {
  std::vector<double> m(patterns_);
  for (std::size_t i = 0; i < neurons_; ++i)
    for (std::size_t mu = 0; mu < patterns_; ++mu)
      m[mu] += static_cast<double>(entries_[i * patterns_ + mu] * spins_[i]) / static_cast<double>(neurons_);
  return m;
}

double MultitaskingHopfield::energy() const {
  const double n = static_cast<double>(neurons_);
  double squares = 0;
  for (const double sum : sums_) squares += sum * sum;
  for (const float self : squares_) squares -= static_cast<double>(self);
  return -scale_ / (2 * n * n) * squares;
}

double MultitaskingHopfield::loss(std::size_t pattern) const {
  double entries = 0, product = 0;
  for (std::size_t i = 0; i < neurons_; ++i) {
    const float entry = entries_[i * patterns_ + pattern];
    entries += static_cast<double>(entry * entry), product += static_cast<double>(entry * spins_[i]);
  }
  return (entries - std::abs(product)) / static_cast<double>(neurons_);
}

std::vector<StateArray> MultitaskingHopfield::state() {
  return {{"patterns", "", {neurons_, patterns_}, std::span(entries_)},
          {"vectors", "", {neurons_, vector_count_}, std::span(vectors_)},
          {"spins", "", {neurons_}, std::span(spins_)},
          {"drawn", "", {1}, std::span(&drawn_, 1)}};
}

std::vector<double> MultitaskingHopfield::hierarchy(double dilution, std::size_t patterns) {
  std::vector<double> m;
  for (std::size_t k = 0; k < patterns; ++k) m.push_back(k == 0 ? 1 - dilution : m.back() * dilution);
  return m;
}

std::vector<double> MultitaskingHopfield::mean_field(double dilution, double beta, std::vector<double> start) {
  constexpr int most = 20'000;
  const std::size_t patterns = start.size();
  std::size_t combinations = 1;
  for (std::size_t mu = 0; mu < patterns; ++mu) combinations *= 3;
  auto m = std::move(start);
  std::vector<double> next(patterns), xi(patterns);
  for (int iteration = 0; iteration < most; ++iteration) {
    std::fill(next.begin(), next.end(), 0.0);
    for (std::size_t c = 0; c < combinations; ++c) {
      double probability = 1, h = 0;
      for (std::size_t mu = 0, rest = c; mu < patterns; ++mu, rest /= 3) {
        xi[mu] = static_cast<double>(rest % 3) - 1;
        probability *= xi[mu] == 0 ? dilution : (1 - dilution) / 2;
        h += xi[mu] * m[mu];
      }
      const double answer = probability * std::tanh(beta * h);
      for (std::size_t mu = 0; mu < patterns; ++mu) next[mu] += xi[mu] * answer;
    }
    double moved = 0;
    for (std::size_t mu = 0; mu < patterns; ++mu) moved = std::max(moved, std::abs(next[mu] - m[mu]));
    m.swap(next);
    if (moved < 1e-13) break;
  }
  return m;
}

ModuleInfo multitasking_hopfield_module() {
  return {
      .name = std::string(MultitaskingHopfield::name),
      .summary = "associative memory whose patterns have blanks: several are recalled at once (Agliari et al. 2023)",
      .params = MultitaskingHopfield::params().infos(),
      .equations = multitasking_hopfield_equations};
}

}  // namespace spikeloom
