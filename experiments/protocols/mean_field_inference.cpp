/// Inference in random machines: where the iteration settles, with and without weights that are scaled to be monotone;
/// how near its marginals are to the exact ones.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/random.hpp"
#include "experiments/protocols/parts.hpp"
#include "experiments/protocols/protocols.hpp"
#include "networks/boltzmann/monotone_dbm.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::uint32_t start_stream = 0x4d46, bias_stream = 0x4d47;
constexpr double settled = 1e-8;  // relative change

struct Params {
  std::vector<std::string> experiments = {"phases", "enumeration"};
  int groups = 12, states = 3, nets = 6, starts = 3, iterations = 2000, binary_groups = 8;
  std::vector<double> scales = {0.5, 1, 2, 3, 4, 6, 8};
  std::vector<double> alphas = {1, 0.5, 0.25, 0.125, 0.0625};
  std::vector<double> strengths = {0.1, 0.2, 0.4, 0.8, 1.6, 3.2};
};

constexpr Predicate few_groups{[](double x) { return x >= 2 && x <= 16 && x == std::floor(x); },
                               "must be a whole number from 2 to 16"};
constexpr Predicate step_share{[](double x) { return x > 0 && x <= 1; }, "must be above 0 and at most 1"};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"experiments", &Params::experiments, "", "which experiments", finite, {"phases", "enumeration"}},
      {"groups", &Params::groups, "", "groups of a machine, all coupled to all", whole_positive},
      {"states", &Params::states, "", "of a group",
       Predicate{[](double x) { return x >= 2 && x == std::floor(x); }, "must be a whole number, 2 or more"}},
      {"nets", &Params::nets, "", "random machines per point", whole_positive},
      {"starts", &Params::starts, "", "random beginnings per machine", whole_positive},
      {"iterations", &Params::iterations, "", "at most", whole_positive},
      {"scales", &Params::scales, "", "of the random weights", positive},
      {"alphas", &Params::alphas, "", "damping", step_share},
      {"binary_groups", &Params::binary_groups, "", "of machines whose marginals are computed exactly", few_groups},
      {"strengths", &Params::strengths, "", "scales of the weights of these", positive}};
  return table;
}

/// Groups that are all coupled to all by random weights, with random biases.
struct RandomMachine {
  MonotoneCoupling<double> coupling;
  std::vector<aligned_vector<double>> biases;
  MeanField<double> inference;

  RandomMachine(std::size_t groups, std::size_t states, double margin, bool monotone, double scale, std::uint64_t seed)
      : coupling({.layers = {{"all", {1, 1, groups * states}, states}},
                  .maps = {{1, 1, groups * states}},
                  .links = {{0, 0, 0}}},
                 {.margin = margin, .monotone = monotone, .scale = scale, .seed = seed}),
        biases(1, aligned_vector<double>(groups * states)),
        inference(coupling, biases) {
    for (std::size_t k = 0; k < biases[0].size(); ++k)
      biases[0][k] = normal_quantile(uniform(draw(seed, Purpose::task, bias_stream, k)[0]));
  }

  /// Phi as a matrix [row][column]: symmetric.
  LayerStates<double> matrix() {
    const auto size = biases[0].size();
    LayerStates<double> unit(1), phi;
    unit[0].resize(size, size);
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t j = 0; j < size; ++j) unit[0](i, j) = i == j ? 1 : 0;
    coupling.apply(unit, phi, 1);
    return phi;
  }

  /// The smallest eigenvalue of I - Phi, by the power method on Phi, shifted. `between` is called now and then.
  double smallest_eigenvalue(const std::function<void()>& between) {
    const auto phi = matrix();
    const auto size = biases[0].size();
    double shift = 0;
    for (std::size_t i = 0; i < size; ++i) {
      double row = 0;
      for (std::size_t j = 0; j < size; ++j) row += std::abs(phi[0](i, j));
      shift = std::max(shift, row);
    }
    std::vector<double> v(size), next(size);
    for (std::size_t i = 0; i < size; ++i) v[i] = std::sin(1.0 + static_cast<double>(i));
    double eigenvalue = 0;
    for (int k = 0; k < 5000; ++k) {
      if (k % 50 == 0) between();
      double length = 0, product = 0;
      for (std::size_t i = 0; i < size; ++i) {
        next[i] = shift * v[i];
        for (std::size_t j = 0; j < size; ++j) next[i] += phi[0](i, j) * v[j];
        length += v[i] * v[i];
        product += v[i] * next[i];
      }
      eigenvalue = product / length - shift;
      double norm = 0;
      for (const double x : next) norm += x * x;
      for (std::size_t i = 0; i < size; ++i) v[i] = next[i] / std::sqrt(norm);
    }
    return 1 - eigenvalue;
  }

  LayerStates<double> random_start(std::size_t rows, std::uint64_t seed) {
    auto q = inference.uniform(rows);
    const auto states = coupling.plan().layers[0].states;
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t first = 0; first < q[0].columns(); first += states) {
        double sum = 0;
        for (auto k = first; k < first + states; ++k)
          sum += q[0](i, k) =
              -std::log(uniform(draw(seed, Purpose::task, start_stream, k, static_cast<std::uint32_t>(i))[0]));
        for (auto k = first; k < first + states; ++k) q[0](i, k) /= sum;
      }
    return q;
  }
};

