/// SuperSpike against explicit convolutions, and its learning on a frozen pattern.
#include "plasticity/gradient/superspike.hpp"

#include <catch2/catch.hpp>

#include <cmath>

#include "core/random.hpp"

using namespace spikeloom;

namespace {

SpikeRaster poisson(std::uint64_t seed, std::uint32_t neurons, std::size_t steps, double p) {
  SpikeRaster raster;
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::uint32_t i = 0; i < neurons; ++i)
      if (uniform(draw(seed, Purpose::task, 5, t * neurons + i)[0]) < p) raster.add(i);
    raster.end_step();
  }
  return raster;
}

/// Response to one spike `n` steps ago, by the closed form of two integrators in a row.
double kernel(const DoubleExponential<double>& k, std::size_t n) {
  double sum = 0;
  for (std::size_t m = 0; m <= n; ++m)
    sum += std::pow(k.keep_rise, static_cast<double>(m)) * std::pow(k.keep_decay, static_cast<double>(n - m));
  return k.gain * sum;
}

}  // namespace

TEST_CASE("double-exponential kernels peak at 1, also with equal time constants", "[plasticity][superspike]") {
  const double decay = GENERATE(5.0, 10.0);
  const auto k = DoubleExponential<double>::make(5, decay, 0.1);
  double rise = 0, value = 0, peak = 0, at = 0;
  for (int n = 0; n < 1000; ++n) {
    k.advance(n == 0 ? 1 : 0, rise, value);
    if (value > peak) at = n * 0.1;
    peak = std::max(peak, value);
  }
  REQUIRE(peak == Approx(1).epsilon(1e-12));
  REQUIRE(at == Approx(decay == 5 ? 5 : std::log(2.0) * 10).margin(0.15));
}

TEST_CASE("SuperSpike's gradient equals the explicit double convolution", "[plasticity][superspike]") {
  constexpr std::size_t steps = 70;
  SuperSpikeNetwork<double> net(3, 4, 2, {}, 1.0);
  net.randomise(20, 8, SpikeFeedback::random, 3);
  const auto input = poisson(1, 3, steps, 0.15), target = poisson(2, 2, steps, 0.05);
  SuperSpikeHistory<double> history;
  run_forward(net, input, history);
  REQUIRE(history.layers[0].spikes.spikes() > 5);
  spread_errors(net, target, history);
  std::vector<double> gradient(net.weights.size());
  add_gradient<double>(net, input, history, gradient, 1);

  std::vector<double> potential(steps), filter(steps);
  for (std::size_t n = 0; n < steps; ++n) {
    potential[n] = kernel(net.potential, n);
    filter[n] = kernel(net.filter, n);
  }
  const auto count = [](const SpikeRaster& raster, std::size_t t, std::uint32_t i) {
    double n = 0;
    for (const auto j : raster.at(static_cast<std::ptrdiff_t>(t))) n += j == i;
    return n;
  };
  const auto error = [&](std::uint32_t k, std::size_t t) {
    double sum = 0;
    for (std::size_t s = 0; s <= t; ++s) sum += filter[t - s] * (count(target, s, k) - count(history.output(), s, k));
    return sum;
  };
  for (std::size_t layer = 0; layer < 2; ++layer)
    for (std::uint32_t j = 0; j < net.sources(layer); ++j)
      for (std::uint32_t i = 0; i < net.targets(layer); ++i) {
        double expected = 0;
        for (std::size_t t = 0; t < steps; ++t) {
          double eligibility = 0;
          for (std::size_t s = 0; s <= t; ++s) {
            double psp = 0;
            for (std::size_t r = 0; r <= s; ++r)
              psp += potential[s - r] * count(layer == 0 ? input : history.layers[0].spikes, r, j);
            eligibility += filter[t - s] * history.layers[layer].slope[s * history.layers[layer].stride + i] * psp;
          }
          double signal = 0;
          if (layer == 1)
            signal = error(i, t);
          else
            for (std::uint32_t k = 0; k < 2; ++k) signal += net.feedback[k * 4 + i] * error(k, t);
          expected -= signal * eligibility;
        }
        const auto offset = layer == 0 ? 0u : 3u * 4u;
        REQUIRE(gradient[offset + j * net.targets(layer) + i] == Approx(expected).epsilon(1e-9).margin(1e-9));
      }
}

TEST_CASE("the potential of a SuperSpike neuron is the sum of its postsynaptic potentials, and rests after a spike",
          "[plasticity][superspike]") {
  SuperSpikeNetwork<double> net(2, 0, 1, {}, 0.5);
  net.weights = {4, 5.9};
  SpikeRaster input;
  for (int t = 0; t < 100; ++t) {
    if (t == 10) input.add(0);
    if (t == 10) input.add(1);
    input.end_step();
  }
  SuperSpikeHistory<double> history;
  run_forward(net, input, history);
  REQUIRE(history.output().spikes() == 0);
  for (std::size_t t = 10; t < 100; ++t) {
    const double u = 9.9 * kernel(net.potential, t - 10);
    REQUIRE(history.layers[0].slope[t * 16] == Approx(std::pow(1 + (10 - u), -2)).epsilon(1e-10));
  }
  net.weights = {4, 6.5};
  run_forward(net, input, history);
  REQUIRE(history.output().spikes() == 1);
  const auto spike = SpikeTrains(history.output(), 1).of(0)[0];
  for (std::size_t t = spike + 1; t <= spike + 10; ++t) REQUIRE(history.layers[0].slope[t * 16] == Approx(1 / 121.0));
}

TEST_CASE("SuperSpike's gradient has the same bits on any number of threads", "[plasticity][superspike][threads]") {
  SuperSpikeNetwork<float> net(50, 30, 4, {}, 0.5);
  net.randomise(60, 30, SpikeFeedback::uniform, 3);
  const auto input = poisson(1, 50, 300, 0.02), target = poisson(2, 4, 300, 0.01);
  SuperSpikeHistory<float> history;
  run_forward(net, input, history);
  spread_errors(net, target, history);
  std::vector<float> one(net.weights.size());
  add_gradient<float>(net, input, history, one, 1);
  for (const int threads : {2, 3, 8}) {
    std::vector<float> many(net.weights.size());
    add_gradient<float>(net, input, history, many, threads);
    REQUIRE(many == one);
  }
}

TEST_CASE("the van Rossum distance of trains is that of their filtered difference", "[plasticity][superspike]") {
  const auto filter = DoubleExponential<double>::make(5, 10, 0.1);
  const auto train = [](std::size_t at) {
    SpikeRaster raster;
    for (std::size_t t = 0; t < 4000; ++t) {
      if (t == at) raster.add(0);
      raster.end_step();
    }
    return raster;
  };
  const auto none = train(9999);
  const double alone = van_rossum_distance(filter, train(100), none, 1, 0.1);
  REQUIRE(alone == Approx(40.0 / 3).epsilon(0.02));  // 16 times the integral of (exp(-t/10) - exp(-t/5))^2
  REQUIRE(van_rossum_distance(filter, train(100), train(100), 1, 0.1) == 0);
  REQUIRE(van_rossum_distance(filter, train(100), train(3000), 1, 0.1) == Approx(2 * alone).epsilon(1e-6));
}
