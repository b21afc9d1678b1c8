/// `regular`: neurons that spike at equal intervals.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/sources/schedule.hpp"
#include "core/sources/source_slice.hpp"
#include "core/sources/sources.hpp"

namespace spikeloom {
namespace {

constexpr double default_interval = 100;  // ms

/// Interval of a neuron [ms]; infinite at rate 0.
double interval_of(const ModelArguments& arguments, std::size_t neuron) {
  if (arguments.numbers.contains("rate")) return 1000 / value_or(arguments, "rate", 0, neuron);
  return value_or(arguments, "interval", default_interval, neuron);
}

class RegularSlice final : public SourceSlice {
 public:
  explicit RegularSlice(const SliceRequest& request)
      : schedule_(schedule_of(request.arguments, std::array{0.0}, request.resolution, 1)) {
    const double start = value_or(request.arguments, "start", 0);
    for (std::uint32_t i = 0; i < request.count; ++i) {
      const std::size_t neuron = request.first + i;
      first_.push_back((start + value_or(request.arguments, "phase", 0, neuron)) / request.resolution);
      interval_.push_back(interval_of(request.arguments, neuron) / request.resolution);
    }
  }

 private:
  void emit(Step step, std::vector<std::uint32_t>& spiked) const override {
    if (schedule_.at(step) == Schedule::no_piece) return;
    for (std::uint32_t i = 0; i < first_.size(); ++i)
      spiked.insert(spiked.end(), spikes_until(step, i) - spikes_until(step - 1, i), i);
  }

  /// Number of spikes whose times round to `step` or before: differences of it count every spike once, without adding
  /// up intervals.
  std::size_t spikes_until(Step step, std::uint32_t i) const {
    return static_cast<std::size_t>(
        std::max(0.0, std::ceil((static_cast<double>(step) + 0.5 - first_[i]) / interval_[i])));
  }

  Schedule schedule_;
  std::vector<double> first_, interval_;  // steps, not whole
};

}  // namespace

ModelInfo regular_source() {
  ModelInfo info;
  info.name = "regular";
  info.summary = "spikes at equal intervals";
  info.equations = "spikes at start + phase + k interval, k = 0, 1, ..., of those the ones with start < t <= stop";
  info.kind = ModelKind::spike_source;
  info.params = {{.name = "interval",
                  .unit = "ms",
                  .doc = "time from spike to spike",
                  .default_number = default_interval,
                  .check = positive},
                 {.name = "rate",
                  .unit = "Hz",
                  .doc = "spikes per second, in place of interval",
                  .default_number = 1000 / default_interval,
                  .check = non_negative,
                  .instead_of = "interval"},
                 {.name = "phase", .unit = "ms", .doc = "time of the first spike after start", .check = non_negative}};
  append_start_stop(info.params);
  info.check = [](const ModelArguments& arguments, double, std::vector<Problem>& problems) {
    require_start_before_stop(arguments, problems);
    if (arguments.numbers.contains("rate") && arguments.numbers.contains("interval"))
      problems.push_back({{}, "rate", "rate and interval both say how often it spikes", "give one of them"});
  };
  info.make_slice = [](const SliceRequest& request) { return std::make_unique<RegularSlice>(request); };
  return info;
}

}  // namespace spikeloom
