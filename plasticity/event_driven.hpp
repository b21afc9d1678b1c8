/// From a rule (what one synapse does at a spike) to a plastic projection (all synapses onto one slice).
///
/// An event-driven rule is a struct like plasticity/rules/stdp_pair.hpp. `EventDrivenSynapses` below gives it storage,
/// traces, the order of events, delays, bounds and the sign of weights. Nothing here knows any rule.
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
#include "plasticity/decay_table.hpp"
#include "plasticity/eligibility_integral.hpp"
#include "plasticity/rule.hpp"
#include "plasticity/spike_history.hpp"
#include "plasticity/synaptic_scaling.hpp"

namespace spikeloom {

/// A loop over a few synapses side by side, which belong to different memory: made a vector loop, not unrolled.
#if defined(__clang__)
#define SPIKELOOM_LANES _Pragma("clang loop vectorize(assume_safety) unroll(disable)")
#else
#define SPIKELOOM_LANES _Pragma("GCC ivdep") _Pragma("GCC unroll 1")
#endif

/// What bounds a weight: magnitudes, or signed values if w_min is negative.
struct WeightBounds {
  float low = 0, high = std::numeric_limits<float>::infinity();
};

/// What an event-driven rule must have. Optional: `on_pre`, `on_post`, `release`, `modulated`.
template <class Rule>
concept EventDrivenRule = requires(const typename Rule::Params& params, typename Rule::Synapse& synapse,
                                   const WeightBounds& bounds) {
  { Rule::prepare(params, bounds) } -> std::same_as<typename Rule::Kernel>;
  { synapse.weight } -> std::same_as<float&>;
  std::size(Rule::params);
  std::size(Rule::columns);
  std::size(Rule::pre_traces);
  std::size(Rule::post_traces);
};

template <class Rule>
using PreTraces = std::array<float, std::size(Rule::pre_traces)>;
template <class Rule>
using PostTraces = std::array<float, std::size(Rule::post_traces)>;

/// `on_pre(kernel, synapse, post)` at an arrival, or with the presynaptic traces before it as third argument.
template <class Rule>
concept ReadsPreBefore = requires(const typename Rule::Kernel& kernel, typename Rule::Synapse& synapse,
                                  const PreTraces<Rule>& pre, const PostTraces<Rule>& post) {
  Rule::on_pre(kernel, synapse, pre, post);
};
template <class Rule>
concept HasPreHook = ReadsPreBefore<Rule> ||
    requires(const typename Rule::Kernel& kernel, typename Rule::Synapse& synapse, const PostTraces<Rule>& post) {
  Rule::on_pre(kernel, synapse, post);
};
/// `on_post(kernel, synapse, pre)` at a target spike, or with the postsynaptic traces before it as fourth argument.
template <class Rule>
concept ReadsPostBefore = requires(const typename Rule::Kernel& kernel, typename Rule::Synapse& synapse,
                                   const PreTraces<Rule>& pre, const PostTraces<Rule>& post) {
  Rule::on_post(kernel, synapse, pre, post);
};
template <class Rule>
concept HasPostHook = ReadsPostBefore<Rule> ||
    requires(const typename Rule::Kernel& kernel, typename Rule::Synapse& synapse, const PreTraces<Rule>& pre) {
  Rule::on_post(kernel, synapse, pre);
};
/// A rule whose source keeps a state of its own instead of plain traces, and scales what is transmitted.
template <class Rule>
concept HasRelease = requires(const typename Rule::Kernel& kernel, PreTraces<Rule>& state,
                              const PreTraces<Rule>& decay) {
  { Rule::release(kernel, state, decay) } -> std::same_as<float>;
};
/// A rule with an eligibility that a modulator turns into weight. `on_post` adds to the eligibility without reading it.
template <class Rule>
concept IsModulated = requires(typename Rule::Synapse& synapse, const typename Rule::Params& params) {
  { synapse.eligibility } -> std::same_as<float&>;
  { Rule::tau_eligibility(params) } -> std::same_as<double>;
  { Rule::modulator_offset(params) } -> std::same_as<double>;
};

template <EventDrivenRule Rule>
class EventDrivenSynapses final : public PlasticProjection {
  using Synapse = typename Rule::Synapse;
  using Kernel = typename Rule::Kernel;
  using Pre = PreTraces<Rule>;
  using Post = PostTraces<Rule>;
  static constexpr std::size_t n_columns = std::size(Rule::columns), n_pre = std::size(Rule::pre_traces),
                               n_post = std::size(Rule::post_traces);
  static constexpr bool sees_target_spikes = HasPostHook<Rule> || n_post > 0;  // target spikes matter
  static constexpr std::make_index_sequence<n_pre> all_pre{};
  static constexpr std::make_index_sequence<n_post> all_post{};
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
  static constexpr int lanes = 16;

