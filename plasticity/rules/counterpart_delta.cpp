/// A delta rule whose error is each neuron's own: what is wrong at a level, times what the neuron's counterpart does
/// (counter-current learning, Kao & Hariharan 2024, one pair of presentations at a time).
///
///     arrival:     x_j += 1 / tau_x;  dx_j/dt = -x_j / tau_x
///     comparison:  w_ij += eta n m_i x_j      n: the modulator;  m_i: the trace of target i's counterpart
///
/// The modulator compares the target population with another one (core/comparison.hpp). Arrivals of a step count
/// before its comparison, and weights change after they were delivered. Weights may cross 0. A trace belongs to all
/// synapses of one source with one delay; a comparison costs one multiply-add per synapse whose source was active.
#include <algorithm>
#include <bit>
#include <cmath>

#include "plasticity/mixed_bits.hpp"
#include "plasticity/rules/rules.hpp"

namespace spikeloom {
namespace {

constexpr float forgotten_arrivals = 1e-30f;  // below, a trace counts as 0: denormals are slow

struct CounterpartDelta {
  double tau_x = 20, eta = 0.01;
};
constexpr std::array counterpart_delta_params = {
    Field{"tau_x", &CounterpartDelta::tau_x, "ms", "time constant of the traces of arrivals", positive},
    Field{"eta", &CounterpartDelta::eta, unit_of_weight,
          "change of the weight per unit of modulator, counterpart's trace and trace of arrivals [1/ms]", finite}};

class CounterpartSynapses final : public PlasticProjection {
 public:
  static constexpr std::size_t bytes_per_synapse = sizeof(float) + sizeof(Slot);

  explicit CounterpartSynapses(const RuleRequest& request)
      : first_source_(request.first_source),
        first_target_(request.first_target),
        sign_(request.sign),
        row_sign_(request.row_sign),
        shortest_(request.synapses.shortest_delay()),
        longest_(request.synapses.longest_delay_used()),
        calendar_(std::bit_ceil(static_cast<std::size_t>(longest_ + request.window) + 1)) {
    const auto params = params_of(counterpart_delta_params, request.arguments);
    decay_ = static_cast<float>(std::exp(-request.resolution / params.tau_x));
    arrival_ = static_cast<float>(1 / params.tau_x);
    eta_ = params.eta * static_cast<double>(request.sign);
    lay_out(request.synapses);
  }

  bool listens_to(NeuronId neuron) const noexcept override {
    const NeuronId source = neuron - first_source_;
    return source < source_count() && rows_[source] < rows_[source + 1];
  }

  void collect(std::span<const Spike> spikes) override {
    for (const auto& spike : spikes) {
      const NeuronId source = spike.neuron - first_source_;
      if (source >= source_count()) continue;
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k) {
        calendar_[slot_of(spike.step + segments_[k].delay)].push_back(k);
        events_ += segments_[k + 1].begin - segments_[k].begin;
      }
    }
  }

  void deliver(Step step, float* row) override {
    for (auto& trace : traces_) trace = trace > forgotten_arrivals ? trace * decay_ : 0.0f;
    auto& due = calendar_[slot_of(step)];
    for (const auto k : due) {
      traces_[k] += arrival_;
      for (auto i = segments_[k].begin; i < segments_[k + 1].begin; ++i) row[targets_[i]] += row_sign_ * weights_[i];
    }
    due.clear();
  }

  void target_spikes(Step, std::span<const std::uint32_t>) override {}

  void modulate(Step, const ModulatorLevel& level) override {
    if (level.counterparts.empty()) return;
    const auto change = static_cast<float>(eta_ * (level.constant + level.decaying));
    for (std::size_t k = 0; k < traces_.size(); ++k) {
      if (traces_[k] == 0) continue;
      const float by_source = change * traces_[k];
      for (auto i = segments_[k].begin; i < segments_[k + 1].begin; ++i)
        weights_[i] += by_source * level.counterparts[targets_[i]];
    }
  }

  void visit(Step, const std::function<void(const PlasticRow&)>& visitor) const override {
    std::vector<float> weights;
    for (std::uint32_t source = 0; source < source_count(); ++source)
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k) {
        const auto begin = segments_[k].begin, end = segments_[k + 1].begin;
        weights.assign(weights_.begin() + begin, weights_.begin() + end);
        for (auto& weight : weights) weight *= sign_;
        visitor({source, segments_[k].delay, {targets_.data() + begin, end - begin}, weights});
      }
  }

