/// Glial segments against closed forms and a plain oracle; bundles in the engine lose and double no spike.
#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "plasticity/myelin_bundle.hpp"
#include "plasticity/rule.hpp"
#include "tests/reference/myelin_oracle.hpp"

using namespace spikeloom;

namespace {

double exponential_interval(double mean, std::uint32_t stream, std::uint64_t k) {
  const auto bits = draw(11, Purpose::task, stream, k);
  return -mean * std::log(uniform(bits[0], bits[1]));
}

double response(double t, double tau_g) { return 2 / tau_g * std::exp(-t / tau_g) * (1 - std::exp(-t / tau_g)); }

}  // namespace

TEST_CASE("one spike leaves a signal whose integral is 1 and whose peak is at tau_g ln 2", "[plasticity][myelin]") {
  MyelinParams p;
  p.tau_g = GENERATE(10.0, 20.0, 30.0);
  GlialSegment segment(p, {40});
  segment.enter(0, 1);
  constexpr double dt = 0.02;
  double integral = 0, peak = 0, at = 0, worst = 0;
  for (double t = dt; t < 20 * p.tau_g; t += dt) {
    segment.advance(1 + t);
    integral += dt * segment.signal();
    worst = std::max(worst, std::abs(segment.signal() - response(t, p.tau_g)));
    if (segment.signal() > peak) peak = segment.signal(), at = t;
  }
  CHECK(std::abs(integral - 1) < 1e-3);
  CHECK(std::abs(at - p.tau_g * std::log(2.0)) < 0.05);
  CHECK(worst < 1e-12);
}

TEST_CASE("the mean signal of a Poisson bundle is axons / tau_s", "[plasticity][myelin]") {
  MyelinParams p;
  constexpr std::size_t axons = 10;
  constexpr double tau_s = 100;
  GlialSegment segment(p, std::vector<double>(axons, 40));
  double time = 0, sum = 0;
  // The signal seen by Poisson arrivals is its mean.
  constexpr int spikes = 60'000;
  for (int k = 0; k < spikes; ++k) {
    time += exponential_interval(tau_s / axons, 1, static_cast<std::uint64_t>(k));
    segment.advance(time);
    sum += segment.signal();
    segment.enter(static_cast<std::size_t>(k) % axons, time);
  }
  CHECK(sum / spikes == Approx(axons / tau_s).epsilon(0.03));
}

TEST_CASE("of two axons the leading one gets 2 / (2 + tau_s R(lag)) of the lagging one's myelin",
          "[plasticity][myelin]") {
  MyelinParams p;
  p.tau_g = GENERATE(10.0, 20.0, 30.0);
  constexpr double tau_s = 100, lag = 10;
  GlialSegment segment(p, {40, 40}, false, true);
  std::vector<AxonSpike> spikes;
  double time = 0;
  for (std::uint64_t k = 0; k < 40'000; ++k) {
    time += exponential_interval(tau_s, 2, k);
    spikes.push_back({time, 0}), spikes.push_back({time + lag, 1});
  }
  std::ranges::sort(spikes, {}, &AxonSpike::time);
  double released[2] = {0, 0};
  for (const auto& spike : spikes) {
    segment.advance(spike.time);
    const double before = segment.myelin()[spike.axon];
    segment.enter(spike.axon, spike.time);
    released[spike.axon] += segment.myelin()[spike.axon] - before;
  }
  CHECK(segment.conduction()[0] == 40);
  CHECK(released[0] / released[1] == Approx(2 / (2 + tau_s * response(lag, p.tau_g))).epsilon(0.05));
}

