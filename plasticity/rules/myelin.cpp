/// Myelin plasticity of a projection: its sources' axons run in one bundle, whose conduction times learn.
///
/// A spike takes the conduction time of its axon through the bundle (plasticity/myelin_bundle.hpp) and then the delay
/// of each synapse. What it meets in a segment is what that segment is like when it enters it: a spike in flight is
/// never looked at again. Weights are fixed. Every partition with targets of the projection computes the bundle for
/// itself from the spikes of all sources, with the same result.
///
///   deliver(t):  1. spikes emitted up to t - lead enter    2. the bundle advances as far as they determine it, and
///   what leaves it is entered where it will arrive    3. arrivals of step t are added to the input row
#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

#include "plasticity/myelin_bundle.hpp"
#include "plasticity/rules/rules.hpp"
#include "plasticity/single_arrivals.hpp"

namespace spikeloom {
namespace {

bool is_instantaneous(const RuleArguments& arguments) {
  const auto text = arguments.texts.find("myelin");
  return text != arguments.texts.end() && text->second == "instantaneous";
}

/// What leaves the bundle is known tau_min ahead; half a step is lost to rounding, and a synapse adds at least one.
Step shortest_delay_of(const RuleArguments& arguments, double resolution) {
  const double tau_min = params_of(myelin_params, arguments).tau_min;
  return 1 + std::max<Step>(0, static_cast<Step>(std::floor(tau_min * (1 - 1e-5) / resolution - 0.5)));
}

class MyelinSynapses final : public PlasticProjection {
 public:
  explicit MyelinSynapses(const RuleRequest& request)
      : resolution_(request.resolution),
        first_source_(request.first_source),
        first_target_(request.first_target),
        sign_(request.sign),
        row_sign_(request.row_sign),
        lead_(shortest_delay_of(request.arguments, request.resolution)),
        bundle_(params_of(myelin_params, request.arguments), request.synapses.source_count(), request.seed,
                request.stream, is_instantaneous(request.arguments)),
        arrivals_(static_cast<Step>(params_of(myelin_params, request.arguments).tau_max / resolution_) + 2 +
                  request.synapses.longest_delay_used()) {
    if (request.synapses.synapse_count() > std::numeric_limits<std::uint32_t>::max())
      throw RunError(
          "a projection with myelin and more than 4 billion synapses per partition\n    raise run.partitions");
    rows_.push_back(0);
    for (std::uint32_t source = 0; source < request.synapses.source_count(); ++source) {
      for (const auto& synapse : request.synapses.row(source)) synapses_.push_back(synapse);
      rows_.push_back(static_cast<std::uint32_t>(synapses_.size()));
    }
  }

  /// All that run in the bundle.
  bool listens_to(NeuronId neuron) const noexcept override {
    return !synapses_.empty() && neuron - first_source_ < rows_.size() - 1;
  }

  void collect(std::span<const Spike> spikes) override {
    if (synapses_.empty()) return;
    const auto sources = static_cast<NeuronId>(rows_.size() - 1);
    for (const auto& spike : spikes)
      if (const NeuronId source = spike.neuron - first_source_; source < sources)
        emitted_.push_back({spike.step, source});
  }

  void deliver(Step step, float* row) override {
    now_ = step;
    const Step known = step - lead_;
    for (; !emitted_.empty() && emitted_.front().step <= known; emitted_.pop_front())
      bundle_.enter({static_cast<double>(emitted_.front().step) * resolution_, emitted_.front().source});
    out_.clear();
    bundle_.advance(static_cast<double>(known) * resolution_, out_);
    for (const auto& spike : out_) {
      const auto end_of_axon = static_cast<Step>(spike.time / resolution_ + 0.5);
      for (auto k = rows_[spike.axon]; k < rows_[spike.axon + 1]; ++k)
        arrivals_.add(end_of_axon + synapses_[k].delay, k);
      events_ += rows_[spike.axon + 1] - rows_[spike.axon];
    }
    auto& due = arrivals_.at(step);
    // Sums must not depend on when a partition has learned of a spike: by synapse, that is by source.
    std::sort(due.begin(), due.end());
    for (const auto k : due) row[synapses_[k].target] += row_sign_ * synapses_[k].weight;
    due.clear();
  }

