/// What the figures show and the criteria ask for, experiment by experiment.
#include "experiments/protocols/meet_analysis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "networks/reservoir/readout_subspace.hpp"

namespace spikeloom::experiments {
namespace {

using Of = std::function<double(const MeetScore&)>;

/// The runs of one label in order.
struct Runs {
  std::vector<const MeetRunSpec*> specs;
  std::vector<const MeetRunResult*> results;

  bool empty() const { return results.empty(); }
  double mean(int trial, const Of& of) const {
    double sum = 0;
    for (const auto* result : results) sum += of(result->after(trial).score);
    return sum / static_cast<double>(results.size());
  }
};

double nrmse(const MeetScore& score) { return score.nrmse; }

/// A learner in names of metrics and columns, and in sentences.
std::string short_name(const std::string& learner) { return learner == "least_squares" ? "rls" : learner; }
std::string in_words(const std::string& learner) {
  return learner == "least_squares" ? "least squares" : learner == "local" ? "local rules" : "reward alone";
}

class Analysis {
 public:
  Analysis(const MeetParams& params, const std::vector<MeetRunSpec>& specs, const std::vector<MeetRunResult>& results,
           ProtocolOutput& output)
      : params_(params), specs_(specs), results_(results), output_(output) {}

  void all() {
    if (const auto local = runs("switching"); !local.empty()) switching(local, runs("baseline"));
    if (const auto levels = runs("stationary"); !levels.empty()) stationary(levels);
    if (const auto grid = runs("grid"); !grid.empty()) subspaces(grid);
    controls();
  }

 private:
  Runs runs(std::string_view label) const {
    Runs found;
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      if (specs_[i].label != label) continue;
      found.specs.push_back(&specs_[i]);
      found.results.push_back(&results_[i]);
    }
    return found;
  }
  void metric(std::string name, double value, std::string doc, std::string unit = "", bool headline = false) {
    output_.add(Metric{std::move(name), value, std::move(unit), std::move(doc), headline});
  }

  // ---- learning and switching ------------------------------------------------------------------------------------

  void switching(const Runs& local, const Runs& global) {
    learning_metrics(local);
    switch_metrics(local, global);
    courses(local, global);
    objects(local, global);
  }

  void learning_metrics(const Runs& local) {
    const int end = params_.block;
    const std::size_t frequent = params_.p >= 0.5 ? 0 : 1, rare = 1 - frequent;
    for (const int trial : {0, end / 10, end / 2, end})
      if (trial == 0 || trial % params_.test_every == 0 || trial == end || 2 * trial == end)
        metric(fmt::format("nrmse_trial_{}", trial), local.mean(trial, nrmse),
               fmt::format("error of the prediction object after {} trials", trial), "", trial == end);
    metric("correlation_block_1", local.mean(end, [](const MeetScore& s) { return s.correlation; }),
           "of prediction and truth at the end of block 1");
    for (const auto& [name, k] : {std::pair{"frequent", frequent}, {"rare", rare}}) {
      const auto channel = k;
      metric(fmt::format("latency_error_{}", name),
             local.mean(end, [&](const MeetScore& s) { return std::abs(s.latency[channel] - params_.due[channel]); }),
             fmt::format("distance of the {} event's peak from its time, end of block 1", name), "ms");
    }
    metric("p_error", local.mean(end, [&](const MeetScore& s) { return std::abs(s.p[0] - params_.p); }),
           "distance of the learned probability of A from the true one, end of block 1");
    double most = 0;
    for (const auto* result : local.results) most = std::max(most, std::abs(result->after(end).score.p_sum - 1));
    metric("p_sum_error", most, "largest distance of p_A + p_B from 1");
    metric("peak_sum", local.mean(end, [](const MeetScore& s) { return s.peak[0] + s.peak[1]; }),
           "y_A + y_B at their events, end of block 1");
    double rate = 0;
    for (const auto* result : local.results) rate += result->rate / static_cast<double>(local.results.size());
    metric("rate", rate, "of the reservoir", "Hz");
  }

