/// Several patterns recalled by one state: hierarchy and its limits, noise, learning from examples (Agliari et al.
/// 2023).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "experiments/protocols/parts.hpp"
#include "experiments/protocols/protocols.hpp"
#include "networks/hopfield/multitasking_hopfield.hpp"

namespace spikeloom::experiments {
namespace {

using Memory = MultitaskingHopfield;

struct Params {
  std::vector<std::string> experiments = {"retrieval", "phases", "noise", "examples"};
  int draws = 10, sweeps = 200;
  double flipped = 0.3;
  std::vector<double> dilutions = {0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5,
                                   0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95};
  std::vector<double> temperatures = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2};
  std::vector<double> examples = {5, 20, 60, 200};
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"experiments",
       &Params::experiments,
       "",
       "which experiments",
       finite,
       {"retrieval", "phases", "noise", "examples"}},
      {"draws", &Params::draws, "", "draws of patterns per point", whole_positive},
      {"sweeps", &Params::sweeps, "", "sweeps with noise; without noise, at most so many", whole_positive},
      {"flipped", &Params::flipped, "", "retrieval of one pattern without blanks: share of the cue that is wrong",
       fraction},
      {"dilutions", &Params::dilutions, "", "shares of blank entries", fraction},
      {"temperatures", &Params::temperatures, "", "noise, in units of 1 - dilution", positive},
      {"examples", &Params::examples, "", "numbers of examples per pattern", whole_positive}};
  return table;
}

/// The name of the overlap of pattern k.
std::string overlap_name(std::size_t k) { return fmt::format("m_{}", k + 1); }

class Experiments {
 public:
  explicit Experiments(const ProtocolRun& run)
      : run_(run),
        module_(Memory::params().read(run.experiment.module->arguments)),
        params_(params().read(run.experiment.protocol->arguments)),
        patterns_(static_cast<std::size_t>(module_.patterns)),
        stages_(run) {}

  ProtocolOutcome all() {
    return run_parts(run_, stages_, params_.experiments,
                     {{"retrieval", [this] { retrieval(); }},
                      {"phases", [this] { phases(); }},
                      {"noise", [this] { noise(); }},
                      {"examples", [this] { examples(); }}});
  }

 private:
  void metric(std::string name, double value, std::string doc, bool headline = false) {
    run_.output.add(Metric{std::move(name), value, "", std::move(doc), headline});
  }
  Memory::Params with(double dilution) const {
    auto module = module_;
    module.dilution = dilution;
    return module;
  }

  /// Mean overlaps over draws of what `recall` does to a memory, largest first and without their signs: to turn a
  /// pattern round, or to exchange two, changes nothing. Draws run side by side.
  template <class Recall>
  std::vector<double> mean_overlaps(const Memory::Params& module, const Recall& recall) {
    const auto draws = static_cast<std::size_t>(params_.draws), patterns = static_cast<std::size_t>(module.patterns);
    const auto of_draws = stages_.rows(draws, patterns, [&](std::size_t k, std::span<double> row) {
      stages_.pause();
      Memory memory(module, run_.experiment.seed + k);
      recall(memory);
      std::ranges::transform(memory.overlaps(), row.begin(), [](double m) { return std::abs(m); });
      std::sort(row.begin(), row.end(), std::greater<>());
    });
    std::vector<double> mean(patterns);
    for (std::size_t k = 0; k < draws; ++k)
      for (std::size_t mu = 0; mu < patterns; ++mu)
        mean[mu] += of_draws[k * patterns + mu] / static_cast<double>(draws);
    return mean;
  }
  std::vector<double> recalled(const Memory::Params& module) {
    return mean_overlaps(module, [&](Memory& memory) {
      memory.cue(0);
      settle(memory);
    });
  }
  /// Sweeps without noise until nothing changes.
  void settle(Memory& memory) {
    for (int k = 0; k < params_.sweeps && memory.sweep() != 0; ++k) stages_.pause();
  }

  // ---- one cue, and what comes with it -----------------------------------------------------------------------------

