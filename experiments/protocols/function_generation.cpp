/// Function generation: a chaotic reservoir learns to produce a sine by FORCE, and goes on alone (Nicola & Clopath
/// 2017).
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "experiments/protocols/gradient_common.hpp"
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/stepped_runs.hpp"
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
  void state(StateArchive& archive, const std::string& name) {
    std::vector<double> sums{n_, z_, t_, zz_, tt_, zt_};
    archive.column(name, sums);
    n_ = sums[0], z_ = sums[1], t_ = sums[2], zz_ = sums[3], tt_ = sums[4], zt_ = sums[5];
  }

 private:
  double n_ = 0, z_ = 0, t_ = 0, zz_ = 0, tt_ = 0, zt_ = 0;
};

/// A stretch of the run per step, some tenths of a second of the clock.
class Course final : public SteppedRun {
 public:
  Course(const ProtocolRun& run, ForceNeuron kind, const ForceModuleParams& module)
      : run_(run),
        task_(params().read(run.experiment.protocol->arguments)),
        module_(module),
        length_(static_cast<std::uint64_t>(std::llround(task_.duration / module.resolution))),
        sample_every_(
            std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(task_.sample / module.resolution)))),
        reservoir_(kind, module, 1, module.resolution, run.experiment.seed),
        decoder_(reservoir_.size(), 1, module.lambda) {}

  std::uint64_t steps() const override { return (length_ + stretch - 1) / stretch; }
  void step(std::uint64_t number) override {
    const auto end = std::min(length_, (number + 1) * stretch);
    for (auto s = number * stretch; s < end; ++s) advance(s);
    done_ = end;
  }
  void state(StateArchive& archive) override {
    reservoir_.state(archive);
    decoder_.state(archive);
    archive.common("z", z_);
  }
  void results(StateArchive& archive) override {
    for (std::size_t k = 0; k < windows_.size(); ++k) list(archive, windows_[k]);
    list(archive, raster_);
    training_.state(archive, "training");
    after_.state(archive, "after");
    archive.common("spikes", spikes_);
    archive.common("done", done_);
  }
  std::string note(std::uint64_t) const override {
    return fmt::format("{:.1f} s", 1e-3 * static_cast<double>(done_) * module_.resolution);
  }

  ProtocolOutcome go() {
    const bool complete = carry_out(*this, run_);
    finish();
    return {.trials = done_, .simulated_ms = static_cast<double>(done_) * module_.resolution, .stopped = !complete};
  }

 private:
  static constexpr std::uint64_t stretch = 1000;

  void advance(std::uint64_t s) {
    const double time = static_cast<double>(s) * module_.resolution;
    const double target = std::sin(2e-3 * M_PI * task_.frequency * time);
    const auto spiked = reservoir_.advance({&z_, 1});
    decoder_.read_out(reservoir_.rates(), {&z_, 1});
    if (module_.learn && time >= task_.learn_from && time < task_.learn_until &&
        s % static_cast<std::uint64_t>(module_.update_steps) == 0) {
      const double error = z_ - target;
      decoder_.update(reservoir_.rates(), {&error, 1}, run_.threads);
    }
    count(time, z_, target, spiked);
    if (s % sample_every_ == 0) sample(time, z_, target);
  }

  void count(double time, double z, double target, std::span<const std::uint32_t> spiked) {
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
    for (std::size_t k = 0; k < 3; ++k) {
      if (windows_[k].columns[0].values.empty()) continue;
      const auto name = windows_[k].name, table = fmt::format("trials/{}/", name);
      run_.output.add(std::move(windows_[k]));
      run_.output.add(Picture{.name = name,
                              .title = fmt::format("Output {} learning.", name),
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

  static TrialTable window(std::string name) {
    return {std::move(name),
            "one second of the output",
            {{"time", "ms", "since the start"}, {"output", "", "of the decoder"}, {"target", "", "wanted"}}};
  }

  const ProtocolRun& run_;
  Params task_;
  ForceModuleParams module_;
  std::uint64_t length_, sample_every_, done_ = 0;  // steps of the reservoir
  ForceReservoir reservoir_;
  RecursiveLeastSquares decoder_;
  double z_ = 0;  // the output
  Comparison training_, after_;
  double spikes_ = 0;
  std::array<TrialTable, 3> windows_{window("before"), window("during"), window("after")};
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
