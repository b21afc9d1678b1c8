/// The batch pass, in phases: what is written above a loop over samples or sources is complete before it begins.
///
///   forward, per layer:   kernels | drives, moments (samples) | statistics | normalise, fire, drop (samples)
///   backward, per layer:  normalisation undone (samples) | kernels' gradients (sources) | spikes', potentials'
///                         gradients of the layer below (samples)
#include <algorithm>
#include <cmath>

#include "core/flush_denormals.hpp"
#include "core/parallel.hpp"
#include "core/random.hpp"
#include "plasticity/dcls/network.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t dropout_stream = 0x2010;
constexpr double momentum = 0.1;

/// Tails of narrow bumps are numbers so small that they would cost a hundred times as much: they count as 0.
template <class Body>
void each(int threads, std::size_t count, const Body& body) {
  for_each_index(static_cast<std::size_t>(threads), count, [&](std::size_t i) {
    const FlushDenormals flush;
    body(i);
  });
}

}  // namespace

template <class Real>
void DclsPass<Real>::build_kernels(std::size_t l) {
  const auto& layer = network_.layers[l];
  const auto& shape = layer.shape;
  auto& work = work_[l];
  work.kernels.resize(shape.sources * shape.row());
  work.by_source.resize(l > 0 ? work.kernels.size() : 0);
  each(options_.threads, shape.sources, [&](std::size_t i) {
    KernelBuilder<Real> builder(shape);
    const auto first = layer.first_synapse + i * shape.per_source();
    const auto weights = std::span(network_.weights).subspan(first, shape.per_source());
    const auto positions = std::span(network_.positions).subspan(first, shape.per_source());
    const auto kernel = part(work.kernels, i, shape.row());
    if (options_.kernels.single_taps)
      builder.single_taps(weights, positions, kernel);
    else
      builder.bumps(weights, positions, static_cast<Real>(options_.kernels.sigma), kernel);
    if (l > 0)
      for (std::size_t x = 0; x < kernel.size(); ++x) work.by_source[x * shape.sources + i] = kernel[x];
  });
}

template <class Real>
void DclsPass<Real>::add_drives(std::size_t l) {
  const auto& layer = network_.layers[l];
  const auto n = layer.shape.targets;
  auto& work = work_[l];
  work.drive.resize(inputs_.size() * layer.rows() * n);
  work.sums.resize(inputs_.size());
  const bool moments = layer.hidden && network_.config.normalise && options_.mode == Mode::training;
  each(options_.threads, inputs_.size(), [&](std::size_t b) {
    const auto drive = part(work.drive, b, layer.rows() * n);
    std::fill(drive.begin(), drive.end(), Real{0});
    const auto& input = input_of(l, b);
    for (std::size_t i = 0; i < layer.shape.sources; ++i)
      add_drive<Real>(input, i, part(work.kernels, i, layer.shape.row()), n, drive);
    if (!moments) return;
    work.sums[b].reset(n);
    add_moments<Real>(drive.first(layer.steps_out * n), work.sums[b]);
  });
}

template <class Real>
void DclsPass<Real>::normalise(std::size_t l) {
  const auto& layer = network_.layers[l];
  const auto n = layer.shape.targets, first = layer.first_channel;
  auto& work = work_[l];
  if (options_.mode == Mode::training) {
    ChannelSums all;
    all.reset(n);
    for (const auto& sums : work.sums) all.add(sums);
    const double count = static_cast<double>(inputs_.size() * layer.steps_out);
    work.batch_mean.assign(n, 0.0);
    work.batch_variance.assign(n, 0.0);
    for (std::size_t j = 0; j < n; ++j) {
      work.batch_mean[j] = all.a[j] / count;
      work.batch_variance[j] = std::max(0.0, all.b[j] / count - work.batch_mean[j] * work.batch_mean[j]);
    }
  } else {
    const auto at = static_cast<std::ptrdiff_t>(first), end = static_cast<std::ptrdiff_t>(first + n);
    work.batch_mean.assign(network_.mean.begin() + at, network_.mean.begin() + end);
    work.batch_variance.assign(network_.variance.begin() + at, network_.variance.begin() + end);
  }
  work.normaliser = Normaliser<Real>(work.batch_mean, work.batch_variance, std::span(network_.gamma).subspan(first, n),
                                     std::span(network_.beta).subspan(first, n));
}

/// Sample names of dropout are those of the batch: (update, place in the batch).
template <class Real>
void DclsPass<Real>::draw_dropout(std::size_t l, std::size_t b) {
  const auto n = network_.layers[l].shape.targets;
  const auto kept = part(work_[l].kept, b, n);
  const double p = options_.mode == Mode::training ? network_.config.dropout : 0;
  const auto id = (options_.update << 20) + b;
  for (std::size_t j = 0; j < n; ++j) {
    const bool dropped =
        p > 0 && uniform(draw(options_.seed, Purpose::task, dropout_stream + static_cast<std::uint32_t>(l), id,
                              static_cast<std::uint32_t>(j))[0]) < p;
    kept[j] = dropped ? Real{0} : static_cast<Real>(1 / (1 - p));
  }
}

