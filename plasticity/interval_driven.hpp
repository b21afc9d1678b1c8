/// Plastic projections whose weights stand still between intervals: pairs of spikes are summed up when one ends.
///
/// Time at the synapse and the order of events are those of plasticity/event_driven.hpp. As long as no pair changes
/// what an arrival transmits, pairs need not be known when it arrives. So a synapse is looked at once per interval (or
/// second, whichever is shorter) instead of at every arrival: all synapses of one source walk over its recent arrivals
/// together, side by side, and each over its target's spikes. Both sums come out of one walk,
///
///     potentiation = sum over target spikes of the trace of arrivals,
///     depression   = sum over arrivals of the trace of target spikes,
///
/// and delivery is an addition and no more. Cost per synapse and second: one step of the walk per spike of its source
/// and of its target.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "core/aligned.hpp"
#include "core/models/exponential.hpp"
#include "core/prefetch.hpp"
#include "plasticity/decay_table.hpp"
#include "plasticity/event_driven.hpp"
#include "plasticity/segmented_synapses.hpp"
#include "plasticity/spike_history.hpp"
#include "plasticity/synaptic_scaling.hpp"

namespace spikeloom {

/// A rule of pair sums. `on_pairs` may change anything but the weight; `on_interval` may change the weight too.
template <class Rule>
concept IntervalDrivenRule = requires(const typename Rule::Kernel& kernel, typename Rule::Synapse& synapse,
                                      const typename Rule::Params& params, const WeightBounds& bounds) {
  { Rule::prepare(params, bounds) } -> std::same_as<typename Rule::Kernel>;
  { synapse.weight } -> std::same_as<float&>;
  Rule::on_pairs(kernel, synapse, 1.0, 1.0);
  Rule::on_interval(kernel, synapse);
  { Rule::interval(params) } -> std::same_as<double>;  // ms
  std::size(Rule::columns);
};

template <IntervalDrivenRule Rule>
class IntervalDrivenSynapses final : public SegmentedSynapses {
  using Synapse = typename Rule::Synapse;
  using Int = std::int32_t;
  static constexpr std::size_t n_columns = std::size(Rule::columns);
  static_assert(std::size(Rule::pre_traces) == 1 && std::size(Rule::post_traces) == 1);

 public:
  /// Per synapse: columns, target, delay.
  static constexpr std::size_t bytes_per_synapse = 4 * n_columns + sizeof(Slot) + sizeof(std::uint16_t);

  IntervalDrivenSynapses(const RuleRequest& request, const WeightBounds& bounds, bool nearest,
                         const ScalingParams& scaling)
      : SegmentedSynapses(request, lanes),
        kernel_(Rule::prepare(params_of(Rule::params, request.arguments), bounds)),
        bounds_(bounds),
        nearest_(nearest),
        axonal_(static_cast<Int>(request.all_axonal ? longest_delay : request.axonal_delay)),
        settle_every_(std::clamp(static_cast<Int>(1000 / request.resolution), 1, 1 << 16)),
        arrivals_(request.synapses.source_count()),
        target_spikes_(request.target_count) {
    const auto params = params_of(Rule::params, request.arguments);
    const auto in_steps = [&](double ms) { return ms / request.resolution; };
    const double tau_pre = in_steps(params.*Rule::pre_traces[0]), tau_post = in_steps(params.*Rule::post_traces[0]);
    pre_decay_ = DecayTable(tau_pre), post_decay_ = DecayTable(tau_post);
    pre_rate_ = static_cast<float>(-1 / tau_pre), post_rate_ = static_cast<float>(-1 / tau_post);
    interval_ = std::max(1, static_cast<Int>(std::lround(in_steps(Rule::interval(params)))));
    if (scaling.rate > 0)
      scaling_ = SynapticScaling(scaling, request.target_count, settle_every_, request.window, request.resolution);
    for (auto& column : columns_) column.reserve(synapses_ + lanes);
    delays_.reserve(synapses_ + lanes);
    lay_out(request.synapses, [this](const auto& synapse) {
      delays_.push_back(synapse.delay);
      columns_[0].push_back(std::min(std::max(synapse.weight, bounds_.low), bounds_.high));
    });
    // Lanes may read and write beyond the last synapse.
    targets_.resize(targets_.size() + lanes), delays_.resize(delays_.size() + lanes);
    for (auto& column : columns_) column.resize(targets_.size(), 0.0f);
  }

