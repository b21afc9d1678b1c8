/// What dopamine-modulated STDP must show: it bridges delays, and the modulator's sign decides.
#include <catch2/catch.hpp>

#include <cmath>
#include <functional>
#include <set>

#include "core/random.hpp"
#include "plasticity/rule.hpp"

using namespace spikeloom;

namespace {

constexpr double tau_c = 1000, tau_n = 200;  // ms; one step is 1 ms
constexpr int last_step = 5000;

/// One synapse with a delay of one step; returns its weight after `last_step`. `level(step)` is the modulator's
/// constant part.
struct Pairing {
  std::set<int> arrivals, target_spikes;  // as the neurons emit them
  std::set<int> dopamine = {};            // one unit each
  std::function<double(int)> level = [](int) { return 0.0; };
  double offset = 0;
  double initial = 5;

  float weight() const {
    PlasticSynapseBuilder builder(1);
    builder.count(0);
    builder.allocate();
    builder.add(0, {static_cast<float>(initial), 0, 1});
    builder.finish();
    const RuleArguments arguments{
        .numbers = {{"a_plus", 1}, {"a_minus", 1.5}, {"tau_c", tau_c}, {"b", offset}, {"w_min", -1e6}, {"w_max", 1e6}},
        .texts = {}};
    const auto synapse = find_rule("stdp_dopamine")
                             ->make({.arguments = arguments, .synapses = builder, .target_count = 1, .resolution = 1});
    std::vector<float> row(1);
    double n = 0;
    const std::vector<std::uint32_t> target{0};
    for (int step = 0; step <= last_step; ++step) {
      if (step > 0) synapse->deliver(step, row.data());
      if (target_spikes.contains(step)) synapse->target_spikes(step, target);
      n = n * std::exp(-1 / tau_n) + (dopamine.contains(step) ? 1 : 0);
      synapse->modulate(step, {level(step), n, tau_n});
      if (arrivals.contains(step)) {
        const Spike spike{step, 0, 0};
        synapse->collect({&spike, 1});
      }
    }
    float weight = 0;
    synapse->visit(last_step, [&](const PlasticRow& r) { weight = r.weights[0]; });
    return weight;
  }
  double change() const { return static_cast<double>(weight()) - initial; }
};

/// A spike of the source at `step`, one of the target that reaches the synapse 5 ms after it, dopamine.
double paired(int step, int dopamine) {
  Pairing pairing;
  pairing.arrivals = {step}, pairing.target_spikes = {step + 4}, pairing.dopamine = {dopamine};
  return pairing.change();
}

std::set<int> random_times(std::uint64_t id, std::uint32_t stream) {
  std::set<int> times;
  for (std::uint32_t k = 0; k < 40; ++k)
    times.insert(10 + static_cast<int>(draw(3, Purpose::task, stream, id, k)[0] % 3000));
  return times;
}

}  // namespace

TEST_CASE("an eligibility bridges the delay to dopamine, and dopamine that to a pairing",
          "[plasticity][stdp_dopamine]") {
  const double at_once = paired(100, 105);
  CHECK(at_once > 0);
  for (const int delay : {100, 500, 1000, 2000})
    CHECK(paired(100, 105 + delay) / at_once == Approx(std::exp(-delay / tau_c)).epsilon(0.02));
  for (const int lead : {100, 300})
    CHECK(paired(1000, 1005 - lead) / at_once == Approx(std::exp(-lead / tau_n)).epsilon(0.02));
}

TEST_CASE("a modulator below its offset turns potentiation and depression round exactly",
          "[plasticity][stdp_dopamine]") {
  for (std::uint64_t id = 0; id < 20; ++id) {
    Pairing above{random_times(id, 0), random_times(id, 1), {}, [](int) { return 0.002; }, 0.001, 0};
    auto below = above;
    below.level = [](int) { return 0.0; };
    CHECK(above.weight() != 0);
    CHECK(below.weight() == -above.weight());
  }
}

TEST_CASE("a modulator that fluctuates around its offset makes no weight drift", "[plasticity][stdp_dopamine][slow]") {
  double sum = 0, squares = 0;
  constexpr int runs = 1000;
  for (std::uint64_t id = 0; id < runs; ++id) {
    const double change =
        Pairing{random_times(id, 2),
                random_times(id, 3),
                {},
                [id](int step) {
                  return 0.01 *
                         (uniform(draw(5, Purpose::task, 4, id, static_cast<std::uint32_t>(step / 100))[0]) - 0.5);
                },
                0,
                0}
            .change();
    sum += change, squares += change * change;
  }
  const double mean = sum / runs, error = std::sqrt((squares / runs - mean * mean) / runs);
  CHECK(error > 0);
  CHECK(std::abs(mean) < 2 * error);
}
