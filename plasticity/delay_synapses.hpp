/// From a rule for one pair of spikes to a projection whose synapses learn their delays.
///
/// A delay rule is a struct like plasticity/rules/delay_stdp.hpp: it says what one pair of an arrival and a target
/// spike changes. `DelaySynapses` below gives it storage, arrivals, the pairing, bounds and the sign of weights.
///
/// Time. The whole delay lies before the synapse: a spike of step s reaches the synapse, and acts on the target, at
/// s + delay. The delay is a real number; arrivals are rounded to the grid. Each arrival is paired with the target's
/// last spike before it, each target spike with the last arrival of every synapse; at the same step the arrival is
/// first. What acts on the target is the weight just after the arrival.
///
/// Spikes in flight. A spike takes the delay that its synapse has at the end of the step of emission, and arrives then,
/// whatever the delay becomes in the meantime; later spikes may overtake it. What a partition is told about spikes of a
/// step comes up to d_min later (nothing can arrive earlier), when delays may have changed again. So changes are logged
/// and applied to a second column, `departing`, exactly d_min later, and spikes take their delay from there:
///
///   deliver(t):  1. changes of step t - d_min come into `departing`    2. spikes of step t - d_min leave, that is, are
///   entered where they will arrive    3. arrivals of step t: the pair with the last target spike, then the input row
///   target_spikes(t):  pairs with the last arrivals, after deliver(t) and before deliver(t + 1)
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <deque>
#include <limits>
#include <vector>

#include "plasticity/rule.hpp"
#include "plasticity/single_arrivals.hpp"

namespace spikeloom {

/// A synapse whose delay learns.
struct DelaySynapse {
  double weight = 0;  // magnitude
  double delay = 0;   // ms
};

/// Bounds of weights (magnitudes) and delays [ms].
struct DelayBounds {
  double w_min = 0, w_max = std::numeric_limits<double>::infinity();
  double d_min = 0, d_max = 0;
};

/// `on_pair(kernel, synapse, lag)`: lag [ms] = target spike - arrival, >= 0 if the input arrived before the spike or
/// with it. Changes weight and delay, which are clipped to their bounds afterwards.
template <class Rule>
concept DelayRule = requires(const RuleArguments& arguments, const DelayBounds& bounds,
                             const typename Rule::Kernel& kernel, DelaySynapse& synapse) {
  { Rule::prepare(arguments, bounds) } -> std::same_as<typename Rule::Kernel>;
  Rule::on_pair(kernel, synapse, 1.0);
};

inline constexpr double default_longest_learned_delay = 25;  // ms

/// Bounds from arguments; `d_min` is at least one step.
DelayBounds delay_bounds_of(const RuleArguments& arguments, double resolution);
/// Whole steps of a delay, to the nearest.
inline Step rounded_steps(double delay, double steps_per_ms) noexcept {
  return static_cast<Step>(delay * steps_per_ms + 0.5);
}
/// The bounds as parameters of a rule, and their checks.
std::vector<ParamInfo> delay_bound_params();
void check_delay_bounds(const RuleArguments& arguments, double resolution, std::vector<Problem>& problems);
/// The shortest delay that a rule with these bounds allows [steps].
Step shortest_learned_delay(const RuleArguments& arguments, double resolution);

template <DelayRule Rule>
class DelaySynapses final : public PlasticProjection {
 public:
  explicit DelaySynapses(const RuleRequest& request)
      : bounds_(delay_bounds_of(request.arguments, request.resolution)),
        kernel_(Rule::prepare(request.arguments, bounds_)),
        resolution_(request.resolution),
        first_source_(request.first_source),
        first_target_(request.first_target),
        sign_(request.sign),
        row_sign_(request.row_sign),
        shortest_(shortest_learned_delay(request.arguments, request.resolution)),
        arrivals_(steps_of(bounds_.d_max)),
        last_spike_(request.target_count, never) {
    lay_out(request.synapses, request.target_count);
  }

