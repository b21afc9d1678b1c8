/// `current_sine`: an alternating current, on an offset if one is given.
#include <array>
#include <cmath>
#include <numbers>

#include "core/sources/current_drive.hpp"
#include "core/sources/sources.hpp"

namespace spikeloom {

ModelInfo current_sine_source() {
  ModelInfo info;
  info.name = "current_sine";
  info.summary = "sinusoidal current (NEST: ac_generator)";
  info.equations =
      "I(t) = offset + amplitude sin(2 pi frequency t + phase) for start <= t < stop, t from the simulation's begin";
  info.kind = ModelKind::current_source;
  info.params = {
      {.name = "amplitude", .unit = "pA", .doc = "half the peak-to-peak value", .required = true, .per_neuron = false},
      {.name = "frequency",
       .unit = "Hz",
       .doc = "cycles per second",
       .check = non_negative,
       .required = true,
       .per_neuron = false},
      {.name = "phase", .unit = "", .doc = "phase at time 0, in radians", .per_neuron = false},
      {.name = "offset", .unit = "pA", .doc = "mean current", .per_neuron = false}};
  append_start_stop(info.params);
  info.check = [](const ModelArguments& arguments, double, std::vector<Problem>& problems) {
    require_start_before_stop(arguments, problems);
  };
  info.make_drive = [](const DriveRequest& request) {
    const auto& a = request.arguments;
    const double cycles_per_step = value_or(a, "frequency", 0) * 1e-3 * request.resolution;
    return make_current_drive(request, [schedule = schedule_of(a, std::array{0.0}, request.resolution, 0),
                                        cycles_per_step, amplitude = value_or(a, "amplitude", 0),
                                        phase = value_or(a, "phase", 0), offset = value_or(a, "offset", 0)](Step step) {
      if (schedule.at(step) == Schedule::no_piece) return 0.0;
      const double cycles = cycles_per_step * static_cast<double>(step);
      return offset + amplitude * std::sin(2 * std::numbers::pi * (cycles - std::floor(cycles)) + phase);
    });
  };
  return info;
}

}  // namespace spikeloom
