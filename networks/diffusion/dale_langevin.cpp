/// Noise, losses, updates, averaged weights and samples of the multiplicative diffusion model.
#include "networks/diffusion/dale_langevin.hpp"

#include <algorithm>

#include "core/errors.hpp"
#include "core/parallel.hpp"
#include "core/random.hpp"
#include "networks/diffusion/noise_field.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t samples_together = 250;  // go backwards at a time
constexpr double probe = 0.1;                  // length of finite differences over the deviation of the noise

constexpr Predicate whole{[](double x) { return std::isfinite(x) && x >= 0 && x == std::floor(x); },
                          "must be a whole number, 0 or more"};
constexpr Predicate share{[](double x) { return x > 0 && x <= 1; }, "must be above 0 and at most 1"};
constexpr Predicate below_one{[](double x) { return x >= 0 && x < 1; }, "must be at least 0 and below 1"};

ScoreArchitecture architecture_of(const DaleLangevinParams& params) {
  const auto& curves = curve_names();
  ScoreArchitecture architecture;
  architecture.convolutional = params.network == "convolutional";
  architecture.corrects = params.estimate == "corrected";
  architecture.curve = static_cast<Curve>(std::find(curves.begin(), curves.end(), params.activation) - curves.begin());
  for (const double width : params.hidden) architecture.hidden.push_back(static_cast<std::size_t>(width));
  return architecture;
}

DescentOptions descent_of(const DaleLangevinParams& params) {
  DescentOptions options{.optimiser = "adam", .clip = params.clip};
  options.arguments.numbers["eta"] = {params.eta};
  return options;
}

void check_dale_langevin(const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto given = DaleLangevinParams::table().read(arguments);
  const auto complain = [&](const char* name, std::string what, std::string hint) {
    problems.push_back({{}, name, std::move(what), std::move(hint)});
  };
  if (given.hidden.empty()) complain("hidden", "a network needs a hidden level", "give at least one width");
  if (given.eta_end > 0 && given.schedule != "cosine")
    complain("eta_end", "is only used by the schedule 'cosine'", "say schedule: cosine");
  if (given.eta_end > given.eta) complain("eta_end", "is above eta", "lower it");
  if (given.guidance > 0 && !given.conditional)
    complain("guidance", "a network that is told no classes cannot be guided by them", "say conditional: true");
  if (given.guidance > 0 && given.unlabelled == 0)
    complain("guidance", "needs a network that knows samples of any class too", "give unlabelled a share above 0");
}

}  // namespace

const ParamTable<DaleLangevinParams>& DaleLangevinParams::table() {
  using P = DaleLangevinParams;
  static const ParamTable<P> table{
      {"sigma", &P::sigma, "", "deviation of log x by noise, at t = 1", positive},
      {"drift", &P::drift, "", "of log x by time 1: mu - sigma^2 / 2"},
      {"offset", &P::offset, "", "x = offset + data", positive},
      {"sampler", &P::sampler, "", "keeps signs (multiplies by exponentials), or need not", finite, sampler_names()},
      {"steps", &P::steps, "", "N: times of the way back", whole_positive},
      {"grid", &P::grid, "", "times are (k / N)^grid: above 1, more of them are early", positive},
      {"step", &P::step, "", "length of an update over the time from one grid point to the next", positive},
      {"repeats", &P::repeats, "", "updates at each time", whole_positive},
      {"anneal", &P::anneal, "", "factor on the amplitude of the noise after every time", share},
      {"polish", &P::polish, "", "further updates without noise at the end", whole},
      {"bounded", &P::bounded, "", "on the way back, clean numbers are taken to lie where data do: 0 to 1"},
      {"network", &P::network, "", "of the score", finite, {"dense", "convolutional"}},
      {"hidden", &P::hidden, "", "units of its levels; or channels at full size, half, a quarter, ...", whole_positive},
      {"estimate",
       &P::estimate,
       "",
       "of clean numbers: the network's output, or the noisy numbers corrected by it",
       finite,
       {"direct", "corrected"}},
      {"activation", &P::activation, "", "of all its levels but the last", finite, curve_names()},
      {"conditional", &P::conditional, "", "the network is told the class"},
      {"unlabelled", &P::unlabelled, "", "share of training samples whose class it is not told", below_one},
      {"guidance", &P::guidance, "", "how far beyond what the class says samples go", non_negative},
      {"loss", &P::loss, "", "from clean numbers, or from noisy ones alone", finite, {"denoising", "hyvarinen"}},
      {"weighting",
       &P::weighting,
       "",
       "of times: as published, (sigma^2 t)^2, or so that errors count equally over what is possible there",
       finite,
       {"published", "even"}},
      {"eta", &P::eta, "", "learning rate (Adam)", non_negative},
      {"schedule", &P::schedule, "", "of the learning rate over the epochs", finite, {"constant", "cosine"}},
      {"eta_end", &P::eta_end, "", "of the cosine: what eta falls to", non_negative},
      {"clip", &P::clip, "", "greatest norm of the gradient; 0: any", non_negative},
      {"average", &P::average, "", "samples are drawn with weights averaged over updates: share that is kept",
       below_one}};
  return table;
}