  bool listens_to(NeuronId neuron) const noexcept override {
    const NeuronId source = neuron - first_source_;
    return source < rows_.size() - 1 && rows_[source] < rows_[source + 1];
  }

  void collect(std::span<const Spike> spikes) override {
    const auto sources = static_cast<NeuronId>(rows_.size() - 1);
    for (const auto& spike : spikes) {
      const NeuronId source = spike.neuron - first_source_;
      if (source < sources && rows_[source] < rows_[source + 1]) leaving_.push_back({spike.step, source});
    }
  }

  void deliver(Step step, float* row) override {
    depart(step - shortest_);
    auto& due = arrivals_.at(step);
    for (const auto k : due) {
      auto& synapse = synapses_[k];
      const auto last = last_spike_[synapse.target];
      if (last != never) pair(k, step, static_cast<double>(last - step) * resolution_);
      synapse.last_arrival = step;
      row[synapse.target] += row_sign_ * static_cast<float>(synapse.state.weight);
    }
    due.clear();
  }

  void target_spikes(Step step, std::span<const std::uint32_t> neurons) override {
    for (const auto neuron : neurons) {
      for (auto at = afferents_[neuron]; at < afferents_[neuron + 1]; ++at) {
        const auto k = by_target_[at];
        const auto last = synapses_[k].last_arrival;
        if (last != never) pair(k, step, static_cast<double>(step - last) * resolution_);
      }
      last_spike_[neuron] = step;
    }
  }

  void modulate(Step, const ModulatorLevel&) override {}

  void visit(Step, const std::function<void(const PlasticRow&)>& visitor) const override {
    std::vector<Slot> targets;
    std::vector<float> weights, delays;
    for (std::uint32_t source = 0; source + 1 < rows_.size(); ++source) {
      targets.clear(), weights.clear(), delays.clear();
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k) {
        targets.push_back(synapses_[k].target);
        weights.push_back(sign_ * static_cast<float>(synapses_[k].state.weight));
        delays.push_back(static_cast<float>(synapses_[k].state.delay / resolution_));
      }
      if (!targets.empty()) visitor({source, 0, targets, weights, delays});
    }
  }

