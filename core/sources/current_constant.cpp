/// `current_constant`: a current that is switched on and off.
#include <array>

#include "core/sources/current_drive.hpp"
#include "core/sources/sources.hpp"

namespace spikeloom {

ModelInfo current_constant_source() {
  ModelInfo info;
  info.name = "current_constant";
  info.summary = "constant current (NEST: dc_generator)";
  info.equations = "I(t) = amplitude for start <= t < stop";
  info.kind = ModelKind::current_source;
  info.params = {{.name = "amplitude", .unit = "pA", .doc = "current; one value, or one per target", .required = true}};
  append_start_stop(info.params);
  info.check = [](const ModelArguments& arguments, double, std::vector<Problem>& problems) {
    require_start_before_stop(arguments, problems);
  };
  info.make_drive = [](const DriveRequest& request) {
    const auto& amplitude = request.arguments.numbers.find("amplitude")->second;
    const bool alike = amplitude.size() == 1;
    const auto course = [schedule = schedule_of(request.arguments, std::array{0.0}, request.resolution, 0),
                         common = alike ? amplitude.front() : 1](Step step) {
      return schedule.at(step) == Schedule::no_piece ? 0 : common;
    };
    return make_current_drive(request, course, alike ? std::vector<double>{} : amplitude);
  };
  return info;
}

}  // namespace spikeloom
