/// Dale's law in sampling and in learning: updates that multiply never change a sign, and find sparse positive weights.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/models/exponential.hpp"
#include "core/random.hpp"
#include "experiments/protocols/parts.hpp"
#include "experiments/protocols/protocols.hpp"
#include "networks/diffusion/dale_langevin.hpp"
#include "networks/diffusion/noise_field.hpp"
#include "plasticity/layers/product.hpp"
#include "plasticity/optimiser.hpp"

namespace spikeloom::experiments {
namespace {

struct Params {
  std::vector<std::string> experiments = {"signs", "sparse"};
  std::vector<double> lengths = {0.3, 0.5, 1.0};
  double updates = 1e8;
  int weights = 1000, sparse = 50, samples = 200, iterations = 1000;
  double eta = 0.2, eta_plain = 0.02, start = 1e-4, spread = 1;
};

const ParamTable<Params>& params() {
  using P = Params;
  static const ParamTable<P> table{
      {"experiments", &P::experiments, "", "which experiments", finite, {"signs", "sparse"}},
      {"lengths", &P::lengths, "", "signs: lengths of a step", positive},
      {"updates", &P::updates, "", "signs: of numbers of either sign, for every length", whole_positive},
      {"weights", &P::weights, "", "sparse: number of weights", whole_positive},
      {"sparse", &P::sparse, "", "sparse: how many of them are not 0 in truth", whole_positive},
      {"samples", &P::samples, "", "sparse: samples that they are learned from", whole_positive},
      {"iterations", &P::iterations, "", "sparse: updates", whole_positive},
      {"eta", &P::eta, "", "sparse: learning rate of exponentiated gradient", positive},
      {"eta_plain", &P::eta_plain, "", "sparse: learning rate of plain descent clipped at 0", positive},
      {"start", &P::start, "", "sparse: median of the first weights", positive},
      {"spread", &P::spread, "", "sparse: deviation of their logarithms", non_negative}};
  return table;
}

double skewness_of(const std::vector<double>& values) {
  double mean = 0, second = 0, third = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (const double value : values) {
    const double d = value - mean;
    second += d * d / static_cast<double>(values.size());
    third += d * d * d / static_cast<double>(values.size());
  }
  return third / (second * std::sqrt(second));
}

struct LeastSquares {
  Matrix<double> inputs, answers;  // [sample][weight], [sample][1]
  std::vector<double> truth;
};

/// Least squares, 1/2 the mean over samples; an update per step.
class Descending final : public SteppedRun {
 public:
  Descending(const LeastSquares& problem, const char* optimiser, double eta, int updates, std::vector<double> weights)
      : problem_(problem),
        name_(optimiser),
        updates_(static_cast<std::uint64_t>(updates)),
        weights_(std::move(weights)) {
    ModelArguments arguments;
    arguments.numbers["eta"] = {eta};
    optimiser_ = find_optimiser(name_)->make<double>(arguments, weights_.size());
  }

  std::uint64_t steps() const override { return updates_; }
  void step(std::uint64_t) override {
    const auto size = weights_.size(), samples = problem_.inputs.rows();
    Matrix<double> residual(samples, 1), gradient(size, 1);
    multiply(problem_.inputs.view(), {weights_.data(), size, 1, 1}, residual.view(), Onto::zero, 1);
    for (std::size_t i = 0; i < samples; ++i)
      residual(i, 0) = (residual(i, 0) - problem_.answers(i, 0)) / static_cast<double>(samples);
    multiply(problem_.inputs.view().transposed(), std::as_const(residual).view(), gradient.view(), Onto::zero, 1);
    optimiser_->update(weights_, gradient.values());
    for (auto& weight : weights_) weight = std::max(weight, 0.0);  // moves nothing of exponentiated gradient
    errors_.push_back(0);
    for (std::size_t k = 0; k < size; ++k) errors_.back() += std::abs(weights_[k] - problem_.truth[k]);
  }
  void state(StateArchive& archive) override { optimiser_->state(archive, ""); }
  void results(StateArchive& archive) override {
    archive.column("weights", weights_);
    archive.common_list("errors", errors_);
  }
  std::string note(std::uint64_t) const override { return name_; }

  const std::vector<double>& weights() const { return weights_; }
  const std::vector<double>& errors() const { return errors_; }  // L1, of the weights, after every update

