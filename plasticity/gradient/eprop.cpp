/// Forward run of an e-prop network and the gradient from its eligibilities.
#include "plasticity/gradient/eprop.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "core/random.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t lane = 16;  // rows are padded to whole vectors

/// Streams of `Purpose::weight` for the weights of a network, and of `Purpose::task` for permutations.
enum Stream : std::uint32_t { in_stream = 1, recurrent_stream, out_stream, feedback_stream, permutation_stream };

template <class Real>
void draw_normal(std::uint64_t seed, Stream stream, double sd, std::span<Real> column) {
  for (std::size_t k = 0; k < column.size(); ++k) {
    const auto bits = draw(seed, Purpose::weight, stream, k);
    column[k] = static_cast<Real>(sd * normal_quantile(uniform(bits[0], bits[1])));
  }
}

template <class Real>
void add_row(const Real* __restrict row, std::size_t size, Real* __restrict sum) {
  for (std::size_t j = 0; j < size; ++j) sum[j] += row[j];
}

}  // namespace

template <class Real>
EpropNetwork<Real>::EpropNetwork(const EpropShape& size, const EpropParams& params, Surrogate shape_of_surrogate,
                                 double resolution_ms)
    : shape(size), resolution(resolution_ms) {
  const auto real = [](double x) { return static_cast<Real>(x); };
  surrogate = {shape_of_surrogate, real(params.gamma), real(params.sharpness), real(params.v_th)};
  alpha = real(std::exp(-resolution / params.tau_m));
  kappa = real(std::exp(-resolution / params.tau_out));
  rho = real(std::exp(-resolution / params.tau_a));
  v_th = real(params.v_th);
  steps_ref = real(std::round(params.t_ref / resolution));
  beta.assign(shape.neurons, Real{0});
  std::fill(beta.end() - std::min(shape.adaptive, shape.neurons), beta.end(), real(params.beta));
  weights.assign(sources() * shape.neurons + out_size() + shape.outputs, Real{0});
  feedback.assign(out_size(), Real{0});
}

template <class Real>
void EpropNetwork<Real>::randomise(std::uint64_t seed) {
  const std::size_t n = shape.neurons, in = std::size_t{shape.inputs} * n;
  draw_normal(seed, in_stream, 1 / std::sqrt(std::max(1.0, static_cast<double>(shape.inputs))), synapses().first(in));
  const double sd = 1 / std::sqrt(std::max(1.0, static_cast<double>(shape.neurons)));
  draw_normal(seed, recurrent_stream, sd, synapses().subspan(in));
  for (std::size_t j = 0; j < n; ++j) synapses()[in + j * n + j] = 0;
  draw_normal(seed, out_stream, sd, out());
  draw_normal(seed, feedback_stream, sd, std::span<Real>(feedback));
  std::fill(bias().begin(), bias().end(), Real{0});
}

template <class Real>
void EpropNetwork<Real>::make_feedback_symmetric() {
  const auto readout = out();
  for (std::size_t k = 0; k < shape.outputs; ++k)
    for (std::size_t j = 0; j < shape.neurons; ++j) feedback[k * shape.neurons + j] = readout[j * shape.outputs + k];
}

template <class Real>
void run_forward(const EpropNetwork<Real>& network, const SpikeRaster& input, EpropHistory<Real>& history) {
  const std::size_t n = network.shape.neurons, outputs = network.shape.outputs, steps = input.steps();
  const Real* const synapses = network.synapses().data();
  const Real* const recurrent = synapses + std::size_t{network.shape.inputs} * n;
  const Real* const out = network.out().data();
  const Real alpha = network.alpha, kappa = network.kappa, rho = network.rho, v_th = network.v_th;
  history.steps = steps;
  history.stride = (n + lane - 1) / lane * lane;
  history.spikes.clear();
  history.psi.assign(steps * history.stride, Real{0});
  history.signal.assign(steps * history.stride, Real{0});
  history.output.assign(steps * outputs, Real{0});
  history.error.assign(steps * outputs, Real{0});
  aligned_vector<Real> v(n), a(n), z(n), held(n);
  std::vector<Real> y(outputs);

  network.surrogate.visit([&](const auto slope) {
    for (std::size_t t = 0; t < steps; ++t) {
      // 1. membrane and threshold of the last step decay; its spikes reset and adapt
      for (std::size_t j = 0; j < n; ++j) {
        v[j] = alpha * v[j] - v_th * z[j];
        a[j] = rho * a[j] + z[j];
      }
      // 2. arrivals, sources ascending: recurrent spikes of the last step, inputs of this one
      for (const auto i : history.spikes.at(static_cast<std::ptrdiff_t>(t) - 1))
        add_row(recurrent + i * n, n, v.data());
      for (const auto i : input.at(static_cast<std::ptrdiff_t>(t))) add_row(synapses + i * n, n, v.data());
      // 3. spikes and pseudo-derivatives
      Real* const psi = history.psi.data() + t * history.stride;
      for (std::size_t j = 0; j < n; ++j) {
        const Real distance = v[j] - (v_th + network.beta[j] * a[j]);
        const bool free = held[j] <= 0;
        const bool spiked = free & (distance >= 0);
        psi[j] = free ? slope(distance < 0 ? -distance : distance) : Real{0};
        held[j] = spiked ? network.steps_ref : larger(held[j] - 1, Real{0});
        z[j] = spiked ? Real{1} : Real{0};
      }
      for (std::size_t j = 0; j < n; ++j)
        if (z[j] != 0) history.spikes.add(static_cast<std::uint32_t>(j));
      history.spikes.end_step();
      // 4. readout, neurons ascending
      for (std::size_t k = 0; k < outputs; ++k) y[k] = kappa * y[k] + network.bias()[k];
      for (const auto j : history.spikes.at(static_cast<std::ptrdiff_t>(t)))
        add_row(out + j * outputs, outputs, y.data());
      std::copy(y.begin(), y.end(), history.output.begin() + static_cast<std::ptrdiff_t>(t * outputs));
    }
  });
}

