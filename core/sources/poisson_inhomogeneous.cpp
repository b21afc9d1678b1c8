/// `poisson_inhomogeneous`: Poisson spike trains whose common rate is constant piece by piece.
#include "core/sources/poisson_train.hpp"
#include "core/sources/sources.hpp"

namespace spikeloom {
namespace {

RateCourse course_of(const ModelArguments& arguments, double resolution) {
  RateCourse course{schedule_of(arguments, list_of(arguments, "times"), resolution, 1), {}};
  for (const double rate : list_of(arguments, "rates")) course.means.push_back(mean_per_step(rate, resolution));
  return course;
}

}  // namespace

ModelInfo poisson_inhomogeneous_source() {
  ModelInfo info;
  info.name = "poisson_inhomogeneous";
  info.summary = "Poisson spike trains of piecewise constant rate (NEST: inhomogeneous_poisson_generator)";
  info.equations = "as poisson, with rate(t) = rates[k] for times[k] < t <= times[k + 1]; 0 before; the last one holds";
  info.kind = ModelKind::spike_source;
  info.params = {{.name = "times",
                  .unit = "ms",
                  .doc = "when the rate changes, ascending",
                  .kind = ParamKind::list,
                  .check = non_negative,
                  .required = true},
                 {.name = "rates",
                  .unit = "Hz",
                  .doc = "spikes per second of each train from each of these times on",
                  .kind = ParamKind::list,
                  .check = non_negative,
                  .required = true}};
  append_start_stop(info.params);
  info.check = [](const ModelArguments& arguments, double, std::vector<Problem>& problems) {
    require_start_before_stop(arguments, problems);
    require_matching_times(arguments, "times", "rates", problems);
  };
  info.make_slice = [](const SliceRequest& request) {
    return make_poisson_slice(request, course_of(request.arguments, request.resolution), {});
  };
  info.make_drive = [](const DriveRequest& request) {
    return make_poisson_drive(request, course_of(request.arguments, request.resolution), {});
  };
  return info;
}

}  // namespace spikeloom