  void collect(std::span<const Spike> spikes) override {
    for (const auto& spike : spikes)
      if (const NeuronId source = spike.neuron - first_source_; note(spike.step, source))
        push(arrivals_, source, static_cast<Int>(spike.step), pre_decay_);
  }

  void deliver(Step step, float* row) override {
    const auto now = static_cast<Int>(step);
    if (now % interval_ == 0) at_interval(now);
    if (scaling_.is_due(now)) scale(now);
    if (now % settle_every_ == 0) settle(now);
    auto& due = this->due(step);
    for (std::size_t k = 0; k < due.size(); ++k) {
      if (synapses_ > synapses_in_cache && k + segments_ahead < due.size()) {
        const auto begin = segments_[due[k + segments_ahead]].begin;
        fetch_ahead(columns_[0].data() + begin), fetch_ahead(targets_.data() + begin);
      }
      // Segments of a few synapses, of numbers that no branch can foresee: their places first, then one long loop.
      const auto begin = segments_[due[k]].begin, end = segments_[due[k] + 1].begin;
      for (auto i = begin; i < end; i += piece) {
        for (std::uint32_t j = 0; j < piece; ++j) places_[noted_ + j] = i + j;
        noted_ += std::min(end - i, piece);
        if (noted_ + piece > places_.size()) add_noted(row);
      }
    }
    add_noted(row);
    due.clear();
  }

  void target_spikes(Step step, std::span<const std::uint32_t> neurons) override {
    if (scaling_) scaling_.count(static_cast<Int>(step), neurons);
    for (const auto neuron : neurons) push(target_spikes_, neuron, static_cast<Int>(step), post_decay_);
  }

  void modulate(Step, const ModulatorLevel&) override {}

  /// Pairs that have not been summed up yet do not show in weights.
  void visit(Step, const std::function<void(const PlasticRow&)>& visitor) const override {
    visit_weights(columns_[0], visitor);
  }

  std::uint64_t hash() const override {
    std::uint64_t sum = scaling_.hash(first_target_);
    for (std::uint32_t source = 0; source < source_count(); ++source) {
      const std::uint64_t key = std::uint64_t{source} << 32 | first_target_;
      for (auto i = begin_of(source), end = end_of(source); i < end; ++i) {
        std::uint64_t synapse = mixed_bits(key + targets_[i]) + delays_[i], bits = 0;
        for (std::size_t c = 0; c < n_columns; ++c) {  // two columns to a word
          bits = bits << 32 | std::bit_cast<std::uint32_t>(columns_[c][i]);
          if (c % 2 == 1 || c + 1 == n_columns) synapse = mixed_bits(synapse ^ std::exchange(bits, 0));
        }
        sum += synapse;
      }
    }
    return sum;
  }

  void state(StateArchive& archive, Step) override {
    archive.common("settled", settled_);
    for (const auto& column : Rule::columns) archive.expect(column.name, synapses_);
    arrivals_.common_state(archive, "source_spikes",
                           [this](std::size_t source) { return rows_[source] < rows_[source + 1]; });
    target_spikes_.state(archive, "target_");
    scaling_.state(archive);
  }

  void row_state(StateArchive& archive, std::uint32_t source) override {
    const auto begin = begin_of(source), end = end_of(source);
    const auto order = order_by_target(std::span(targets_).subspan(begin, end - begin));
    std::vector<float> values(order.size());
    for (std::size_t c = 0; c < n_columns; ++c) {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = columns_[c][begin + order[i]];
      archive.column(Rule::columns[c].name, values);
      if (archive.restores())
        for (std::size_t i = 0; i < values.size(); ++i) columns_[c][begin + order[i]] = values[i];
    }
  }

  void skip_row_state(StateArchive& archive, std::size_t synapses) const override {
    for (const auto& column : Rule::columns) archive.skip(column.name, synapses);
  }

  Step longest_lead() const noexcept override { return 2 * std::max<Step>(0, shortest_ - axonal_) + 1; }
  std::uint64_t synapse_bytes() const noexcept override {
    return targets_.size() * bytes_per_synapse + segments_.size() * sizeof(Segment) + rows_.size() * 4;
  }

