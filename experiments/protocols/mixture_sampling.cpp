/// Multiplicative diffusion where the score is known: a mixture of log-normal distributions, there and back.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/random.hpp"
#include "experiments/protocols/parts.hpp"
#include "experiments/protocols/protocols.hpp"
#include "networks/diffusion/dale_langevin.hpp"
#include "networks/diffusion/log_normal_mixture.hpp"
#include "networks/diffusion/noise_field.hpp"

namespace spikeloom::experiments {
namespace {

using Kind = SamplerOptions::Kind;

struct Params {
  std::vector<std::string> experiments = {"forward", "target", "convergence", "agreement", "controls"};
  std::vector<double> modes = {1.1, 1.8}, weights = {0.6, 0.4}, steps = {50, 200, 1000};
  double deviation = 0.05, time = 0.3, bin = 0.05;
  int samples = 20000, paths = 200000, pairs = 2000000;
};

const ParamTable<Params>& params() {
  using P = Params;
  static const ParamTable<P> table{
      {"experiments",
       &P::experiments,
       "",
       "which experiments",
       finite,
       {"forward", "target", "convergence", "agreement", "controls"}},
      {"modes", &P::modes, "", "where the mixture's parts lie: medians of x", positive},
      {"weights", &P::weights, "", "their shares, up to a factor", positive},
      {"deviation", &P::deviation, "", "of log x in each part", positive},
      {"samples", &P::samples, "", "drawn by the way back", whole_positive},
      {"steps", &P::steps, "", "numbers of steps that are compared", whole_positive},
      {"paths", &P::paths, "", "of the process forwards", whole_positive},
      {"pairs", &P::pairs, "", "of numbers and their noisy forms, for the mean of the target", whole_positive},
      {"time", &P::time, "", "at which the target is looked at", fraction},
      {"bin", &P::bin, "", "width of the bins of log x for that", positive}};
  return table;
}

LogNormalMixture mixture_of(const Params& params) {
  LogNormalMixture mixture;
  mixture.deviation = params.deviation;
  double sum = 0;
  for (const double weight : params.weights) sum += weight;
  for (std::size_t j = 0; j < params.modes.size(); ++j) {
    mixture.modes.push_back(std::log(params.modes[j]));
    mixture.weights.push_back(params.weights[j] / sum);
  }
  return mixture;
}

std::vector<float> values_of(const Matrix<float>& logs) {
  std::vector<float> x(logs.values().begin(), logs.values().end());
  for (auto& value : x) value = std::exp(value);
  return x;
}

double mean_of(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value);
  return sum / static_cast<double>(values.size());
}

double variance_of(std::span<const float> values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const float value : values) sum += (static_cast<double>(value) - mean) * (static_cast<double>(value) - mean);
  return sum / static_cast<double>(values.size());
}

class MixtureExperiments {
 public:
  explicit MixtureExperiments(const ProtocolRun& run)
      : run_(run),
        module_(DaleLangevinParams::table().read(run.experiment.module->arguments)),
        params_(params().read(run.experiment.protocol->arguments)),
        noise_(module_.noise()),
        mixture_(mixture_of(params_)),
        truth_(mixture_.draw_logs(static_cast<std::size_t>(params_.samples), run.experiment.seed)),
        stages_(run) {
    for (auto& value : truth_) value = std::exp(value);
  }

  ProtocolOutcome all() {
    return run_parts(run_, stages_, params_.experiments,
                     {{"forward", [this] { forward(); }},
                      {"target", [this] { target(); }},
                      {"convergence", [this] { convergence(); }},
                      {"agreement", [this] { agreement(); }},
                      {"controls", [this] { controls(); }}});
  }

 private:
  void metric(std::string name, double value, std::string doc, bool headline = false) {
    run_.output.add(Metric{std::move(name), value, "", std::move(doc), headline});
  }

  // ---- forwards ----------------------------------------------------------------------------------------------------