TEST_CASE("a bundle agrees with a plain oracle in tiny steps", "[plasticity][myelin]") {
  MyelinParams p;
  p.tau_g = 10, p.lambda_m = 0.4, p.tau_s = 40, p.tau_min = 3, p.tau_max = 40, p.tau_nom = 15, p.segments = 2;
  p.lambda_h = 1e-3;
  constexpr std::size_t axons = 4;
  constexpr double end = 1500, dt = 0.005;
  MyelinBundle bundle(p, axons, 3, 0);
  std::vector<std::vector<double>> tau;
  for (const auto& segment : bundle.segments())
    tau.push_back({segment.conduction().begin(), segment.conduction().end()});
  reference::MyelinOracle oracle(share_of(p), tau);
  for (std::uint32_t a = 0; a < axons; ++a) {
    double time = 5;
    for (std::uint64_t k = 0;; ++k) {
      time += exponential_interval(40, 3 + a, k);
      if (time >= end) break;
      bundle.enter({time, a}), oracle.waiting[0][a].push_back(time);
    }
  }
  std::vector<AxonSpike> out;
  // Told step by step, as the engine does.
  for (double time = 0.5; time <= end; time += 0.5) bundle.advance(time, out);
  oracle.run(0, end, dt);
  for (std::uint32_t a = 0; a < axons; ++a) {
    std::vector<double> left;
    for (const auto& spike : out)
      if (spike.axon == a) left.push_back(spike.time);
    std::ranges::sort(left), std::ranges::sort(oracle.left[a]);
    REQUIRE(left.size() >= oracle.left[a].size());
    REQUIRE(left.size() > 20);
    for (std::size_t k = 0; k < oracle.left[a].size(); ++k) CHECK(std::abs(left[k] - oracle.left[a][k]) < 0.05);
    CHECK(std::abs(bundle.segments()[0].conduction()[a] - tau[0][a]) > 0.2);  // something has been learned
  }
}

TEST_CASE("spikes in flight through a bundle that learns arrive once, with the conduction time that they meet",
          "[plasticity][myelin]") {
  constexpr std::uint32_t sources = 6, targets = 3;
  constexpr double resolution = 0.5;
  constexpr int last_spike = 3000, steps = 3300;
  RuleArguments arguments;
  arguments.numbers = {{"tau_min", 2}, {"tau_max", 60}, {"tau_nom", 20},   {"segments", 3},
                       {"tau_s", 30},  {"lambda_m", 1}, {"lambda_h", 1e-4}};
  PlasticSynapseBuilder builder(sources);
  for (std::uint32_t k = 0; k < sources * targets; ++k) builder.count(k / targets);
  builder.allocate();
  for (std::uint32_t k = 0; k < sources * targets; ++k)
    builder.add(k / targets, {1.0f, static_cast<Slot>(k % targets), static_cast<std::uint16_t>(1 + k % 4)});
  builder.finish();
  const auto* rule = find_rule("myelin");
  const auto projection =
      rule->make({.arguments = arguments, .synapses = builder, .target_count = targets, .resolution = resolution});
  const auto lead = projection->shortest_delay();
  CHECK(lead == rule->shortest_delay(arguments, resolution));

  MyelinParams p = params_of(myelin_params, arguments);
  MyelinBundle alone(p, sources, 1, 0);
  std::vector<std::vector<double>> input(steps + 1, std::vector<double>(targets)), expected = input;
  std::vector<Spike> window;
  std::uint64_t spikes = 0;
  for (int step = 1; step <= steps; ++step) {
    std::vector<float> row(targets);
    projection->deliver(step, row.data());
    for (std::uint32_t i = 0; i < targets; ++i) input[static_cast<std::size_t>(step)][i] = static_cast<double>(row[i]);
    for (std::uint32_t j = 0; j < sources && step <= last_spike; ++j)
      if (draw(7, Purpose::task, 50, j, static_cast<std::uint32_t>(step))[0] % 60 == 0) {
        window.push_back({step, j, 0});
        alone.enter({step * resolution, j});
        ++spikes;
      }
    if (step % lead == 0) projection->collect(std::exchange(window, {}));
  }
  std::vector<AxonSpike> out;
  alone.advance(steps * resolution, out);
  for (const auto& spike : out)
    for (std::uint32_t i = 0; i < targets; ++i) {
      const auto due = std::lround(spike.time / resolution) + 1 + (spike.axon * targets + i) % 4;
      if (due <= steps) expected[static_cast<std::size_t>(due)][i] += 1;
    }
  CHECK(input == expected);
  double arrived = 0;
  for (const auto& row : input) arrived += row[0];
  CHECK(arrived == static_cast<double>(spikes));
  CHECK(projection->events() == spikes * targets);
}
