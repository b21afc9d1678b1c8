/// What tests of random sources share: chi-square and correlation of samples, runs of drives and slices.
#pragma once

#include <boost/math/distributions/chi_squared.hpp>

#include <bit>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <vector>

#include "core/model.hpp"
#include "core/sweep.hpp"

namespace spikeloom::test {

/// P(N = k) of a Poisson number.
inline double poisson_probability(double mean, std::uint64_t k) {
  const auto x = static_cast<double>(k);
  return mean == 0 ? k == 0 : std::exp(x * std::log(mean) - mean - std::lgamma(x + 1));
}

/// p value of the chi-square test of counts against a Poisson distribution; bins of expectation below 10 are merged.
inline double poisson_p_value(const std::map<std::uint64_t, std::uint64_t>& counts, double mean) {
  double total = 0;
  for (const auto& [k, n] : counts) total += static_cast<double>(n);
  double chi_square = 0, expected = 0, observed = 0, left = total;
  int bins = 0;
  const auto close_bin = [&] {
    chi_square += (observed - expected) * (observed - expected) / expected;
    left -= expected;
    expected = observed = 0;
    ++bins;
  };
  for (std::uint64_t k = 0; left - expected > 10 || k <= counts.rbegin()->first; ++k) {
    expected += total * poisson_probability(mean, k);
    if (const auto found = counts.find(k); found != counts.end()) observed += static_cast<double>(found->second);
    if (expected > 10 && left - expected > 10) close_bin();
  }
  expected = left;
  close_bin();
  return boost::math::cdf(boost::math::complement(boost::math::chi_squared(std::max(1, bins - 1)), chi_square));
}

/// Correlation of two samples times sqrt(n): a standard normal number if they are independent.
inline double correlation_z(const std::vector<float>& x, const std::vector<float>& y) {
  const auto n = static_cast<double>(x.size());
  double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sx += x[i];
    sy += y[i];
    sxx += double{x[i]} * x[i];
    syy += double{y[i]} * y[i];
    sxy += double{x[i]} * y[i];
  }
  return (sxy - sx * sy / n) / std::sqrt((sxx - sx * sx / n) * (syy - sy * sy / n)) * std::sqrt(n);
}

/// What a drive adds to neurons [first, first + count) in one step, tile by tile as the sweep asks for it.
inline std::vector<float> input_of(const Drive& drive, Step step, std::uint32_t first, std::uint32_t count,
                                   float before = 0) {
  std::vector<float> row(count, before);
  for (std::uint32_t begin = 0; begin < count;) {
    const auto n = std::min(tile_size - (first + begin) % tile_size, count - begin);
    drive.add(step, first + begin, std::span(row).subspan(begin, n));
    begin += n;
  }
  return row;
}

/// Spikes (step, neuron) of steps 1 .. steps of a source population, cut into slices at `cuts`.
inline std::vector<std::pair<Step, std::uint32_t>> spikes_of(const std::string& model, const ModelArguments& arguments,
                                                             std::uint32_t size, Step steps,
                                                             std::vector<std::uint32_t> cuts = {},
                                                             double resolution = 0.1, std::uint64_t seed = 1,
                                                             PopulationId population = 0) {
  const ModelArguments initial;
  std::vector<std::unique_ptr<NeuronSlice>> slices;
  std::vector<std::uint32_t> firsts{0};
  firsts.insert(firsts.end(), cuts.begin(), cuts.end());
  for (std::size_t k = 0; k < firsts.size(); ++k)
    slices.push_back(find_model(model)->make_slice({.arguments = arguments,
                                                    .initial = initial,
                                                    .population = population,
                                                    .population_size = size,
                                                    .first = firsts[k],
                                                    .count = (k + 1 < firsts.size() ? firsts[k + 1] : size) - firsts[k],
                                                    .seed = seed,
                                                    .resolution = resolution}));
  std::vector<std::pair<Step, std::uint32_t>> spikes;
  for (Step step = 1; step <= steps; ++step)
    for (std::size_t k = 0; k < slices.size(); ++k) {
      std::vector<std::uint32_t> spiked;
      slices[k]->advance(step, nullptr, spiked);
      for (const auto i : spiked) spikes.emplace_back(step, firsts[k] + i);
    }
  return spikes;
}

/// One number for all bits of a sample.
inline std::uint64_t fingerprint(const std::vector<float>& sample) {
  std::uint64_t print = 0;
  for (const float x : sample) print = print * 0x9e3779b97f4a7c15u + std::bit_cast<std::uint32_t>(x);
  return print;
}

/// The messages of a model's check.
inline std::vector<std::string> complaints(const std::string& model, const ModelArguments& arguments,
                                           double resolution = 0.1) {
  std::vector<Problem> problems;
  find_model(model)->check(arguments, resolution, problems);
  std::vector<std::string> messages;
  for (const auto& problem : problems) messages.push_back(problem.path + ": " + problem.what);
  return messages;
}

}  // namespace spikeloom::test