template <class Real>
void spread_errors(const EpropNetwork<Real>& network, EpropHistory<Real>& history) {
  const std::size_t n = network.shape.neurons, outputs = network.shape.outputs;
  for (std::size_t t = 0; t < history.steps; ++t) {
    Real* const signal = history.signal.data() + t * history.stride;
    std::fill_n(signal, n, Real{0});
    for (std::size_t k = 0; k < outputs; ++k) {
      const Real error = history.error[t * outputs + k];
      const Real* const row = network.feedback.data() + k * n;
      if (error != 0)
        for (std::size_t j = 0; j < n; ++j) signal[j] += error * row[j];
    }
  }
}

template <class Real>
void permute_signals(EpropHistory<Real>& history, std::uint64_t seed) {
  std::vector<std::size_t> order(history.steps);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t t = history.steps; t > 1; --t) {  // Fisher and Yates
    const auto bits = draw(seed, Purpose::task, permutation_stream, t);
    std::swap(order[t - 1], order[below(t, bits[0], bits[1])]);
  }
  const auto original = history.signal;
  for (std::size_t t = 0; t < history.steps; ++t)
    std::copy_n(original.begin() + static_cast<std::ptrdiff_t>(order[t] * history.stride), history.stride,
                history.signal.begin() + static_cast<std::ptrdiff_t>(t * history.stride));
}

namespace {

/// Traces of a block of sources over a trial: p [steps][eprop_block], and the first step in which any is not zero.
template <class Real>
struct SourceTraces {
  std::vector<Real> p;
  std::size_t first = 0;
};

template <class Real>
SourceTraces<Real> source_traces(const EpropNetwork<Real>& network, const SpikeTrains& input, const SpikeTrains& spikes,
                                 std::size_t first_source, std::size_t count, std::size_t steps) {
  SourceTraces<Real> traces{std::vector<Real>(steps * eprop_block), steps};
  for (std::size_t r = 0; r < count; ++r) {
    const std::size_t source = first_source + r, inputs = network.shape.inputs;
    const auto train = source < inputs ? input.of(source) : spikes.of(source - inputs);
    const std::size_t delay = source < inputs ? 0 : 1;
    if (train.empty()) continue;
    traces.first = std::min<std::size_t>(traces.first, train.front() + delay);
    Real p = 0;
    auto next = train.begin();
    for (std::size_t t = train.front() + delay; t < steps; ++t) {
      p *= network.alpha;
      for (; next != train.end() && *next + delay == t; ++next) p += 1;
      traces.p[t * eprop_block + r] = p;
    }
  }
  return traces;
}

/// The loop everything is about: one step of the eligibilities of one source, over all targets.
template <bool adaptive, bool regular, class Real>
[[gnu::always_inline]] inline void advance_row(std::size_t width, Real p, Real rho, Real kappa,
                                               const Real* __restrict psi, const Real* __restrict signal,
                                               const Real* __restrict beta, const Real* __restrict rate_error,
                                               Real* __restrict eps, Real* __restrict ebar, Real* __restrict sum) {
  for (std::size_t j = 0; j < width; ++j) {
    Real e = psi[j] * p;
    if constexpr (adaptive) {
      e = psi[j] * (p - beta[j] * eps[j]);
      eps[j] = rho * eps[j] + e;
    }
    const Real filtered = kappa * ebar[j] + e;
    ebar[j] = filtered;
    if constexpr (regular)
      sum[j] += signal[j] * filtered + rate_error[j] * e;
    else
      sum[j] += signal[j] * filtered;
  }
}

/// Eligibilities of one block over a whole trial; sum [eprop_block][stride] is the gradient.
template <bool adaptive, bool regular, class Real>
void advance_block(const EpropNetwork<Real>& network, const EpropHistory<Real>& history,
                   const SourceTraces<Real>& traces, const Real* beta, const Real* rate_error, std::size_t count,
                   Real* sum) {
  const std::size_t stride = history.stride;
  aligned_vector<Real> eps(adaptive ? eprop_block * stride : 0), ebar(eprop_block * stride);
  for (std::size_t t = traces.first; t < history.steps; ++t)
    for (std::size_t r = 0; r < count; ++r)
      advance_row<adaptive, regular>(stride, traces.p[t * eprop_block + r], network.rho, network.kappa,
                                     history.psi.data() + t * stride, history.signal.data() + t * stride, beta,
                                     rate_error, eps.data() + (adaptive ? r * stride : 0), ebar.data() + r * stride,
                                     sum + r * stride);
}

}  // namespace