  void retrieval() {
    const auto m = recalled(module_), theory = Memory::hierarchy(module_.dilution, patterns_);
    for (std::size_t k = 0; k < patterns_; ++k)
      metric("retrieval_" + overlap_name(k), m[k], fmt::format("overlap {} by size; theory {:.3f}", k + 1, theory[k]),
             k == 0);
    auto plain = with(0);
    plain.patterns = 1, plain.learning = "storage";
    const auto whole = mean_overlaps(plain, [&](Memory& memory) {
      memory.cue(0, params_.flipped);
      settle(memory);
    });
    metric("retrieval_plain", whole[0], "one pattern without blanks, from a cue with some spins wrong");
    relaxation();
  }

  /// Energy and losses, sweep by sweep from random spins: both fall together.
  void relaxation() {
    Memory memory(module_, run_.experiment.seed);
    TrialTable table{"relaxation", "from random spins, without noise"};
    table.columns = {{"sweep", "", ""}, {"energy", "", "per spin"}, {"least_loss", "", "of the pattern recalled best"}};
    double worst = -HUGE_VAL;
    for (int k = 0; k <= params_.sweeps; ++k) {
      stages_.pause();
      double loss = memory.loss(0);
      for (std::size_t mu = 1; mu < patterns_; ++mu) loss = std::min(loss, memory.loss(mu));
      const double row[] = {static_cast<double>(k), memory.energy(), loss};
      for (std::size_t c = 0; c < 3; ++c) table.columns[c].values.push_back(row[c]);
      if (k > 0) worst = std::max(worst, table.columns[1].values.end()[-1] - table.columns[1].values.end()[-2]);
      if (memory.sweep() == 0) break;
    }
    metric("energy_rise", worst, "largest change of the energy in a sweep without noise; never above 0");
    run_.output.add(std::move(table));
    run_.output.add(NamedHash{"memory", state_hash(memory.state())});
    Picture picture{.name = "relaxation",
                    .title = "Relaxation.",
                    .caption = "From random spins: energy, and the squared error of the pattern that is recalled best.",
                    .x = {"sweep"},
                    .y = {"energy per spin, loss"}};
    picture.series = {{"energy", {"trials/relaxation/sweep"}, {"trials/relaxation/energy"}},
                      {"loss", {"trials/relaxation/sweep"}, {"trials/relaxation/least_loss"}}};
    run_.output.add(std::move(picture));
  }

  // ---- dilution: hierarchical, flattened, parallel -----------------------------------------------------------------

  void phases() {
    TrialTable table{"phases", "overlaps without noise, by dilution: theory, mean field, simulation"};
    table.columns.push_back({"dilution", "", "d", params_.dilutions});
    for (const char* kind : {"theory", "mean_field", "measured"})
      for (std::size_t k = 0; k < patterns_; ++k)
        table.columns.push_back(
            {fmt::format("{}_{}", kind, overlap_name(k)), "", fmt::format("overlap {} by size", k + 1)});
    double hierarchical = 0, beyond = 0, pairs = 0;
    const double limit = stable_below();
    for (const double d : params_.dilutions) {
      const auto theory = Memory::hierarchy(d, patterns_), field = Memory::mean_field(d, 1000, theory),
                 measured = recalled(with(d)), two = Memory::hierarchy(d, 2);
      const auto difference = [](const auto& a, const auto& b) {
        double worst = 0;
        for (std::size_t k = 0; k < a.size(); ++k) worst = std::max(worst, std::abs(a[k] - b[k]));
        return worst;
      };
      auto& worst = d < limit ? hierarchical : beyond;
      worst = std::max(worst, difference(field, theory));
      pairs = std::max(pairs, difference(Memory::mean_field(d, 1000, two), two));
      std::size_t c = 1;
      for (const auto* of : {&theory, &field, &measured})
        for (const double m : *of) table.columns[c++].values.push_back(m);
    }
    metric("hierarchy_limit", limit, "dilution up to which the hierarchy is stable: 1 - 2 d + d^K > 0", true);
    metric("hierarchy_worst", hierarchical,
           "below the limit: largest deviation of the mean field from (1 - d) d^(k - 1)");
    metric("hierarchy_departure", beyond, "above the limit: the same");
    metric("pairs_worst", pairs, "two patterns, at every dilution: the same");
    run_.output.add(std::move(table));
    Picture picture{
        .name = "phases",
        .title = "Dilution.",
        .caption = fmt::format("Overlaps without noise: points measured, lines mean field, dashed the hierarchy, "
                               "which is stable below d = {:.3f}.",
                               limit),
        .x = {"dilution d"},
        .y = {"overlap m"},
        .wide = true};
    for (std::size_t k = 0; k < patterns_; ++k)
      for (const auto& [kind, mark] :
           {std::pair{"measured", Mark::points}, {"mean_field", Mark::line}, {"theory", Mark::dashed}})
        picture.series.push_back({fmt::format("{} {}", overlap_name(k), kind),
                                  {"trials/phases/dilution"},
                                  {fmt::format("trials/phases/{}_{}", kind, overlap_name(k))},
                                  mark,
                                  static_cast<int>(k)});
    run_.output.add(std::move(picture));
    diagram();
  }

