/// The distal reward network, a hundred seconds of it: rewards count coincidences, and without dopamine weights drift
/// as uncorrelated pairs predict (criterion 10 in small; hours are run by hand, docs/plasticity.md).
#include <catch2/catch.hpp>

#include "io/experiment_file.hpp"
#include "networks/build.hpp"
#include "networks/synapse_columns.hpp"

using namespace spikeloom;

namespace {

constexpr Step steps = 100'000;  // of 1 ms

struct Course {
  Stretch stretch;
  double mean_weight = 0;  // of exc_to_exc
};

Course run_without_dopamine() {
  const auto experiment = io::read_experiment(SPIKELOOM_SOURCE_DIR "/experiments/distal_reward.yaml",
                                              {"experiment.duration=100 s", "modulators.dopamine.from[0].amount=0",
                                               "populations.noise.params.distribution=uniform",
                                               "record=[{spikes: exc}, "
                                               "{modulators: dopamine, every: 1 ms}]"});
  const auto network = build(experiment, 1);
  Course course{network.engine->run_until(steps, false), 0};
  const auto weights = synapses_of(experiment, *network.engine, 0).weights;
  for (const float weight : weights) course.mean_weight += double{weight} / static_cast<double>(weights.size());
  return course;
}

}  // namespace

TEST_CASE("distal reward: raises are the coincidences of two neurons, and unrewarded weights drift as pairs predict",
          "[plasticity][distal_reward][slow]") {
  const auto [stretch, mean_weight] = run_without_dopamine();
  std::uint64_t coincidences = 0, still_due = 0;
  Step first = -1000;
  for (const auto& spike : stretch.spikes) {
    if (spike.neuron == 1 && spike.step > first && spike.step - first <= 20) {
      ++coincidences;
      if (spike.step + 3000 > steps) ++still_due;  // at most 3 s later
    }
    if (spike.neuron == 0) first = spike.step;
  }
  const auto& dopamine = stretch.modulators.at(0);
  REQUIRE(dopamine.raises.size() == steps + 1);
  CHECK(dopamine.raises.back() <= coincidences);
  CHECK(dopamine.raises.back() + still_due >= coincidences);
  CHECK(dopamine.values.back() == 0);  // raised by nothing

  // A pair of spikes adds, on average over their distance, 0.1 x 20 ms - 0.15 x 20 ms = -1 ms to c, which the baseline
  // term turns into weight at 0.0002 per ms for 1 s. Sources that make their targets fire take some of it back.
  const double rate = static_cast<double>(stretch.spike_counts[0]) / 800 / (1e-3 * steps);  // Hz
  const double predicted = -1e-3 * rate * rate * 0.2 * (1e-3 * steps);
  INFO("rate " << rate << " Hz, mean weight " << mean_weight << ", predicted " << 1 + predicted);
  CHECK(rate > 1);
  CHECK(rate < 1.5);
  CHECK((mean_weight - 1) / predicted > 0.7);
  CHECK((mean_weight - 1) / predicted < 1.05);
}