SamplerOptions DaleLangevinParams::sampling() const {
  return {.kind = sampler == "dale" ? SamplerOptions::Kind::dale : SamplerOptions::Kind::unconstrained,
          .steps = steps,
          .repeats = repeats,
          .polish = static_cast<int>(polish),
          .grid = grid,
          .step = step,
          .anneal = anneal};
}

DaleLangevin::DaleLangevin(const DaleLangevinParams& params, const LearningProblem& problem, std::uint64_t seed)
    : params_(params),
      problem_(problem),
      seed_(seed),
      noise_(params.noise()),
      network_(architecture_of(params), problem.shape, params.conditional ? problem.classes : 0, seed),
      parameters_(network_.parameters()),
      descent_(parameters_, descent_of(params)),
      columns_(descent_.columns()) {
  for (const auto& parameter : parameters_) {
    average_.emplace_back(parameter.values.begin(), parameter.values.end());
    average_names_.push_back("average_" + parameter.name);
  }
}

// ---- learning ------------------------------------------------------------------------------------------------------

void DaleLangevin::learn_moments(const DenseData& data) {
  double sum = 0, squares = 0, count = 0;
  for (std::size_t i = 0; i < data.size(); ++i)
    for (const float value : data[i]) {
      const double y = std::log(static_cast<double>(value) + params_.offset);
      sum += y;
      squares += y * y;
      ++count;
    }
  moments_ = {sum / count, std::sqrt(std::max(1e-6, squares / count - sum / count * sum / count))};
}

void DaleLangevin::read(const Batch& batch, std::uint64_t update, int threads) {
  const auto& data = batch.dense();
  const auto rows = batch.samples.size();
  batch_.clean.resize(rows, data.shape().size());
  batch_.labels.resize(rows);
  for_each_index(static_cast<std::size_t>(threads), rows, [&](std::size_t i) {
    const auto row = batch_.clean.row(i);
    data.read(batch.samples[i], update, row, {});
    for (auto& value : row) value = std::log(value + static_cast<float>(params_.offset));
    batch_.labels[i] = data.label(batch.samples[i]);
  });
}

double DaleLangevin::clock(double t) const { return std::pow(t, 1 / params_.grid); }

void DaleLangevin::add_noise(NoiseStream stream, std::uint64_t first_row, std::uint32_t step, int threads) {
  const auto rows = batch_.clean.rows(), columns = batch_.clean.columns();
  normal_.resize(rows, columns);
  fill_normal(seed_, stream, first_row, step, normal_, threads);
  batch_.noisy.resize(rows, columns);
  batch_.times.resize(rows);
  batch_.clocks.resize(rows);
  const auto sampling = params_.sampling();
  for (std::size_t i = 0; i < rows; ++i) {
    const auto bits = draw(seed_, Purpose::noise, static_cast<std::uint32_t>(NoiseStream::times), first_row + i,
                           step * 2 + (stream == NoiseStream::training ? 1 : 0));
    const auto step_number = 1 + below(static_cast<std::uint64_t>(params_.steps), bits[0], bits[1]);
    const double t = batch_.times[i] = sampling.time(static_cast<int>(step_number));
    batch_.clocks[i] = clock(t);
    if (stream == NoiseStream::training && uniform(bits[2]) < params_.unlabelled) batch_.labels[i] = -1;
    const auto shift = static_cast<float>(noise_.drift * t), factor = static_cast<float>(std::sqrt(noise_.variance(t)));
    const float* __restrict z = normal_.row(i).data(), * __restrict clean = batch_.clean.row(i).data();
    float* __restrict noisy = batch_.noisy.row(i).data();
    for (std::size_t k = 0; k < columns; ++k) noisy[k] = clean[k] + shift + factor * z[k];
  }
}

