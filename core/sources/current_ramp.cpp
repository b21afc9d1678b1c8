/// `current_ramp`: a current that rises or falls in proportion to time.
#include <array>

#include "core/sources/current_drive.hpp"
#include "core/sources/sources.hpp"

namespace spikeloom {

ModelInfo current_ramp_source() {
  ModelInfo info;
  info.name = "current_ramp";
  info.summary = "current that changes in proportion to time";
  info.equations = "I(t) = amplitude + slope (t - start) for start <= t < stop, set anew at every grid point";
  info.kind = ModelKind::current_source;
  info.params = {{.name = "amplitude", .unit = "pA", .doc = "current at start", .per_neuron = false},
                 {.name = "slope",
                  .unit = "pA/ms",
                  .doc = "change of the current with time",
                  .required = true,
                  .per_neuron = false}};
  append_start_stop(info.params);
  info.check = [](const ModelArguments& arguments, double, std::vector<Problem>& problems) {
    require_start_before_stop(arguments, problems);
  };
  info.make_drive = [](const DriveRequest& request) {
    const double dt = request.resolution;
    return make_current_drive(request, [schedule = schedule_of(request.arguments, std::array{0.0}, dt, 0),
                                        start = nearest_step(value_or(request.arguments, "start", 0), dt),
                                        amplitude = value_or(request.arguments, "amplitude", 0),
                                        per_step = value_or(request.arguments, "slope", 0) * dt](Step step) {
      return schedule.at(step) == Schedule::no_piece ? 0 : amplitude + per_step * static_cast<double>(step - start);
    });
  };
  return info;
}

}  // namespace spikeloom