  void switch_metrics(const Runs& local, const Runs& global) {
    const int half = params_.block / 2, in_second = params_.block + half, in_third = 2 * params_.block + half;
    const std::size_t frequent = params_.p_switched >= 0.5 ? 0 : 1, rare = 1 - frequent;
    const auto& own = local.specs.front()->module.learner;
    for (const auto* group : {&local, &global}) {
      const auto name = short_name(group->specs.front()->module.learner);
      const bool headline = group == &local;
      metric(fmt::format("nrmse_{}_new_p", name), group->mean(in_second, nrmse),
             "half a block after the probability switched", "", headline);
      metric(fmt::format("nrmse_{}_new_latency", name), group->mean(in_third, nrmse),
             "half a block after the latencies switched", "", headline);
    }
    metric(
        fmt::format("latency_error_{}_new", short_name(own)),
        local.mean(in_third,
                   [&](const MeetScore& s) { return std::abs(s.latency[frequent] - params_.due_switched[frequent]); }),
        "frequent event: distance from the new latency, " + in_words(own), "ms");
    if (params_.baseline == "least_squares")
      metric("latency_error_rls_old",
             global.mean(in_third, [&](const MeetScore& s) { return std::abs(s.latency[rare] - params_.due[rare]); }),
             "rare event: distance from the OLD latency, least squares", "ms");
  }

  void courses(const Runs& local, const Runs& global) {
    const auto &own = local.specs.front()->module.learner, &other = global.specs.front()->module.learner;
    TrialTable table{"recovery", "error over the three blocks, mean over seeds"};
    table.columns = {{"trial", "", "trials so far"},
                     {short_name(own), "", "NRMSE, " + in_words(own)},
                     {short_name(other), "", "NRMSE, " + in_words(other)}};
    for (const auto& test : local.results.front()->tests) {
      table.columns[0].values.push_back(test.trial);
      table.columns[1].values.push_back(local.mean(test.trial, nrmse));
      table.columns[2].values.push_back(global.mean(test.trial, nrmse));
    }
    output_.add(std::move(table));
    Picture picture{
        .name = "recovery",
        .title = "Recovery after a switch.",
        .caption = fmt::format(
            "Error of the prediction object (1: a silent network), mean over {} seeds. At trial "
            "{} the probability of A switches, at trial {} both latencies; nobody tells the "
            "learner.{}",
            local.results.size(), params_.block, 2 * params_.block,
            other == "least_squares" ? " Local rules find back within a block, least squares does not." : ""),
        .x = {"trial"},
        .y = {"NRMSE"}};
    picture.y.low = 0;
    for (const auto& learner : {own, other})
      picture.series.push_back(
          {in_words(learner), {"trials/recovery/trial"}, {"trials/recovery/" + short_name(learner)}});
    picture.wide = true;
    output_.add(std::move(picture));
  }