 private:
  const LeastSquares& problem_;
  const char* name_;
  std::uint64_t updates_;
  std::vector<double> weights_, errors_;
  std::unique_ptr<Optimiser<double>> optimiser_;
};

class DaleExperiments {
 public:
  explicit DaleExperiments(const ProtocolRun& run)
      : run_(run),
        module_(DaleLangevinParams::table().read(run.experiment.module->arguments)),
        params_(params().read(run.experiment.protocol->arguments)),
        stages_(run) {}

  ProtocolOutcome all() {
    return run_parts(run_, stages_, params_.experiments,
                     {{"signs", [this] { signs(); }}, {"sparse", [this] { sparse(); }}});
  }

 private:
  void metric(std::string name, double value, std::string doc, bool headline = false) {
    run_.output.add(Metric{std::move(name), value, "", std::move(doc), headline});
  }

  // ---- signs -------------------------------------------------------------------------------------------------------

  struct Flips {
    double dale = 0, unconstrained = 0;
  };

  /// One row of numbers, half of them negative, through updates of length `d` without a score or drift. Those
  /// of the dale sampler go on from where they are, those of the other begin anew every time.
  Flips flips_of(std::size_t row, double d, std::uint32_t updates) const {
    constexpr std::size_t width = 4096;
    const auto noise = module_.noise();
    const auto dale = noise.dale_step(d, 1), free = noise.unconstrained_step(d, 1);
    const auto by_dale = static_cast<float>(dale.noise), by_free = static_cast<float>(free.noise);
    Matrix<float> z(1, width);
    std::vector<float> x(width);
    for (std::size_t k = 0; k < width; ++k) x[k] = k % 2 == 0 ? 1.0f : -1.0f;
    Flips flips;
    for (std::uint32_t n = 0; n < updates; ++n) {
      fill_normal(run_.experiment.seed, NoiseStream::sampling, row, n, z, 1);
      for (std::size_t k = 0; k < width; ++k) {
        const float moved = x[k] * exponential(by_dale * z.values()[k]);
        flips.dale += std::signbit(moved) != (k % 2 == 1) || moved == 0 ? 1 : 0;
        flips.unconstrained += 1 + by_free * z.values()[k] < 0 ? 1 : 0;
        x[k] = moved;
      }
    }
    return flips;
  }

  void signs() {
    constexpr std::uint32_t updates_of_row = 100;
    constexpr double of_row = 4096.0 * updates_of_row;
    const auto rows = static_cast<std::size_t>(std::ceil(params_.updates / of_row));
    TrialTable table{"signs",
                     "share of updates that change a sign, without drift",
                     {{"length", "", "of a step", params_.lengths},
                      {"dale", "", "multiplied by an exponential"},
                      {"unconstrained", "", "multiplied by 1 + sigma sqrt(d) z"},
                      {"theory", "", "Phi(-1 / (sigma sqrt(d)))"}}};
    double changes = 0, worst = 0;
    const auto flips = stages_.rows(params_.lengths.size() * rows, 2, [&](std::size_t k, std::span<double> row) {
      const auto found = flips_of(k % rows, params_.lengths[k / rows], updates_of_row);
      row[0] = found.dale, row[1] = found.unconstrained;
    });
    for (std::size_t length = 0; length < params_.lengths.size(); ++length) {
      const double d = params_.lengths[length];
      Flips sum;
      for (std::size_t k = length * rows; k < (length + 1) * rows; ++k)
        sum.dale += flips[2 * k], sum.unconstrained += flips[2 * k + 1];
      const double count = of_row * static_cast<double>(rows), free = sum.unconstrained / count,
                   theory = normal_cdf(-1 / (module_.sigma * std::sqrt(d)));
      const double row[] = {sum.dale / count, free, theory};
      for (std::size_t c = 0; c < 3; ++c) table.columns[c + 1].values.push_back(row[c]);
      changes += sum.dale;
      worst = std::max(worst, std::abs(free / theory - 1));
    }
    metric("signs_updates", of_row * static_cast<double>(rows), "of either sampler, for each length");
    metric("signs_dale", changes, "signs changed by the dale sampler", true);
    metric("signs_worst", worst, "largest relative deviation of the other sampler's rate from theory");
    run_.output.add(std::move(table));
  }

  // ---- sparse positive weights -------------------------------------------------------------------------------------