template <class Real>
void add_synapse_gradient(const EpropNetwork<Real>& network, const SpikeTrains& input, const SpikeTrains& spikes,
                          const EpropHistory<Real>& history, std::span<const Real> rate_error, std::size_t block,
                          std::span<Real> gradient) {
  const std::size_t n = network.shape.neurons, stride = history.stride, first = block * eprop_block;
  const std::size_t count = std::min(eprop_block, network.sources() - first);
  const auto traces = source_traces(network, input, spikes, first, count, history.steps);
  aligned_vector<Real> beta(stride), rates(stride), sum(eprop_block * stride);
  std::copy(network.beta.begin(), network.beta.end(), beta.begin());
  std::copy(rate_error.begin(), rate_error.end(), rates.begin());
  const bool adaptive = network.shape.adaptive > 0, regular = !rate_error.empty();
  const auto advance = adaptive ? (regular ? advance_block<true, true, Real> : advance_block<true, false, Real>)
                                : (regular ? advance_block<false, true, Real> : advance_block<false, false, Real>);
  advance(network, history, traces, beta.data(), rates.data(), count, sum.data());
  for (std::size_t r = 0; r < count; ++r) {
    Real* const row = gradient.data() + (first + r) * n;
    for (std::size_t j = 0; j < n; ++j) row[j] += sum[r * stride + j];
    if (first + r >= network.shape.inputs) row[first + r - network.shape.inputs] = 0;  // no autapse
  }
}

template <class Real>
void add_readout_gradient(const EpropNetwork<Real>& network, const EpropHistory<Real>& history,
                          std::span<Real> gradient) {
  const std::size_t n = network.shape.neurons, outputs = network.shape.outputs;
  Real* const out = gradient.data() + network.sources() * n;
  Real* const bias = out + n * outputs;
  aligned_vector<Real> trace(n);
  Real bias_trace = 0;
  for (std::size_t t = 0; t < history.steps; ++t) {
    for (auto& x : trace) x *= network.kappa;
    for (const auto j : history.spikes.at(static_cast<std::ptrdiff_t>(t))) trace[j] += 1;
    bias_trace = network.kappa * bias_trace + 1;
    const Real* const error = history.error.data() + t * outputs;
    if (std::all_of(error, error + outputs, [](Real e) { return e == 0; })) continue;
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t k = 0; k < outputs; ++k) out[j * outputs + k] += trace[j] * error[k];
    for (std::size_t k = 0; k < outputs; ++k) bias[k] += bias_trace * error[k];
  }
}

template struct EpropNetwork<float>;
template struct EpropNetwork<double>;
#define SPIKELOOM_EPROP(Real)                                                                                         \
  template void run_forward(const EpropNetwork<Real>&, const SpikeRaster&, EpropHistory<Real>&);                      \
  template void spread_errors(const EpropNetwork<Real>&, EpropHistory<Real>&);                                        \
  template void permute_signals(EpropHistory<Real>&, std::uint64_t);                                                  \
  template void add_synapse_gradient(const EpropNetwork<Real>&, const SpikeTrains&, const SpikeTrains&,               \
                                     const EpropHistory<Real>&, std::span<const Real>, std::size_t, std::span<Real>); \
  template void add_readout_gradient(const EpropNetwork<Real>&, const EpropHistory<Real>&, std::span<Real>);
SPIKELOOM_EPROP(float)
SPIKELOOM_EPROP(double)
#undef SPIKELOOM_EPROP

}  // namespace spikeloom
