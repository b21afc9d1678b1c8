/// Evidence accumulation: cues on the left and the right, a delay, and the question which side had more of them (Morcos
/// & Harvey 2016; as a task for spiking networks: Bellec et al. 2020). Four groups of inputs: left, right, recall,
/// noise.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"
#include "experiments/protocols/gradient_common.hpp"
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/stepped_runs.hpp"
#include "experiments/protocols/training/start.hpp"
#include "networks/gradient/modules.hpp"
#include "plasticity/gradient/loss.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::uint32_t trial_stream = 111, cue_stream = 112, spike_stream = 113;
constexpr std::uint64_t test_trials_from = std::uint64_t{1} << 32;  // ids of trials that are never trained

struct Params {
  int updates = 300, batch = 16, cues = 7, test_batches = 16, group = 10;
  double cue = 100, gap = 50, delay_min = 500, delay_max = 1000, recall = 150, cue_rate = 40, noise_rate = 10,
         bias = 0.7;
  std::string start_from = {};
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"updates", &Params::updates, "", "number of mini-batches, one update each", whole_positive},
      {"batch", &Params::batch, "", "trials of a mini-batch", whole_positive},
      {"test_batches", &Params::test_batches, "", "mini-batches of new trials after learning", whole_positive},
      {"cues", &Params::cues, "", "number of cues; odd, so that there is a majority", whole_positive},
      {"group", &Params::group, "", "inputs of each of the four groups", whole_positive},
      {"cue", &Params::cue, "ms", "duration of a cue", positive},
      {"gap", &Params::gap, "ms", "pause after each cue", non_negative},
      {"delay_min", &Params::delay_min, "ms", "shortest delay after the last pause", non_negative},
      {"delay_max", &Params::delay_max, "ms", "longest delay", non_negative},
      {"recall", &Params::recall, "ms", "duration of the recall cue, when the answer counts", positive},
      {"cue_rate", &Params::cue_rate, "Hz", "of the inputs of a group that is on", non_negative},
      {"noise_rate", &Params::noise_rate, "Hz", "of the noise group, always", non_negative},
      {"bias", &Params::bias, "", "probability that a cue is on the trial's side", fraction},
      {"start_from", &Params::start_from, "", start_from_doc}};
  return table;
}

struct Trial {
  SpikeRaster input;
  std::size_t label = 0;
};

class Task {
 public:
  Task(const Params& params, double resolution, std::uint64_t seed)
      : params_(params), resolution_(resolution), seed_(seed) {}

  /// Trial `id`: a function of the seed.
  Trial make(std::uint64_t id) const {
    const auto bits = draw(seed_, Purpose::task, trial_stream, id);
    const double right = uniform(bits[0]) < 0.5 ? params_.bias : 1 - params_.bias;
    const double delay = params_.delay_min + uniform(bits[1]) * (params_.delay_max - params_.delay_min);
    std::vector<std::size_t> side(static_cast<std::size_t>(params_.cues));
    std::size_t rights = 0;
    for (std::size_t c = 0; c < side.size(); ++c) {
      side[c] = uniform(draw(seed_, Purpose::task, cue_stream, id, static_cast<std::uint32_t>(c))[0]) < right ? 1 : 0;
      rights += side[c];
    }
    const double end_of_cues = params_.cues * (params_.cue + params_.gap), recall_from = end_of_cues + delay;
    Trial trial;
    trial.label = 2 * rights > side.size() ? 1 : 0;
    const auto steps = static_cast<std::size_t>((recall_from + params_.recall) / resolution_);
    for (std::size_t t = 0; t < steps; ++t) {
      const double time = static_cast<double>(t) * resolution_;
      const auto cue = static_cast<std::size_t>(time / (params_.cue + params_.gap));
      std::array<double, 4> rates{0, 0, time >= recall_from ? params_.cue_rate : 0, params_.noise_rate};
      if (cue < side.size() && time - static_cast<double>(cue) * (params_.cue + params_.gap) < params_.cue)
        rates[side[cue]] = params_.cue_rate;
      add_spikes(id, static_cast<std::uint32_t>(t), rates, trial.input);
    }
    return trial;
  }

  std::size_t recall_steps() const { return static_cast<std::size_t>(params_.recall / resolution_); }