  /// Mean prediction objects at the end of each block beside the truth.
  void objects(const Runs& local, const Runs& global) {
    const auto& blocks = local.specs.front()->blocks;
    const auto own = in_words(local.specs.front()->module.learner),
               other = in_words(global.specs.front()->module.learner);
    const auto length = static_cast<std::size_t>(std::lround(local.specs.front()->module.trial));
    std::vector<double> time(length);
    for (std::size_t t = 0; t < length; ++t) time[t] = static_cast<double>(t);
    output_.add(NamedArray{"time", "ms", "after the cue", {"time"}, {length}, time});
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      const int trial = params_.block * static_cast<int>(b + 1);
      NamedArray array{fmt::format("objects_block_{}", b + 1),
                       "",
                       fmt::format("truth, {}, {}; A and B each", own, other),
                       {"trace", "time (ms)"},
                       {6, length},
                       {}};
      for (std::size_t k = 0; k < 2; ++k)
        for (const double t : time) {
          const double s = (t - blocks[b].due[k]) / local.specs.front()->module.sigma_h;
          array.values.push_back((k == 0 ? blocks[b].p : 1 - blocks[b].p) * std::exp(-0.5 * s * s));
        }
      for (const auto* group : {&local, &global})
        for (std::size_t k = 0; k < 2; ++k)
          for (std::size_t t = 0; t < length; ++t) {
            double sum = 0;
            for (const auto* result : group->results) sum += result->after(trial).object[k][t];
            array.values.push_back(sum / static_cast<double>(group->results.size()));
          }
      const auto path = "arrays/" + array.name;
      output_.add(std::move(array));
      Picture picture{
          .name = fmt::format("objects_{}", b + 1),
          .title = fmt::format("Prediction after block {}.", b + 1),
          .caption = fmt::format("The complete prediction object of A and B (mean over seeds) against the truth: "
                                 "P(A) = {}, latencies {} and {} ms.",
                                 blocks[b].p, blocks[b].due[0], blocks[b].due[1]),
          .x = {"time after the cue", "ms"},
          .y = {"expectation"}};
      const std::string whose[] = {"truth", own, other};
      for (std::uint64_t row = 0; row < 6; ++row)
        picture.series.push_back({(row % 2 == 0 ? "A, " : "B, ") + whose[row / 2],
                                  {"arrays/time"},
                                  {path, row},
                                  row < 2 ? Mark::dashed : Mark::line,
                                  static_cast<int>(row < 4 ? row % 2 : row)});
      output_.add(std::move(picture));
    }
  }

  // ---- graded amplitude ------------------------------------------------------------------------------------------

  void stationary(const Runs& all) {
    const auto levels = params_.levels.size(), seeds = static_cast<std::size_t>(params_.seeds);
    TrialTable table{"amplitudes", "amplitude of the prediction after one block, one row per level and seed"};
    table.columns = {{"p", "", "probability of A"},
                     {"a", "", "amplitude of A"},
                     {"b", "", "amplitude of B"},
                     {"truth_b", "", "1 - p"}};
    double r[2] = {0, 0}, at_one[2] = {0, 0};
    for (std::size_t seed = 0; seed < seeds; ++seed) {
      std::vector<double> amplitudes[2];
      for (std::size_t level = 0; level < levels; ++level)
        for (std::size_t k = 0; k < 2; ++k)
          amplitudes[k].push_back(all.results[level * seeds + seed]->after(params_.block).score.amplitude[k]);
      for (std::size_t k = 0; k < 2; ++k) {
        r[k] += pearson(params_.levels, amplitudes[k]) / static_cast<double>(seeds);
        at_one[k] += amplitudes[k].back() / static_cast<double>(seeds);
      }
      for (std::size_t level = 0; level < levels; ++level) {
        table.columns[0].values.push_back(params_.levels[level]);
        for (std::size_t k = 0; k < 2; ++k) table.columns[k + 1].values.push_back(amplitudes[k][level]);
        table.columns[3].values.push_back(1 - params_.levels[level]);
      }
    }
    output_.add(std::move(table));
    metric("r_amplitude_a", r[0], "correlation of the amplitude of A with p(A), mean over seeds; published 0.978", "",
           true);
    metric("r_amplitude_b", r[1], "correlation of the amplitude of B with p(A), mean over seeds; published -0.989");
    metric("amplitude_a_last_level", at_one[0], fmt::format("amplitude of A at p = {}", params_.levels.back()));
    metric("amplitude_b_last_level", at_one[1], fmt::format("amplitude of B at p = {}", params_.levels.back()));
    Picture picture{.name = "amplitude",
                    .title = "Amplitude against probability.",
                    .caption =
                        "Sum of the prediction object around each event relative to a full bump, one point per level "
                        "and seed, after one block from zero weights; dashed: the probability itself.",
                    .x = {"P(A)"},
                    .y = {"amplitude"}};
    const auto column = [](const char* name) { return DataSource{std::string("trials/amplitudes/") + name}; };
    picture.series = {{"A", column("p"), column("a"), Mark::points, 0},
                      {"B", column("p"), column("b"), Mark::points, 1},
                      {"P(A)", column("p"), column("p"), Mark::dashed, 0},
                      {"P(B)", column("p"), column("truth_b"), Mark::dashed, 1}};
    output_.add(std::move(picture));
  }

