/// The module myelin_bundle and its input: Poisson trains, shifted and jittered.
#include "networks/delays/synchroniser.hpp"

#include <algorithm>
#include <cmath>

#include "core/random.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t train_stream = 300, jitter_stream = 301, shift_stream = 302;

constexpr const char* synchroniser_equations =
    "per segment: G = sum over all spikes of R(t) = 2 / tau_g exp(-t / tau_g) (1 - exp(-t / tau_g))\n"
    "at a spike of axon a: M_a += lambda_m G;  dM_a/dt = -lambda_a M_a\n"
    "dtau_a/dt = lambda_r (tau_max - tau_a) / (tau_max - tau_min) - lambda_a M_a (tau_a - tau_min) / (tau_max - "
    "tau_min)\n"
    "dlambda_r/dt = lambda_h lambda_r (tau_nom - mean of tau_a);  lambda_r = recovery lambda_m axons / tau_s^2 at the "
    "start\n";

double deviation(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

double normal(std::uint64_t seed, std::uint32_t stream, std::uint64_t id, std::uint32_t step) {
  const auto bits = draw(seed, Purpose::task, stream, id, step);
  return normal_quantile(uniform(bits[0], bits[1]));
}

/// Normal numbers whose standard deviation is exactly `sigma`.
std::vector<double> shifts_of(std::size_t axons, double sigma, std::uint64_t seed) {
  std::vector<double> shifts(axons);
  for (std::size_t a = 0; a < axons; ++a) shifts[a] = normal(seed, shift_stream, a, 0);
  const double drawn = deviation(shifts);
  for (auto& shift : shifts) shift *= drawn > 0 ? sigma / drawn : 0;
  return shifts;
}

}  // namespace

const ParamTable<MyelinBundleParams>& myelin_bundle_params() {
  using P = MyelinBundleParams;
  static const ParamTable<P> table = ParamTable<P>{
      {"axons", &P::axons, "", "number of axons", whole_positive},
      {"myelin",
       &P::myelin,
       "",
       "filtered: built in with rate lambda_a; instantaneous: at once",
       finite,
       {"filtered", "instantaneous"}}}.with(myelin_params);
  return table;
}

ModuleInfo myelin_bundle_module() {
  return {.name = "myelin_bundle",
          .summary = "axons under a chain of oligodendrocytes that synchronise what they carry (Pajevic 2023)",
          .params = myelin_bundle_params().infos(),
          .equations = synchroniser_equations,
          .check = [](const ModelArguments& arguments, std::vector<Problem>& problems) {
            check_myelin(myelin_bundle_params().read(arguments), problems);
          }};
}

Synchroniser::Synchroniser(const MyelinBundleParams& params, const SynchroniserTask& task, std::uint64_t seed)
    : task_(task),
      seed_(seed),
      bundle_(params, static_cast<std::size_t>(params.axons), seed, 0, params.myelin == "instantaneous"),
      shifts_(shifts_of(static_cast<std::size_t>(params.axons), task.sigma_d, seed)),
      margin_(1 + 8 * task.sigma_j),
      trains_(trains()) {
  for (const double shift : shifts_) margin_ = std::max(margin_, std::abs(shift) + 1 + 8 * task.sigma_j);
  for (auto& train : trains_) train.next = margin_;
}

std::size_t Synchroniser::correlated_axons() const noexcept {
  switch (task_.input) {
    case BundleInput::correlated: return shifts_.size();
    case BundleInput::mixed: return shifts_.size() / 2;
    case BundleInput::independent: break;
  }
  return 0;
}

std::size_t Synchroniser::trains() const noexcept { return 1 + shifts_.size() - correlated_axons(); }

/// Spikes of a train before `end`, told to its axons: train 0 to all that are correlated, train k to one other.
void Synchroniser::extend(std::uint32_t number, double end) {
  auto& train = trains_[number];
  const auto correlated = correlated_axons();
  const auto first = number == 0 ? 0 : correlated + number - 1, last = number == 0 ? correlated : first + 1;
  for (;;) {
    if (train.next >= end) return;
    for (auto a = first; a < last; ++a) {
      const double jitter =
          task_.sigma_j * normal(seed_, jitter_stream + 16 * static_cast<std::uint32_t>(a), train.count, number);
      bundle_.enter({train.next + shifts_[a] + jitter, static_cast<std::uint32_t>(a)});
    }
    const auto bits = draw(seed_, Purpose::task, train_stream, train.count, number);
    train.next -= 1000 / task_.rate * std::log(uniform(bits[0], bits[1]));
    ++train.count;
  }
}

void Synchroniser::run(double duration) {
  time_ += duration;
  for (std::uint32_t k = 0; k < trains_.size(); ++k) extend(k, time_ + 2 * margin_);
  out_.clear();
  bundle_.advance(time_, out_);
}

void Synchroniser::state(StateArchive& archive) {
  std::vector<double> next;
  std::vector<std::uint64_t> counts;
  for (const auto& train : trains_) next.push_back(train.next), counts.push_back(train.count);
  archive.column("next_spike", next);
  archive.column("spikes", counts);
  for (std::size_t k = 0; k < trains_.size(); ++k) trains_[k] = {next[k], counts[k]};
  archive.common("time", time_);
  bundle_.state(archive);
}

double Synchroniser::spread(std::size_t begin, std::size_t end) const {
  std::vector<double> totals;
  for (auto a = begin; a < end; ++a) totals.push_back(shifts_[a] + bundle_.conduction(a));
  return deviation(totals);
}

double Synchroniser::mean_conduction() const {
  double sum = 0;
  for (std::size_t a = 0; a < shifts_.size(); ++a) sum += bundle_.conduction(a);
  return sum / static_cast<double>(shifts_.size());
}

}  // namespace spikeloom