 private:
  void add_spikes(std::uint64_t id, std::uint32_t step, const std::array<double, 4>& rates, SpikeRaster& raster) const {
    const auto group = static_cast<std::uint32_t>(params_.group);
    for (std::uint32_t g = 0; g < 4; ++g) {
      if (rates[g] <= 0) continue;
      for (std::uint32_t i = 0; i < group; i += 4) {
        const auto bits = draw(seed_, Purpose::task, spike_stream + g * group + i, id, step);
        for (std::uint32_t k = 0; k < 4 && i + k < group; ++k)
          if (uniform(bits[k]) < 1e-3 * rates[g] * resolution_) raster.add(g * group + i + k);
      }
    }
    raster.end_step();
  }

  Params params_;
  double resolution_;
  std::uint64_t seed_;
};

/// Mini-batches through a learner.
class Session {
 public:
  Session(const Task& task, EpropLearner<float>& learner, std::size_t batch, int threads)
      : task_(task), learner_(learner), labels_(batch), correct_(batch), inputs_(batch), threads_(threads) {}

  struct Score {
    double error = 0, loss = 0;
  };
  /// Trials first_id, first_id + 1, ...
  Score batch(std::uint64_t first_id, bool learn) {
    for_each_index(static_cast<std::size_t>(threads_), inputs_.size(), [&](std::size_t k) {
      auto trial = task_.make(first_id + k);
      inputs_[k] = std::move(trial.input);
      labels_[k] = trial.label;
    });
    const TrialLoss<float> loss = [&](std::size_t k, EpropHistory<float>& history) {
      const auto result = softmax_loss(labels_[k], 2, history.steps - task_.recall_steps(), history.steps, history);
      correct_[k] = result.correct ? 1 : 0;
      return result.loss;
    };
    const auto losses = learn ? learner_.train(inputs_, loss, threads_) : learner_.evaluate(inputs_, loss, threads_);
    Score score;
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      score.error += (1.0 - correct_[k]) / static_cast<double>(inputs_.size());
      score.loss += losses[k] / static_cast<double>(inputs_.size());
    }
    return score;
  }
  const SpikeRaster& input(std::size_t k) const { return inputs_[k]; }

 private:
  const Task& task_;
  EpropLearner<float>& learner_;
  std::vector<std::size_t> labels_;
  std::vector<int> correct_;
  std::vector<SpikeRaster> inputs_;
  int threads_;
};

void show_learning(const ProtocolRun& run, TrialTable&& learning) {
  run.output.add(std::move(learning));
  run.output.add(Picture{.name = "learning",
                         .title = "Learning.",
                         .caption = "Errors of each mini-batch and their running mean; chance is 0.5.",
                         .x = {"update"},
                         .y = {"share of wrong answers"},
                         .series = {{"mini-batch", {"trials/learning/update"}, {"trials/learning/error"}, Mark::points},
                                    {"running mean", {"trials/learning/update"}, {"trials/learning/mean_error"}}}});
}

void show(const ProtocolRun& run, const Session& session, const EpropLearner<float>& learner, double resolution) {
  const auto& history = learner.history(0);
  std::vector<double> left, right;
  for (std::size_t t = 0; t < history.steps; ++t) {
    left.push_back(static_cast<double>(history.output[2 * t]));
    right.push_back(static_cast<double>(history.output[2 * t + 1]));
  }
  run.output.add(trace("time", "ms", "of the first test trial", "step", times(history.steps, resolution)));
  run.output.add(trace("left", "", "readout of the first test trial", "step", std::move(left)));
  run.output.add(trace("right", "", "readout of the first test trial", "step", std::move(right)));
  run.output.add(raster_table("inputs", "spikes of the inputs of the first test trial", session.input(0), resolution));
  run.output.add(raster_table("raster", "spikes of the neurons in the first test trial", history.spikes, resolution));
  run.output.add(
      Picture{.name = "readout",
              .title = "Readout of one trial.",
              .caption = "Cues come first, the answer counts in the last stretch.",
              .x = {"time", "ms"},
              .y = {"readout"},
              .series = {{"left", {"arrays/time"}, {"arrays/left"}}, {"right", {"arrays/time"}, {"arrays/right"}}}});
  run.output.add(raster_picture("inputs", "Inputs of one trial.",
                                "From below: left cues, right cues, recall, noise; a tenth of a second per cue."));
  run.output.add(raster_picture("raster", "Spikes of one trial.",
                                "Neurons with adaptive thresholds are on top: they carry the count over the delay."));
}

