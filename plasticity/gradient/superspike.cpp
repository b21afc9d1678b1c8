/// Forward run of a SuperSpike network, its errors, and the gradient from its eligibilities.
#include "plasticity/gradient/superspike.hpp"

#include <algorithm>
#include <cmath>

#include "core/flush_denormals.hpp"
#include "core/models/select.hpp"
#include "core/parallel.hpp"
#include "core/random.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t lane = 16;  // rows are padded to whole vectors
constexpr std::size_t block_rows = 8;
constexpr std::uint32_t weight_stream = 10, feedback_stream = 20;  // of Purpose::weight

double normal(std::uint64_t seed, std::uint32_t stream, std::uint64_t k) {
  const auto bits = draw(seed, Purpose::weight, stream, k);
  return normal_quantile(uniform(bits[0], bits[1]));
}

/// Runs one layer of neurons through a trial.
template <class Real>
void run_layer(const SuperSpikeNetwork<Real>& network, std::size_t index, const SpikeRaster& input,
               typename SuperSpikeHistory<Real>::Layer& layer) {
  const std::size_t n = network.targets(index), steps = input.steps();
  const Real* const weights = network.layer(index).data();
  const Real v_th = network.v_th, beta = network.beta, steps_ref = static_cast<Real>(network.steps_ref);
  const auto potential = network.potential;
  layer.stride = (n + lane - 1) / lane * lane;
  layer.spikes.clear();
  layer.slope.assign(steps * layer.stride, Real{0});
  layer.error.assign(steps * layer.stride, Real{0});
  aligned_vector<Real> arrived(n), rise(n), u(n), held(n), fired(n);
  for (std::size_t t = 0; t < steps; ++t) {
    std::fill(arrived.begin(), arrived.end(), Real{0});
    for (const auto j : input.at(static_cast<std::ptrdiff_t>(t)))
      for (std::size_t i = 0; i < n; ++i) arrived[i] += weights[j * n + i];
    Real* const slope = layer.slope.data() + t * layer.stride;
    for (std::size_t i = 0; i < n; ++i) {
      Real value = u[i];
      potential.advance(arrived[i], rise[i], value);
      const bool free = held[i] <= 0;
      value = free ? value : Real{0};
      const bool spiked = value >= v_th;
      const Real distance = 1 + beta * (value < v_th ? v_th - value : value - v_th);
      slope[i] = 1 / (distance * distance);
      u[i] = spiked ? Real{0} : value;
      held[i] = spiked ? steps_ref : larger(held[i] - 1, Real{0});
      fired[i] = spiked ? Real{1} : Real{0};
    }
    for (std::size_t i = 0; i < n; ++i)
      if (fired[i] != 0) layer.spikes.add(static_cast<std::uint32_t>(i));
    layer.spikes.end_step();
  }
}

/// Adds error times eligibility for sources [first, first + count) of a layer to their rows of `gradient`.
template <class Real>
void add_rows(const SuperSpikeNetwork<Real>& network, std::size_t index, const SpikeTrains& input,
              const SuperSpikeHistory<Real>& history, std::size_t first, std::size_t count, Real* gradient) {
  const auto& layer = history.layers[index];
  const std::size_t n = network.targets(index), stride = layer.stride;
  const auto filter = network.filter;
  aligned_vector<Real> rise(block_rows * stride), value(block_rows * stride), sum(block_rows * stride);
  struct Source {
    std::span<const std::uint32_t> train;
    Real rise = 0, potential = 0;
  };
  std::array<Source, block_rows> sources;
  for (std::size_t r = 0; r < count; ++r) sources[r].train = input.of(first + r);
  for (std::size_t t = 0; t < history.steps; ++t) {
    const Real* __restrict slope = layer.slope.data() + t * stride;
    const Real* __restrict error = layer.error.data() + t * stride;
    for (std::size_t r = 0; r < count; ++r) {
      auto& source = sources[r];
      Real spikes = 0;
      for (; !source.train.empty() && source.train.front() == t; source.train = source.train.subspan(1)) spikes += 1;
      network.potential.advance(spikes, source.rise, source.potential);
      Real* __restrict one_rise = rise.data() + r * stride;
      Real* __restrict one_value = value.data() + r * stride;
      Real* __restrict one_sum = sum.data() + r * stride;
      const Real potential = source.potential;
      for (std::size_t i = 0; i < stride; ++i) {
        filter.advance(slope[i] * potential, one_rise[i], one_value[i]);
        one_sum[i] -= error[i] * one_value[i];
      }
    }
  }
  for (std::size_t r = 0; r < count; ++r)
    for (std::size_t i = 0; i < n; ++i) gradient[(first + r) * n + i] += sum[r * stride + i];
}

}  // namespace