  /// log X_1 from X_0 = 1, by one jump and by a hundred.
  void forward() {
    const auto found = stages_.rows(1, 3, [this](std::size_t, std::span<double> row) {
      constexpr std::uint32_t jumps = 100;
      Matrix<float> z(1, static_cast<std::size_t>(params_.paths)), once(1, z.columns()), slowly(1, z.columns());
      fill_normal(run_.experiment.seed, NoiseStream::evaluation, 0, 0, z, run_.threads);
      for (std::size_t k = 0; k < z.size(); ++k)
        once.values()[k] = static_cast<float>(noise_.after(0, 1, static_cast<double>(z.values()[k])));
      for (std::uint32_t jump = 0; jump < jumps; ++jump) {
        stages_.pause();
        fill_normal(run_.experiment.seed, NoiseStream::evaluation, 0, jump + 1, z, run_.threads);
        for (std::size_t k = 0; k < z.size(); ++k)
          slowly.values()[k] = static_cast<float>(
              noise_.after(static_cast<double>(slowly.values()[k]), 1.0 / jumps, static_cast<double>(z.values()[k])));
      }
      row[0] = mean_of(once.values());
      row[1] = variance_of(once.values());
      row[2] = kolmogorov_smirnov_p({once.values().begin(), once.values().end()},
                                    {slowly.values().begin(), slowly.values().end()});
    });
    metric("forward_mean", found[0], fmt::format("of log X_1 from X_0 = 1; theory {}", noise_.drift));
    metric("forward_variance", found[1], fmt::format("likewise; theory {:.4g}", noise_.variance(1)));
    metric("forward_p", found[2],
           "one jump and a hundred: probability of their difference if they are the same (Kolmogorov & Smirnov)");
  }

  // ---- what is regressed on ----------------------------------------------------------------------------------------

