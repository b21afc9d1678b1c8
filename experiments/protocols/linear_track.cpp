/// Laps on a linear track: plateau potentials write a place field and move it (Bittner et al. 2017, Milstein et al.
/// 2021).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/protocols/gradient_common.hpp"
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/stepped_runs.hpp"
#include "networks/gradient/modules.hpp"

namespace spikeloom::experiments {
namespace {

struct Params {
  double lap = 20'000, field_sd = 500, plateau = 300;
  std::vector<double> plateaus = {10'000, 14'000};
  int laps = 3;
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"lap", &Params::lap, "ms", "duration of a lap, at constant speed", positive},
      {"field_sd", &Params::field_sd, "ms", "half width of an input's place field, as time", positive},
      {"plateau", &Params::plateau, "ms", "duration of a plateau potential", non_negative},
      {"plateaus", &Params::plateaus, "ms", "where in the lap plateaus come; each for some laps", non_negative},
      {"laps", &Params::laps, "", "laps with each plateau", whole_positive}};
  return table;
}

struct Field {
  double peak = 0, width = 0, asymmetry = 0;  // ms, ms, weight before over weight after the peak
};

class Track {
 public:
  Track(const Params& params, int inputs, double resolution) : params_(params), resolution_(resolution) {
    for (int i = 0; i < inputs; ++i) centres_.push_back(params.lap * (i + 0.5) / inputs);
  }
  const std::vector<double>& centres() const { return centres_; }

  /// One lap with a plateau at `plateau` [ms]; the track is a circle.
  void lap(Btsp& btsp, double plateau) const {
    std::vector<double> rates(centres_.size());
    const auto steps = static_cast<std::size_t>(std::llround(params_.lap / resolution_));
    for (std::size_t t = 0; t < steps; ++t) {
      const double time = static_cast<double>(t) * resolution_;
      for (std::size_t i = 0; i < rates.size(); ++i) {
        const double away = std::remainder(time - centres_[i], params_.lap);
        rates[i] = std::exp(-away * away / (2 * params_.field_sd * params_.field_sd));
      }
      btsp.advance(rates, time >= plateau && time < plateau + params_.plateau ? 1 : 0);
    }
  }

  Field measure(std::span<const double> weights) const {
    const auto peak = static_cast<std::size_t>(std::max_element(weights.begin(), weights.end()) - weights.begin());
    Field field{.peak = centres_[peak]};
    const double spacing = params_.lap / static_cast<double>(weights.size());
    for (const double weight : weights) field.width += weight > weights[peak] / 2 ? spacing : 0;
    field.asymmetry = at(weights, field.peak - 2000) / at(weights, field.peak + 2000);
    return field;
  }
  /// Weight of the input whose field is at `time`.
  double at(std::span<const double> weights, double time) const {
    const double share = time / params_.lap - std::floor(time / params_.lap);
    return weights[std::min(weights.size() - 1, static_cast<std::size_t>(share * static_cast<double>(weights.size())))];
  }

 private:
  Params params_;
  double resolution_;
  std::vector<double> centres_;
};

void picture(const ProtocolRun& run, std::uint64_t laps, int laps_each, std::span<const double> plateaus) {
  Picture fields{.name = "fields",
                 .title = "Place field.",
                 .caption = "Weights after the last lap with each plateau: the field is written, then moves.",
                 .x = {"place", "ms"},
                 .y = {"weight"}};
  for (std::size_t k = 0; k < plateaus.size() && (k + 1) * static_cast<std::size_t>(laps_each) <= laps; ++k)
    fields.series.push_back({fmt::format("plateau at {} s", plateaus[k] / 1000),
                             {"arrays/places"},
                             {"arrays/weights", (k + 1) * static_cast<std::uint64_t>(laps_each) - 1}});
  run.output.add(std::move(fields));
  run.output.add(Picture{.kind = Picture::Kind::heat,
                         .name = "movement",
                         .title = "Lap by lap.",
                         .caption = "Weight of every input after every lap, the first lap at the bottom.",
                         .x = {.label = "input"},
                         .y = {.label = "lap"},
                         .z = {.label = "weight"},
                         .values = {"arrays/weights"}});
}

/// A lap per step.
class Laps final : public SteppedRun {
 public:
  explicit Laps(const ProtocolRun& run)
      : run_(run),
        module_(btsp_module_params().read(run.experiment.module->arguments)),
        task_(params().read(run.experiment.protocol->arguments)),
        track_(task_, module_.inputs, module_.resolution),
        btsp_(module_, static_cast<std::size_t>(module_.inputs), module_.resolution) {}

