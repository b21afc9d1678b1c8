/// Plastic projections that deliver segments: the synapses of one source with one delay lie side by side, are due
/// together, and are added to the input row in one go. What changes their weights is up to the class that derives.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/errors.hpp"
#include "core/plastic_projection.hpp"
#include "plasticity/rule.hpp"

namespace spikeloom {

class SegmentedSynapses : public PlasticProjection {
 public:
  bool listens_to(NeuronId neuron) const noexcept final {
    const NeuronId source = neuron - first_source_;
    return source < source_count() && rows_[source] < rows_[source + 1];
  }

  void collect_again(std::span<const Spike> spikes, Step now) final {
    for (const auto& spike : spikes) {
      const NeuronId source = spike.neuron - first_source_;
      if (source >= source_count()) continue;
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k)
        if (const Step due = spike.step + segments_[k].delay; due > now) calendar_[slot_of(due)].push_back(k);
    }
  }

  std::size_t row_synapses(std::uint32_t source) const noexcept final { return end_of(source) - begin_of(source); }

  Step memory_of_spikes() const noexcept final { return longest_; }
  std::uint32_t source_count() const noexcept final { return static_cast<std::uint32_t>(rows_.size() - 1); }
  Step shortest_delay() const noexcept final { return shortest_; }
  std::uint64_t synapse_count() const noexcept final { return synapses_; }
  std::uint64_t events() const noexcept final { return events_; }

 protected:
  /// Synapses of one source with one delay end where the next segment begins.
  struct Segment {
    std::uint32_t begin = 0;
    std::uint16_t delay = 0;
  };

  /// `spare`: synapses that may lie behind the last one.
  SegmentedSynapses(const RuleRequest& request, std::uint32_t spare)
      : first_source_(request.first_source),
        first_target_(request.first_target),
        sign_(request.sign),
        row_sign_(request.row_sign),
        shortest_(request.synapses.shortest_delay()),
        longest_(request.synapses.longest_delay_used()),
        synapses_(request.synapses.synapse_count()),
        calendar_(std::bit_ceil(static_cast<std::size_t>(longest_ + request.window) + 1)) {
    if (synapses_ > std::numeric_limits<std::uint32_t>::max() - spare)
      throw RunError("a plastic projection with more than 4 billion synapses per partition\n    raise run.partitions");
    targets_.reserve(synapses_ + spare);
  }

  /// Fills rows, segments and targets, and tells `synapse` of each in their order.
  template <class Each>
  void lay_out(const PlasticSynapseBuilder& synapses, const Each& synapse) {
    rows_.push_back(0);
    for (std::uint32_t source = 0; source < synapses.source_count(); ++source) {
      const auto row = synapses.row(source);
      for (std::size_t k = 0; k < row.size(); ++k) {
        if (k == 0 || row[k].delay != row[k - 1].delay)
          segments_.push_back({static_cast<std::uint32_t>(targets_.size()), row[k].delay});
        targets_.push_back(row[k].target);
        synapse(row[k]);
      }
      rows_.push_back(static_cast<std::uint32_t>(segments_.size()));
    }
    segments_.push_back({static_cast<std::uint32_t>(targets_.size()), 0});
  }

  /// Notes when the segments of a source that fired are due; false if it has none.
  bool note(Step step, NeuronId source) {
    if (source >= source_count() || rows_[source] == rows_[source + 1]) return false;
    for (auto k = rows_[source]; k < rows_[source + 1]; ++k) {
      calendar_[slot_of(step + segments_[k].delay)].push_back(k);
      events_ += segments_[k + 1].begin - segments_[k].begin;
    }
    return true;
  }
  /// Segments due in a step; to be cleared when they have been delivered.
  std::vector<std::uint32_t>& due(Step step) noexcept { return calendar_[slot_of(step)]; }

  std::uint32_t begin_of(std::uint32_t source) const noexcept { return segments_[rows_[source]].begin; }
  std::uint32_t end_of(std::uint32_t source) const noexcept { return segments_[rows_[source + 1]].begin; }

  /// PlasticProjection::visit for these weights, one per synapse.
  template <class Weights>
  void visit_weights(const Weights& weights, const std::function<void(const PlasticRow&)>& visitor) const {
    std::vector<float> shown;
    for (std::uint32_t source = 0; source < source_count(); ++source)
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k) {
        const auto begin = segments_[k].begin, end = segments_[k + 1].begin;
        shown.assign(weights.begin() + begin, weights.begin() + end);
        for (auto& weight : shown) weight *= sign_;
        visitor({source, segments_[k].delay, {targets_.data() + begin, end - begin}, shown});
      }
  }

  NeuronId first_source_;
  std::uint32_t first_target_;
  float sign_, row_sign_;
  Step shortest_, longest_;  // delays
  std::uint64_t synapses_;
  std::vector<Slot> targets_;        // by synapse, local to the slice
  std::vector<Segment> segments_;    // by source, then delay; and the end
  std::vector<std::uint32_t> rows_;  // first segment of each source, and the end

 private:
  std::size_t slot_of(Step step) const noexcept { return static_cast<std::size_t>(step) & (calendar_.size() - 1); }

  std::vector<std::vector<std::uint32_t>> calendar_;  // segments due, by step
  std::uint64_t events_ = 0;
};

}  // namespace spikeloom