  /// The root of 1 - 2 d + d^K in (0, 1); 1 for up to two patterns, which are always stable.
  double stable_below() const {
    if (patterns_ <= 2) return 1;
    double low = 0, high = 0.99;
    for (int k = 0; k < 60; ++k) {
      const double d = (low + high) / 2;
      (1 - 2 * d + std::pow(d, module_.patterns) > 0 ? low : high) = d;
    }
    return low;
  }

  /// Patterns that are recalled, over dilution and noise, by mean field.
  void diagram() {
    const auto rows = params_.temperatures.size(), columns = params_.dilutions.size();
    auto recalled = stages_.rows(rows * columns, 1, [&](std::size_t at, std::span<double> row) {
      const double d = params_.dilutions[at % columns], t = params_.temperatures[at / columns] * (1 - d);
      for (const double m : Memory::mean_field(d, 1 / t, Memory::hierarchy(d, patterns_)))
        row[0] += std::abs(m) > 0.01 * (1 - d) ? 1 : 0;
    });
    run_.output.add(NamedArray{"recalled",
                               "",
                               "patterns with an overlap above a hundredth of the largest possible one",
                               {"temperature", "dilution"},
                               {rows, columns},
                               std::move(recalled)});
    Picture picture{.kind = Picture::Kind::heat,
                    .name = "diagram",
                    .title = "Phases.",
                    .caption = "Patterns that one state recalls, by dilution and noise (mean field).",
                    .x = {"dilution d"},
                    .y = {"T / (1 - d)"},
                    .z = {"patterns"},
                    .values = {"arrays/recalled"}};
    picture.x.low = params_.dilutions.front(), picture.x.high = params_.dilutions.back();
    picture.y.low = params_.temperatures.front(), picture.y.high = params_.temperatures.back();
    picture.z.low = 0, picture.z.high = static_cast<double>(patterns_);
    run_.output.add(std::move(picture));
  }

  // ---- noise -------------------------------------------------------------------------------------------------------

  void noise() {
    const double d = module_.dilution, most = 1 - d;
    TrialTable table{"noise", "overlaps over the largest possible one, by temperature"};
    table.columns.push_back({"temperature", "", "T / (1 - d)", params_.temperatures});
    for (const char* kind : {"mean_field", "measured"})
      for (std::size_t k = 0; k < patterns_; ++k)
        table.columns.push_back(
            {fmt::format("{}_{}", kind, overlap_name(k)), "", fmt::format("overlap {} by size", k + 1)});
    for (const double share : params_.temperatures) {
      const auto field = Memory::mean_field(d, 1 / (share * most), Memory::hierarchy(d, patterns_));
      const auto measured = mean_overlaps(module_, [&](Memory& memory) {
        memory.cue(0);
        for (int k = 0; k < params_.sweeps; ++k) {
          stages_.pause();
          memory.sweep(share * most);
        }
      });
      std::size_t c = 1;
      for (const auto* of : {&field, &measured})
        for (const double m : *of) table.columns[c++].values.push_back(m / most);
    }
    run_.output.add(std::move(table));
    Picture picture{.name = "noise",
                    .title = "Noise.",
                    .caption = "Overlaps after many sweeps, over 1 - d: points measured, lines mean field.",
                    .x = {"T / (1 - d)"},
                    .y = {"m / (1 - d)"}};
    for (std::size_t k = 0; k < patterns_; ++k)
      for (const auto& [kind, mark] : {std::pair{"measured", Mark::points}, {"mean_field", Mark::line}})
        picture.series.push_back({fmt::format("{} {}", overlap_name(k), kind),
                                  {"trials/noise/temperature"},
                                  {fmt::format("trials/noise/{}_{}", kind, overlap_name(k))},
                                  mark,
                                  static_cast<int>(k)});
    run_.output.add(std::move(picture));
  }