  /// Synapses of one source with one delay.
  struct Segment {
    std::uint32_t place = 0;  // of its data, in units of 8 bytes
    std::uint16_t delay = 0, count = 0;
    std::int32_t since = 0;  // time at the synapse up to which its synapses have been brought
    Pre pre{};               // presynaptic traces at `since`
    [[no_unique_address]] std::conditional_t<HasRelease<Rule>, float, std::tuple<>> released{};  // by the last spike
  };
  /// What eligibilities do over a walk: a unit at its begin has made growth (G(t) - from) of weight at t.
  struct Drift {
    double growth = 1, from = 0, to = 0;  // to: G at the end
    float decay = 1;                      // from begin to end
  };
  /// An interval [begin, end) of the times of target spikes (that is, less the dendritic delay), for one segment.
  struct Walk {
    std::int32_t begin, end;
    std::int32_t dendritic;
    Pre pre;      // at the begin
    Pre pre_end;  // at the end
    [[no_unique_address]] std::conditional_t<IsModulated<Rule>, Drift, std::tuple<>> drift{};
    static constexpr std::size_t width = 128;  // most synapses that are updated together
    // As seen by a synapse: all alike.
    [[gnu::always_inline]] const Walk& of(int) const noexcept { return *this; }
    [[gnu::always_inline]] std::int32_t begin_of(int) const noexcept { return begin; }
    [[gnu::always_inline]] std::int32_t end_of(int) const noexcept { return end; }
    [[gnu::always_inline]] std::int32_t dendritic_of(int) const noexcept { return dendritic; }
    [[gnu::always_inline]] float pre_of(std::size_t trace, int) const noexcept { return pre[trace]; }
    [[gnu::always_inline]] float pre_end_of(std::size_t trace, int) const noexcept { return pre_end[trace]; }
    [[gnu::always_inline]] const Drift& drift_of(int) const noexcept { return drift; }
  };
  /// The same, an interval for each of a few synapses, and one for an idle place beside them.
  struct LaneWalks {
    static constexpr std::size_t width = lanes;
    alignas(64) std::int32_t begin[lanes + 1], end[lanes + 1], dendritic[lanes + 1];
    alignas(64) float pre[n_pre + 1][lanes + 1], pre_end[n_pre + 1][lanes + 1];
    alignas(64) Drift drift[IsModulated<Rule> ? lanes + 1 : 1];
    void set(int lane, const Walk& walk) noexcept {
      begin[lane] = walk.begin, end[lane] = walk.end, dendritic[lane] = walk.dendritic;
      if constexpr (IsModulated<Rule>) drift[lane] = walk.drift;
      for (std::size_t t = 0; t < n_pre; ++t) pre[t][lane] = walk.pre[t], pre_end[t][lane] = walk.pre_end[t];
    }
    Walk of(int lane) const noexcept {
      Walk walk{begin[lane], end[lane], dendritic[lane], {}, {}};
      if constexpr (IsModulated<Rule>) walk.drift = drift[lane];
      for (std::size_t t = 0; t < n_pre; ++t) walk.pre[t] = pre[t][lane], walk.pre_end[t] = pre_end[t][lane];
      return walk;
    }
    [[gnu::always_inline]] std::int32_t begin_of(int lane) const noexcept { return begin[lane]; }
    [[gnu::always_inline]] std::int32_t end_of(int lane) const noexcept { return end[lane]; }
    [[gnu::always_inline]] std::int32_t dendritic_of(int lane) const noexcept { return dendritic[lane]; }
    [[gnu::always_inline]] float pre_of(std::size_t trace, int lane) const noexcept { return pre[trace][lane]; }
    [[gnu::always_inline]] float pre_end_of(std::size_t trace, int lane) const noexcept { return pre_end[trace][lane]; }
    [[gnu::always_inline]] const Drift& drift_of(int lane) const noexcept { return drift[lane]; }
  };
  /// Synapses of small segments, side by side.
  struct Group {
    LaneWalks walk;
    alignas(64) float columns[n_columns][lanes];
    Slot targets[lanes];
    float* synapses[lanes];     // where each comes from
    std::size_t counts[lanes];  // synapses of its segment: distance of its columns
  };