  std::uint64_t steps() const override { return task_.plateaus.size() * laps_each(); }
  void step(std::uint64_t number) override {
    const double plateau = task_.plateaus[number / laps_each()];
    track_.lap(btsp_, plateau);
    btsp_.rest();
    const auto field = track_.measure(btsp_.weights());
    const std::array<double, 5> row{static_cast<double>(number + 1), plateau, field.peak, field.width, field.asymmetry};
    for (std::size_t c = 0; c < row.size(); ++c) laps_.columns[c].values.push_back(row[c]);
    weights_.insert(weights_.end(), btsp_.weights().begin(), btsp_.weights().end());
  }
  void state(StateArchive& archive) override { btsp_.state(archive); }
  void results(StateArchive& archive) override {
    list(archive, laps_);
    archive.common_list("weights", weights_);
  }
  std::string note(std::uint64_t) const override {
    return fmt::format("peak at {:.1f} s", laps_.columns[2].values.back() / 1000);
  }

  ProtocolOutcome tell(bool stopped) {
    const std::uint64_t laps = laps_.columns[0].values.size(), inputs = btsp_.weights().size();
    for (std::size_t phase = 0; (phase + 1) * laps_each() <= laps; ++phase) tell_phase(phase);
    run_.output.add(std::move(laps_));
    run_.output.add(trace("places", "ms", "centres of the inputs' fields", "input", track_.centres()));
    run_.output.add(
        NamedArray{"weights", "", "after every lap", {"lap", "input"}, {laps, inputs}, std::move(weights_)});
    picture(run_, laps, task_.laps, task_.plateaus);
    const std::vector<StateArray> state = {{"weights", "", {inputs}, btsp_.weights()}};
    run_.output.add(NamedHash{"neuron", state_hash(state)});
    return {.trials = laps, .simulated_ms = static_cast<double>(laps) * task_.lap, .stopped = stopped};
  }

 private:
  std::size_t laps_each() const { return static_cast<std::size_t>(task_.laps); }

  /// The field after the last lap with one plateau, and what has become of the one before.
  void tell_phase(std::size_t phase) {
    const auto weights_after = [&](std::size_t of_phase) {
      return std::span(weights_).subspan(((of_phase + 1) * laps_each() - 1) * btsp_.weights().size(),
                                         btsp_.weights().size());
    };
    const auto weights = weights_after(phase);
    const auto field = track_.measure(weights);
    const auto of = fmt::format("_{}", phase + 1);
    run_.output.add(Metric{"peak" + of, field.peak, "ms", "of the field after these laps", true});
    run_.output.add(Metric{"width" + of, field.width, "ms", "of the field at half maximum"});
    run_.output.add(Metric{"asymmetry" + of, field.asymmetry, "", "weight 2 s before over weight 2 s after the peak"});
    if (phase == 0) return;
    const auto before = weights_after(phase - 1);
    const double old_peak = track_.measure(before).peak;
    run_.output.add(Metric{"change_at_old_peak" + of, track_.at(weights, old_peak) / track_.at(before, old_peak) - 1,
                           "", "relative change of the weight at the peak of the field before"});
  }

  const ProtocolRun& run_;
  BtspModuleParams module_;
  Params task_;
  Track track_;
  Btsp btsp_;
  TrialTable laps_{"laps",
                   "the field after every lap",
                   {{"lap", "", "counted from 1"},
                    {"plateau", "ms", "where it came"},
                    {"peak", "ms", "of the weights"},
                    {"width", "ms", "at half maximum"},
                    {"asymmetry", "", "weight 2 s before over weight 2 s after the peak"}}};
  std::vector<double> weights_;  // [lap][input]
};

ProtocolOutcome run(const ProtocolRun& run) {
  Laps laps(run);
  const bool complete = carry_out(laps, run);
  return laps.tell(!complete);
}

void check(const ModelArguments&, const ModelArguments& protocol, std::vector<Problem>& problems) {
  const auto task = params().read(protocol);
  for (const double plateau : task.plateaus)
    if (plateau >= task.lap)
      problems.push_back({{},
                          "protocol.params.plateaus",
                          fmt::format("a plateau at {} ms comes after the lap", plateau),
                          "write times within `lap`"});
}

}  // namespace

ProtocolInfo linear_track_protocol() {
  return {.name = "linear_track",
          .summary = "plateau potentials write a place field and move it",
          .modules = {"btsp_neuron"},
          .params = params().infos(),
          .run = run,
          .check = check};
}

}  // namespace spikeloom::experiments