void DaleLangevin::evaluate(const Batch& batch, std::span<Answer> answers, int threads) {
  keep_workers(static_cast<std::size_t>(threads), [&] {
    read(batch, 0, threads);
    add_noise(NoiseStream::evaluation, batch.samples.front(), 0, threads);
    swap_average();
    const auto& said = network_.denoise(batch_.noisy, noise_, {moments_[0], moments_[1]}, batch_.times, batch_.clocks,
                                        batch_.labels, {threads, false});
    swap_average();
    for (std::size_t i = 0; i < answers.size(); ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < said.columns(); ++k) {
        const auto d = static_cast<double>(said(i, k) - batch_.clean(i, k));
        sum += d * d;
      }
      answers[i] = {sum, -1};
    }
  });
}

void DaleLangevin::update(const Batch& batch, std::span<Answer> answers, int threads) {
  keep_workers(static_cast<std::size_t>(threads), [&] {
    if (counters_[1] == 0) learn_moments(batch.dense());
    read(batch, counters_[1], threads);
    add_noise(NoiseStream::training, 0, static_cast<std::uint32_t>(counters_[1]), threads);
    if (params_.loss == "denoising")
      denoising_loss(answers, threads);
    else
      hyvarinen_loss(answers, threads);
    network_.learn(by_clean_, {threads, true});
    take_step(threads);
  });
}

double DaleLangevin::weight_of(double variance) const {
  if (params_.weighting == "published") return 1;
  return 1 / (moments_[1] * moments_[1]) + 1 / variance;
}

void DaleLangevin::denoising_loss(std::span<Answer> answers, int threads) {
  const auto& said = network_.denoise(batch_.noisy, noise_, {moments_[0], moments_[1]}, batch_.times, batch_.clocks,
                                      batch_.labels, {threads, true});
  by_clean_.resize(said.rows(), said.columns());
  for (std::size_t i = 0; i < said.rows(); ++i) {
    const double weight = weight_of(noise_.variance(batch_.times[i]));
    const auto factor = static_cast<float>(2 * weight / static_cast<double>(said.rows()));
    double sum = 0;
    for (std::size_t k = 0; k < said.columns(); ++k) {
      const float d = said(i, k) - batch_.clean(i, k);
      sum += static_cast<double>(d) * static_cast<double>(d);
      by_clean_(i, k) = factor * d;
    }
    answers[i] = {weight * sum, -1};
  }
}

/// Rows of the network's input: noisy samples, then the same moved to one side and to the other along random signs.
void DaleLangevin::hyvarinen_loss(std::span<Answer> answers, int threads) {
  const auto rows = batch_.noisy.rows(), columns = batch_.noisy.columns();
  fill_normal(seed_, NoiseStream::times, 0, static_cast<std::uint32_t>(counters_[1]), normal_, threads);
  shifted_.resize(3 * rows, columns);
  std::vector<double> times, clocks;
  std::vector<std::int32_t> labels;
  for (std::size_t part = 0; part < 3; ++part)
    for (std::size_t i = 0; i < rows; ++i) {
      times.push_back(batch_.times[i]), clocks.push_back(batch_.clocks[i]), labels.push_back(batch_.labels[i]);
      const auto length = static_cast<float>(probe * std::sqrt(noise_.variance(batch_.times[i])));
      const float side = part == 0 ? 0 : part == 1 ? length : -length;
      for (std::size_t k = 0; k < columns; ++k)
        shifted_(part * rows + i, k) = batch_.noisy(i, k) + std::copysign(side, side * normal_(i, k));
    }
  const auto& said =
      network_.denoise(shifted_, noise_, {moments_[0], moments_[1]}, times, clocks, labels, {threads, true});
  by_clean_.resize(3 * rows, columns);
  for (std::size_t i = 0; i < rows; ++i) {
    const double t = batch_.times[i], variance = noise_.variance(t), weight = weight_of(variance),
                 length = probe * std::sqrt(variance);
    double sum = 0;
    for (std::size_t k = 0; k < columns; ++k) {
      const auto h_of = [&](std::size_t part) {
        const auto row = part * rows + i;
        return noise_.score_of(static_cast<double>(shifted_(row, k)) - static_cast<double>(said(row, k)), t);
      };
      const double h = h_of(0), sign = normal_(i, k) < 0 ? -1 : 1;
      sum += h * h / 2 + h + sign * (h_of(1) - h_of(2)) / (2 * length);
      const double factor = weight * variance / static_cast<double>(rows);  // of (sigma^2 t)^2 dh/dE
      by_clean_(i, k) = static_cast<float>(factor * (h + 1));
      by_clean_(rows + i, k) = static_cast<float>(factor * sign / (2 * length));
      by_clean_(2 * rows + i, k) = -by_clean_(rows + i, k);
    }
    answers[i] = {weight * variance * variance * sum, -1};
  }
}

