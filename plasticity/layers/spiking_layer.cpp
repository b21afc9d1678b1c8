/// One step of a population: rows of weights are added for the spikes that arrive, then all neurons move side by side.
#include "plasticity/layers/spiking_layer.hpp"

#include <algorithm>
#include <utility>

#include "core/models/lif_psc_delta.hpp"
#include "core/models/select.hpp"
#include "core/sweep.hpp"
#include "plasticity/layers/product.hpp"

namespace spikeloom {
namespace {

LifPscDelta::Propagator<float> propagator_of(const SpikingNeurons& neurons) {
  return LifPscDelta::prepare<float>({.tau_m = neurons.tau_m, .e_l = 0, .v_th = 1, .v_reset = 0, .t_ref = 0, .i_e = 0},
                                     neurons.resolution);
}

/// What changes during a presentation, one number per unit.
struct Membranes {
  explicit Membranes(std::size_t units) : v_m(units), arrived(units), fired(units) {}
  aligned_vector<float> v_m, arrived;
  aligned_vector<std::uint32_t> fired;  // 0 or 1
};

void deliver(std::span<const std::uint32_t> sources, const Matrix<float>& weights, float* __restrict arrived) {
  const auto units = weights.columns();
  for (const auto source : sources) {
    const float* __restrict row = weights.row(source).data();
    for (std::size_t i = 0; i < units; ++i) arrived[i] += row[i];
  }
}

void advance_membranes(const LifPscDelta::Propagator<float>& propagator, float steepness, Membranes& membranes,
                       std::span<float> spikes, std::span<float> readiness) {
  float* __restrict v_m = membranes.v_m.data(), * __restrict arrived = membranes.arrived.data();
  float* __restrict count = spikes.data(), * __restrict ready = readiness.data();
  std::uint32_t* __restrict fired = membranes.fired.data();
  const auto h = propagator;
  const auto units = spikes.size();
  SPIKELOOM_INDEPENDENT
  for (std::size_t i = 0; i < units; ++i) {
    LifPscDelta::State<float, 1> neuron{v_m[i], 0};
    const bool spiked = LifPscDelta::advance<float, 1>(h, neuron, {arrived[i]}, 0.0f);
    arrived[i] = 0;
    v_m[i] = neuron.v_m;
    fired[i] = spiked ? 1 : 0;
    count[i] += spiked ? 1.0f : 0.0f;
    const float near = larger(0.0f, 1 - (1 - neuron.v_m) * steepness);
    ready[i] += spiked ? 1.0f : near;
  }
}

void append_spikes(std::span<const std::uint32_t> fired, SpikeRaster& out) {
  for (std::uint32_t i = 0; i < fired.size(); ++i)
    if (fired[i] != 0) out.add(i);
  out.end_step();
}

void multiply_all(std::span<float> values, double factor) {
  for (auto& value : values) value *= static_cast<float>(factor);
}

}  // namespace

SpikingLayer::SpikingLayer(std::string name, std::size_t inputs, std::size_t units, const SpikingNeurons& neurons,
                           const LinearOptions& start)
    : name_(std::move(name)), neurons_(neurons), weights_(inputs, units), gradient_(inputs, units) {
  start_weights(weights_.values(), inputs, start);
}

void SpikingLayer::present(const SpikeRaster& in, SpikeRaster& out, std::span<float> activity,
                           std::span<float> readiness) const {
  const auto propagator = propagator_of(neurons_);
  const auto steepness = static_cast<float>(1 / neurons_.width);
  Membranes membranes(units());
  std::fill(activity.begin(), activity.end(), 0.0f);
  std::fill(readiness.begin(), readiness.end(), 0.0f);
  out.clear();
  for (std::size_t step = 0; step < in.steps(); ++step) {
    deliver(in.at(static_cast<std::ptrdiff_t>(step)), weights_, membranes.arrived.data());
    advance_membranes(propagator, steepness, membranes, activity, readiness);
    append_spikes(membranes.fired, out);
  }
  multiply_all(activity, 1 / neurons_.duration);
  multiply_all(readiness, 1 / static_cast<double>(in.steps()));
}

void SpikingLayer::learn(const Matrix<float>& inputs, Matrix<float>& by_activity, const Matrix<float>& readiness,
                         int threads) {
  const auto ready = readiness.values();
  auto by_input = by_activity.values();
  for (std::size_t k = 0; k < ready.size(); ++k) by_input[k] *= ready[k];
  multiply(inputs.view().transposed(), std::as_const(by_activity).view(), gradient_.view(), Onto::zero, threads);
}

SpikingNetwork::SpikingNetwork(const std::string& name, std::span<const std::size_t> widths,
                               const SpikingNeurons& neurons, LinearOptions start, double first_scale)
    : neurons_(neurons), activity_(widths.size()), readiness_(widths.size()) {
  const double scale = start.scale;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    start.scale = l == 0 ? first_scale * scale : scale;
    layers_.emplace_back(name + "_" + std::to_string(l + 1) + "_weights", widths[l], widths[l + 1], neurons, start);
    ++start.stream;
  }
}

void SpikingNetwork::begin(std::size_t presentations) {
  activity_[0].resize(presentations, layers_[0].weights().rows());
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    activity_[l + 1].resize(presentations, layers_[l].units());
    readiness_[l + 1].resize(presentations, layers_[l].units());
  }
}

void SpikingNetwork::present(std::size_t row, SpikeRaster spikes, std::vector<SpikeRaster>* rasters) {
  const auto counts = spikes.counts(activity_[0].columns());
  std::transform(counts.begin(), counts.end(), activity_[0].row(row).begin(),
                 [&](std::uint32_t count) { return static_cast<float>(count / neurons_.duration); });
  SpikeRaster next;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    layers_[l].present(spikes, next, activity_[l + 1].row(row), readiness_[l + 1].row(row));
    if (rasters) rasters->push_back(spikes);
    std::swap(spikes, next);
  }
  if (rasters) rasters->push_back(std::move(spikes));
}

void SpikingNetwork::learn(std::size_t level, Matrix<float>& by_activity, int threads) {
  layers_[level - 1].learn(activity_[level - 1], by_activity, readiness_[level], threads);
}

std::vector<Parameter<float>> SpikingNetwork::parameters() {
  std::vector<Parameter<float>> all;
  for (auto& layer : layers_) all.push_back(layer.parameter());
  return all;
}

SpikeRaster spikes_of(std::span<const float> values, double rate, bool off_cells, const SpikingNeurons& neurons) {
  const auto cells = (off_cells ? 2 : 1) * values.size();
  const auto gain = static_cast<float>(rate * neurons.resolution);
  std::vector<float> phase(cells, 0.5f), increment(cells);
  for (std::size_t j = 0; j < cells; ++j) {
    const float value = j < values.size() ? values[j] : -values[j - values.size()];
    increment[j] = within(gain * value, 0.0f, 1.0f);
  }
  SpikeRaster spikes;
  for (std::size_t step = 0; step < neurons.steps(); ++step) {
    for (std::uint32_t j = 0; j < cells; ++j) {
      phase[j] += increment[j];
      if (phase[j] < 1) continue;
      phase[j] -= 1;
      spikes.add(j);
    }
    spikes.end_step();
  }
  return spikes;
}

}  // namespace spikeloom