 private:
  static constexpr std::size_t segments_ahead = 6, synapses_in_cache = 1 << 17;  // no need to fetch so few ahead
  static constexpr std::uint32_t piece = 8;
  static constexpr Int lanes = 16;

  /// Adds what the noted synapses transmit to the input row.
  void add_noted(float* row) noexcept {
    const float *weights = columns_[0].data(), sign = row_sign_;
    const Slot* targets = targets_.data();
    for (std::size_t k = 0; k < noted_; ++k) row[targets[places_[k]]] += sign * weights[places_[k]];
    noted_ = 0;
  }

  void push(SpikeHistory<1>& history, std::uint32_t neuron, Int step, const DecayTable& decay) {
    const auto last = history.newest(neuron);
    const float trace = nearest_ ? 1.0f : history.after(0)[last] * decay(step - history.steps()[last]) + 1.0f;
    history.push(neuron, step, {trace}, settled_ - 2 * static_cast<Int>(longest_));
  }

  // ---- sums over pairs -----------------------------------------------------------------------------------------

  /// At the begin of step `now`: sums up the pairs since the last time.
  void settle(Int now) {
    if (now == settled_) return;
    for (std::uint32_t source = 0; source < source_count(); ++source) {
      const auto begin = begin_of(source), end = end_of(source);
      for (auto k = begin; k < end; k += lanes)
        if (nearest_)
          sum_up<true>(source, k, end, now);
        else
          sum_up<false>(source, k, end, now);
    }
    settled_ = now;
  }

  /// `lanes` synapses of one source from `k` on, those beyond `end` idle. Decays are computed: that takes less than to
  /// gather them from a table.
  template <bool nearest>
  void sum_up(std::uint32_t source, std::uint32_t k, std::uint32_t end, Int now) {
    const float pre_rate = pre_rate_, post_rate = post_rate_;
    const Int *arrived = arrivals_.steps() + arrivals_.newest(source), *spiked = target_spikes_.steps();
    const float *arrived_after = arrivals_.after(0) + arrivals_.newest(source), *spiked_after = target_spikes_.after(0);
    const Int capacity = target_spikes_.capacity(), longest_axonal = axonal_, before = settled_;
    // All times are made those of target spikes: less the dendritic delay.
    alignas(64) Int lag[lanes], begin[lanes], until[lanes], place[lanes];
    alignas(64) double potentiation[lanes] = {}, depression[lanes] = {};
    const Slot* targets = targets_.data() + k;
    const std::uint16_t* delays = delays_.data() + k;
    SPIKELOOM_LANES
    for (Int i = 0; i < lanes; ++i) {
      const Int delay = delays[i], axonal = delay < longest_axonal ? delay : longest_axonal, dendritic = delay - axonal;
      lag[i] = axonal - dendritic;
      begin[i] = before - 2 * dendritic;
      until[i] = now - 2 * dendritic;
      place[i] = targets[i] * capacity;
    }
    // Spikes that are not due yet may be known or not, which depends on windows: they must not shift the groups below.
    for (Int early = 1; early != 0;) {
      early = 0;
      SPIKELOOM_LANES
      for (Int i = 0; i < lanes; ++i) {
        const Int is_early = spiked[place[i]] >= until[i] ? 1 : 0;
        place[i] += is_early;
        early |= is_early;
      }
    }
    // From the newest arrival to older ones, until no lane has anything left since the last time.
    for (std::size_t arrival = 0;; ++arrival) {
      const Int step = arrived[arrival];
      const float after = nearest ? 1.0f : arrived_after[arrival];
      // Target spikes that came at or after this arrival, newest first and four at a time: their look-ups overlap.
      alignas(64) float pairs[lanes] = {};
      for (bool more = true; more;) {
        Int full = 0;
        SPIKELOOM_LANES
        for (Int i = 0; i < lanes; ++i) {
          const Int at = step + lag[i], low = at < begin[i] ? begin[i] : at, high = until[i], first = place[i];
          const Int s0 = spiked[first], s1 = spiked[first + 1], s2 = spiked[first + 2], s3 = spiked[first + 3];
          const Int in0 = s0 >= low ? 1 : 0, in1 = in0 & (s1 >= low ? 1 : 0), in2 = in1 & (s2 >= low ? 1 : 0),
                    in3 = in2 & (s3 >= low ? 1 : 0);
          const float x0 = exponential(pre_rate * static_cast<float>(s0 - at)),
                      x1 = exponential(pre_rate * static_cast<float>(s1 - at)),
                      x2 = exponential(pre_rate * static_cast<float>(s2 - at)),
                      x3 = exponential(pre_rate * static_cast<float>(s3 - at));
          const Int of0 = in0 & (s0 < high ? 1 : 0), of1 = in1 & (s1 < high ? 1 : 0), of2 = in2 & (s2 < high ? 1 : 0),
                    of3 = in3 & (s3 < high ? 1 : 0);
          pairs[i] +=
              ((of0 != 0 ? x0 : 0.0f) + (of1 != 0 ? x1 : 0.0f)) + ((of2 != 0 ? x2 : 0.0f) + (of3 != 0 ? x3 : 0.0f));
          place[i] = first + (in0 + in1) + (in2 + in3);
          full |= in3;
        }
        more = full != 0;
      }
      // The arrival itself meets the trace of the spikes before.
      Int open = 0;
      SPIKELOOM_LANES
      for (Int i = 0; i < lanes; ++i) {
        const Int at = step + lag[i];
        const bool recent = at >= begin[i], counts = recent & (at < until[i]);
        const float trace = nearest ? 1.0f : spiked_after[place[i]];
        const float pair = trace * exponential(post_rate * static_cast<float>(at - spiked[place[i]]));
        depression[i] += static_cast<double>(counts ? pair : 0.0f);
        potentiation[i] += static_cast<double>(after * pairs[i]);
        open |= recent ? 1 : 0;
      }
      if (open == 0) break;
    }
    const auto count = std::min<std::uint32_t>(lanes, end - k);
    for (std::uint32_t i = 0; i < count; ++i)
      change(k + i, [&](Synapse& synapse) { Rule::on_pairs(kernel_, synapse, potentiation[i], depression[i]); });
  }

