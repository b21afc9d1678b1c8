/// A feed-forward spiking network whose synapses own weights and delays (DCLS-Delays, Hammouamri et al. 2024, ICLR):
/// its parameters, and the batch pass that computes loss and gradients.
///
/// Layer l: spikes through kernels of delays, batch normalisation (hidden layers), leaky integrators with hard reset,
/// dropout (of whole neurons for a sample, as in the released code); the last one reads out. Surrogate gradients
/// through time. Equations: kernel.hpp, neuron.hpp, batch_norm.hpp, readout.hpp.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "plasticity/dcls/batch_norm.hpp"
#include "plasticity/dcls/convolution.hpp"
#include "plasticity/dcls/kernel.hpp"
#include "plasticity/dcls/neuron.hpp"
#include "plasticity/dcls/readout.hpp"

namespace spikeloom {

struct DclsConfig {
  std::vector<std::size_t> units;            // inputs, hidden layers, classes
  std::size_t steps = 0;                     // of a sample
  std::size_t length = 25, taps = 1;         // of a kernel: steps (odd), taps per synapse
  double tau = 1.005;                        // steps, above 1
  double v_th = 1, alpha = 5, v_th_out = 2;  // v_th_out only for spike_count
  double dropout = 0;                        // probability
  bool normalise = true;                     // hidden layers
  bool right_padding = true;                 // every layer goes on for (length - 1) / 2 steps after its input
  std::size_t afferents = 0;                 // of every neuron of the first hidden layer; 0: all inputs
  DclsReadout readout = DclsReadout::softmax_sum;
};

/// Where a layer's columns lie.
struct DclsLayer {
  KernelShape shape;
  std::size_t steps_in = 0, steps_out = 0;
  std::size_t first_synapse = 0, first_channel = 0;  // in weights and positions; in gamma, beta, statistics
  bool hidden = false;

  std::size_t rows() const noexcept { return steps_in + shape.length - 1; }  // of drives and their gradients
};

/// Parameters. Synapses are [source][tap][target], layer after layer.
template <class Real>
struct DclsNetwork {
  DclsConfig config;
  std::vector<DclsLayer> layers;
  aligned_vector<Real> weights, positions;  // positions in steps, -length / 2 .. length / 2
  aligned_vector<Real> present;             // 1, or 0 for synapses that do not exist
  aligned_vector<Real> gamma, beta;         // per hidden neuron
  std::vector<double> mean, variance;       // running statistics, likewise

  /// Weights uniform in +-sqrt(6 / fan_in) (He et al. 2015), positions uniform over the kernel; a function of the seed.
  DclsNetwork(const DclsConfig& config, std::uint64_t seed);

  std::size_t hidden_channels() const noexcept { return gamma.size(); }
  DclsNeuron<Real> neuron_of(const DclsLayer& layer) const noexcept;
  /// Keeps positions within the kernel.
  void clamp_positions() noexcept;
};

/// Which kernels a pass uses.
struct DclsKernels {
  bool single_taps = false;  // inference kernels; else bumps
  double sigma = 0;          // of the bumps, steps
};

template <class Real>
struct DclsGradient {
  aligned_vector<Real> weights, positions, gamma, beta;
};

/// One mini-batch at a time through a network. Samples, and in the sums over samples sources, are dealt out to threads;
/// every sum has an order of its own, so that nothing depends on the number of threads.
template <class Real>
class DclsPass {
 public:
  explicit DclsPass(const DclsNetwork<Real>& network) : network_(network) {}

  /// How a batch is normalised and what dropout does.
  enum class Mode { training, evaluation };
  struct Options {
    DclsKernels kernels;
    Mode mode = Mode::evaluation;
    std::uint64_t seed = 0, update = 0;  // name the random numbers of dropout
    int threads = 1;
  };
  /// Answers every sample. The inputs are kept by reference until `backward` has returned.
  void forward(std::span<const SpikeColumns<Real>> inputs, std::span<const std::int32_t> labels, const Options& options,
               std::span<DclsAnswer> answers);
  /// Gradient of the mean loss of the last forward pass, which was in training mode.
  void backward(DclsGradient<Real>& gradient);
  /// Moves the running statistics of `network` a tenth of the way towards those of the last batch.
  void update_statistics(DclsNetwork<Real>& network) const;
  /// Spikes per hidden neuron and sample in the last forward pass.
  double mean_spikes() const;
  /// Memory of the kernels of all layers.
  std::size_t kernel_bytes() const noexcept;

 private:
  struct Work {                                       // of one layer; per sample one after the other
    aligned_vector<Real> kernels, by_source;          // [source][delay][target], [delay][target][source]
    aligned_vector<Real> drive, potential, gradient;  // [row][target], [step][target], [row][target]
    aligned_vector<Real> kept;                        // dropout: factor per neuron
    std::vector<SpikeColumns<Real>> spikes;           // of the layer, by neuron
    std::vector<ChannelSums> sums;                    // per sample
    std::vector<double> batch_mean, batch_variance;
    Normaliser<Real> normaliser;
  };
  void build_kernels(std::size_t layer);
  void add_drives(std::size_t layer);
  void normalise(std::size_t layer);
  void fire(std::size_t layer, std::size_t sample);
  void draw_dropout(std::size_t layer, std::size_t sample);
  void read_sample(std::size_t sample, std::span<const std::int32_t> labels, std::span<DclsAnswer> answers);
  void undo_normalisation(std::size_t layer, DclsGradient<Real>& gradient);
  void collect_synapses(std::size_t layer, DclsGradient<Real>& gradient);
  void pass_back(std::size_t layer, std::size_t sample);
  const SpikeColumns<Real>& input_of(std::size_t layer, std::size_t sample) const {
    return layer == 0 ? inputs_[sample] : work_[layer - 1].spikes[sample];
  }
  std::span<Real> part(aligned_vector<Real>& column, std::size_t sample, std::size_t size) const {
    return std::span(column).subspan(sample * size, size);
  }

  const DclsNetwork<Real>& network_;
  Options options_;
  std::span<const SpikeColumns<Real>> inputs_;
  std::vector<Work> work_;
};

extern template struct DclsNetwork<float>;
extern template struct DclsNetwork<double>;
extern template class DclsPass<float>;
extern template class DclsPass<double>;

}  // namespace spikeloom
