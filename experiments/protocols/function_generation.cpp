/// Function generation: a chaotic reservoir learns to produce a sine by FORCE, and goes on alone (Nicola & Clopath
/// 2017).
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "experiments/protocols/gradient_common.hpp"
#include "experiments/protocols/protocols.hpp"
#include "networks/gradient/modules.hpp"
#include "plasticity/gradient/recursive_least_squares.hpp"

namespace spikeloom::experiments {
namespace {

struct Params {
  double duration = 15'000, learn_from = 5'000, learn_until = 10'000, frequency = 5, sample = 2;
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"duration", &Params::duration, "ms", "of the whole", positive},
      {"learn_from", &Params::learn_from, "ms", "when learning begins", non_negative},
      {"learn_until", &Params::learn_until, "ms", "when learning ends", positive},
      {"frequency", &Params::frequency, "Hz", "of the sine", positive},
      {"sample", &Params::sample, "ms", "between samples of the recorded output", positive}};
  return table;
}

/// Root mean square error over that of the target, and the correlation of both.
class Comparison {
 public:
  void add(double z, double target) {
    ++n_;
    z_ += z;
    t_ += target;
    zz_ += z * z;
    tt_ += target * target;
    zt_ += z * target;
  }
  double error() const { return std::sqrt((zz_ - 2 * zt_ + tt_) / tt_); }
  double correlation() const {
    const double z_var = zz_ - z_ * z_ / n_, t_var = tt_ - t_ * t_ / n_;
    return z_var > 0 && t_var > 0 ? (zt_ - z_ * t_ / n_) / std::sqrt(z_var * t_var) : 0;
  }
  double count() const { return n_; }

 private:
  double n_ = 0, z_ = 0, t_ = 0, zz_ = 0, tt_ = 0, zt_ = 0;
};

class Course {
 public:
  Course(const ProtocolRun& run, ForceNeuron kind, const ForceModuleParams& module)
      : run_(run),
        task_(params().read(run.experiment.protocol->arguments)),
        module_(module),
        reservoir_(kind, module, 1, module.resolution, run.experiment.seed),
        decoder_(reservoir_.size(), 1, module.lambda) {}

