/// From a rule (what one synapse does at a spike) to a plastic projection (all synapses onto one slice).
///
/// `EventDrivenSynapses` gives a rule (plasticity/event_driven_rule.hpp) storage, traces, delays, bounds and the sign
/// of weights; what happens to a synapse in which order is plasticity/synapse_walk.hpp. Nothing here knows any rule.
///
/// Time at the synapse. A spike of the source in step s arrives at s + axonal delay, and acts on the target's input
/// a dendritic delay later. A spike of the target in step p reaches the synapse at p + dendritic delay. Events of one
/// synapse happen in the order of these times; of those at the same time the source's is first (a rule that depresses
/// at arrivals and potentiates at target spikes does so in this order), the modulator's last. What acts on the target
/// is the weight just after the arrival.
///
/// Storage. A segment holds the synapses of one source with one delay: columns of the rule, then targets. They share
/// arrivals, so presynaptic traces belong to the segment; target spikes and postsynaptic traces belong to the target.
/// A synapse is brought up to date when its source's next spike arrives, by walking over the target's spikes since the
/// last arrival. Segments whose source has been silent are brought up to date now and then, always at the same steps,
/// so that target spikes can be forgotten.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/prefetch.hpp"
#include "plasticity/eligibility_integral.hpp"
#include "plasticity/rule.hpp"
#include "plasticity/spike_history.hpp"
#include "plasticity/synapse_walk.hpp"
#include "plasticity/synaptic_scaling.hpp"

namespace spikeloom {

template <EventDrivenRule Rule>
class EventDrivenSynapses final : public PlasticProjection {
  using Synapses = SynapseWalk<Rule>;
  using Walk = typename Synapses::Walk;
  using Constants = typename Synapses::Constants;
  using Kernel = typename Rule::Kernel;
  using Pre = PreTraces<Rule>;
  using Post = PostTraces<Rule>;
  static constexpr std::size_t n_columns = Synapses::n_columns, n_pre = Synapses::n_pre, n_post = Synapses::n_post;
  static constexpr int lanes = Synapses::lanes;
  static constexpr bool sees_target_spikes = Synapses::sees_target_spikes;
  using History = SpikeHistory<n_post>;

 public:
  /// `nearest`: traces are set to 1 by a spike instead of growing by 1.
  EventDrivenSynapses(const RuleRequest& request, const WeightBounds& bounds, bool nearest,
                      const ScalingParams& scaling = {})
      : kernel_(Rule::prepare(params_of(Rule::params, request.arguments), bounds)),
        bounds_(bounds),
        nearest_(nearest),
        first_source_(request.first_source),
        first_target_(request.first_target),
        axonal_(request.all_axonal ? longest_delay : request.axonal_delay),
        sign_(request.sign),
        row_sign_(request.row_sign),
        // Silent segments are settled every second; finer grids than that settle after as many steps.
        settle_every_(std::clamp<std::int32_t>(static_cast<std::int32_t>(1000 / request.resolution), 1, 1 << 16)),
        shortest_(request.synapses.shortest_delay()),
        longest_(request.synapses.longest_delay_used()),
        calendar_(std::bit_ceil(static_cast<std::size_t>(longest_ + request.window) + 1)),
        history_(sees_target_spikes ? request.target_count : 0) {
    const auto params = params_of(Rule::params, request.arguments);
    const auto in_steps = [&](double tau) { return tau / request.resolution; };
    for (std::size_t i = 0; i < n_pre; ++i) pre_decay_[i] = DecayTable(in_steps(params.*Rule::pre_traces[i]));
    for (std::size_t i = 0; i < n_post; ++i) post_decay_[i] = DecayTable(in_steps(params.*Rule::post_traces[i]));
    if constexpr (IsModulated<Rule>) {
      const auto tau = in_steps(Rule::tau_eligibility(params));
      const auto span = 2 * settle_every_ + 2 * longest_ + 2;
      eligibility_decay_ = DecayTable(tau, span);
      integral_ = EligibilityIntegral(tau, request.resolution, Rule::modulator_offset(params), span);
    }
    if (scaling.rate > 0)
      scaling_ = SynapticScaling(scaling, request.target_count, settle_every_, request.window, request.resolution);
    lay_out(request.synapses);
  }

  bool listens_to(NeuronId neuron) const noexcept override {
    const NeuronId source = neuron - first_source_;
    return source < rows_.size() - 1 && rows_[source] < rows_[source + 1];
  }