  // ---- subspaces -------------------------------------------------------------------------------------------------

  void subspaces(const Runs& all) {
    const auto shifts = params_.grid_shifts.size(), count = params_.grid_levels.size() * shifts;
    const auto seeds = static_cast<std::size_t>(params_.seeds);
    double with_p[2] = {0, 0}, with_shift[2] = {0, 0}, share[2] = {0, 0}, cosine = 0;
    for (std::size_t seed = 0; seed < seeds; ++seed) {
      std::vector<ReadoutCondition> conditions;
      for (std::size_t i = 0; i < count; ++i) {
        const auto& result = *all.results[i * seeds + seed];
        conditions.push_back(
            {params_.grid_levels[i / shifts], params_.grid_shifts[i % shifts], result.what, result.when});
      }
      const auto found = find_subspace(conditions);
      for (std::size_t c = 0; c < 2; ++c) {
        with_p[c] += std::abs(found.with_p[c]) / static_cast<double>(seeds);
        with_shift[c] += std::abs(found.with_shift[c]) / static_cast<double>(seeds);
        share[c] += found.share[c] / static_cast<double>(seeds);
      }
      cosine += found.mean_cosine / static_cast<double>(seeds);
      if (seed == 0) subspace_pictures(found);
    }
    for (std::size_t c = 0; c < 2; ++c) {
      metric(fmt::format("r_pc{}_p", c + 1), with_p[c],
             fmt::format("|correlation| of PC{} with the probability", c + 1));
      metric(fmt::format("r_pc{}_latency", c + 1), with_shift[c],
             fmt::format("|correlation| of PC{} with the latency", c + 1));
      metric(fmt::format("share_pc{}", c + 1), share[c], fmt::format("variance along PC{}", c + 1));
    }
    metric("what_when_cosine", cosine, "|cosine| of what and when weights of a channel, mean", "", true);
  }

  void subspace_pictures(const ReadoutSubspace& found) {
    const auto levels = params_.grid_levels.size(), shifts = params_.grid_shifts.size();
    for (std::size_t c = 0; c < 2; ++c)
      output_.add(NamedArray{fmt::format("pc{}", c + 1),
                             "",
                             "scores of the first seed's conditions",
                             {"level of p", "shift"},
                             {levels, shifts},
                             found.scores[c]});
    Picture plane{
        .name = "subspaces",
        .title = "Probability and latency on directions of their own.",
        .caption =
            "First two principal components of the readout weights (what and when together) over 15 conditions, "
            "first seed; one colour per probability, three latencies each.",
        .x = {"PC1"},
        .y = {"PC2"}};
    for (std::size_t i = 0; i < levels; ++i)
      plane.series.push_back({fmt::format("P(A) = {}", params_.grid_levels[i]),
                              {"arrays/pc1", i},
                              {"arrays/pc2", i},
                              Mark::points,
                              static_cast<int>(i)});
    output_.add(std::move(plane));
  }

  // ---- controls --------------------------------------------------------------------------------------------------