template <class Real>
SuperSpikeNetwork<Real>::SuperSpikeNetwork(std::uint32_t input_count, std::uint32_t hidden_count,
                                           std::uint32_t output_count, const SuperSpikeParams& params,
                                           double resolution_ms)
    : inputs(input_count),
      hidden(hidden_count),
      outputs(output_count),
      potential(DoubleExponential<Real>::make(params.tau_syn, params.tau_m, resolution_ms)),
      filter(DoubleExponential<Real>::make(params.tau_rise, params.tau_decay, resolution_ms)),
      v_th(static_cast<Real>(params.v_th)),
      beta(static_cast<Real>(params.beta)),
      steps_ref(std::round(params.t_ref / resolution_ms)),
      resolution(resolution_ms),
      weights(hidden > 0 ? std::size_t{hidden} * (inputs + outputs) : std::size_t{inputs} * outputs),
      feedback(std::size_t{hidden} * outputs) {}

template <class Real>
void SuperSpikeNetwork<Real>::randomise(double mean, double sd, SpikeFeedback kind, std::uint64_t seed) {
  for (std::size_t index = 0; index < layers(); ++index) {
    const double count = sources(index);
    const auto column = layer(index);
    const auto stream = weight_stream + static_cast<std::uint32_t>(index);
    for (std::size_t k = 0; k < column.size(); ++k)
      column[k] = static_cast<Real>(mean / count + sd / std::sqrt(count) * normal(seed, stream, k));
  }
  for (std::size_t k = 0; k < feedback.size(); ++k)
    feedback[k] = kind == SpikeFeedback::uniform ? Real{1} : static_cast<Real>(normal(seed, feedback_stream, k));
  if (kind == SpikeFeedback::symmetric) make_feedback_symmetric();
}

template <class Real>
void SuperSpikeNetwork<Real>::make_feedback_symmetric() {
  const auto last = layer(layers() - 1);
  for (std::size_t k = 0; k < outputs; ++k)
    for (std::size_t i = 0; i < hidden; ++i) feedback[k * hidden + i] = last[i * outputs + k];
}

template <class Real>
void run_forward(const SuperSpikeNetwork<Real>& network, const SpikeRaster& input, SuperSpikeHistory<Real>& history) {
  const FlushDenormals flush;
  history.steps = input.steps();
  history.layers.resize(network.layers());
  for (std::size_t index = 0; index < network.layers(); ++index)
    run_layer(network, index, index == 0 ? input : history.layers[index - 1].spikes, history.layers[index]);
}

template <class Real>
double spread_errors(const SuperSpikeNetwork<Real>& network, const SpikeRaster& target,
                     SuperSpikeHistory<Real>& history) {
  const FlushDenormals flush;
  auto& last = history.layers.back();
  const std::size_t outputs = network.outputs, hidden = network.hidden;
  std::vector<Real> rise(outputs), error(outputs), difference(outputs);
  double distance = 0;
  for (std::size_t t = 0; t < history.steps; ++t) {
    std::fill(difference.begin(), difference.end(), Real{0});
    for (const auto k : target.at(static_cast<std::ptrdiff_t>(t))) difference[k] += 1;
    for (const auto k : last.spikes.at(static_cast<std::ptrdiff_t>(t))) difference[k] -= 1;
    for (std::size_t k = 0; k < outputs; ++k) {
      network.filter.advance(difference[k], rise[k], error[k]);
      last.error[t * last.stride + k] = error[k];
      distance += static_cast<double>(error[k]) * static_cast<double>(error[k]) * network.resolution;
    }
    if (hidden == 0) continue;
    auto& first = history.layers.front();
    Real* const signal = first.error.data() + t * first.stride;
    for (std::size_t k = 0; k < outputs; ++k)
      for (std::size_t i = 0; i < hidden; ++i) signal[i] += error[k] * network.feedback[k * hidden + i];
  }
  return distance;
}