void DaleLangevin::take_step(int threads) {
  double schedule = 1;
  if (params_.schedule == "cosine" && problem_.epochs > 0 && params_.eta > 0) {
    const double over = static_cast<double>(counters_[0]) / static_cast<double>(problem_.epochs),
                 end = params_.eta_end / params_.eta;
    schedule = end + (1 - end) * 0.5 * (1 + std::cos(M_PI * over));
  }
  descent_.set_updates(counters_[1]);
  descent_.step(rate_ * schedule, 1, threads);
  ++counters_[1];
  const auto updates = static_cast<double>(counters_[1]);
  const auto kept = static_cast<float>(std::min(params_.average, updates / (updates + 10)));
  for_each_index(static_cast<std::size_t>(threads), parameters_.size(), [&](std::size_t p) {
    float* __restrict average = average_[p].data();
    const float* __restrict now = parameters_[p].values.data();
    for (std::size_t k = 0; k < average_[p].size(); ++k) average[k] += (1 - kept) * (now[k] - average[k]);
  });
}

void DaleLangevin::swap_average() {
  for (std::size_t p = 0; p < parameters_.size(); ++p)
    std::swap_ranges(average_[p].begin(), average_[p].end(), parameters_[p].values.begin());
}

// ---- samples -------------------------------------------------------------------------------------------------------

const Matrix<float>& DaleLangevin::clean_of(const Matrix<float>& y, double t, std::span<const std::int32_t> labels,
                                            int threads) {
  const std::vector<double> times(y.rows(), t), clocks(y.rows(), clock(t));
  const LogMoments moments{moments_[0], moments_[1]};
  if (params_.guidance == 0) return network_.denoise(y, noise_, moments, times, clocks, labels, {threads, false});
  const std::vector<std::int32_t> none(y.rows(), -1);
  const auto& of_any = network_.denoise(y, noise_, moments, times, clocks, none, {threads, false});
  without_label_.resize(y.rows(), y.columns());
  std::copy(of_any.values().begin(), of_any.values().end(), without_label_.values().begin());
  const auto& of_class = network_.denoise(y, noise_, moments, times, clocks, labels, {threads, false});
  const auto further = static_cast<float>(params_.guidance);
  for (std::size_t k = 0; k < y.size(); ++k) {
    float& clean = without_label_.values()[k];
    clean = of_class.values()[k] + further * (of_class.values()[k] - clean);
  }
  return without_label_;
}

void DaleLangevin::score(const Matrix<float>& y, double t, std::span<const std::int32_t> labels, Matrix<float>& h,
                         int threads) {
  swap_average();
  const auto& clean = clean_of(y, t, labels, threads);
  swap_average();
  const auto drift = static_cast<float>(noise_.drift * t), over = static_cast<float>(1 / noise_.variance(t));
  const auto low = params_.bounded ? static_cast<float>(std::log(params_.offset)) : -HUGE_VALF,
             high = params_.bounded ? static_cast<float>(std::log(params_.offset + 1)) : HUGE_VALF;
  h.resize(y.rows(), y.columns());
  const float* __restrict noisy = y.values().data(), * __restrict e = clean.values().data();
  float* __restrict to = h.values().data();
  for (std::size_t k = 0; k < y.size(); ++k)
    to[k] = -1 - (noisy[k] - drift - std::min(std::max(e[k], low), high)) * over;
}