  void collect(std::span<const Spike> spikes) override {
    const auto sources = static_cast<NeuronId>(rows_.size() - 1);
    for (const auto& spike : spikes) {
      const NeuronId source = spike.neuron - first_source_;
      if (source >= sources) continue;
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k) {
        calendar_[slot_of(spike.step + segments_[k].delay)].push_back(k);
        events_ += segments_[k].count;
      }
    }
  }

  void deliver(Step step, float* row) override {
    const auto now = static_cast<std::int32_t>(step);
    if (scaling_.is_due(now)) scale(now);
    if (now % settle_every_ == 0) settle(now);
    auto& due = calendar_[slot_of(step)];
    const auto c = constants();
    // First all updates, then all additions, so that small segments can share lanes; a source that has emitted twice in
    // one step brings a segment twice, and then the first one is added before the second is updated.
    for (std::size_t begin = 0, end = 0; begin < due.size(); begin = end) {
      for (; end < due.size(); ++end) {
        if (end + headers_ahead < due.size()) fetch_ahead(&segments_[due[end + headers_ahead]]);
        if (end + segments_ahead < due.size()) fetch_segment(segments_[due[end + segments_ahead]]);
        auto& segment = segments_[due[end]];
        if (end > begin && segment.since == settled_at(segment, now)) break;
        arrive(c, segment, settled_at(segment, now));
      }
      flush(c);
      for (std::size_t k = begin; k < end; ++k) add(segments_[due[k]], row);
    }
    due.clear();
  }

  void target_spikes(Step step, std::span<const std::uint32_t> neurons) override {
    if (scaling_) scaling_.count(static_cast<std::int32_t>(step), neurons);
    if constexpr (sees_target_spikes) {
      const auto now = static_cast<std::int32_t>(step);
      const auto oldest = settled_ - settle_every_ - 2 * static_cast<std::int32_t>(longest_);
      for (const auto neuron : neurons) {
        const auto last = history_.newest(neuron);
        Post after;
        for (std::size_t t = 0; t < n_post; ++t)
          after[t] = nearest_ ? 1.0f : history_.after(t)[last] * post_decay_[t](now - history_.steps()[last]) + 1.0f;
        history_.push(neuron, now, after, oldest);
      }
    }
  }

  void modulate(Step step, const ModulatorLevel& level) override {
    if constexpr (IsModulated<Rule>) integral_.add(static_cast<std::int32_t>(step), level);
  }

