/// What happens to synapses from one arrival to the next: their targets' spikes in between, then the arrival.
///
/// The times of a walk are those of target spikes, that is, times at the synapse less its dendritic delay. Many
/// synapses walk together: what they meet stands in one list, and loops run over the list, sixteen entries side by
/// side.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "core/plastic_projection.hpp"
#include "plasticity/decay_table.hpp"
#include "plasticity/event_driven_rule.hpp"

namespace spikeloom {

/// A loop over a few synapses side by side, which belong to different memory: made a vector loop, not unrolled.
#if defined(__clang__)
#define SPIKELOOM_LANES _Pragma("clang loop vectorize(assume_safety) unroll(disable)")
#else
#define SPIKELOOM_LANES _Pragma("GCC ivdep") _Pragma("GCC unroll 1")
#endif

template <EventDrivenRule Rule>
struct SynapseWalk {
  using Synapse = typename Rule::Synapse;
  using Kernel = typename Rule::Kernel;
  using Pre = PreTraces<Rule>;
  using Post = PostTraces<Rule>;
  static constexpr std::size_t n_columns = std::size(Rule::columns), n_pre = std::size(Rule::pre_traces),
                               n_post = std::size(Rule::post_traces);
  static constexpr bool sees_target_spikes = HasPostHook<Rule> || n_post > 0;  // else there is no history of them
  static constexpr std::make_index_sequence<n_pre> all_pre{};
  static constexpr std::make_index_sequence<n_post> all_post{};
  static constexpr int lanes = 16;

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
    const std::int32_t *last_steps, *earlier_steps;  // of the history's newest spikes, and of those before them
    std::array<const float*, n_post> last_after;
  };

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
  /// Just after the spike that stands at `place` in the history.
  template <std::size_t... t>
  [[gnu::always_inline]] static Post post_after([[maybe_unused]] const Constants& c,
                                                [[maybe_unused]] std::int32_t place,
                                                std::index_sequence<t...>) noexcept {
    return {c.after[t][place]...};
  }
  /// `age` steps after the spike that has left `after`.
  template <std::size_t... t>
  [[gnu::always_inline]] static Post post_at([[maybe_unused]] const Constants& c, [[maybe_unused]] const Post& after,
                                             [[maybe_unused]] std::int32_t age, std::index_sequence<t...>) noexcept {
    return {(after[t] * c.post_decay[t](age))...};
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
        Rule::on_post(c.kernel, synapse, pre,
                      post_at(c, post_after(c, older, all_post), at - c.steps[older], all_post));
      else
        Rule::on_post(c.kernel, synapse, pre);
      if constexpr (IsModulated<Rule>)
        synapse.eligibility = worth + synapse.eligibility * c.rise[at - walks.begin_of(lane)];
      bound(c.bounds, synapse);
    }
  }
  /// The arrival at the end of the walk; the target's last spike before it, at `spiked`, has left `after`.
  template <class Walks>
  [[gnu::always_inline]] static void source_spike(const Constants& c, const Walks& walks, int lane, Synapse& synapse,
                                                  const Post& after, std::int32_t spiked) noexcept {
    if constexpr (HasPreHook<Rule>) {
      const Post post = post_at(c, after, walks.end_of(lane) - spiked, all_post);
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
    if constexpr (!sees_target_spikes) return update_blind<arrival>(c, walk, columns, k, k + 1);
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
    if constexpr (arrival) source_spike(c, walk, 0, synapse, post_after(c, first, all_post), c.steps[first]);
    store(synapse, columns, k, all_columns);
  }

  /// Synapses [begin, end) of a rule to which spikes of the target mean nothing.
  template <bool arrival, class Walks>
  static void update_blind(const Constants& c, const Walks& walks, const std::array<float*, n_columns>& columns,
                           std::size_t begin, std::size_t end) {
    SPIKELOOM_LANES
    for (std::size_t i = begin; i < end; ++i) {
      const int lane = static_cast<int>(i - begin);
      Synapse synapse = loaded(columns, i, all_columns);
      if constexpr (IsModulated<Rule>) {
        const auto& over = walks.drift_of(lane);
        finish(synapse, over, gain_of(over, over.from, over.to));
      }
      if constexpr (arrival) source_spike(c, walks, lane, synapse, Post{}, 0);
      store(synapse, columns, i, all_columns);
    }
  }

  /// The newest spike of the target of each synapse; where it is not before the end of the walk, the newest that is.
  template <class Walks>
  struct Newest {
    alignas(64) std::int32_t place[Walks::width + lanes];                                // in the history
    alignas(64) std::int32_t step[Walks::width + lanes], earlier[Walks::width + lanes];  // and of the spike before it
    alignas(64) float after[n_post + 1][Walks::width + lanes];

    void load(const Constants& c, const Slot* targets, std::size_t count) noexcept {
      place[Walks::width] = 0;
      SPIKELOOM_LANES
      for (std::size_t i = 0; i < count; ++i) place[i] = targets[i] * c.capacity;
      SPIKELOOM_LANES
      for (std::size_t i = 0; i < count; ++i) step[i] = c.last_steps[targets[i]];
      SPIKELOOM_LANES
      for (std::size_t i = 0; i < count; ++i) earlier[i] = c.earlier_steps[targets[i]];
      for (std::size_t t = 0; t < n_post; ++t) {
        SPIKELOOM_LANES
        for (std::size_t i = 0; i < count; ++i) after[t][i] = c.last_after[t][targets[i]];
      }
    }
    void move_before(const Constants& c, std::size_t i, std::int32_t end) noexcept {
      while (step[i] >= end) step[i] = c.steps[++place[i]];
      earlier[i] = c.steps[place[i] + 1];
      for (std::size_t t = 0; t < n_post; ++t) after[t][i] = c.after[t][place[i]];
    }
    template <std::size_t... t>
    [[gnu::always_inline]] Post after_of([[maybe_unused]] std::size_t i, std::index_sequence<t...>) const noexcept {
      return {after[t][i]...};
    }
  };

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

    /// False if there are too many.
    bool find(const Constants& c, const Walks& walks, Newest<Walks>& newest, std::size_t count) noexcept {
      std::size_t n = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const auto end = walks.end_of(static_cast<int>(i));
        if (newest.step[i] >= end) [[unlikely]]
          newest.move_before(c, i, end);
        who[n] = static_cast<std::int32_t>(i), at[n] = newest.step[i];
        n += newest.step[i] >= walks.begin_of(static_cast<int>(i)) ? 1 : 0;
      }
      std::size_t from = 0;
      for (levels = 0; n > from;) {
        const std::size_t to = n;
        begin[levels++] = from;
        for (; n % lanes != 0; ++n) who[n] = idle, at[n] = walks.begin_of(idle);
        if (levels == deepest || n + (to - from) > room) return false;
        for (auto e = std::exchange(from, n); e < to; ++e) {
          const auto older = levels == 1 ? newest.earlier[who[e]] : c.steps[newest.place[who[e]] + levels];
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
    if constexpr (!sees_target_spikes) return update_blind<arrival>(c, walks, columns, 0, count);
    constexpr std::size_t width = Walks::width;
    Newest<Walks> newest;
    newest.load(c, targets, count);
    Spikes<Walks> spikes;
    if (!spikes.find(c, walks, newest, count)) {  // bursts: one by one
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
          target_spike(c, walks, who[i], synapse, at[i], newest.place[who[i]] + level + 1);
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
      if constexpr (arrival)
        source_spike(c, walks, static_cast<int>(i), synapse, newest.after_of(i, all_post), newest.step[i]);
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
};

}  // namespace spikeloom