  ProtocolOutcome go() {
    const auto steps = static_cast<std::uint64_t>(std::llround(task_.duration / module_.resolution));
    const auto sample_every =
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(task_.sample / module_.resolution)));
    const auto update_every = static_cast<std::uint64_t>(module_.update_steps);
    const auto report_every = std::max<std::uint64_t>(1, steps / 100);
    ProtocolOutcome outcome;
    double z = 0;
    for (std::uint64_t s = 0; s < steps && !outcome.stopped; ++s) {
      const double time = static_cast<double>(s) * module_.resolution;
      const double target = std::sin(2e-3 * M_PI * task_.frequency * time);
      const auto spiked = reservoir_.advance({&z, 1});
      decoder_.read_out(reservoir_.rates(), {&z, 1});
      if (module_.learn && time >= task_.learn_from && time < task_.learn_until && s % update_every == 0) {
        const double error = z - target;
        decoder_.update(reservoir_.rates(), {&error, 1}, run_.threads);
      }
      note(time, z, target, spiked);
      if (s % sample_every == 0) sample(time, z, target);
      if ((s + 1) % report_every == 0)
        outcome.stopped = !run_.progress(s + 1, steps, fmt::format("{:.1f} s", 1e-3 * time));
      ++outcome.trials;
    }
    outcome.simulated_ms = static_cast<double>(outcome.trials) * module_.resolution;
    finish();
    return outcome;
  }

 private:
  void note(double time, double z, double target, std::span<const std::uint32_t> spiked) {
    if (time >= task_.learn_until - 200 && time < task_.learn_until) training_.add(z, target);
    if (time < task_.learn_until) return;
    after_.add(z, target);
    spikes_ += static_cast<double>(spiked.size());
    if (time < task_.learn_until + 500)
      for (const auto i : spiked)
        if (i < 50) {
          raster_.columns[0].values.push_back(time);
          raster_.columns[1].values.push_back(i);
        }
  }

  void sample(double time, double z, double target) {
    for (std::size_t k = 0; k < 3; ++k) {
      const double from = starts()[k];
      if (time < from || time >= from + 1000) continue;
      windows_[k].columns[0].values.push_back(time);
      windows_[k].columns[1].values.push_back(z);
      windows_[k].columns[2].values.push_back(target);
    }
  }
  /// One second before, at the end of, and after learning.
  std::array<double, 3> starts() const {
    return {task_.learn_from - 1000, task_.learn_until - 1000, task_.duration - 1000};
  }

  void finish() {
    const double seconds = after_.count() * module_.resolution * 1e-3;
    if (training_.count() > 0)
      run_.output.add(Metric{"training_error", training_.error(), "",
                             "root mean square error over that of the target, last 200 ms of learning", true});
    if (after_.count() > 0) {
      run_.output.add(Metric{"error", after_.error(), "", "the same from the end of learning on", true});
      run_.output.add(Metric{"correlation", after_.correlation(), "", "of output and target after learning", true});
      run_.output.add(Metric{"rate", spikes_ / seconds / static_cast<double>(reservoir_.size()), "Hz",
                             "mean over neurons after learning"});
    }
    const auto weights = decoder_.weights();
    run_.output.add(trace("decoder", "", "weights of the readout", "neuron", {weights.begin(), weights.end()}));
    constexpr std::array names{"before", "during", "after"};
    for (std::size_t k = 0; k < 3; ++k) {
      if (windows_[k].columns[0].values.empty()) continue;
      windows_[k].name = names[k];
      const std::string table = fmt::format("trials/{}/", names[k]);
      run_.output.add(std::move(windows_[k]));
      run_.output.add(Picture{.name = names[k],
                              .title = fmt::format("Output {} learning.", names[k]),
                              .caption = k == 2 ? "Nothing holds the output but the network itself." : "",
                              .x = {"time", "ms"},
                              .y = {"output"},
                              .series = {{"target", {table + "time"}, {table + "target"}, Mark::dashed},
                                         {"output", {table + "time"}, {table + "output"}}},
                              .wide = true});
    }
    run_.output.add(std::move(raster_));
    run_.output.add(raster_picture("raster", "Spikes after learning.", "Fifty neurons over half a second."));
    const std::vector<StateArray> state = {{"decoder", "", {weights.size()}, decoder_.weights()}};
    run_.output.add(NamedHash{"decoder", state_hash(state)});
  }

  static TrialTable window() {
    return {"",
            "one second of the output",
            {{"time", "ms", "since the start"}, {"output", "", "of the decoder"}, {"target", "", "wanted"}}};
  }

  const ProtocolRun& run_;
  Params task_;
  ForceModuleParams module_;
  ForceReservoir reservoir_;
  RecursiveLeastSquares decoder_;
  Comparison training_, after_;
  double spikes_ = 0;
  std::array<TrialTable, 3> windows_{window(), window(), window()};
  TrialTable raster_{"raster",
                     "spikes of the first 50 neurons after learning",
                     {{"time", "ms", "of the spike"}, {"neuron", "", "that spiked"}}};
};

ProtocolOutcome run(const ProtocolRun& run) {
  const auto& module = *run.experiment.module;
  if (module.name == "force_lif") return Course(run, ForceNeuron::lif, force_lif_params().read(module.arguments)).go();
  return Course(run, ForceNeuron::izhikevich, force_izhikevich_params().read(module.arguments)).go();
}

void check(const ModelArguments&, const ModelArguments& protocol, std::vector<Problem>& problems) {
  const auto task = params().read(protocol);
  if (task.learn_from >= task.learn_until)
    problems.push_back(
        {{}, "protocol.params.learn_until", "learning ends before it begins", "write a time after learn_from"});
  if (task.learn_until > task.duration)
    problems.push_back(
        {{}, "protocol.params.learn_until", "learning ends after the run", "raise duration, or lower it"});
}

}  // namespace

ProtocolInfo function_generation_protocol() {
  return {.name = "function_generation",
          .summary = "a spiking reservoir learns to produce a sine, then goes on alone",
          .modules = {"force_izhikevich", "force_lif"},
          .params = params().infos(),
          .run = run,
          .check = check};
}

}  // namespace spikeloom::experiments