  /// The mean over noise of the score given x_0, in bins of log x_t, is the score.
  void target() {
    const double t = params_.time;
    const double reach = 4 * mixture_.start(noise_).deviation, centre = mixture_.start(noise_).mean;
    const auto bins = static_cast<std::size_t>(2 * reach / params_.bin);
    const auto found = stages_.rows(1, 2 * bins, [&](std::size_t, std::span<double> row) {
      const auto sums = row.first(bins), counts = row.last(bins);
      const auto clean = mixture_.draw_logs(static_cast<std::size_t>(params_.pairs), run_.experiment.seed + 1);
      Matrix<float> z(1, clean.size());
      fill_normal(run_.experiment.seed, NoiseStream::training, 0, 0, z, run_.threads);
      for (std::size_t k = 0; k < clean.size(); ++k) {
        if (k % 100'000 == 0) stages_.pause();
        const double y_0 = static_cast<double>(clean[k]), y = noise_.after(y_0, t, static_cast<double>(z.values()[k]));
        const double at = (y - centre + reach) / params_.bin;
        if (at < 0 || at >= static_cast<double>(bins)) continue;
        sums[static_cast<std::size_t>(at)] += noise_.score(y, y_0, t);
        counts[static_cast<std::size_t>(at)] += 1;
      }
    });
    const auto sums = std::span(found).first(bins), counts = std::span(found).last(bins);
    TrialTable table{"target",
                     fmt::format("bins of log x at t = {} with enough samples", t),
                     {{"log_x", "", "centre of the bin"},
                      {"mean_target", "", "of the score given x_0"},
                      {"score", "", "h in closed form"}}};
    double worst = 0;
    const double enough = static_cast<double>(params_.pairs) / 400;
    for (std::size_t b = 0; b < bins; ++b) {
      if (counts[b] <= enough) continue;
      const double y = centre - reach + (static_cast<double>(b) + 0.5) * params_.bin, mean = sums[b] / counts[b],
                   h = mixture_.score(noise_, y, t);
      const double row[] = {y, mean, h};
      for (std::size_t c = 0; c < 3; ++c) table.columns[c].values.push_back(row[c]);
      worst = std::max(worst, std::abs(mean - h));
    }
    run_.output.add(std::move(table));
    metric("target_worst", worst, "largest difference of the target's mean from the score, over bins");
    Picture picture{
        .name = "target",
        .title = "What is regressed on.",
        .caption = fmt::format("Mean of the denoising target in bins of log x at t = {}, and the score.", t),
        .x = {"log x"},
        .y = {"h"}};
    picture.series = {{"mean of the target", {"trials/target/log_x"}, {"trials/target/mean_target"}, Mark::points},
                      {"score", {"trials/target/log_x"}, {"trials/target/score"}}};
    run_.output.add(std::move(picture));
  }

  // ---- backwards ---------------------------------------------------------------------------------------------------

  Matrix<float> drawn(Kind kind, int steps, const HyvarinenScore& score) {
    auto options = module_.sampling();
    options.kind = kind, options.steps = steps;
    return sample_reverse(noise_, options, mixture_.start(noise_), score, 1, truth_.size(), run_.experiment.seed, 0,
                          run_.threads, [this](double) { return stages_.pause(), true; })
        .log_size;
  }
  Matrix<float> drawn(Kind kind, int steps) {
    return drawn(kind, steps, mixture_.score_function(noise_, run_.threads));
  }
  double distance(const Matrix<float>& logs) const { return wasserstein_1(values_of(logs), truth_); }

  /// Share of samples on the lower side of the middle between the first two modes.
  double lower_share(const Matrix<float>& logs) const {
    if (mixture_.modes.size() < 2) return 1;
    const double middle = (mixture_.modes[0] + mixture_.modes[1]) / 2;
    double count = 0;
    for (const float y : logs.values()) count += static_cast<double>(y) < middle ? 1 : 0;
    return count / static_cast<double>(logs.size());
  }

  void convergence() {
    TrialTable table{"convergence", "by number of steps", {{"steps", "", "N", params_.steps}}};
    Picture picture{.name = "convergence",
                    .title = "Convergence.",
                    .caption = "Distance of samples to the truth (Wasserstein-1), by number of steps.",
                    .x = {"steps", "", true},
                    .y = {"distance", "", true}};
    constexpr std::array kinds{Kind::dale, Kind::unconstrained};
    constexpr std::size_t width = 2 + density_bins;  // distance, share, density
    const auto count = params_.steps.size();
    const auto rows = stages_.rows(kinds.size() * count, width, [&](std::size_t k, std::span<double> row) {
      const auto logs = drawn(kinds[k / count], static_cast<int>(params_.steps[k % count]));
      row[0] = distance(logs), row[1] = lower_share(logs);
      std::ranges::copy(histogram(logs.values()), row.begin() + 2);
    });
    for (std::size_t of_kind = 0; of_kind < kinds.size(); ++of_kind) {
      const auto kind = kinds[of_kind];
      const auto& name = sampler_names()[static_cast<std::size_t>(kind)];
      TrialColumn distances{"distance_" + name, "", "Wasserstein-1, to as many true samples"},
          shares{"lower_" + name, "", "share of samples at the first mode"};
      for (std::size_t k = 0; k < count; ++k) {
        const auto row = std::span(rows).subspan((of_kind * count + k) * width, width);
        distances.values.push_back(row[0]);
        shares.values.push_back(row[1]);
        if (k + 1 == count) densities_.push_back({name, "", "density of samples", {row.begin() + 2, row.end()}});
      }
      metric("distance_" + name, distances.values.back(), "Wasserstein-1 to the truth, largest number of steps", true);
      metric("lower_" + name, shares.values.back(), "share of samples at the first mode", true);
      picture.series.push_back({name, {"trials/convergence/steps"}, {"trials/convergence/" + distances.name}});
      table.columns.push_back(std::move(distances));
      table.columns.push_back(std::move(shares));
    }
    auto second = mixture_.draw_logs(truth_.size(), run_.experiment.seed + 2);
    for (auto& value : second) value = std::exp(value);
    metric("distance_truth", wasserstein_1(second, truth_), "of two sets of true samples");
    run_.output.add(std::move(table));
    run_.output.add(std::move(picture));
    densities();
  }

  static constexpr std::size_t density_bins = 60;

  std::vector<double> histogram(std::span<const float> logs) const {
    std::vector<double> bins(density_bins);
    const auto [low, high] = borders();
    for (const float y : logs) {
      const double at = (static_cast<double>(y) - low) / (high - low) * density_bins;
      if (at >= 0 && at < density_bins) bins[static_cast<std::size_t>(at)] += 1;
    }
    for (auto& bin : bins) bin *= density_bins / (high - low) / static_cast<double>(logs.size());
    return bins;
  }
  std::pair<double, double> borders() const {
    const auto [low, high] = std::minmax_element(mixture_.modes.begin(), mixture_.modes.end());
    return {*low - 6 * mixture_.deviation, *high + 6 * mixture_.deviation};
  }
  void densities() {
    TrialTable table{"density", "of log x, largest number of steps", {{"log_x", "", "centre of the bin"}}};
    const auto [low, high] = borders();
    for (std::size_t b = 0; b < density_bins; ++b)
      table.columns[0].values.push_back(low + (static_cast<double>(b) + 0.5) * (high - low) / density_bins);
    std::vector<float> truth = truth_;
    for (auto& value : truth) value = std::log(value);
    table.columns.push_back({"truth", "", "density of true samples", histogram(truth)});
    Picture picture{.name = "density",
                    .title = "Samples.",
                    .caption = "Density of log x: samples of the way back, and true ones.",
                    .x = {"log x"},
                    .y = {"density"}};
    picture.series.push_back({"truth", {"trials/density/log_x"}, {"trials/density/truth"}, Mark::dashed});
    for (auto& column : densities_) {
      picture.series.push_back({column.name, {"trials/density/log_x"}, {"trials/density/" + column.name}});
      table.columns.push_back(std::move(column));
    }
    densities_.clear();
    run_.output.add(std::move(table));
    run_.output.add(std::move(picture));
  }

  /// Both samplers from the same noise.
  void agreement() {
    TrialTable table{"agreement",
                     "both samplers from the same noise",
                     {{"steps", "", "N", params_.steps},
                      {"difference", "", "mean of |x_dale - x_unconstrained| / x_dale"},
                      {"distance", "", "Wasserstein-1 between their samples"}}};
    const auto rows = stages_.rows(params_.steps.size(), 2, [this](std::size_t at, std::span<double> row) {
      const auto steps = static_cast<int>(params_.steps[at]);
      const auto a = values_of(drawn(Kind::dale, steps)), b = values_of(drawn(Kind::unconstrained, steps));
      double sum = 0;
      for (std::size_t k = 0; k < a.size(); ++k) sum += static_cast<double>(std::abs(a[k] - b[k]) / a[k]);
      row[0] = sum / static_cast<double>(a.size()), row[1] = wasserstein_1(a, b);
    });
    for (std::size_t at = 0; at < params_.steps.size(); ++at)
      table.columns[1].values.push_back(rows[2 * at]), table.columns[2].values.push_back(rows[2 * at + 1]);
    metric("agreement_difference", table.columns[1].values.back(),
           "mean relative difference of the samplers' end points from the same noise, largest number of steps");
    metric("agreement_distance", table.columns[2].values.back(), "Wasserstein-1 between their samples");
    run_.output.add(std::move(table));
  }

  /// Scores that are wrong must be seen to be wrong.
  void controls() {
    const auto right = mixture_.score_function(noise_, run_.threads);
    const auto steps = static_cast<int>(params_.steps.back());
    const auto elementwise = [&](auto change) {
      return [&right, change](const Matrix<float>& y, double t, Matrix<float>& h) {
        right(y, t, h);
        for (std::size_t k = 0; k < y.size(); ++k) h.values()[k] = change(h.values()[k], y.values()[k]);
      };
    };
    // Distances without a score, by the score that is not Hyvarinen's, without 3/2 sigma^2; mean log x of the last, and
    // of what is right.
    const auto found = stages_.rows(4, 2, [&](std::size_t k, std::span<double> row) {
      const auto logs = k == 0 ? drawn(Kind::dale, steps, elementwise([](float, float) { return -1.0f; }))
                        : k == 1
                            ? drawn(Kind::dale, steps, elementwise([](float h, float y) { return h / std::exp(y); }))
                        : k == 2 ? drawn(Kind::dale, steps, elementwise([](float h, float) { return h - 1.5f; }))
                                 : drawn(Kind::dale, steps);
      row[0] = distance(logs), row[1] = mean_of(logs.values());
    });
    const double of_stein = found[2];
    metric("control_no_score", found[0], "h = -1 everywhere: distance to the truth");
    metric("control_stein", std::isfinite(of_stein) ? of_stein : 1e30,
           "score instead of x times score: distance to the truth (1e30: not finite)");
    metric("control_omitted", found[4], "without 3/2 sigma^2: distance to the truth");
    metric("control_omitted_shift", found[5] - found[7], "without 3/2 sigma^2: shift of the mean of log x");
  }

  const ProtocolRun& run_;
  DaleLangevinParams module_;
  Params params_;
  GeometricNoise noise_;
  LogNormalMixture mixture_;
  std::vector<float> truth_;  // x
  std::vector<TrialColumn> densities_;
  Stages stages_;
};

ProtocolOutcome run(const ProtocolRun& run) { return MixtureExperiments(run).all(); }

void check(const ModelArguments&, const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto chosen = params().read(arguments);
  if (chosen.modes.empty() || chosen.modes.size() != chosen.weights.size())
    problems.push_back({{},
                        "protocol.params.weights",
                        fmt::format("{} weights for {} modes", chosen.weights.size(), chosen.modes.size()),
                        "give one weight for every mode, and at least one mode"});
  if (chosen.steps.empty())
    problems.push_back({{}, "protocol.params.steps", "is empty", "write for example [50, 200]"});
  if (chosen.time <= 0)
    problems.push_back({{}, "protocol.params.time", "there is no noise at time 0", "write a time up to 1"});
}

}  // namespace

ProtocolInfo mixture_sampling_protocol() {
  return {.name = "mixture_sampling",
          .summary = "multiplicative diffusion of a log-normal mixture, whose score is known: there and back",
          .modules = {std::string(DaleLangevinParams::module)},
          .params = params().infos(),
          .run = run,
          .check = check,
          .spans_ranks = true};
}

}  // namespace spikeloom::experiments