  // ---- examples ----------------------------------------------------------------------------------------------------

  void examples() {
    TrialTable table{"examples", "overlap of the cued pattern, by number of examples"};
    table.columns = {{"examples", "", "M", params_.examples},
                     {"entropy", "", "rho = (1 - r^2) / (M r^2)"},
                     {"supervised", "", "with a teacher"},
                     {"unsupervised", "", "without"},
                     {"bound", "", "(1 - d) erf(1 / sqrt(2 rho))"}};
    double gap = 0;
    for (const double examples : params_.examples) {
      auto module = module_;
      module.examples = static_cast<int>(examples);
      module.learning = "supervised";
      const double taught = recalled(module)[0], rho = Memory(module, 1).entropy();
      module.learning = "unsupervised";
      const double untaught = recalled(module)[0];
      const double row[] = {rho, taught, untaught, (1 - module.dilution) * std::erf(1 / std::sqrt(2 * rho))};
      for (std::size_t c = 0; c < 4; ++c) table.columns[c + 1].values.push_back(row[c]);
      if (rho <= 0.2) gap = std::max(gap, std::abs(taught - untaught));
    }
    metric("examples_gap", gap, "largest difference with and without a teacher where rho is at most 0.2");
    run_.output.add(std::move(table));
    Picture picture{.name = "examples",
                    .title = "Learning from examples.",
                    .caption = "The network has never seen the patterns, only corrupted examples of them.",
                    .x = {"entropy of the examples rho", "", true},
                    .y = {"overlap m_1"}};
    for (const auto& [label, column, mark] : {std::tuple{"with a teacher", "supervised", Mark::line},
                                              {"without", "unsupervised", Mark::line},
                                              {"bound", "bound", Mark::dashed}})
      picture.series.push_back({label, {"trials/examples/entropy"}, {fmt::format("trials/examples/{}", column)}, mark});
    run_.output.add(std::move(picture));
  }

  const ProtocolRun& run_;
  Memory::Params module_;
  Params params_;
  std::size_t patterns_;
  Stages stages_;
};

ProtocolOutcome run(const ProtocolRun& run) { return Experiments(run).all(); }

void check(const ModelArguments& module_arguments, const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto module = Memory::params().read(module_arguments);
  const auto chosen = params().read(arguments);
  const auto say = [&](const char* path, const char* what, const char* remedy) {
    problems.push_back({{}, path, what, remedy});
  };
  if (module.patterns > 10)
    say("module.params.patterns", "the mean field averages over all 3^K entries", "write at most 10");
  if (module.dilution == 1) say("module.params.dilution", "patterns of blanks alone hold nothing", "write less than 1");
  if (chosen.dilutions.empty()) say("protocol.params.dilutions", "is empty", "write for example [0.1, 0.5]");
  if (chosen.temperatures.empty()) say("protocol.params.temperatures", "is empty", "write for example [0.3, 1.1]");
  if (chosen.examples.empty()) say("protocol.params.examples", "is empty", "write for example [5, 60]");
  for (const double d : chosen.dilutions)
    if (d == 1) say("protocol.params.dilutions", "patterns of blanks alone hold nothing", "write less than 1");
}

}  // namespace

ProtocolInfo multitasking_protocol() {
  return {.name = "multitasking",
          .summary =
              "several patterns recalled by one state: hierarchy, noise, learning from examples (Agliari et al. 2023)",
          .modules = {std::string(Memory::name)},
          .params = params().infos(),
          .run = run,
          .check = check,
          .spans_ranks = true};
}

}  // namespace spikeloom::experiments