  LeastSquares problem() const {
    const auto weights = static_cast<std::size_t>(params_.weights), samples = static_cast<std::size_t>(params_.samples);
    Matrix<float> z(samples, weights);
    fill_normal(run_.experiment.seed, NoiseStream::truth, 0, 0, z, run_.threads);
    LeastSquares problem{Matrix<double>(samples, weights), Matrix<double>(samples, 1), std::vector<double>(weights)};
    for (std::size_t k = 0; k < z.size(); ++k) problem.inputs.values()[k] = static_cast<double>(z.values()[k]);
    Matrix<float> sizes(1, weights);
    fill_normal(run_.experiment.seed, NoiseStream::truth, 0, 1, sizes, 1);
    for (std::size_t k = 0; k < static_cast<std::size_t>(params_.sparse); ++k)  // which ones does not matter
      problem.truth[k] = exponential(0.5 * static_cast<double>(sizes(0, k)));
    for (std::size_t i = 0; i < samples; ++i)
      for (std::size_t k = 0; k < weights; ++k) problem.answers(i, 0) += problem.inputs(i, k) * problem.truth[k];
    return problem;
  }

  std::vector<double> first_weights() const {
    Matrix<float> z(1, static_cast<std::size_t>(params_.weights));
    fill_normal(run_.experiment.seed, NoiseStream::start, 0, 0, z, 1);
    std::vector<double> weights;
    for (const float value : z.values())
      weights.push_back(params_.start * exponential(params_.spread * static_cast<double>(value)));
    return weights;
  }

  void sparse() {
    const auto least_squares = problem();
    TrialTable table{"sparse",
                     "every update",
                     {{"iteration", "", "counted from 1"},
                      {"exponentiated", "", "L1 error of the weights by exponentiated gradient"},
                      {"plain", "", "likewise by descent clipped at 0"}}};
    for (int n = 1; n <= params_.iterations; ++n) table.columns[0].values.push_back(n);
    Descending exponentiated(least_squares, "exponentiated_gradient", params_.eta, params_.iterations, first_weights()),
        plain(least_squares, "sgd", params_.eta_plain, params_.iterations, first_weights());
    const std::array<SteppedRun*, 2> both{&exponentiated, &plain};
    stages_.carry_out(both);
    if (!run_.ranks->is_first()) return;  // the first one has both
    table.columns[1].values = exponentiated.errors();
    table.columns[2].values = plain.errors();
    const auto& weights = exponentiated.weights();
    double not_positive = 0;
    std::vector<double> logs;
    const double surviving = 1e-2 * *std::max_element(weights.begin(), weights.end());
    for (const double weight : weights) {
      not_positive += weight > 0 ? 0 : 1;
      if (weight > surviving) logs.push_back(std::log(weight));
    }
    metric("sparse_error", table.columns[1].values.back(), "L1 error of the weights, exponentiated gradient", true);
    metric("sparse_error_plain", table.columns[2].values.back(), "likewise, descent clipped at 0", true);
    metric("sparse_sign_changes", not_positive, "weights that exponentiated gradient has made 0 or negative");
    metric("sparse_surviving", static_cast<double>(logs.size()), "weights above a hundredth of the largest");
    metric("sparse_skewness_log", skewness_of(logs), "of the logarithms of surviving weights");
    metric("sparse_skewness", skewness_of(weights), "of all weights");
    run_.output.add(std::move(table));
    run_.output.add(
        NamedArray{"sparse_weights", "", "by exponentiated gradient", {"weight"}, {weights.size()}, weights});
    Picture picture{.name = "sparse",
                    .title = "Sparse positive weights.",
                    .caption = "Error of the weights: steps that multiply find them, steps that add do not.",
                    .x = {"update"},
                    .y = {"L1 error"}};
    picture.series = {{"exponentiated gradient", {"trials/sparse/iteration"}, {"trials/sparse/exponentiated"}},
                      {"descent clipped at 0", {"trials/sparse/iteration"}, {"trials/sparse/plain"}}};
    run_.output.add(std::move(picture));
  }

  const ProtocolRun& run_;
  DaleLangevinParams module_;
  Params params_;
  Stages stages_;
};

ProtocolOutcome run(const ProtocolRun& run) { return DaleExperiments(run).all(); }

void check(const ModelArguments&, const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto chosen = params().read(arguments);
  if (chosen.sparse > chosen.weights)
    problems.push_back({{}, "protocol.params.sparse", "is above the number of weights", "lower it"});
  if (chosen.lengths.empty())
    problems.push_back({{}, "protocol.params.lengths", "is empty", "write for example [0.3, 1]"});
}

}  // namespace

ProtocolInfo dale_law_protocol() {
  return {.name = "dale_law",
          .summary = "Dale's law: signs under both samplers, and sparse positive weights by exponentiated gradient",
          .modules = {std::string(DaleLangevinParams::module)},
          .params = params().infos(),
          .run = run,
          .check = check,
          .spans_ranks = true};
}

}  // namespace spikeloom::experiments