Matrix<float> DaleLangevin::generate(std::span<const std::int32_t> labels, std::uint64_t seed, int threads,
                                     const std::function<bool(double share)>& go_on) {
  const LogNormalStart start{moments_[0] + noise_.drift, std::sqrt(moments_[1] * moments_[1] + noise_.variance(1))};
  const auto columns = problem_.shape.size();
  Matrix<float> samples(labels.size(), columns);
  bool goes_on = true;
  keep_workers(static_cast<std::size_t>(threads), [&] {
    for (std::size_t first = 0; first < labels.size() && goes_on; first += samples_together) {
      const auto count = std::min(samples_together, labels.size() - first);
      const auto of_score = [&](const Matrix<float>& y, double t, Matrix<float>& h) {
        score(y, t, labels.subspan(first, count), h, threads);
      };
      const auto drawn = sample_reverse(
          noise_, params_.sampling(), start, of_score, count, columns, seed, first, threads, [&](double over) {
            const auto done = static_cast<double>(first) + over * static_cast<double>(count);
            goes_on = !go_on || go_on(done / static_cast<double>(labels.size()));
            return goes_on;
          });
      for (std::size_t i = 0; i < count; ++i)
        for (std::size_t k = 0; k < columns; ++k) {
          const float value = std::exp(drawn.log_size(i, k)) - static_cast<float>(params_.offset);
          samples(first + i, k) = std::min(std::max(value, 0.0f), 1.0f);
        }
    }
  });
  return samples;
}

// ---- what it is made of --------------------------------------------------------------------------------------------

std::vector<StateArray> DaleLangevin::state() {
  std::vector<StateArray> all;
  for (const auto& parameter : parameters_)
    all.push_back({parameter.name, "", {parameter.values.size()}, parameter.values});
  for (std::size_t p = 0; p < average_.size(); ++p)
    all.push_back({average_names_[p], "", {average_[p].size()}, std::span<float>(average_[p])});
  for (const auto& column : columns_) all.push_back({column.name, "", {column.values.size()}, column.values});
  all.push_back({"moments", "", {moments_.size()}, std::span(moments_)});
  all.push_back({"counters", "", {counters_.size()}, std::span(counters_)});
  return all;
}

std::vector<NamedArray> DaleLangevin::arrays() const {
  std::vector<NamedArray> all;
  for (std::size_t p = 0; p < average_.size(); ++p)
    all.push_back({average_names_[p],
                   "",
                   "averaged over updates, after training (first seed)",
                   {"weight"},
                   {average_[p].size()},
                   {average_[p].begin(), average_[p].end()}});
  all.push_back({"moments", "", "mean and deviation of log x over training data", {"moment"}, {2}, moments_});
  return all;
}

void DaleLangevin::arrays_loaded() {
  for (std::size_t p = 0; p < parameters_.size(); ++p)
    std::copy(average_[p].begin(), average_[p].end(), parameters_[p].values.begin());
}

ModuleInfo dale_langevin_module() {
  return {.name = std::string(DaleLangevinParams::module),
          .summary = "diffusion with noise that multiplies: samples keep their signs (Shetty et al. 2025)",
          .params = DaleLangevinParams::table().infos(),
          .equations =
              "dx = mu x dt + sigma x dW,   log x_t = log x_0 + drift t + sigma sqrt(t) z,   mu = drift + sigma^2 / 2\n"
              "h = x dlog p_t(x)/dx\n"
              "dale:          x *= exp(d (sigma^2 h - mu + 3/2 sigma^2) + sigma sqrt(d) z)\n"
              "unconstrained: x *= 1 + d (sigma^2 h - mu + 2 sigma^2) + sigma sqrt(d) z\n"
              "loss: E |sigma^2 t h + log x_t - log x_0 - mu t + 3/2 sigma^2 t|^2 = E |E[log x_0] - log x_0|^2\n",
          .check = check_dale_langevin};
}

LearnerInfo dale_langevin_learner() {
  return {.module = std::string(DaleLangevinParams::module),
          .make = [](const ModelArguments& arguments, const LearningProblem& problem,
                     std::uint64_t seed) -> std::unique_ptr<Learner> {
            return std::make_unique<DaleLangevin>(DaleLangevinParams::table().read(arguments), problem, seed);
          },
          .kind = SampleKind::dense,
          .generates = true};
}

}  // namespace spikeloom
