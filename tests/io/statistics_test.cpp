/// Activity statistics against figures that can be worked out by hand.
#include "io/statistics.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "core/random.hpp"

using namespace spikeloom;
using io::activity_statistics;

namespace {

struct Spikes {
  std::vector<double> times;
  std::vector<std::uint64_t> neurons;
};

/// Independent Poisson trains of `rate` per ms on a grid of 0.1 ms.
Spikes poisson_trains(std::uint64_t size, double duration, double rate) {
  Spikes spikes;
  const auto steps = static_cast<std::uint32_t>(std::lround(duration * 10));
  for (std::uint32_t step = 1; step <= steps; ++step)
    for (std::uint64_t neuron = 0; neuron < size; neuron += 4) {
      const auto bits = draw(3, Purpose::task, 0, neuron, step);
      for (std::uint64_t k = 0; k < std::min<std::uint64_t>(4, size - neuron); ++k)
        if (uniform(bits[k]) < rate * 0.1) {
          spikes.times.push_back(step / 10.0);
          spikes.neurons.push_back(neuron + k);
        }
    }
  return spikes;
}

}  // namespace

TEST_CASE("regular firing has its rate and no irregularity", "[io][statistics]") {
  Spikes spikes;
  for (int k = 1; k <= 100; ++k) {
    spikes.times.push_back(k * 10.0);
    spikes.neurons.push_back(1);
  }
  const auto figures = activity_statistics(spikes.times, spikes.neurons, 4, {.begin = 0, .end = 1000});
  CHECK(figures.spikes == 100);
  CHECK(figures.rate == 25);
  CHECK(figures.silent == 0.75);
  CHECK(figures.cv_neurons == 1);
  CHECK(std::abs(figures.cv_isi) < 1e-12);
  CHECK(std::isnan(figures.correlation));
  CHECK(figures.fano == Approx(0.8).epsilon(1e-12));  // one spike in every fifth bin: p (1 - p) / p
}

TEST_CASE("intervals of 1, 2 and 3 ms have a coefficient of variation of 1/2", "[io][statistics]") {
  const std::vector<double> times{10, 11, 13, 16};
  const std::vector<std::uint64_t> neurons{0, 0, 0, 0};
  const auto figures = activity_statistics(times, neurons, 1, {.begin = 0, .end = 20});
  CHECK(figures.cv_isi == Approx(0.5).epsilon(1e-14));
  SECTION("two intervals are too few") {
    const auto fewer =
        activity_statistics(std::span(times).first(3), std::span(neurons).first(3), 1, {.begin = 0, .end = 20});
    CHECK(std::isnan(fewer.cv_isi));
    CHECK(fewer.cv_neurons == 0);
  }
}

TEST_CASE("equal counts correlate fully, alternating ones inversely, constant ones not at all", "[io][statistics]") {
  // Bins of 2 ms over 8 ms; neurons 0 and 1 fire in bins 0 and 2, neuron 2 in 1 and 3, neuron 3 in every bin.
  const std::vector<double> times{1, 1, 1, 3, 3, 5, 5, 5, 8, 8};
  const std::vector<std::uint64_t> neurons{0, 1, 3, 2, 3, 0, 1, 3, 2, 3};
  const io::StatisticsWindow window{.begin = 0, .end = 8};
  const std::vector<std::uint64_t> all{0, 1, 2, 3};
  io::PairCorrelation pairs(all, 4, window);
  pairs.add(times, neurons);
  CHECK(pairs.coefficients() == std::vector<double>{1, -1, -1});
  CHECK(activity_statistics(times, neurons, 4, window).correlation == Approx(-1.0 / 3).epsilon(1e-14));
  CHECK(activity_statistics(times, neurons, 4, window).fano == Approx(0.25 / 2.5).epsilon(1e-14));  // 3, 2, 3, 2
}

TEST_CASE("bins are right-closed and the window leaves out its begin and its remainder", "[io][statistics]") {
  const std::vector<double> times{10, 12, 12.1, 14, 14.5};
  const std::vector<std::uint64_t> neurons{0, 0, 0, 0, 0};
  const auto figures = activity_statistics(times, neurons, 1, {.begin = 10, .end = 15});
  CHECK(figures.spikes == 4);                 // the spike at 10 is outside, that at 14.5 is not binned
  CHECK(figures.fano == Approx(0.25 / 1.5));  // bins (10, 12] and (12, 14] hold 1 and 2
}

TEST_CASE("figures do not depend on the pieces that spikes come in", "[io][statistics]") {
  const auto spikes = poisson_trains(50, 500, 0.02);
  const io::StatisticsWindow window{.begin = 0, .end = 500, .sample = 20};
  const auto whole = activity_statistics(spikes.times, spikes.neurons, 50, window);
  io::ActivityCounter counter(50, window);
  for (std::size_t i = 0; i < spikes.times.size(); i += 7) {
    const auto count = std::min<std::size_t>(7, spikes.times.size() - i);
    counter.add(std::span(spikes.times).subspan(i, count), std::span(spikes.neurons).subspan(i, count));
  }
  io::PairCorrelation pairs(counter.sample(), 50, window);
  for (std::size_t i = 0; i < spikes.times.size(); ++i)
    pairs.add(std::span(spikes.times).subspan(i, 1), std::span(spikes.neurons).subspan(i, 1));
  CHECK(counter.sample().size() == 20);
  CHECK(counter.statistics().cv_isi == whole.cv_isi);
  CHECK(counter.statistics().fano == whole.fano);
  CHECK(pairs.mean() == whole.correlation);
}

TEST_CASE("independent Poisson trains have CV 1, Fano factor 1 and no correlation", "[io][statistics][numbers]") {
  const auto spikes = poisson_trains(100, 5000, 0.02);  // about 10,000 spikes, seed fixed
  const auto figures = activity_statistics(spikes.times, spikes.neurons, 100, {.begin = 0, .end = 5000});
  CHECK(figures.rate == Approx(20).margin(4 * std::sqrt(20.0 / (100 * 5))));
  CHECK(figures.cv_isi == Approx(1).margin(4 / std::sqrt(10000.0) + 0.02));  // 0.02: the bias of 100 intervals
  CHECK(figures.fano == Approx(1).margin(4 * std::sqrt(2.0 / 2500)));
  CHECK(figures.correlation == Approx(0).margin(4 / std::sqrt(2500.0 * 4950)));
  CHECK(figures.silent == 0);
}