template <class Real>
void DclsPass<Real>::fire(std::size_t l, std::size_t b) {
  const auto& layer = network_.layers[l];
  const auto n = layer.shape.targets, size = layer.steps_out * n;
  auto& work = work_[l];
  const auto drive = part(work.drive, b, layer.rows() * n).first(size);
  const auto potential = part(work.potential, b, size);
  if (layer.hidden && network_.config.normalise)
    work.normaliser.apply(drive, potential);
  else
    std::copy(drive.begin(), drive.end(), potential.begin());
  const auto neuron = network_.neuron_of(layer);
  std::vector<Real> state(n);
  integrate<Real>(neuron, layer.steps_out, n, potential, state);
  if (!layer.hidden) return;
  draw_dropout(l, b);
  const auto kept = part(work.kept, b, n);
  auto& spikes = work.spikes[b];
  spikes.clear();
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t t = 0; t < layer.steps_out && kept[j] != 0; ++t)
      if (potential[t * n + j] >= neuron.v_th) spikes.add(t, kept[j]);
    spikes.end_source();
  }
}

/// The answer, and in training the gradient by the input of the last layer.
template <class Real>
void DclsPass<Real>::read_sample(std::size_t b, std::span<const std::int32_t> labels, std::span<DclsAnswer> answers) {
  const auto& layer = network_.layers.back();
  const auto n = layer.shape.targets, size = layer.steps_out * n;
  auto& work = work_.back();
  const std::span<const Real> potential = part(work.potential, b, size);
  const auto neuron = network_.neuron_of(layer);
  const bool training = options_.mode == Mode::training, counts = network_.config.readout == DclsReadout::spike_count;
  const auto gradient = training ? part(work.gradient, b, layer.rows() * n) : std::span<Real>{};
  std::vector<Real> spikes;
  if (counts)
    for (const auto h : potential) spikes.push_back(h >= neuron.v_th ? Real{1} : Real{0});
  answers[b] = read_out<Real>(network_.config.readout, counts ? std::span<const Real>(spikes) : potential, n, labels[b],
                              training ? gradient.first(size) : gradient);
  if (!training) return;
  std::vector<Real> state(n);
  if (counts)
    integrate_backwards<Real>(neuron, layer.steps_out, n, potential, gradient.first(size), state);
  else
    leak_backwards<Real>(neuron.leak, layer.steps_out, n, gradient.first(size));
  const Real share = static_cast<Real>(1.0 / static_cast<double>(inputs_.size()));
  for (auto& value : gradient.first(size)) value *= share;
  std::fill(gradient.begin() + static_cast<std::ptrdiff_t>(size), gradient.end(), Real{0});
}

template <class Real>
void DclsPass<Real>::forward(std::span<const SpikeColumns<Real>> inputs, std::span<const std::int32_t> labels,
                             const Options& options, std::span<DclsAnswer> answers) {
  inputs_ = inputs;
  options_ = options;
  work_.resize(network_.layers.size());
  for (std::size_t l = 0; l < work_.size(); ++l) {
    const auto& layer = network_.layers[l];
    auto& work = work_[l];
    const auto n = layer.shape.targets;
    build_kernels(l);
    add_drives(l);
    if (layer.hidden && network_.config.normalise) normalise(l);
    work.potential.resize(inputs.size() * layer.steps_out * n);
    work.kept.resize(inputs.size() * n);
    work.spikes.resize(inputs.size());
    if (options.mode == Mode::training) work.gradient.resize(inputs.size() * layer.rows() * n);
    each(options_.threads, inputs.size(), [&](std::size_t b) {
      fire(l, b);
      if (!layer.hidden) read_sample(b, labels, answers);
    });
  }
}

/// From dL/d(normalised drive) to dL/d(drive).
template <class Real>
void DclsPass<Real>::undo_normalisation(std::size_t l, DclsGradient<Real>& gradient) {
  const auto& layer = network_.layers[l];
  const auto n = layer.shape.targets, size = layer.steps_out * n, whole = layer.rows() * n;
  auto& work = work_[l];
  ChannelSums all;
  all.reset(n);
  for (const auto& sums : work.sums) all.add(sums);
  for (std::size_t j = 0; j < n; ++j) {
    gradient.beta[layer.first_channel + j] = static_cast<Real>(all.a[j]);
    gradient.gamma[layer.first_channel + j] = static_cast<Real>(all.b[j]);
  }
  const double count = static_cast<double>(inputs_.size() * layer.steps_out);
  each(options_.threads, inputs_.size(), [&](std::size_t b) {
    work.normaliser.backwards(part(work.drive, b, whole).first(size), all, count,
                              part(work.gradient, b, whole).first(size));
  });
}