  void visit(Step now, const std::function<void(const PlasticRow&)>& visitor) const override {
    std::vector<std::byte> copy;
    std::vector<float> weights;
    const auto c = constants();
    for (std::uint32_t source = 0; source + 1 < rows_.size(); ++source)
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k) {
        auto segment = segments_[k];
        const auto* data = memory_.data() + std::size_t{segment.place} * 8;
        copy.assign(data, data + bytes_of(segment.count));
        bring_up_to(c, settled_at(segment, static_cast<std::int32_t>(now) + 1), segment, copy.data());
        const auto* magnitudes = reinterpret_cast<const float*>(copy.data());
        weights.resize(segment.count);
        for (std::size_t i = 0; i < weights.size(); ++i)
          weights[i] = sign_ * std::min(std::max(magnitudes[i], bounds_.low), bounds_.high);
        visitor({source, segment.delay, {targets_in(copy.data(), segment.count), segment.count}, weights});
      }
  }

  std::uint64_t hash() const override {
    std::uint64_t sum = scaling_.hash(first_target_);
    for (std::uint32_t source = 0; source + 1 < rows_.size(); ++source)
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k) {
        const auto& segment = segments_[k];
        const auto* data = memory_.data() + std::size_t{segment.place} * 8;
        const auto* bits = reinterpret_cast<const std::uint32_t*>(data);
        const auto* targets = targets_in(data, segment.count);
        const auto key = mixed_bits(std::uint64_t{source} << 16 | segment.delay);
        for (std::size_t i = 0; i < segment.count; ++i) {
          std::uint64_t synapse = mixed_bits(key + first_target_ + targets[i]);
          for (std::size_t c = 0; c < n_columns; ++c) synapse = mixed_bits(synapse ^ bits[c * segment.count + i]);
          sum += synapse;
        }
      }
    return sum;
  }

  /// What a release has left is used in the step in which it is made, and no state.
  void state(StateArchive& archive, Step now) override {
    archive.common("settled", settled_);
    for (const auto& column : Rule::columns) archive.expect(column.name, synapses_);
    if constexpr (sees_target_spikes) history_.state(archive, "target_");
    scaling_.state(archive);
    if constexpr (IsModulated<Rule>) integral_.state(archive, static_cast<std::int32_t>(now));
    std::vector<std::uint64_t> keys, words;
    for (std::uint32_t source = 0; source + 1 < rows_.size(); ++source)
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k) {
        keys.push_back(std::uint64_t{source} << 16 | segments_[k].delay);
        words.push_back(static_cast<std::uint32_t>(segments_[k].since));
        for (const float trace : segments_[k].pre) words.push_back(std::bit_cast<std::uint32_t>(trace));
      }
    archive.keyed("segments", keys, 1 + n_pre, words);
    if (!archive.restores()) return;
    auto word = words.begin();
    for (auto& segment : segments_) {
      segment.since = static_cast<std::int32_t>(*word++);
      for (float& trace : segment.pre) trace = std::bit_cast<float>(static_cast<std::uint32_t>(*word++));
    }
  }

  void row_state(StateArchive& archive, std::uint32_t source) override {
    if (rows_[source + 1] == rows_[source] + 1 && has_ascending_targets(segments_[rows_[source]])) {
      const auto& segment = segments_[rows_[source]];  // nothing to gather: the columns as they lie
      auto* numbers = reinterpret_cast<float*>(memory_.data() + std::size_t{segment.place} * 8);
      for (std::size_t column = 0; column < n_columns; ++column, numbers += segment.count)
        archive.column(Rule::columns[column].name, std::span<float>(numbers, segment.count));
      return;
    }
    std::vector<Slot> targets;
    std::vector<std::pair<float*, std::size_t>> synapses;  // first column, and how far it is to the next
    for (auto k = rows_[source]; k < rows_[source + 1]; ++k) {
      const std::size_t count = segments_[k].count;
      std::byte* data = memory_.data() + std::size_t{segments_[k].place} * 8;
      const Slot* own = targets_in(data, count);
      targets.insert(targets.end(), own, own + count);
      for (std::size_t i = 0; i < count; ++i) synapses.emplace_back(reinterpret_cast<float*>(data) + i, count);
    }
    const auto order = order_by_target(targets);
    std::vector<float> values(order.size());
    for (std::size_t column = 0; column < n_columns; ++column) {
      const auto at = [&](std::size_t i) -> float& {
        return synapses[order[i]].first[column * synapses[order[i]].second];
      };
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = at(i);
      archive.column(Rule::columns[column].name, values);
      if (archive.restores())
        for (std::size_t i = 0; i < values.size(); ++i) at(i) = values[i];
    }
  }

  void skip_row_state(StateArchive& archive, std::size_t synapses) const override {
    for (const auto& column : Rule::columns) archive.skip(column.name, synapses);
  }
  std::size_t row_synapses(std::uint32_t source) const noexcept override {
    std::size_t count = 0;
    for (auto k = rows_[source]; k < rows_[source + 1]; ++k) count += segments_[k].count;
    return count;
  }

  void collect_again(std::span<const Spike> spikes, Step now) override {
    const auto sources = static_cast<NeuronId>(rows_.size() - 1);
    for (const auto& spike : spikes) {
      const NeuronId source = spike.neuron - first_source_;
      if (source >= sources) continue;
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k)
        if (const Step due = spike.step + segments_[k].delay; due > now) calendar_[slot_of(due)].push_back(k);
    }
  }
  Step memory_of_spikes() const noexcept override { return longest_; }
  std::uint32_t source_count() const noexcept override { return static_cast<std::uint32_t>(rows_.size() - 1); }

  /// What arrives at s - dendritic delay has seen the target's spikes of up to one step before s - 2 dendritic delays.
  Step longest_lead() const noexcept override { return 2 * std::max<Step>(0, shortest_ - axonal_) + 1; }
  Step shortest_delay() const noexcept override { return shortest_; }
  std::uint64_t synapse_count() const noexcept override { return synapses_; }
  std::uint64_t synapse_bytes() const noexcept override {
    return memory_.size() + segments_.size() * sizeof(Segment) + rows_.size() * 4;
  }
  std::uint64_t events() const noexcept override { return events_; }

 private:
  static constexpr std::size_t headers_ahead = 16, segments_ahead = 6, most_lines = 12;
  static constexpr int fewest_lanes = 4;  // fewer small segments' synapses are not worth a group

  /// Synapses of one source with one delay.
  struct Segment {
    std::uint32_t place = 0;  // of its data, in units of 8 bytes
    std::uint16_t delay = 0, count = 0;
    std::int32_t since = 0;  // time at the synapse up to which its synapses have been brought
    Pre pre{};               // presynaptic traces at `since`
    [[no_unique_address]] std::conditional_t<HasRelease<Rule>, float, std::tuple<>> released{};  // by the last spike
  };
  /// Synapses of small segments, side by side.
  struct Group {
    typename Synapses::LaneWalks walk;
    alignas(64) float columns[n_columns][lanes];
    Slot targets[lanes];
    float* synapses[lanes];     // where each comes from
    std::size_t counts[lanes];  // synapses of its segment: distance of its columns
  };

  static constexpr std::size_t bytes_of(std::size_t count) {
    return (count * (4 * n_columns + sizeof(Slot)) + 7) / 8 * 8;
  }
  static const Slot* targets_in(const std::byte* data, std::size_t count) noexcept {
    return reinterpret_cast<const Slot*>(data + 4 * n_columns * count);
  }
  bool has_ascending_targets(const Segment& segment) const noexcept {
    const Slot* targets = targets_in(memory_.data() + std::size_t{segment.place} * 8, segment.count);
    return std::is_sorted(targets, targets + segment.count);
  }
  std::size_t slot_of(Step step) const noexcept { return static_cast<std::size_t>(step) & (calendar_.size() - 1); }
  std::int32_t dendritic_of(const Segment& segment) const noexcept {
    return std::max(0, static_cast<std::int32_t>(segment.delay) - static_cast<std::int32_t>(axonal_));
  }
  /// Time at the synapse before which everything is known, and every arrival delivered, at the begin of `step`.
  std::int32_t settled_at(const Segment& segment, std::int32_t step) const noexcept {
    return step - dendritic_of(segment);
  }
  void lay_out(const PlasticSynapseBuilder& synapses) {
    constexpr std::size_t longest_segment = 65535;
    rows_.push_back(0);
    std::size_t bytes = 0;
    for (const bool fill : {false, true}) {
      if (fill) memory_ = HugeMemory(std::exchange(bytes, 0));
      for (std::uint32_t source = 0; source < synapses.source_count(); ++source) {
        const auto row = synapses.row(source);
        for (std::size_t first = 0; first < row.size();) {
          std::size_t last = first + 1;
          while (last < row.size() && row[last].delay == row[first].delay && last - first < longest_segment) ++last;
          if (fill) add_segment(row.subspan(first, last - first), bytes);
          bytes += bytes_of(last - first);
          first = last;
        }
        if (fill) rows_.push_back(static_cast<std::uint32_t>(segments_.size()));
      }
    }
    segments_.shrink_to_fit();
  }

  void add_segment(std::span<const RawSynapse> synapses, std::size_t offset) {
    if (offset / 8 > std::numeric_limits<std::uint32_t>::max())
      throw RunError("a plastic projection with more than 32 GiB per partition\n    raise run.partitions");
    Segment segment;
    segment.place = static_cast<std::uint32_t>(offset / 8);
    segment.delay = synapses.front().delay;
    segment.count = static_cast<std::uint16_t>(synapses.size());
    auto* weights = reinterpret_cast<float*>(memory_.data() + offset);
    auto* targets = reinterpret_cast<Slot*>(memory_.data() + offset + 4 * n_columns * synapses.size());
    for (std::size_t k = 0; k < synapses.size(); ++k) {
      weights[k] = std::min(std::max(synapses[k].weight, bounds_.low), bounds_.high);
      targets[k] = synapses[k].target;
    }
    segments_.push_back(segment);
    synapses_ += synapses.size();
  }

  [[gnu::always_inline]] void fetch_segment(const Segment& segment) const noexcept {
    const std::byte* at = memory_.data() + std::size_t{segment.place} * 8;
    const std::size_t n = std::min(most_lines, bytes_of(segment.count) / 64 + 1);
    for (std::size_t line = 0; line < n; ++line) fetch_ahead(at + 64 * line);
  }

  // ---- one segment ---------------------------------------------------------------------------------------------

  /// A spike arrives by `segment`: brings its synapses up to date and applies the arrival, at once or in the next
  /// flush().
  void arrive(const Constants& c, Segment& segment, std::int32_t arrival) {
    std::byte* data = memory_.data() + std::size_t{segment.place} * 8;
    if constexpr (HasRelease<Rule>) {
      Pre decay;
      for (std::size_t i = 0; i < n_pre; ++i) decay[i] = pre_decay_[i](arrival - segment.since);
      segment.released = Rule::release(kernel_, segment.pre, decay);
      segment.since = arrival;
    } else {
      if (segment.count >= lanes || crosses_border(segment, arrival))
        update<true>(c, arrival, segment, data);
      else
        enlist(c, arrival, segment, data);
      for (auto& trace : segment.pre) trace = nearest_ ? 1.0f : trace + 1.0f;
    }
  }

  /// Adds what a segment transmits to the input row.
  void add(const Segment& segment, float* row) const noexcept {
    const std::byte* data = memory_.data() + std::size_t{segment.place} * 8;
    float scale = row_sign_;
    if constexpr (HasRelease<Rule>) scale *= segment.released;
    const auto* weights = reinterpret_cast<const float*>(data);
    const Slot* targets = targets_in(data, segment.count);
    for (std::size_t k = 0; k < segment.count; ++k) row[targets[k]] += scale * weights[k];
  }

  bool crosses_border(const Segment& segment, std::int32_t end) const noexcept {
    if constexpr (IsModulated<Rule>) return integral_.border_after(segment.since) < end;
    return false;
  }

  /// Puts the synapses of a small segment into the group of lanes that is being filled.
  void enlist(const Constants& c, std::int32_t end, Segment& segment, std::byte* data) {
    if (group_size_ + segment.count > lanes) flush(c);
    const auto walk = walk_to(end, segment);
    const std::size_t count = segment.count;
    const Slot* targets = targets_in(data, count);
    for (std::size_t k = 0; k < count; ++k) {
      const auto lane = static_cast<std::size_t>(group_size_++);
      group_.targets[lane] = targets[k];
      group_.synapses[lane] = reinterpret_cast<float*>(data) + k;
      group_.counts[lane] = count;
      group_.walk.set(static_cast<int>(lane), walk);
      for (std::size_t column = 0; column < n_columns; ++column)
        group_.columns[column][lane] = group_.synapses[lane][column * count];
    }
    segment.since = end;
    segment.pre = walk.pre_end;
  }

  /// Updates the group of lanes and writes its synapses back.
  void flush(const Constants& c) {
    if (group_size_ == 0) return;
    std::array<float*, n_columns> columns;
    for (std::size_t column = 0; column < n_columns; ++column) columns[column] = group_.columns[column];
    if (group_size_ < fewest_lanes) {
      for (std::size_t k = 0; k < static_cast<std::size_t>(group_size_); ++k)
        Synapses::template update_one<true>(c, group_.walk.of(static_cast<int>(k)), k, columns, group_.targets[k]);
    } else {
      group_.walk.set(lanes, group_.walk.of(0));
      Synapses::template update_some<true>(c, group_.walk, columns, group_.targets,
                                           static_cast<std::size_t>(group_size_));
    }
    for (std::size_t k = 0; k < static_cast<std::size_t>(group_size_); ++k)
      for (std::size_t column = 0; column < n_columns; ++column)
        group_.synapses[k][column * group_.counts[k]] = columns[column][k];
    group_size_ = 0;
  }

  Walk walk_to(std::int32_t end, const Segment& segment) const noexcept {
    const auto dendritic = dendritic_of(segment);
    Walk walk{segment.since - dendritic, end - dendritic, dendritic, segment.pre, segment.pre};
    for (std::size_t i = 0; i < n_pre; ++i) walk.pre_end[i] *= pre_decay_[i](end - segment.since);
    if constexpr (IsModulated<Rule>) {
      const auto from = integral_.place(segment.since);
      walk.drift = {integral_.growth()[from], integral_.begin()[from], integral_.end()[integral_.place(end)],
                    eligibility_decay_(end - segment.since)};
    }
    return walk;
  }

  /// Applies what happened before `end` (time at the synapse), and nothing of `end` itself.
  void bring_up_to(const Constants& c, std::int32_t end, Segment& segment, std::byte* data) const {
    if (end <= segment.since) return;
    if constexpr (HasRelease<Rule>) {
      for (std::size_t i = 0; i < n_pre; ++i) segment.pre[i] *= pre_decay_[i](end - segment.since);
      segment.since = end;
    } else {
      update<false>(c, end, segment, data);
    }
  }

  /// Brings a segment up to `end`; with `arrival`, a spike of the source arrives then.
  template <bool arrival>
  void update(const Constants& c, std::int32_t end, Segment& segment, std::byte* data) const {
    if constexpr (IsModulated<Rule>)
      while (integral_.border_after(segment.since) < end)
        update_piece<false>(c, integral_.border_after(segment.since), segment, data);
    update_piece<arrival>(c, end, segment, data);
  }

  template <bool arrival>
  void update_piece(const Constants& c, std::int32_t end, Segment& segment, std::byte* data) const {
    const auto walk = walk_to(end, segment);
    const std::size_t count = segment.count;
    const Slot* targets = targets_in(data, count);
    std::array<float*, n_columns> columns;
    for (std::size_t column = 0; column < n_columns; ++column)
      columns[column] = reinterpret_cast<float*>(data) + column * count;
    for (std::size_t k = 0; k < count; k += Walk::width) {
      Synapses::template update_some<arrival>(c, walk, columns, targets + k, std::min(Walk::width, count - k));
      for (auto& column : columns) column += Walk::width;
    }
    segment.since = end;
    segment.pre = walk.pre_end;
  }

  Constants constants() const noexcept {
    Constants c{kernel_,
                bounds_,
                {},
                {},
                integral_.begin(),
                integral_.mask(),
                integral_.rise(),
                history_.steps(),
                {},
                history_.capacity(),
                history_.last_steps(),
                history_.earlier_steps(),
                {}};
    for (std::size_t t = 0; t < n_pre; ++t) c.pre_decay[t] = pre_decay_[t].view();
    for (std::size_t t = 0; t < n_post; ++t)
      c.post_decay[t] = post_decay_[t].view(), c.after[t] = history_.after(t), c.last_after[t] = history_.last_after(t);
    return c;
  }

  // ---- all segments --------------------------------------------------------------------------------------------

  /// At the begin of step `now`: segments that no spike has reached for long are brought up to date.
  void settle(std::int32_t now) {
    const auto c = constants();
    if constexpr (sees_target_spikes || HasRelease<Rule> || IsModulated<Rule>)
      for (auto& segment : segments_)
        if (segment.since < now - settle_every_)
          bring_up_to(c, settled_at(segment, now), segment, memory_.data() + std::size_t{segment.place} * 8);
    settled_ = now;
  }

  /// At the begin of step `now`: every synapse is brought up to date, and its weight multiplied by its target's factor.
  void scale(std::int32_t now) {
    const auto factors = scaling_.factors(now);
    const auto c = constants();
    for (auto& segment : segments_) {
      std::byte* data = memory_.data() + std::size_t{segment.place} * 8;
      bring_up_to(c, settled_at(segment, now), segment, data);
      const Slot* targets = targets_in(data, segment.count);
      auto* weights = reinterpret_cast<float*>(data);
      for (std::size_t k = 0; k < segment.count; ++k)
        weights[k] = std::min(std::max(weights[k] * factors[targets[k]], bounds_.low), bounds_.high);
    }
  }

  Kernel kernel_;
  WeightBounds bounds_;
  bool nearest_;
  NeuronId first_source_;
  std::uint32_t first_target_;
  Step axonal_;
  float sign_, row_sign_;
  std::int32_t settle_every_, settled_ = 0;
  Step shortest_, longest_;
  std::uint64_t synapses_ = 0, events_ = 0;
  std::array<DecayTable, n_pre> pre_decay_;
  std::array<DecayTable, n_post> post_decay_;
  DecayTable eligibility_decay_;
  EligibilityIntegral integral_;
  HugeMemory memory_;
  std::vector<Segment> segments_;    // by source, then delay
  std::vector<std::uint32_t> rows_;  // first segment of each source, and the end
  Group group_;                      // being filled
  int group_size_ = 0;
  std::vector<std::vector<std::uint32_t>> calendar_;  // segments due, by step
  History history_;
  SynapticScaling scaling_;
};

}  // namespace spikeloom