  std::uint64_t hash() const override {
    std::uint64_t sum = 0;
    std::vector<std::uint64_t> keys(synapses_.size());
    for (std::uint32_t source = 0; source + 1 < rows_.size(); ++source)
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k) {
        const auto& synapse = synapses_[k];
        keys[k] = mixed(std::uint64_t{source} << 32 | (first_target_ + synapse.target));
        auto h = mixed(keys[k] ^ std::bit_cast<std::uint64_t>(synapse.state.weight));
        h = mixed(h ^ std::bit_cast<std::uint64_t>(synapse.state.delay));
        h = mixed(h ^ static_cast<std::uint64_t>(synapse.last_arrival));
        sum += mixed(h ^ static_cast<std::uint64_t>(last_spike_[synapse.target]));
      }
    // What is under way: spikes that have left for their synapse, and those whose delay is not yet due to be read.
    arrivals_.for_each(now_,
                       [&](Step due, std::uint32_t k) { sum += mixed(keys[k] + static_cast<std::uint64_t>(due)); });
    for (const auto& spike : leaving_)
      for (auto k = rows_[spike.source]; k < rows_[spike.source + 1]; ++k)
        sum += mixed(~keys[k] + static_cast<std::uint64_t>(spike.step));
    return sum;
  }

  void state(StateArchive& archive, Step now) override {
    now_ = now;
    archive.column("last_spike", last_spike_);
    if (archive.restores()) return;
    under_way_ = arrivals_.listed(now, last_spike_.size(), [this](auto k) { return synapses_[k].target; });
    pending_.assign(changes_.begin(), changes_.end());
    std::stable_sort(pending_.begin(), pending_.end(), [](auto& a, auto& b) { return a.synapse < b.synapse; });
  }

  /// A synapse, what is under way to it, and changes of its delay that departing spikes do not see yet.
  void row_state(StateArchive& archive, std::uint32_t source) override {
    std::vector<Slot> targets;
    for (auto k = rows_[source]; k < rows_[source + 1]; ++k) targets.push_back(synapses_[k].target);
    for (const auto place : order_by_target(targets)) {
      const auto k = rows_[source] + place;
      auto& synapse = synapses_[k];
      const auto one = [&](const char* name, auto& value) { archive.column(name, std::span(&value, 1)); };
      one("weight", synapse.state.weight);
      one("delay", synapse.state.delay);
      one("last_arrival", synapse.last_arrival);
      one("departing", synapse.departing);
      exchange(archive, "arrivals", under_way_, k, [&](auto& arrival) {
        one("arrival_due", arrival.due);
        one("arrival_place", arrival.place);
      });
      exchange(archive, "changes", pending_, k, [&](auto& change) {
        one("change_step", change.step);
        one("change_delay", change.delay);
      });
    }
  }

  void skip_row_state(StateArchive& archive, std::size_t synapses) const override {
    for (const auto* name : {"weight", "delay", "last_arrival", "departing"}) archive.skip(name, synapses);
    for (std::size_t k = 0; k < synapses; ++k) {
      const auto arrivals = archive.next_entry("arrivals");
      for (const auto* name : {"arrival_due", "arrival_place"})
        if (arrivals > 0) archive.skip(name, arrivals);
      const auto changes = archive.next_entry("changes");
      for (const auto* name : {"change_step", "change_delay"})
        if (changes > 0) archive.skip(name, changes);
    }
  }
  std::size_t row_synapses(std::uint32_t source) const noexcept override { return rows_[source + 1] - rows_[source]; }

  void collect_again(std::span<const Spike> spikes, Step now) override {
    arrivals_.enter(std::exchange(under_way_, {}));
    std::stable_sort(pending_.begin(), pending_.end(), [](auto& a, auto& b) { return a.step < b.step; });
    changes_.assign(pending_.begin(), pending_.end());
    pending_.clear();
    collect(since(spikes, now - shortest_));
  }
  Step memory_of_spikes() const noexcept override { return shortest_; }
  std::uint32_t source_count() const noexcept override { return static_cast<std::uint32_t>(rows_.size() - 1); }

  Step longest_lead() const noexcept override { return 1; }
  Step shortest_delay() const noexcept override { return synapses_.empty() ? longest_delay : shortest_; }
  std::uint64_t synapse_count() const noexcept override { return synapses_.size(); }
  std::uint64_t synapse_bytes() const noexcept override {
    return synapses_.size() * bytes_per_synapse + (rows_.size() + afferents_.size()) * 4;
  }
  std::uint64_t events() const noexcept override { return events_; }

 private:
  static constexpr Step never = std::numeric_limits<Step>::min();

  struct Entry {
    DelaySynapse state;
    Step last_arrival = never;
    std::uint16_t departing = 0;  // steps: the delay of spikes that left d_min ago
    Slot target = 0;              // local to the slice
  };

 public:
  static constexpr std::size_t bytes_per_synapse = sizeof(Entry) + sizeof(std::uint32_t);

 private:
  struct Change {
    Step step;
    std::uint32_t synapse;
    std::uint16_t delay;  // steps
  };
  struct Leaving {
    Step step;
    std::uint32_t source;
  };

  /// The entries of synapse `k` in a list by synapse: their number, then each.
  template <class Entries, class One>
  static void exchange(StateArchive& archive, const char* name, Entries& entries, std::uint32_t k, One one) {
    std::uint32_t count = 0;
    if (archive.restores()) {
      archive.column(name, std::span(&count, 1));
      for (; count > 0; --count) {
        auto& entry = entries.emplace_back();
        one(entry);
        entry.synapse = k;
      }
      return;
    }
    auto first = std::lower_bound(entries.begin(), entries.end(), k, [](auto& e, auto id) { return e.synapse < id; });
    while (first + count != entries.end() && (first + count)->synapse == k) ++count;
    archive.column(name, std::span(&count, 1));
    for (; count > 0; --count) one(*first++);
  }

  static std::uint64_t mixed(std::uint64_t x) noexcept {  // the finaliser of MurmurHash3
    x = (x ^ x >> 33) * 0xff51afd7ed558ccdull;
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ull;
    return x ^ x >> 33;
  }

  Step steps_of(double delay) const noexcept { return rounded_steps(delay, 1 / resolution_); }

  void lay_out(const PlasticSynapseBuilder& synapses, std::uint32_t target_count) {
    if (synapses.synapse_count() > std::numeric_limits<std::uint32_t>::max())
      throw RunError(
          "a delay-plastic projection with more than 4 billion synapses per partition\n"
          "    raise run.partitions");
    afferents_.assign(std::size_t{target_count} + 1, 0);
    synapses_.reserve(synapses.synapse_count());
    rows_.push_back(0);
    for (std::uint32_t source = 0; source < synapses.source_count(); ++source) {
      for (const auto& raw : synapses.row(source)) {
        Entry entry;
        entry.state.weight = std::clamp(static_cast<double>(raw.weight), bounds_.w_min, bounds_.w_max);
        entry.state.delay = std::clamp(static_cast<double>(raw.delay) * resolution_, bounds_.d_min, bounds_.d_max);
        entry.departing = static_cast<std::uint16_t>(steps_of(entry.state.delay));
        entry.target = raw.target;
        synapses_.push_back(entry);
        ++afferents_[raw.target + std::size_t{1}];
      }
      rows_.push_back(static_cast<std::uint32_t>(synapses_.size()));
    }
    for (std::size_t i = 1; i < afferents_.size(); ++i) afferents_[i] += afferents_[i - 1];
    auto next = afferents_;
    by_target_.resize(synapses_.size());
    for (std::uint32_t k = 0; k < synapses_.size(); ++k) by_target_[next[synapses_[k].target]++] = k;
  }

  /// Spikes emitted up to `step` leave, each with the delay that held at the end of its step.
  void depart(Step step) {
    now_ = step + shortest_;
    while (!leaving_.empty() && leaving_.front().step <= step) {
      const auto [emitted, source] = leaving_.front();
      leaving_.pop_front();
      apply_changes(emitted);
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k) arrivals_.add(emitted + synapses_[k].departing, k);
      events_ += rows_[source + 1] - rows_[source];
    }
    apply_changes(step);
  }

  void apply_changes(Step step) {
    for (; !changes_.empty() && changes_.front().step <= step; changes_.pop_front())
      synapses_[changes_.front().synapse].departing = changes_.front().delay;
  }

  void pair(std::uint32_t k, Step step, double lag) {
    auto& state = synapses_[k].state;
    const auto before = steps_of(state.delay);
    Rule::on_pair(kernel_, state, lag);
    state.weight = std::min(std::max(state.weight, bounds_.w_min), bounds_.w_max);
    state.delay = std::min(std::max(state.delay, bounds_.d_min), bounds_.d_max);
    if (const auto after = steps_of(state.delay); after != before)
      changes_.push_back({step, k, static_cast<std::uint16_t>(after)});
  }

  DelayBounds bounds_;
  typename Rule::Kernel kernel_;
  double resolution_;
  NeuronId first_source_;
  std::uint32_t first_target_;
  float sign_, row_sign_;
  Step shortest_, now_ = 0;
  std::vector<Entry> synapses_;                       // by source
  std::vector<std::uint32_t> rows_;                   // of each source, and the end
  std::vector<std::uint32_t> afferents_, by_target_;  // of each target: where its synapses are listed, and the list
  SingleArrivals arrivals_;
  std::deque<Change> changes_;
  std::deque<Leaving> leaving_;
  // While a state is being saved or restored: what is in arrivals_ and changes_, by synapse.
  std::vector<SingleArrivals::Arrival> under_way_;
  std::vector<Change> pending_;
  std::vector<Step> last_spike_;  // of each target
  std::uint64_t events_ = 0;
};

}  // namespace spikeloom
