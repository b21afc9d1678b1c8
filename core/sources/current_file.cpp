/// `current_file`: a sampled current, played back.
#include <array>

#include "core/sources/current_drive.hpp"
#include "core/sources/sources.hpp"

namespace spikeloom {

ModelInfo current_file_source() {
  ModelInfo info;
  info.name = "current_file";
  info.summary = "sampled current from a list or file, held from sample to sample";
  info.equations = "I(t) = values[k] for start + k dt <= t < start + (k + 1) dt and t < stop; 0 after the last sample";
  info.kind = ModelKind::current_source;
  info.params = {{.name = "values", .unit = "pA", .doc = "the samples", .kind = ParamKind::list, .required = true},
                 {.name = "dt",
                  .unit = "ms",
                  .doc = "time from sample to sample",
                  .check = positive,
                  .required = true,
                  .per_neuron = false}};
  append_start_stop(info.params);
  info.check = [](const ModelArguments& arguments, double resolution, std::vector<Problem>& problems) {
    require_start_before_stop(arguments, problems);
    require_whole_steps(arguments, "dt", resolution, resolution, problems);
  };
  info.make_drive = [](const DriveRequest& request) {
    const auto values = list_of(request.arguments, "values");
    return make_current_drive(
        request, [schedule = schedule_of(request.arguments, std::array{0.0}, request.resolution, 0),
                  start = nearest_step(value_or(request.arguments, "start", 0), request.resolution),
                  hold = nearest_step(value_or(request.arguments, "dt", request.resolution), request.resolution),
                  samples = std::vector<double>(values.begin(), values.end())](Step step) {
          if (schedule.at(step) == Schedule::no_piece) return 0.0;
          const auto k = static_cast<std::size_t>((step - start) / hold);
          return k < samples.size() ? samples[k] : 0.0;
        });
  };
  return info;
}

}  // namespace spikeloom
