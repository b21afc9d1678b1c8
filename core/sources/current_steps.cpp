/// `current_steps`: a current that is constant piece by piece.
#include "core/sources/current_drive.hpp"
#include "core/sources/sources.hpp"

namespace spikeloom {

ModelInfo current_steps_source() {
  ModelInfo info;
  info.name = "current_steps";
  info.summary = "piecewise constant current (NEST: step_current_generator)";
  info.equations = "I(t) = amplitudes[k] for times[k] <= t < times[k + 1]; 0 before times[0]; the last one holds";
  info.kind = ModelKind::current_source;
  info.params = {{.name = "times",
                  .unit = "ms",
                  .doc = "when the current changes, ascending",
                  .kind = ParamKind::list,
                  .check = non_negative,
                  .required = true},
                 {.name = "amplitudes",
                  .unit = "pA",
                  .doc = "current from each of these times on",
                  .kind = ParamKind::list,
                  .required = true}};
  append_start_stop(info.params);
  info.check = [](const ModelArguments& arguments, double, std::vector<Problem>& problems) {
    require_start_before_stop(arguments, problems);
    require_matching_times(arguments, "times", "amplitudes", problems);
  };
  info.make_drive = [](const DriveRequest& request) {
    const auto amplitudes = list_of(request.arguments, "amplitudes");
    return make_current_drive(
        request, [schedule = schedule_of(request.arguments, list_of(request.arguments, "times"), request.resolution, 0),
                  amplitude = std::vector<double>(amplitudes.begin(), amplitudes.end())](Step step) {
          const int piece = schedule.at(step);
          return piece == Schedule::no_piece ? 0 : amplitude[static_cast<std::size_t>(piece)];
        });
  };
  return info;
}

}  // namespace spikeloom