template <class Real>
void DclsPass<Real>::collect_synapses(std::size_t l, DclsGradient<Real>& gradient) {
  const auto& layer = network_.layers[l];
  const auto& shape = layer.shape;
  auto& work = work_[l];
  each(options_.threads, shape.sources, [&](std::size_t i) {
    aligned_vector<Real> by_kernel(shape.row(), Real{0});
    for (std::size_t b = 0; b < inputs_.size(); ++b)
      add_kernel_gradient<Real>(input_of(l, b), i, part(work.gradient, b, layer.rows() * shape.targets), shape.targets,
                                by_kernel);
    KernelBuilder<Real> builder(shape);
    const auto first = layer.first_synapse + i * shape.per_source();
    const auto of_source = [&](auto& column) { return std::span(column).subspan(first, shape.per_source()); };
    const auto by_weights = of_source(gradient.weights), by_positions = of_source(gradient.positions);
    if (options_.kernels.single_taps)
      builder.single_tap_gradient(of_source(network_.positions), by_kernel, by_weights);
    else
      builder.bump_gradient(of_source(network_.weights), of_source(network_.positions),
                            static_cast<Real>(options_.kernels.sigma), by_kernel, by_weights, by_positions);
    const auto present = of_source(network_.present);
    for (std::size_t s = 0; s < by_weights.size(); ++s) by_weights[s] *= present[s];
  });
}

/// From the gradient by the drive of layer l to that by the (normalised) drive of layer l - 1.
template <class Real>
void DclsPass<Real>::pass_back(std::size_t l, std::size_t b) {
  const auto& above = network_.layers[l];
  const auto& layer = network_.layers[l - 1];
  const auto n = layer.shape.targets, size = layer.steps_out * n;
  auto& work = work_[l - 1];
  const auto whole = part(work.gradient, b, layer.rows() * n), gradient = whole.first(size);
  spike_gradient<Real>(part(work_[l].gradient, b, above.rows() * above.shape.targets), work_[l].by_source, above.shape,
                       layer.steps_out, gradient);
  const auto kept = part(work.kept, b, n);
  for (std::size_t first = 0; first < size; first += n)
    for (std::size_t j = 0; j < n; ++j) gradient[first + j] *= kept[j];
  std::vector<Real> state(n);
  integrate_backwards<Real>(network_.neuron_of(layer), layer.steps_out, n, part(work.potential, b, size), gradient,
                            state);
  std::fill(whole.begin() + static_cast<std::ptrdiff_t>(size), whole.end(), Real{0});
  if (!network_.config.normalise) return;
  work.sums[b].reset(n);
  work.normaliser.add_gradients(part(work.drive, b, layer.rows() * n).first(size), gradient, work.sums[b]);
}

template <class Real>
void DclsPass<Real>::backward(DclsGradient<Real>& gradient) {
  gradient.weights.assign(network_.weights.size(), Real{0});
  gradient.positions.assign(network_.positions.size(), Real{0});
  gradient.gamma.assign(network_.gamma.size(), Real{0});
  gradient.beta.assign(network_.beta.size(), Real{0});
  for (std::size_t l = work_.size(); l-- > 0;) {
    if (network_.layers[l].hidden && network_.config.normalise) undo_normalisation(l, gradient);
    collect_synapses(l, gradient);
    if (l > 0) each(options_.threads, inputs_.size(), [&](std::size_t b) { pass_back(l, b); });
  }
}

template <class Real>
void DclsPass<Real>::update_statistics(DclsNetwork<Real>& network) const {
  if (!network.config.normalise) return;
  for (std::size_t l = 0; l < work_.size(); ++l) {
    const auto& layer = network.layers[l];
    const double count = static_cast<double>(inputs_.size() * layer.steps_out);
    const double unbiased = count > 1 ? count / (count - 1) : 1;
    for (std::size_t j = 0; layer.hidden && j < layer.shape.targets; ++j) {
      auto& mean = network.mean[layer.first_channel + j];
      auto& variance = network.variance[layer.first_channel + j];
      mean += momentum * (work_[l].batch_mean[j] - mean);
      variance += momentum * (unbiased * work_[l].batch_variance[j] - variance);
    }
  }
}

template <class Real>
double DclsPass<Real>::mean_spikes() const {
  double spikes = 0;
  for (std::size_t l = 0; l + 1 < work_.size(); ++l)
    for (const auto& sample : work_[l].spikes) spikes += static_cast<double>(sample.steps.size());
  const double neurons = static_cast<double>(std::max<std::size_t>(1, network_.hidden_channels()));
  return spikes / neurons / static_cast<double>(std::max<std::size_t>(1, inputs_.size()));
}

template <class Real>
std::size_t DclsPass<Real>::kernel_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const auto& work : work_) bytes += (work.kernels.size() + work.by_source.size()) * sizeof(Real);
  return bytes;
}

template class DclsPass<float>;
template class DclsPass<double>;

}  // namespace spikeloom