  // ---- changes -------------------------------------------------------------------------------------------------

  void at_interval(Int now) {
    settle(now);
    for (std::uint32_t i = 0; i < synapses_; ++i)
      change(i, [this](Synapse& synapse) {
        Rule::on_interval(kernel_, synapse);
        const float low = bounds_.low < synapse.weight ? synapse.weight : bounds_.low;
        synapse.weight = low < bounds_.high ? low : bounds_.high;
      });
  }

  void scale(Int now) {
    const auto factors = scaling_.factors(now);
    float* weights = columns_[0].data();
    for (std::uint32_t i = 0; i < synapses_; ++i)
      weights[i] = std::min(std::max(weights[i] * factors[targets_[i]], bounds_.low), bounds_.high);
  }

  template <class Change>
  [[gnu::always_inline]] void change(std::uint32_t i, Change by) {
    change_columns(i, by, std::make_index_sequence<n_columns>{});
  }
  template <class Change, std::size_t... c>
  [[gnu::always_inline]] void change_columns(std::uint32_t i, Change by, std::index_sequence<c...>) {
    Synapse synapse;
    ((synapse.*std::get<c>(Rule::columns).member = columns_[c][i]), ...);
    by(synapse);
    ((columns_[c][i] = synapse.*std::get<c>(Rule::columns).member), ...);
  }

  typename Rule::Kernel kernel_;
  WeightBounds bounds_;
  bool nearest_;
  Int axonal_;
  Int settle_every_, settled_ = 0, interval_ = 1;
  DecayTable pre_decay_, post_decay_;
  float pre_rate_ = 0, post_rate_ = 0;                    // per step, negative
  std::array<aligned_vector<float>, n_columns> columns_;  // the weight first
  std::vector<std::uint16_t> delays_;
  std::array<std::uint32_t, 512> places_;  // of synapses to be added to the input
  std::size_t noted_ = 0;
  SpikeHistory<1> arrivals_, target_spikes_;  // of sources, by the step in which they were emitted
  SynapticScaling scaling_;
};

}  // namespace spikeloom