/// A mini-batch per step: those that are learned from, then those of the test.
class Accumulation final : public SteppedRun {
 public:
  explicit Accumulation(const ProtocolRun& run)
      : run_(run),
        module_(eprop_module_params().read(run.experiment.module->arguments)),
        task_params_(params().read(run.experiment.protocol->arguments)),
        task_(task_params_, module_.resolution, run.experiment.seed),
        learner_(make_eprop(module_, static_cast<std::uint32_t>(4 * task_params_.group), 2, run.experiment.seed)),
        session_(task_, learner_, batch(), run.threads) {
    if (const auto& from = task_params_.start_from; !from.empty())
      load_weights(learner_.network(), read_start(from, run.experiment.module->name), from);
  }

  std::uint64_t steps() const override {
    return static_cast<std::uint64_t>(task_params_.updates) + static_cast<std::uint64_t>(task_params_.test_batches);
  }
  void step(std::uint64_t number) override {
    const auto updates = static_cast<std::uint64_t>(task_params_.updates);
    if (number < updates)
      learn(number);
    else
      error_ +=
          session_.batch(test_trials_from + (number - updates) * batch(), false).error / task_params_.test_batches;
  }
  void state(StateArchive& archive) override { learner_.state(archive); }
  void results(StateArchive& archive) override {
    list(archive, learning_);
    archive.common("mean_error", mean_error_);
    archive.common("error", error_);
  }
  std::string note(std::uint64_t steps_done) const override {
    if (steps_done > static_cast<std::uint64_t>(task_params_.updates)) return "test";
    return fmt::format("mini-batches, errors {:.1f} %", 100 * mean_error_);
  }

  ProtocolOutcome tell(bool stopped) {
    ProtocolOutcome outcome{.trials = learning_.columns[0].values.size() * batch(), .stopped = stopped};
    show_learning(run_, std::move(learning_));
    if (!stopped) {
      run_.output.add(Metric{"error", error_, "", "share of wrong answers in new trials after learning", true});
      show(run_, session_, learner_, module_.resolution);
    }
    for (auto& weights : weights_of(learner_.network())) run_.output.add(std::move(weights));
    StateArchive state;
    learner_.state(state);
    run_.output.add(NamedHash{"network", state_hash(state.take())});
    return outcome;
  }

 private:
  std::size_t batch() const { return static_cast<std::size_t>(task_params_.batch); }

  void learn(std::uint64_t number) {
    const auto score = session_.batch(number * batch(), true);
    mean_error_ += 0.05 * (score.error - mean_error_);
    double rate = 0;
    for (const double r : learner_.rates()) rate += r / static_cast<double>(learner_.rates().size());
    const std::array<double, 5> row{static_cast<double>(number + 1), score.error, mean_error_, score.loss, rate};
    for (std::size_t c = 0; c < row.size(); ++c) learning_.columns[c].values.push_back(row[c]);
  }

  const ProtocolRun& run_;
  EpropModuleParams module_;
  Params task_params_;
  Task task_;
  EpropLearner<float> learner_;
  Session session_;
  TrialTable learning_{"learning",
                       "every mini-batch",
                       {{"update", "", "counted from 1"},
                        {"error", "", "share of wrong answers"},
                        {"mean_error", "", "exponential mean over about 20 mini-batches"},
                        {"loss", "", "cross entropy"},
                        {"rate", "Hz", "mean over neurons"}}};
  double mean_error_ = 0.5, error_ = 0;  // while learning; in the test
};

ProtocolOutcome run(const ProtocolRun& run) {
  Accumulation accumulation(run);
  const bool complete = carry_out(accumulation, run);
  return accumulation.tell(!complete);
}

void check(const ModelArguments&, const ModelArguments& protocol, std::vector<Problem>& problems) {
  const auto task = params().read(protocol);
  if (task.cues % 2 == 0)
    problems.push_back({{}, "protocol.params.cues", "an even number of cues can be a draw", "write an odd number"});
  if (task.delay_max < task.delay_min)
    problems.push_back(
        {{}, "protocol.params.delay_max", "delay_max is below delay_min", "raise it, or lower delay_min"});
}

}  // namespace

ProtocolInfo evidence_accumulation_protocol() {
  return {.name = "evidence_accumulation",
          .summary = "which side had more cues? A working memory over seconds",
          .modules = {"eprop_network"},
          .params = params().infos(),
          .run = run,
          .check = check};
}

}  // namespace spikeloom::experiments