  /// Everything that the loops over synapses read, by value, so that no store into a column can change it.
  struct Constants {
    Kernel kernel;
    WeightBounds bounds;
    std::array<DecayTable::View, n_pre> pre_decay;
    std::array<DecayTable::View, n_post> post_decay;
    const double* integral;     // G by step
    std::int32_t mask;          // of its places
    const float* rise;          // of an eligibility's worth since the begin of a walk
    const std::int32_t* steps;  // of the history
    std::array<const float*, n_post> after;
    std::int32_t capacity;
  };

  static constexpr std::size_t bytes_of(std::size_t count) {
    return (count * (4 * n_columns + sizeof(Slot)) + 7) / 8 * 8;
  }
  static const Slot* targets_in(const std::byte* data, std::size_t count) noexcept {
    return reinterpret_cast<const Slot*>(data + 4 * n_columns * count);
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
        update_one<true>(c, group_.walk.of(static_cast<int>(k)), k, columns, group_.targets[k]);
    } else {
      group_.walk.set(lanes, group_.walk.of(0));
      update_some<true>(c, group_.walk, columns, group_.targets, static_cast<std::size_t>(group_size_));
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
      update_some<arrival>(c, walk, columns, targets + k, std::min(Walk::width, count - k));
      for (auto& column : columns) column += Walk::width;
    }
    segment.since = end;
    segment.pre = walk.pre_end;
  }

  /// Members of a synapse by column, known to the compiler: else the synapse lives in memory, not in registers.
  template <std::size_t c>
  static constexpr auto member = std::get<c>(Rule::columns).member;

  template <std::size_t... c>
  [[gnu::always_inline]] static Synapse loaded(const std::array<float*, n_columns>& columns, std::size_t k,
                                               std::index_sequence<c...>) noexcept {
    Synapse synapse;
    ((synapse.*member<c> = columns[c][k]), ...);
    return synapse;
  }
  template <std::size_t... c>
  [[gnu::always_inline]] static void store(const Synapse& synapse, const std::array<float*, n_columns>& columns,
                                           std::size_t k, std::index_sequence<c...>) noexcept {
    ((columns[c][k] = synapse.*member<c>), ...);
  }
  static constexpr std::make_index_sequence<n_columns> all_columns{};