  std::uint64_t hash() const override {
    std::uint64_t sum = 0;
    for (std::uint32_t source = 0; source < source_count(); ++source)
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k)
        for (auto i = segments_[k].begin; i < segments_[k + 1].begin; ++i) {
          const auto key =
              mixed_bits((std::uint64_t{source} << 32 | (first_target_ + targets_[i])) + segments_[k].delay);
          sum += mixed_bits(key ^ (std::uint64_t{std::bit_cast<std::uint32_t>(traces_[k])} << 32 |
                                   std::bit_cast<std::uint32_t>(weights_[i])));
        }
    return sum;
  }

  void state(StateArchive&, Step) override {}

  void row_state(StateArchive& archive, std::uint32_t source) override {
    const auto begin = segments_[rows_[source]].begin, end = segments_[rows_[source + 1]].begin;
    const auto order = order_by_target(std::span(targets_).subspan(begin, end - begin));
    std::vector<std::uint32_t> of;  // the segment of each synapse
    for (auto k = rows_[source]; k < rows_[source + 1]; ++k) of.resize(segments_[k + 1].begin - begin, k);
    for (const auto place : order) {
      archive.column("weight", std::span(&weights_[begin + place], 1));
      archive.column("arrivals", std::span(&traces_[of[place]], 1));
    }
  }

  void skip_row_state(StateArchive& archive, std::size_t synapses) const override {
    archive.skip("weight", synapses);
    archive.skip("arrivals", synapses);
  }
  std::size_t row_synapses(std::uint32_t source) const noexcept override {
    return segments_[rows_[source + 1]].begin - segments_[rows_[source]].begin;
  }

  void collect_again(std::span<const Spike> spikes, Step now) override {
    for (const auto& spike : spikes) {
      const NeuronId source = spike.neuron - first_source_;
      if (source >= source_count()) continue;
      for (auto k = rows_[source]; k < rows_[source + 1]; ++k)
        if (const Step due = spike.step + segments_[k].delay; due > now) calendar_[slot_of(due)].push_back(k);
    }
  }
  Step memory_of_spikes() const noexcept override { return longest_; }
  std::uint32_t source_count() const noexcept override { return static_cast<std::uint32_t>(rows_.size() - 1); }

  Step longest_lead() const noexcept override { return longest_delay; }  // target spikes play no part
  Step shortest_delay() const noexcept override { return shortest_; }
  std::uint64_t synapse_count() const noexcept override { return weights_.size(); }
  std::uint64_t synapse_bytes() const noexcept override {
    return weights_.size() * bytes_per_synapse + segments_.size() * (sizeof(Segment) + 4) + rows_.size() * 4;
  }
  std::uint64_t events() const noexcept override { return events_; }

 private:
  /// Synapses of one source with one delay end where the next segment begins.
  struct Segment {
    std::uint32_t begin = 0;
    std::uint16_t delay = 0;
  };

  std::size_t slot_of(Step step) const noexcept { return static_cast<std::size_t>(step) & (calendar_.size() - 1); }

  void lay_out(const PlasticSynapseBuilder& synapses) {
    if (synapses.synapse_count() > std::numeric_limits<std::uint32_t>::max())
      throw RunError("a plastic projection with more than 4 billion synapses per partition\n    raise run.partitions");
    rows_.push_back(0);
    for (std::uint32_t source = 0; source < synapses.source_count(); ++source) {
      const auto row = synapses.row(source);
      for (std::size_t k = 0; k < row.size(); ++k) {
        if (k == 0 || row[k].delay != row[k - 1].delay)
          segments_.push_back({static_cast<std::uint32_t>(targets_.size()), row[k].delay});
        targets_.push_back(row[k].target);
        weights_.push_back(row[k].weight);
      }
      rows_.push_back(static_cast<std::uint32_t>(segments_.size()));
    }
    traces_.resize(segments_.size());
    segments_.push_back({static_cast<std::uint32_t>(targets_.size()), 0});
  }

  NeuronId first_source_;
  std::uint32_t first_target_;
  float sign_, row_sign_;
  Step shortest_, longest_;
  float decay_ = 0, arrival_ = 0;
  double eta_ = 0;
  std::vector<std::uint32_t> rows_;                   // of each source the first segment, and the end
  std::vector<Segment> segments_;                     // and the end
  std::vector<float> traces_;                         // by segment
  std::vector<Slot> targets_;                         // by synapse, local to the slice
  std::vector<float> weights_;                        // times the sign of the projection
  std::vector<std::vector<std::uint32_t>> calendar_;  // segments by the step in which they are due
  std::uint64_t events_ = 0;
};

}  // namespace

RuleInfo counterpart_delta_rule() {
  RuleInfo info;
  info.name = "counterpart_delta";
  info.summary = "an error, times what the target's counterpart in another population does (Kao & Hariharan 2024)";
  info.equations =
      "arrival: x_j += 1 / tau_x;  dx_j/dt = -x_j / tau_x\n"
      "comparison: w_ij += eta n m_i x_j\n"
      "n: a modulator that compares the target population with another one (`compare:`); m_i: there, the trace of\n"
      "neuron i of the other one";
  info.params = param_infos(counterpart_delta_params);
  for (auto& param : info.params) param.per_neuron = false;
  info.columns = {{"weight", std::string(unit_of_weight), "weight"}};
  info.bytes_per_synapse = CounterpartSynapses::bytes_per_synapse;
  info.modulated = true;
  info.needs_comparison = true;
  info.make = [](const RuleRequest& request) -> std::unique_ptr<PlasticProjection> {
    return std::make_unique<CounterpartSynapses>(request);
  };
  return info;
}

}  // namespace spikeloom