/// Of machines with one scale of weights and one alpha.
struct Phase {
  double settled_share = 0, iterations = 0, distance = 0, residual = 0, eigenvalue = 1e300;
};

class Inferences {
 public:
  explicit Inferences(const ProtocolRun& run)
      : run_(run),
        margin_(MonotoneDbmParams::table().read(run.experiment.module->arguments).margin),
        task_(params().read(run.experiment.protocol->arguments)),
        stages_(run) {}

  ProtocolOutcome all() {
    return run_parts(run_, stages_, task_.experiments,
                     {{"phases", [&] { phases(); }}, {"enumeration", [&] { enumeration(); }}});
  }

 private:
  /// Of one machine: whether the iteration ended, iterations, distance, residual, eigenvalue.
  static constexpr std::size_t phase_width = 5;
  void settle(bool monotone, double scale, double alpha, std::uint64_t net, std::span<double> row) {
    const auto starts = static_cast<std::size_t>(task_.starts);
    const auto seed = run_.experiment.seed + net;
    RandomMachine machine(static_cast<std::size_t>(task_.groups), static_cast<std::size_t>(task_.states), margin_,
                          monotone, scale, seed);
    stages_.pause();
    auto q = machine.random_start(starts, seed);
    const auto free = no_group_clamped(machine.coupling.plan(), starts);
    const auto ended = machine.inference.solve(
        q, free, {.alpha = alpha, .alpha_least = alpha, .tolerance = settled * alpha, .most = task_.iterations}, 1);
    row[0] = ended.converged ? 1 : 0;
    row[1] = ended.iterations;
    for (std::size_t i = 1; i < starts; ++i)
      for (std::size_t k = 0; k < q[0].columns(); ++k) row[2] = std::max(row[2], std::abs(q[0](i, k) - q[0](0, k)));
    row[4] = machine.smallest_eigenvalue([this] { stages_.pause(); });
    row[3] = machine.inference.residual(q, free, 1);
  }

  Phase phase_of(std::span<const double> machines) const {
    Phase phase;
    const auto share = 1 / static_cast<double>(task_.nets);
    for (; !machines.empty(); machines = machines.subspan(phase_width)) {
      phase.settled_share += machines[0] != 0 ? share : 0;
      phase.iterations += share * machines[1];
      phase.distance = std::max(phase.distance, machines[2]);
      phase.residual = std::max(phase.residual, machines[3]);
      phase.eigenvalue = std::min(phase.eigenvalue, machines[4]);
    }
    return phase;
  }

  void phases() {
    const auto columns = task_.alphas.size(), points = task_.scales.size() * columns,
               nets = static_cast<std::size_t>(task_.nets);
    for (const bool monotone : {true, false}) {
      const auto rows = stages_.rows(points * nets, phase_width, [&](std::size_t k, std::span<double> row) {
        const auto point = k / nets;
        settle(monotone, task_.scales[point / columns], task_.alphas[point % columns], k % nets, row);
      });
      std::vector<Phase> found;
      for (std::size_t point = 0; point < points; ++point)
        found.push_back(phase_of(std::span(rows).subspan(point * nets * phase_width, nets * phase_width)));
      show_phases(monotone ? "monotone" : "free", found);
    }
  }

  void show_phases(const std::string& name, const std::vector<Phase>& found) {
    TrialTable table{"phases_" + name,
                     "random machines by scale of their weights and damping",
                     {{"scale", "", "of the weights"},
                      {"alpha", "", "damping"},
                      {"settled", "", "share of machines whose iteration ended"},
                      {"iterations", "", "mean"},
                      {"distance", "", "largest, of marginals from different beginnings"},
                      {"residual", "", "largest |q - softmax(Phi q + b)|"},
                      {"eigenvalue", "", "smallest, of I - Phi"}}};
    NamedArray diagram{"settled_" + name,
                       "",
                       "share of machines whose iteration ended",
                       {"scale", "alpha"},
                       {task_.scales.size(), task_.alphas.size()},
                       {}};
    const auto best =
        static_cast<std::size_t>(std::min_element(task_.alphas.begin(), task_.alphas.end()) - task_.alphas.begin());
    Phase worst;
    worst.settled_share = 1;
    for (std::size_t k = 0; k < found.size(); ++k) {
      const auto& phase = found[k];
      const std::array<double, 7> row{task_.scales[k / task_.alphas.size()],
                                      task_.alphas[k % task_.alphas.size()],
                                      phase.settled_share,
                                      phase.iterations,
                                      phase.distance,
                                      phase.residual,
                                      phase.eigenvalue};
      for (std::size_t c = 0; c < row.size(); ++c) table.columns[c].values.push_back(row[c]);
      diagram.values.push_back(phase.settled_share);
      worst.eigenvalue = std::min(worst.eigenvalue, phase.eigenvalue);
      if (k % task_.alphas.size() != best) continue;
      worst.settled_share = std::min(worst.settled_share, phase.settled_share);
      worst.distance = std::max(worst.distance, phase.distance);
      worst.residual = std::max(worst.residual, phase.residual);
    }
    run_.output.add(std::move(table));
    run_.output.add(std::move(diagram));
    const auto metric = [&](const char* what, double value, const char* doc, bool headline) {
      run_.output.add(Metric{fmt::format("{}_{}", what, name), value, "", doc, headline});
    };
    metric("settled", worst.settled_share, "smallest share of machines whose iteration ended, smallest alpha", true);
    metric("distance", worst.distance, "largest, of marginals from different beginnings, smallest alpha", true);
    metric("residual", worst.residual, "largest |q - softmax(Phi q + b)|, smallest alpha", false);
    metric("eigenvalue", worst.eigenvalue, "smallest, of I - Phi", false);
    run_.output.add(Picture{
        .kind = Picture::Kind::heat,
        .name = "settled_" + name,
        .title = name == "monotone" ? "Iterations that end: monotone weights." : "Iterations that end: free weights.",
        .caption = "Share of random machines; scale of the weights (rows, as given, from the bottom) and alpha "
                   "(columns, as given).",
        .x = {.label = "number of alpha", .low = 0.5, .high = static_cast<double>(task_.alphas.size()) + 0.5},
        .y = {.label = "number of scale", .low = 0.5, .high = static_cast<double>(task_.scales.size()) + 0.5},
        .z = {.label = "share", .low = 0, .high = 1},
        .values = {"arrays/settled_" + name}});
  }

