/// Labelled spike trains in columns.
#include "networks/training/spike_data.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

#include "core/random.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t sample_order_stream = 0x5348;

}  // namespace

void SpikeData::add(std::vector<std::pair<double, std::uint32_t>> spikes, std::int32_t label) {
  if (label < 0 || static_cast<std::uint32_t>(label) >= classes_)
    throw std::invalid_argument("label " + std::to_string(label) + " of " + std::to_string(classes_) + " classes");
  std::sort(spikes.begin(), spikes.end());
  for (const auto& [time, unit] : spikes)
    if (!(time >= 0 && time < duration_) || unit >= units_)
      throw std::invalid_argument("a spike of unit " + std::to_string(unit) + " at " + std::to_string(time) +
                                  " ms, but there are " + std::to_string(units_) + " units and " +
                                  std::to_string(duration_) + " ms");
  for (const auto& [time, unit] : spikes) {
    times_.push_back(time);
    sources_.push_back(unit);
  }
  begin_.push_back(times_.size());
  labels_.push_back(label);
}

SpikeData SpikeData::part(std::size_t first, std::size_t count) const {
  SpikeData result(units_, classes_, duration_);
  const auto from = static_cast<std::ptrdiff_t>(begin_[first]), to = static_cast<std::ptrdiff_t>(begin_[first + count]);
  result.times_.assign(times_.begin() + from, times_.begin() + to);
  result.sources_.assign(sources_.begin() + from, sources_.begin() + to);
  result.labels_.assign(labels_.begin() + static_cast<std::ptrdiff_t>(first),
                        labels_.begin() + static_cast<std::ptrdiff_t>(first + count));
  for (std::size_t k = 1; k <= count; ++k) result.begin_.push_back(begin_[first + k] - begin_[first]);
  return result;
}

std::vector<std::uint32_t> shuffled(std::size_t size, std::uint64_t seed, std::uint32_t epoch) {
  std::vector<std::uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0u);
  for (std::size_t i = size; i > 1; --i) {
    const auto bits = draw(seed, Purpose::task, sample_order_stream, i, epoch);
    std::swap(order[i - 1], order[below(i, bits[0], bits[1])]);
  }
  return order;
}

std::vector<std::pair<double, std::uint32_t>> latency_code(std::span<const std::uint8_t> values, double t_max,
                                                           std::uint8_t threshold) {
  std::vector<std::pair<double, std::uint32_t>> spikes;
  for (std::uint32_t unit = 0; unit < values.size(); ++unit)
    if (values[unit] > threshold) spikes.emplace_back(t_max * (1 - values[unit] / 255.0), unit);
  return spikes;
}

}  // namespace spikeloom