  void target_spikes(Step, std::span<const std::uint32_t>) override {}
  void modulate(Step, const ModulatorLevel&) override {}

  void visit(Step, const std::function<void(const PlasticRow&)>& visitor) const override {
    std::vector<Slot> targets;
    std::vector<float> weights, delays;
    for (std::uint32_t source = 0; source + 1 < rows_.size(); ++source) {
      if (rows_[source] == rows_[source + 1]) continue;
      targets.clear(), weights.clear(), delays.clear();
      const double axon = bundle_.conduction(source) / resolution_;
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k) {
        targets.push_back(synapses_[k].target);
        weights.push_back(sign_ * synapses_[k].weight);
        delays.push_back(static_cast<float>(axon + synapses_[k].delay));
      }
      visitor({source, 0, targets, weights, delays});
    }
  }

  std::uint64_t hash() const override {
    std::uint64_t sum = 0;
    std::vector<std::uint32_t> counts;
    for (std::uint32_t source = 0; source + 1 < rows_.size(); ++source) {
      counts.push_back(rows_[source + 1] - rows_[source]);
      if (counts.back() > 0) sum += counts.back() * bundle_.hash_of(source);
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k) sum += key_of(source, k);
    }
    sum += bundle_.hash_of_waiting(counts);
    arrivals_.for_each(now_, [&](Step due, std::uint32_t k) {
      const auto source = std::upper_bound(rows_.begin(), rows_.end(), k) - rows_.begin() - 1;
      sum += key_of(static_cast<std::uint32_t>(source), k) * (2 * static_cast<std::uint64_t>(due) + 1);
    });
    for (const auto& spike : emitted_)
      sum += counts[spike.source] * (static_cast<std::uint64_t>(spike.step) << 32 | spike.source);
    return sum;
  }

  void state(StateArchive& archive, Step now) override {
    now_ = now;
    if (synapses_.empty()) return;
    bundle_.state(archive);
    if (!archive.restores())
      under_way_ = arrivals_.listed(now, most_slots, [this](auto k) { return synapses_[k].target; });
  }

  /// What is under way to each synapse.
  void row_state(StateArchive& archive, std::uint32_t source) override {
    std::vector<Slot> targets;
    for (auto k = rows_[source]; k < rows_[source + 1]; ++k) targets.push_back(synapses_[k].target);
    std::vector<Step> due;
    for (const auto place : order_by_target(targets)) {
      const auto k = rows_[source] + place;
      due.clear();
      for (auto at = std::lower_bound(under_way_.begin(), under_way_.end(), k,
                                      [](const auto&arrival, auto id) { return arrival.synapse < id; });
           !archive.restores() && at != under_way_.end() && at->synapse == k; ++at)
        due.push_back(at->due);
      auto count = static_cast<std::uint32_t>(due.size());
      archive.column("arrivals", std::span(&count, 1));
      due.resize(count);
      archive.column("arrival_due", due);
      if (archive.restores())
        for (const auto step : due) under_way_.push_back({k, step, 0});
    }
  }

  void skip_row_state(StateArchive& archive, std::size_t synapses) const override {
    for (std::size_t k = 0; k < synapses; ++k) archive.skip("arrival_due", archive.next_entry("arrivals"));
  }
  std::size_t row_synapses(std::uint32_t source) const noexcept override { return rows_[source + 1] - rows_[source]; }

  void collect_again(std::span<const Spike> spikes, Step now) override {
    arrivals_.enter(std::exchange(under_way_, {}));
    collect(since(spikes, now - lead_));
  }
  Step memory_of_spikes() const noexcept override { return lead_; }
  std::uint32_t source_count() const noexcept override { return static_cast<std::uint32_t>(rows_.size() - 1); }

