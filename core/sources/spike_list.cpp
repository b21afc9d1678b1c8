/// `spike_list`: neurons that spike when a list says so.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "core/sources/schedule.hpp"
#include "core/sources/source_slice.hpp"
#include "core/sources/sources.hpp"

namespace spikeloom {
namespace {

class SpikeListSlice final : public SourceSlice {
 public:
  explicit SpikeListSlice(const SliceRequest& request) {
    const auto& times = request.arguments.spike_times;
    const auto& neurons = request.arguments.spike_neurons;
    for (std::size_t k = 0; k < times.size(); ++k) {
      if (neurons.at(k) >= request.population_size)
        throw SpecError("spikes", "neuron " + std::to_string(neurons[k]) + " does not exist",
                        "neurons of this population are 0 to " + std::to_string(request.population_size - 1));
      if (neurons[k] >= request.first && neurons[k] < request.first + request.count)
        spikes_.emplace_back(std::max(Step{1}, nearest_step(times[k], request.resolution)), neurons[k] - request.first);
    }
    std::sort(spikes_.begin(), spikes_.end());
  }

 private:
  void emit(Step step, std::vector<std::uint32_t>& spiked) const override {
    for (auto spike = std::lower_bound(spikes_.begin(), spikes_.end(), std::pair{step, 0u});
         spike != spikes_.end() && spike->first == step; ++spike)
      spiked.push_back(spike->second);
  }

  std::vector<std::pair<Step, std::uint32_t>> spikes_;  // step and slice-local neuron, ascending
};

void check_times(const ModelArguments& arguments, double, std::vector<Problem>& problems) {
  const auto& times = arguments.spike_times;
  const auto wrong = [](double time) { return !std::isfinite(time) || time < 0; };
  if (const auto found = std::find_if(times.begin(), times.end(), wrong); found != times.end())
    problems.push_back({{},
                        "spikes",
                        "spike " + std::to_string(found - times.begin() + 1) + " lies before the start, or is no time",
                        "leave it out, or shift all of them"});
}

}  // namespace

ModelInfo spike_list_source() {
  ModelInfo info;
  info.name = "spike_list";
  info.summary = "spikes at given times (NEST: spike_generator)";
  info.equations = "each spike at the grid point nearest to its time, but not before the end of the first step";
  info.kind = ModelKind::spike_source;
  info.takes_spikes = true;
  info.check = check_times;
  info.make_slice = [](const SliceRequest& request) { return std::make_unique<SpikeListSlice>(request); };
  return info;
}

}  // namespace spikeloom
