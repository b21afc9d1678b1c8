/// Recent spikes of target neurons with the traces they left, newest first: what a synapse walks over when it is
/// brought up to date.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "core/aligned.hpp"
#include "core/state_archive.hpp"

namespace spikeloom {

/// A step long before the simulation; every history ends in one.
inline constexpr std::int32_t long_ago = -(std::int32_t{1} << 30);

/// `traces` per neuron. The newest spike of a neuron stands at a fixed place, so that it stays in the cache; a new one
/// moves the older ones along, which is cheap beside the thousand synapses that a spike has.
template <std::size_t traces>
class SpikeHistory {
 public:
  explicit SpikeHistory(std::size_t neurons) : neurons_(neurons) { resize(); }

  /// Steps of a neuron's spikes, newest first, from steps()[neuron * capacity()] on; the traces just after each stand
  /// at the same places. Loops over lanes may read on a little beyond the last one of a neuron.
  const std::int32_t* steps() const noexcept { return steps_.data(); }
  const float* after(std::size_t trace) const noexcept { return after_[trace].data(); }
  /// Steps of each neuron's newest spike and of the one before it, and the traces after the newest, once more, neuron
  /// by neuron: what most synapses ask for comes from tables of four bytes per neuron, which stay in the L1 or L2
  /// cache.
  const std::int32_t* last_steps() const noexcept { return last_steps_.data(); }
  const std::int32_t* earlier_steps() const noexcept { return earlier_steps_.data(); }
  const float* last_after(std::size_t trace) const noexcept { return last_after_[trace].data(); }
  std::int32_t capacity() const noexcept { return static_cast<std::int32_t>(capacity_); }
  std::size_t newest(std::size_t neuron) const noexcept { return neuron * capacity_; }

  /// Prepends a spike. Those from `oldest_needed` on, and the one before them, are kept whatever their number.
  void push(std::size_t neuron, std::int32_t step, const std::array<float, traces>& after, std::int32_t oldest_needed) {
    if (steps_[newest(neuron) + capacity_ - 3] >= oldest_needed) grow();
    prepend(steps_, newest(neuron), step);
    for (std::size_t t = 0; t < traces; ++t) prepend(after_[t], newest(neuron), after[t]);
    remember_last(neuron);
  }

  /// Saves or restores the spikes of neurons that belong to one slice only.
  void state(StateArchive& archive, const std::string& name) {
    std::vector<std::uint32_t> counts, steps;
    std::array<std::vector<float>, traces> after;
    for (std::size_t n = 0; n < neurons_; ++n) counts.push_back(count(n));
    archive.column(name + "spike_count", counts);
    if (archive.restores()) hold(counts);
    for (std::size_t n = 0; n < neurons_; ++n) {
      archive.column(name + "spike_step", std::span(steps_).subspan(newest(n), counts[n]));
      for (std::size_t t = 0; t < traces; ++t)
        archive.column(name + "trace_" + std::to_string(t), std::span(after_[t]).subspan(newest(n), counts[n]));
      remember_last(n);
    }
  }
  /// The same where several slices remember the spikes of the same neurons, each of those that it `knows`.
  template <class Knows>
  void common_state(StateArchive& archive, const std::string& name, Knows knows) {
    constexpr std::size_t width = 1 + traces;
    constexpr std::uint64_t places = 1 << 20;
    std::vector<std::uint64_t> keys, words;
    if (!archive.restores()) {
      for (std::size_t n = 0; n < neurons_; ++n)
        for (std::uint32_t k = 0, end = knows(n) ? count(n) : 0; k < end; ++k) {
          keys.push_back(n * places + k);
          words.push_back(static_cast<std::uint32_t>(steps_[newest(n) + k]));
          for (const auto& column : after_) words.push_back(std::bit_cast<std::uint32_t>(column[newest(n) + k]));
        }
      return archive.keyed(name, keys, width, words);
    }
    const auto rows = archive.all_keyed(name, width);
    std::vector<std::uint32_t> counts(neurons_);
    for (std::size_t at = 0; at < rows.size(); at += width + 1)
      if (const auto n = rows[at] / places; n < neurons_ && knows(n)) ++counts[n];
    hold(counts);
    for (std::size_t at = 0; at < rows.size(); at += width + 1) {
      const auto n = rows[at] / places;
      if (n >= neurons_ || !knows(n)) continue;
      const auto place = newest(n) + rows[at] % places;
      steps_[place] = static_cast<std::int32_t>(rows[at + 1]);
      for (std::size_t t = 0; t < traces; ++t)
        after_[t][place] = std::bit_cast<float>(static_cast<std::uint32_t>(rows[at + 2 + t]));
      remember_last(n);
    }
  }

 private:
  static constexpr std::size_t overhang = 16;

  std::uint32_t count(std::size_t neuron) const noexcept {
    std::uint32_t spikes = 0;
    while (spikes < capacity_ && steps_[newest(neuron) + spikes] != long_ago) ++spikes;
    return spikes;
  }
  /// Makes room for so many spikes per neuron.
  void hold(const std::vector<std::uint32_t>& counts) {
    for (const auto spikes : counts)
      while (capacity_ < spikes) grow();
  }

  void resize() {
    steps_.assign(neurons_ * capacity_ + overhang, long_ago);
    for (auto& after : after_) after.assign(neurons_ * capacity_ + overhang, 0.0f);
    last_steps_.assign(neurons_ + overhang, long_ago);
    earlier_steps_.assign(neurons_ + overhang, long_ago);
    for (auto& after : last_after_) after.assign(neurons_ + overhang, 0.0f);
  }
  void remember_last(std::size_t neuron) {
    last_steps_[neuron] = steps_[newest(neuron)];
    earlier_steps_[neuron] = steps_[newest(neuron) + 1];
    for (std::size_t t = 0; t < traces; ++t) last_after_[t][neuron] = after_[t][newest(neuron)];
  }
  template <class T>
  void prepend(aligned_vector<T>& column, std::size_t first, T value) {
    const auto at = column.begin() + static_cast<std::ptrdiff_t>(first);
    std::copy_backward(at, at + static_cast<std::ptrdiff_t>(capacity_) - 1,
                       at + static_cast<std::ptrdiff_t>(capacity_));
    *at = value;
  }
  void grow() {
    const auto old = std::move(*this);
    neurons_ = old.neurons_, capacity_ = 2 * old.capacity_;
    resize();
    const auto copy = [&](const auto& from, auto& to) {
      for (std::size_t n = 0; n < neurons_; ++n)
        std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(n * old.capacity_), old.capacity_,
                    to.begin() + static_cast<std::ptrdiff_t>(n * capacity_));
    };
    copy(old.steps_, steps_);
    for (std::size_t t = 0; t < traces; ++t) copy(old.after_[t], after_[t]);
    for (std::size_t n = 0; n < neurons_; ++n) remember_last(n);
  }

  std::size_t neurons_, capacity_ = 8;
  aligned_vector<std::int32_t> steps_;
  std::array<aligned_vector<float>, traces> after_;
  aligned_vector<std::int32_t> last_steps_, earlier_steps_;
  std::array<aligned_vector<float>, traces> last_after_;
};

}  // namespace spikeloom