  Step longest_lead() const noexcept override { return longest_delay; }
  Step shortest_delay() const noexcept override { return synapses_.empty() ? longest_delay : lead_; }
  std::uint64_t synapse_count() const noexcept override { return synapses_.size(); }
  std::uint64_t synapse_bytes() const noexcept override {
    return synapses_.size() * sizeof(RawSynapse) + rows_.size() * 4 +
           bundle_.axons() * bundle_.segments().size() * 2 * sizeof(double);
  }
  std::uint64_t events() const noexcept override { return events_; }

 private:
  struct Emitted {
    Step step;
    std::uint32_t source;
  };
  std::uint64_t key_of(std::uint32_t source, std::uint32_t k) const noexcept {
    const auto& synapse = synapses_[k];
    const auto place = std::uint64_t{source} << 32 | (first_target_ + synapse.target);
    return (place * 0xff51afd7ed558ccdull ^ synapse.delay) * 0xc4ceb9fe1a85ec53ull ^
           std::bit_cast<std::uint32_t>(synapse.weight);
  }

  double resolution_;
  NeuronId first_source_;
  std::uint32_t first_target_;
  float sign_, row_sign_;
  Step lead_, now_ = 0;
  MyelinBundle bundle_;
  std::vector<RawSynapse> synapses_;  // by source
  std::vector<std::uint32_t> rows_;   // of each source, and the end
  SingleArrivals arrivals_;
  std::vector<SingleArrivals::Arrival> under_way_;  // while a state is being saved or restored
  std::deque<Emitted> emitted_;
  std::vector<AxonSpike> out_;
  std::uint64_t events_ = 0;
};

void check(const RuleArguments& arguments, double resolution, std::vector<Problem>& problems) {
  const auto p = params_of(myelin_params, arguments);
  check_myelin(p, problems);
  const auto wrong = [&](const char* name, std::string what, std::string remedy) {
    problems.push_back({{}, name, std::move(what), std::move(remedy)});
  };
  if (p.tau_min < resolution) wrong("tau_min", "is shorter than one step", "raise it, or lower experiment.resolution");
  if (p.tau_max > static_cast<double>(longest_delay) * resolution)
    wrong("tau_max", "is longer than 65535 steps", "lower it, or raise experiment.resolution");
}

}  // namespace

RuleInfo myelin_rule() {
  RuleInfo info;
  info.name = "myelin";
  info.summary = "oligodendrocyte-mediated myelin plasticity: the axons of a projection synchronise (Pajevic 2023)";
  info.equations =
      "G: sum over all spikes of the bundle of R(t) = 2 / tau_g exp(-t / tau_g) (1 - exp(-t / tau_g))\n"
      "at a spike of axon a: M_a += lambda_m G;  dM_a/dt = -lambda_a M_a\n"
      "dtau_a/dt = lambda_r (tau_max - tau_a) / (tau_max - tau_min) - lambda_a M_a (tau_a - tau_min) / (tau_max - "
      "tau_min)\n"
      "dlambda_r/dt = lambda_h lambda_r (tau_nom - mean of tau_a);  lambda_r = recovery lambda_m axons / tau_s^2 at "
      "the "
      "start\n"
      "once in each of `segments` glial cells in a row, which share tau_min, tau_max and tau_nom out equally\n"
      "total delay = conduction time of the source's axon, tau_a summed over segments, + delay of the synapse";
  info.params = param_infos(myelin_params);
  for (auto& param : info.params) param.per_neuron = false;
  ParamInfo form{.name = "myelin",
                 .unit = "",
                 .doc = "filtered: as above; instantaneous: built in at once (lambda_a -> infinity)",
                 .kind = ParamKind::choice,
                 .per_neuron = false};
  form.choices = {"filtered", "instantaneous"}, form.default_text = "filtered";
  info.params.push_back(std::move(form));
  info.columns = {{"weight", std::string(unit_of_weight), "weight, fixed"}};
  info.bytes_per_synapse = sizeof(RawSynapse);
  info.changes_delays = true;
  info.check = check;
  info.shortest_delay = shortest_delay_of;
  info.make = [](const RuleRequest& request) -> std::unique_ptr<PlasticProjection> {
    return std::make_unique<MyelinSynapses>(request);
  };
  return info;
}

}  // namespace spikeloom
