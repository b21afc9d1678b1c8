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
#include "plasticity/segmented_synapses.hpp"

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

class CounterpartSynapses final : public SegmentedSynapses {
 public:
  static constexpr std::size_t bytes_per_synapse = sizeof(float) + sizeof(Slot);

  explicit CounterpartSynapses(const RuleRequest& request) : SegmentedSynapses(request, 0) {
    const auto params = params_of(counterpart_delta_params, request.arguments);
    decay_ = static_cast<float>(std::exp(-request.resolution / params.tau_x));
    arrival_ = static_cast<float>(1 / params.tau_x);
    eta_ = params.eta * static_cast<double>(request.sign);
    weights_.reserve(synapses_);
    lay_out(request.synapses, [this](const auto& synapse) { weights_.push_back(synapse.weight); });
    traces_.resize(segments_.size() - 1);
  }

  void collect(std::span<const Spike> spikes) override {
    for (const auto& spike : spikes) note(spike.step, spike.neuron - first_source_);
  }

  void deliver(Step step, float* row) override {
    for (auto& trace : traces_) trace = trace > forgotten_arrivals ? trace * decay_ : 0.0f;
    auto& due = this->due(step);
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
    visit_weights(weights_, visitor);
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
    const auto begin = begin_of(source), end = end_of(source);
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

  Step longest_lead() const noexcept override { return longest_delay; }  // target spikes play no part
  std::uint64_t synapse_bytes() const noexcept override {
    return weights_.size() * bytes_per_synapse + segments_.size() * (sizeof(Segment) + 4) + rows_.size() * 4;
  }

 private:
  float decay_ = 0, arrival_ = 0;
  double eta_ = 0;
  std::vector<float> traces_;   // by segment
  std::vector<float> weights_;  // times the sign of the projection
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