  /// KL of the exact marginals from the mean-field ones, per group, of machines of binary groups.
  double divergence(double strength, std::uint64_t seed, double& error) const {
    const auto groups = static_cast<std::size_t>(task_.binary_groups);
    RandomMachine machine(groups, 2, margin_, true, strength, seed);
    const auto phi = machine.matrix();
    std::vector<double> exact(2 * groups), chosen(2 * groups);
    double total = 0;
    for (std::size_t state = 0; state < std::size_t{1} << groups; ++state) {
      double potential = 0;
      for (std::size_t g = 0; g < groups; ++g) {
        const auto row = 2 * g + (state >> g & 1);
        potential += machine.biases[0][row];
        for (std::size_t h = 0; h < groups; ++h) potential += phi[0](row, 2 * h + (state >> h & 1)) / 2;
      }
      const double weight = std::exp(potential);
      total += weight;
      for (std::size_t g = 0; g < groups; ++g) exact[2 * g + (state >> g & 1)] += weight;
    }
    auto q = machine.inference.uniform(1);
    machine.inference.solve(q, no_group_clamped(machine.coupling.plan(), 1), {.tolerance = 1e-10, .most = 5000}, 1);
    double sum = 0;
    for (std::size_t k = 0; k < exact.size(); ++k) {
      const double p = exact[k] / total;
      sum += p * std::log(p / q[0](0, k)) / static_cast<double>(groups);
      error = std::max(error, std::abs(p - q[0](0, k)));
    }
    return sum;
  }

  void enumeration() {
    TrialTable table{"enumeration",
                     "mean-field marginals against exact ones",
                     {{"strength", "", "scale of the weights", task_.strengths},
                      {"divergence", "nat", "KL of exact from mean-field marginals, per group, mean over machines"},
                      {"error", "", "largest difference of a marginal"}}};
    const auto nets = static_cast<std::size_t>(task_.nets);
    const auto rows = stages_.rows(task_.strengths.size() * nets, 2, [&](std::size_t k, std::span<double> row) {
      row[0] = divergence(task_.strengths[k / nets], run_.experiment.seed + k % nets, row[1]);
    });
    for (std::size_t point = 0; point < task_.strengths.size(); ++point) {
      double sum = 0, error = 0;
      for (std::size_t k = point * nets; k < (point + 1) * nets; ++k)
        sum += rows[2 * k] / task_.nets, error = std::max(error, rows[2 * k + 1]);
      table.columns[1].values.push_back(sum);
      table.columns[2].values.push_back(error);
    }
    run_.output.add(std::move(table));
    run_.output.add(Picture{
        .name = "enumeration",
        .title = "Mean field against enumeration.",
        .caption = "What mean-field marginals miss, by strength of the couplings.",
        .x = {.label = "scale of the weights", .logarithmic = true},
        .y = {.label = "divergence", .unit = "nat", .logarithmic = true},
        .series = {{"mean over machines", {"trials/enumeration/strength"}, {"trials/enumeration/divergence"}}}});
  }

  const ProtocolRun& run_;
  double margin_;
  Params task_;
  Stages stages_;
};

ProtocolOutcome run(const ProtocolRun& run) { return Inferences(run).all(); }

}  // namespace

ProtocolInfo mean_field_inference_protocol() {
  return {.name = "mean_field_inference",
          .summary = "monotone Boltzmann machines with random weights: when inference settles, how exact it is",
          .modules = {std::string(MonotoneDbmParams::module)},
          .params = params().infos(),
          .run = run,
          .spans_ranks = true};
}

}  // namespace spikeloom::experiments
