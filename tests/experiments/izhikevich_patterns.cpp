/// The shipped experiment of the 20 firing patterns shows what tests/core/izhikevich_patterns.cpp demands of the model.
#include <catch2/catch.hpp>

#include <map>

#include "io/experiment_file.hpp"
#include "networks/build.hpp"

using namespace spikeloom;

TEST_CASE("izhikevich_patterns.yaml shows the 20 firing patterns", "[experiments][izhikevich_patterns]") {
  const auto experiment = io::read_experiment(SPIKELOOM_SOURCE_DIR "/experiments/izhikevich_patterns.yaml");
  const auto built = build(experiment, 1);
  const auto stretch = built.engine->run_until(std::llround(experiment.duration / experiment.resolution), false);
  std::map<std::string, std::vector<double>> times;  // ms; populations of one neuron come first and in order
  for (const auto& spike : stretch.spikes)
    times[experiment.network.populations.at(spike.neuron).name].push_back(static_cast<double>(spike.step) * 0.1);
  const auto between = [&](const char* name, double begin, double end) {
    return std::count_if(times[name].begin(), times[name].end(), [=](double t) { return t > begin && t <= end; });
  };
  const auto once_between = [&](const char* name, double begin, double end) {
    return between(name, 0, 400) == 1 && between(name, begin, end) == 1;
  };
  CHECK(between("tonic_spiking", 0, 10) == 0);
  CHECK(between("tonic_spiking", 100, 400) >= 11);
  CHECK(once_between("phasic_spiking", 20, 45));
  CHECK(between("tonic_bursting", 0, 50) == 11);
  CHECK(between("tonic_bursting", 50, 400) >= 40);
  CHECK((between("phasic_bursting", 20, 80) == 8 && between("phasic_bursting", 80, 400) == 0));
  CHECK((between("mixed_mode", 16, 30) == 3 && between("mixed_mode", 30, 400) == 11));
  CHECK((between("frequency_adaptation", 8, 20) == 4 && between("frequency_adaptation", 20, 75) == 2));
  CHECK((between("class_1", 0, 115) == 1 && between("class_1", 250, 300) >= 3));
  CHECK((between("class_2", 0, 100) == 0 && between("class_2", 100, 130) == 2));
  CHECK(once_between("spike_latency", 16, 20));
  CHECK(once_between("subthreshold_oscillations", 25, 30));
  CHECK(once_between("resonator", 320, 340));
  CHECK(once_between("integrator", 14, 25));
  CHECK(once_between("rebound_spike", 25, 80));
  CHECK((between("rebound_burst", 25, 110) >= 5 && between("rebound_burst", 110, 400) == 0));
  CHECK(once_between("threshold_variability", 80, 100));
  CHECK((between("bistability", 37.5, 207) == 5 && between("bistability", 0, 400) == 5));
  CHECK(once_between("after_potential", 9, 15));
  CHECK(once_between("accommodation", 300, 315));
  CHECK((between("inhibition_induced_spiking", 50, 250) == 3 && between("inhibition_induced_spiking", 260, 400) == 0));
  CHECK((between("inhibition_induced_bursting", 50, 250) == 20 && between("inhibition_induced_bursting", 0, 50) == 0));
  CHECK(between("inhibition_induced_bursting", 290, 400) == 0);
}