template <class Real>
void average_slopes(SuperSpikeHistory<Real>& history) {
  for (auto& layer : history.layers) {
    std::vector<double> mean(layer.stride);
    for (std::size_t k = 0; k < layer.slope.size(); ++k) mean[k % layer.stride] += static_cast<double>(layer.slope[k]);
    for (auto& x : mean) x /= static_cast<double>(history.steps);
    for (std::size_t k = 0; k < layer.slope.size(); ++k) layer.slope[k] = static_cast<Real>(mean[k % layer.stride]);
  }
}

template <class Real>
void add_gradient(const SuperSpikeNetwork<Real>& network, const SpikeRaster& input,
                  const SuperSpikeHistory<Real>& history, std::span<Real> gradient, int threads) {
  std::size_t offset = 0;
  for (std::size_t index = 0; index < network.layers(); ++index) {
    const std::size_t sources = network.sources(index);
    const SpikeTrains trains(index == 0 ? input : history.layers[index - 1].spikes, sources);
    for_each_index(static_cast<std::size_t>(threads), (sources + block_rows - 1) / block_rows, [&](std::size_t block) {
      const FlushDenormals flush;
      const std::size_t first = block * block_rows;
      add_rows(network, index, trains, history, first, std::min(block_rows, sources - first), gradient.data() + offset);
    });
    offset += sources * network.targets(index);
  }
}

template <class Real>
double van_rossum_distance(const DoubleExponential<Real>& filter, const SpikeRaster& a, const SpikeRaster& b,
                           std::size_t neurons, double resolution) {
  std::vector<Real> rise(neurons), value(neurons), difference(neurons);
  double distance = 0;
  for (std::size_t t = 0; t < a.steps(); ++t) {
    std::fill(difference.begin(), difference.end(), Real{0});
    for (const auto k : a.at(static_cast<std::ptrdiff_t>(t))) difference[k] += 1;
    for (const auto k : b.at(static_cast<std::ptrdiff_t>(t))) difference[k] -= 1;
    for (std::size_t k = 0; k < neurons; ++k) {
      filter.advance(difference[k], rise[k], value[k]);
      distance += static_cast<double>(value[k]) * static_cast<double>(value[k]) * resolution;
    }
  }
  return distance;
}

#define SPIKELOOM_SUPERSPIKE(Real)                                                                               \
  template struct SuperSpikeNetwork<Real>;                                                                       \
  template void run_forward(const SuperSpikeNetwork<Real>&, const SpikeRaster&, SuperSpikeHistory<Real>&);       \
  template double spread_errors(const SuperSpikeNetwork<Real>&, const SpikeRaster&, SuperSpikeHistory<Real>&);   \
  template void average_slopes(SuperSpikeHistory<Real>&);                                                        \
  template void add_gradient(const SuperSpikeNetwork<Real>&, const SpikeRaster&, const SuperSpikeHistory<Real>&, \
                             std::span<Real>, int);                                                              \
  template double van_rossum_distance(const DoubleExponential<Real>&, const SpikeRaster&, const SpikeRaster&,    \
                                      std::size_t, double);
SPIKELOOM_SUPERSPIKE(float)
SPIKELOOM_SUPERSPIKE(double)
#undef SPIKELOOM_SUPERSPIKE

}  // namespace spikeloom