  [[gnu::always_inline]] static void bound(const WeightBounds& bounds, Synapse& synapse) noexcept {
    const float low = bounds.low < synapse.weight ? synapse.weight : bounds.low;
    synapse.weight = low < bounds.high ? low : bounds.high;
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
                history_.capacity()};
    for (std::size_t t = 0; t < n_pre; ++t) c.pre_decay[t] = pre_decay_[t].view();
    for (std::size_t t = 0; t < n_post; ++t) c.post_decay[t] = post_decay_[t].view(), c.after[t] = history_.after(t);
    return c;
  }

  // What happens to one synapse; times are those of target spikes.

  /// Weight that a unit of eligibility, as it was worth at the begin of the walk, becomes while the integral goes from
  /// `reached` to `next`.
  [[gnu::always_inline]] static float gain_of(const Drift& over, double reached, double next) noexcept {
    return static_cast<float>(over.growth * (next - reached));
  }
  /// The last gain of a walk, to be bounded by the next event; from here on the eligibility is what it is worth now.
  [[gnu::always_inline]] static void finish(Synapse& synapse, const Drift& over, float gain) noexcept {
    if constexpr (IsModulated<Rule>) {
      synapse.weight += synapse.eligibility * gain;
      synapse.eligibility *= over.decay;
    }
  }
  /// Where the integral stands at `at`, a time of target spikes.
  [[gnu::always_inline]] static std::int32_t integral_place(const Constants& c, std::int32_t at,
                                                            std::int32_t dendritic) noexcept {
    return (at + dendritic) & c.mask;
  }
  // Traces are made without loops, so that they stay in registers.
  template <class Walks, std::size_t... t>
  [[gnu::always_inline]] static Pre pre_at([[maybe_unused]] const Constants& c, [[maybe_unused]] const Walks& walks,
                                           [[maybe_unused]] int lane, [[maybe_unused]] std::int32_t at,
                                           std::index_sequence<t...>) noexcept {
    return {(walks.pre_of(t, lane) * c.pre_decay[t](at - walks.begin_of(lane)))...};
  }
  template <class Walks, std::size_t... t>
  [[gnu::always_inline]] static Pre pre_at_end([[maybe_unused]] const Walks& walks, [[maybe_unused]] int lane,
                                               std::index_sequence<t...>) noexcept {
    return {walks.pre_end_of(t, lane)...};
  }
  /// Of a neuron `age` steps after its last spike, which stands at `place` in the history.
  template <std::size_t... t>
  [[gnu::always_inline]] static Post post_at(const Constants& c, [[maybe_unused]] std::int32_t place,
                                             [[maybe_unused]] std::int32_t age, std::index_sequence<t...>) noexcept {
    return {(c.after[t][place] * c.post_decay[t](age))...};
  }

  /// A target spike at `at`; the neuron's spike before it stands at `older` in the history.
  template <class Walks>
  [[gnu::always_inline]] static void target_spike(const Constants& c, const Walks& walks, int lane, Synapse& synapse,
                                                  std::int32_t at, [[maybe_unused]] std::int32_t older) noexcept {
    if constexpr (HasPostHook<Rule>) {
      const Pre pre = pre_at(c, walks, lane, at, all_pre);
      float worth = 0;
      if constexpr (IsModulated<Rule>) worth = std::exchange(synapse.eligibility, 0.0f);
      if constexpr (ReadsPostBefore<Rule>)
        Rule::on_post(c.kernel, synapse, pre, post_at(c, older, at - c.steps[older], all_post));
      else
        Rule::on_post(c.kernel, synapse, pre);
      if constexpr (IsModulated<Rule>)
        synapse.eligibility = worth + synapse.eligibility * c.rise[at - walks.begin_of(lane)];
      bound(c.bounds, synapse);
    }
  }
  /// The arrival at the end of the walk; the target's last spike before it, at `spiked`, stands at `newest` in the
  /// history.
  template <class Walks>
  [[gnu::always_inline]] static void source_spike(const Constants& c, const Walks& walks, int lane, Synapse& synapse,
                                                  std::int32_t newest, std::int32_t spiked) noexcept {
    if constexpr (HasPreHook<Rule>) {
      const Post post = post_at(c, newest, walks.end_of(lane) - spiked, all_post);
      if constexpr (ReadsPreBefore<Rule>)
        Rule::on_pre(c.kernel, synapse, pre_at_end(walks, lane, all_pre), post);
      else
        Rule::on_pre(c.kernel, synapse, post);
      bound(c.bounds, synapse);
    }
  }

  template <bool arrival>
  static void update_one(const Constants& c, const Walk& walk, std::size_t k,
                         const std::array<float*, n_columns>& columns, Slot target) {
    Synapse synapse = loaded(columns, k, all_columns);
    std::int32_t first = target * c.capacity;
    while (c.steps[first] >= walk.end) ++first;
    std::int32_t last = first;
    while (c.steps[last] >= walk.begin) ++last;
    [[maybe_unused]] double reached = 0;
    if constexpr (IsModulated<Rule>) reached = walk.drift.from;
    for (auto place = last - 1; place >= first; --place) {
      const auto at = c.steps[place];
      if constexpr (IsModulated<Rule>) {
        const double next = c.integral[integral_place(c, at, walk.dendritic)];
        synapse.weight += synapse.eligibility * gain_of(walk.drift, std::exchange(reached, next), next);
      }
      target_spike(c, walk, 0, synapse, at, place + 1);
    }
    if constexpr (IsModulated<Rule>) finish(synapse, walk.drift, gain_of(walk.drift, reached, walk.drift.to));
    if constexpr (arrival) source_spike(c, walk, 0, synapse, first, c.steps[first]);
    store(synapse, columns, k, all_columns);
  }

  /// Target spikes that a number of synapses walk over: each synapse's newest first, the newest ones of all synapses
  /// before the second newest ones, and so on. Each such level fills blocks of lanes, the last one with `idle` entries.
  template <class Walks>
  struct Spikes {
    static constexpr int idle = Walks::width;  // no synapse: the place beside the last one
    static constexpr int deepest = 64;
    static constexpr std::size_t room = 8 * Walks::width;
    alignas(64) std::int32_t who[room + lanes], at[room + lanes];
    std::size_t begin[deepest + 1];  // of each level
    int levels = 0;

    /// `first`: places in the history of the newest spikes, which happened at `newest`; moved on here to the newest
    /// ones before the walks' ends. False if there are too many.
    bool find(const Constants& c, const Walks& walks, std::int32_t* first, std::int32_t* newest,
              std::size_t count) noexcept {
      std::size_t n = 0;
      for (std::size_t i = 0; i < count; ++i) {
        while (newest[i] >= walks.end_of(static_cast<int>(i))) [[unlikely]] newest[i] = c.steps[++first[i]];
        who[n] = static_cast<std::int32_t>(i), at[n] = newest[i];
        n += newest[i] >= walks.begin_of(static_cast<int>(i)) ? 1 : 0;
      }
      std::size_t from = 0;
      for (levels = 0; n > from;) {
        const std::size_t to = n;
        begin[levels++] = from;
        for (; n % lanes != 0; ++n) who[n] = idle, at[n] = walks.begin_of(idle);
        if (levels == deepest || n + (to - from) > room) return false;
        for (auto e = std::exchange(from, n); e < to; ++e) {
          const auto older = c.steps[first[who[e]] + levels];
          who[n] = who[e], at[n] = older;
          n += older >= walks.begin_of(who[e]) ? 1 : 0;
        }
      }
      begin[levels] = from;
      return true;
    }
  };

  /// The same as update_one() for many synapses: the same operations on each, in loops without branches over what there
  /// is to do, so that a synapse whose target has not spiked costs next to nothing.
  template <bool arrival, class Walks>
  static void update_some(const Constants& c, const Walks& walks, const std::array<float*, n_columns>& columns,
                          const Slot* targets, std::size_t count) {
    constexpr std::size_t width = Walks::width;
    alignas(64) std::int32_t first[width + lanes], newest[width + lanes];
    SPIKELOOM_LANES
    for (std::size_t i = 0; i < count; ++i) first[i] = targets[i] * c.capacity;
    SPIKELOOM_LANES
    for (std::size_t i = 0; i < count; ++i) newest[i] = c.steps[first[i]];
    Spikes<Walks> spikes;
    if (!spikes.find(c, walks, first, newest, count)) {  // bursts: one by one
      for (std::size_t i = 0; i < count; ++i)
        update_one<arrival>(c, walks.of(static_cast<int>(i)), i, columns, targets[i]);
      return;
    }
    alignas(64) float copies[n_columns][width + lanes];
    std::array<float*, n_columns> local;
    for (std::size_t column = 0; column < n_columns; ++column) {
      local[column] = copies[column];
      std::copy_n(columns[column], count, local[column]);
      local[column][width] = 0;
    }
    first[width] = 0;
    Gains<Walks> gains;
    if constexpr (IsModulated<Rule>) gains.start(walks, count);
    for (int level = spikes.levels - 1; level >= 0; --level)
      for (auto e = spikes.begin[level]; e < spikes.begin[level + 1]; e += lanes) {
        const std::int32_t *who = spikes.who + e, *at = spikes.at + e;
        if constexpr (IsModulated<Rule>) gains.until(c, walks, who, at);
        SPIKELOOM_LANES
        for (int i = 0; i < lanes; ++i) {
          Synapse synapse = loaded(local, static_cast<std::size_t>(who[i]), all_columns);
          if constexpr (IsModulated<Rule>) synapse.weight += synapse.eligibility * gains.gain[i];
          target_spike(c, walks, who[i], synapse, at[i], first[who[i]] + level + 1);
          store(synapse, local, static_cast<std::size_t>(who[i]), all_columns);
        }
      }
    SPIKELOOM_LANES
    for (std::size_t i = 0; i < count; ++i) {
      Synapse synapse = loaded(local, i, all_columns);
      if constexpr (IsModulated<Rule>) {
        const auto& over = walks.drift_of(static_cast<int>(i));
        finish(synapse, over, gain_of(over, gains.reached[i], over.to));
      }
      if constexpr (arrival) source_spike(c, walks, static_cast<int>(i), synapse, first[i], newest[i]);
      store(synapse, columns, i, all_columns);
    }
  }

  /// What a unit of eligibility gains from target spike to target spike.
  template <class Walks>
  struct Gains {
    alignas(64) double reached[Walks::width + 1];  // by the integral, of each synapse
    alignas(64) float gain[lanes];                 // in the last until(), since then

    void start(const Walks& walks, std::size_t count) noexcept {
      for (std::size_t i = 0; i < count; ++i) reached[i] = walks.drift_of(static_cast<int>(i)).from;
      reached[Walks::width] = 0;
    }
    /// `who` reach the target spikes at `at`.
    [[gnu::always_inline]] void until(const Constants& c, const Walks& walks, const std::int32_t* who,
                                      const std::int32_t* at) noexcept {
      SPIKELOOM_LANES
      for (int i = 0; i < lanes; ++i) {
        const double next = c.integral[integral_place(c, at[i], walks.dendritic_of(who[i]))];
        gain[i] = gain_of(walks.drift_of(who[i]), reached[who[i]], next);
        reached[who[i]] = next;
      }
    }
  };

  // ---- all segments --------------------------------------------------------------------------------------------

  /// At the begin of step `now`: segments that no spike has reached for long are brought up to date.
  void settle(std::int32_t now) {
    const auto c = constants();
    if constexpr (sees_target_spikes || HasRelease<Rule>)
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