  void controls() {
    std::vector<std::string> names;
    std::vector<double> errors;
    const auto intact = runs("switching");
    if (!intact.empty()) names.emplace_back("intact"), errors.push_back(intact.mean(params_.block, nrmse));
    for (const auto& control : meet_controls()) {
      const auto group = runs(control.name);
      if (group.empty()) continue;
      const auto mean = [&](const Of& of) { return group.mean(params_.block, of); };
      metric(control.name + "_nrmse", mean(nrmse), control.doc);
      metric(control.name + "_correlation", mean([](const MeetScore& s) { return s.correlation; }),
             "of prediction and truth");
      metric(control.name + "_amplitude_a", mean([](const MeetScore& s) { return s.amplitude[0]; }), "amplitude of A");
      metric(control.name + "_peak_sum", mean([](const MeetScore& s) { return s.peak[0] + s.peak[1]; }),
             "y_A + y_B at their events");
      metric(control.name + "_latency_difference",
             mean([](const MeetScore& s) { return std::abs(s.latency[1] - s.latency[0]); }),
             "between the peaks of A and B", "ms");
      metric(control.name + "_latency_error", mean([&](const MeetScore& s) {
               return 0.5 * (std::abs(s.latency[0] - params_.due[0]) + std::abs(s.latency[1] - params_.due[1]));
             }),
             "mean distance of both peaks from their events", "ms");
      names.push_back(control.name);
      errors.push_back(mean(nrmse));
    }
    if (errors.size() < 2) return;
    output_.add(TrialTable{"controls", "error after block 1, one row per control", {{"nrmse", "", "NRMSE", errors}}});
    Picture picture{
        .kind = Picture::Kind::bars,
        .name = "controls",
        .title = "Every part is needed.",
        .caption = "Error after block 1 without each part of the rule (1: a silent network; bars are cut at 1.5).",
        .y = {"NRMSE"}};
    picture.y.low = 0, picture.y.high = 1.5;
    picture.series = {{"NRMSE", {}, {"trials/controls/nrmse"}}};
    picture.categories = names;
    picture.wide = true;
    output_.add(std::move(picture));
  }

  const MeetParams& params_;
  const std::vector<MeetRunSpec>& specs_;
  const std::vector<MeetRunResult>& results_;
  ProtocolOutput& output_;
};

}  // namespace

void write_tests(const std::vector<MeetRunSpec>& specs, const std::vector<MeetRunResult>& results,
                 ProtocolOutput& output) {
  TrialTable table{"tests", "every test of every run, in order"};
  table.columns = {{"run", "", "number of the run"},
                   {"seed", "", "of the run"},
                   {"trial", "", "trials before the test"},
                   {"p_true", "", "probability of A in the last block"},
                   {"nrmse", "", "error"},
                   {"correlation", "", "with the truth"},
                   {"latency_a", "ms", "peak of A"},
                   {"latency_b", "ms", "peak of B"},
                   {"amplitude_a", "", "of A"},
                   {"amplitude_b", "", "of B"},
                   {"p_a", "", "learned probability of A"},
                   {"p_b", "", "learned probability of B"}};
  for (std::size_t i = 0; i < specs.size(); ++i) {
    output.add(NamedHash{fmt::format("run_{:04}_{}", i, specs[i].label), results[i].hash});
    for (const auto& [trial, s, object] : results[i].tests) {
      const auto block = static_cast<std::size_t>(std::max(trial - 1, 0) / specs[i].trials_per_block);
      const double row[] = {static_cast<double>(i),
                            static_cast<double>(specs[i].seed),
                            static_cast<double>(trial),
                            specs[i].blocks[block].p,
                            s.nrmse,
                            s.correlation,
                            s.latency[0],
                            s.latency[1],
                            s.amplitude[0],
                            s.amplitude[1],
                            s.p[0],
                            s.p[1]};
      for (std::size_t c = 0; c < table.columns.size(); ++c) table.columns[c].values.push_back(row[c]);
    }
  }
  output.add(std::move(table));
}

void analyse(const MeetParams& params, const std::vector<MeetRunSpec>& specs, const std::vector<MeetRunResult>& results,
             ProtocolOutput& output) {
  Analysis(params, specs, results, output).all();
}

}  // namespace spikeloom::experiments
