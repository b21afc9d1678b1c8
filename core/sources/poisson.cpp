/// `poisson`: spike trains of constant rate; without a size, an independent one for every target neuron.
#include <array>

#include "core/sources/poisson_train.hpp"
#include "core/sources/sources.hpp"

namespace spikeloom {
namespace {

/// Rates of their own, one per neuron; empty if all are alike.
std::vector<double> own_rates(const ModelArguments& arguments) {
  const auto& rates = arguments.numbers.find("rate")->second;
  return rates.size() > 1 ? rates : std::vector<double>{};
}

RateCourse course_of(const ModelArguments& arguments, double resolution) {
  const double common = own_rates(arguments).empty() ? value_or(arguments, "rate", 0) : 1;
  return {schedule_of(arguments, std::array{0.0}, resolution, 1), {mean_per_step(common, resolution)}};
}

}  // namespace

ModelInfo poisson_source() {
  ModelInfo info;
  info.name = "poisson";
  info.summary = "Poisson spike trains (NEST: poisson_generator); without a size, one for every target neuron";
  info.equations = "number of spikes in one step ~ Poisson(rate * resolution), independent of all others";
  info.kind = ModelKind::spike_source;
  info.params = {{.name = "rate",
                  .unit = "Hz",
                  .doc = "spikes per second of each train",
                  .check = non_negative,
                  .required = true}};
  append_start_stop(info.params);
  info.check = [](const ModelArguments& arguments, double, std::vector<Problem>& problems) {
    require_start_before_stop(arguments, problems);
  };
  info.make_slice = [](const SliceRequest& request) {
    return make_poisson_slice(request, course_of(request.arguments, request.resolution), own_rates(request.arguments));
  };
  info.make_drive = [](const DriveRequest& request) {
    return make_poisson_drive(request, course_of(request.arguments, request.resolution), own_rates(request.arguments));
  };
  return info;
}

}  // namespace spikeloom
