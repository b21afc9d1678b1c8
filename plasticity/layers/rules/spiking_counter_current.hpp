/// Counter-current learning with spikes: two chains of LIF populations, each the other's teacher, level by level.
///
/// Forward populations are driven by samples, feedback populations by a population of labels, one neuron per class.
/// Activities are spikes per ms of a presentation, a_l up and c_l down; at a level of d neurons, for each class k,
///
///     e_k = 1 or 0 less c_k a         the error of a readout of the forward population by the prototype c_k
///     modulator of neuron i up:       2 lambda 256/(d C) sum_k e_k c_ki       of neuron i down, for class k: ... e_k
///     a_i dw_ij = modulator_i readiness_i activity_j                              averaged over the mini-batch
///
/// (product loss; the cosine loss has other modulators). Classes are read from the uppermost population by neurons that
/// do not spike. Nothing crosses a level in either direction but spikes.
#pragma once

#include "plasticity/layers/rules/counter_current.hpp"
#include "plasticity/layers/spiking_layer.hpp"

namespace spikeloom {

struct SpikingNetworkParams {
  SpikingNeurons neurons = {};
  std::vector<std::size_t> hidden = {};  // neurons of the populations, lowest first
  double input_rate = 0.3;               // spikes per ms of an input cell at value 1
  bool off_cells = true;
  double readout_gain = 10;   // scores per spike per ms and weight
  double weight_scale = 1.7;  // initial weights: uniform within this / sqrt(inputs that are active)
};

class SpikingCounterCurrent final : public LayerRule<float> {
 public:
  /// `values`: numbers of a sample.
  SpikingCounterCurrent(const SpikingNetworkParams& network, const TeachingParams& params, std::size_t values,
                        std::size_t classes, std::uint64_t seed);

  const Matrix<float>& predict(const Matrix<float>& inputs, const Pass& pass) override;
  const LayerAnswers& learn(const LayerBatch<float>& batch, const Pass& pass) override;
  std::vector<ParameterGroup<float>> groups() override;
  std::vector<LayerColumn<float>> statistics() override { return {}; }
  /// Alignments, and spikes per neuron and ms at every level.
  std::vector<Measure> measures() override;

  const SpikingNetwork& forward_network() const noexcept { return forward_; }
  const SpikingNetwork& feedback_network() const noexcept { return feedback_; }
  const Matrix<float>& readout() const noexcept { return readout_; }
  double readout_gain() const noexcept { return network_.readout_gain; }
  /// Answers to samples that gave these activities of the uppermost population, and the gradient of the readout.
  const LayerAnswers& learn_readout_from(const Matrix<float>& top, std::span<const std::int32_t> labels, int threads);
  /// Of the last `learn`: that of levels 1, 2, ..., the output's loss last.
  const std::vector<double>& level_losses() const noexcept { return level_losses_; }

  /// What is presented: a sample, or a class (its neuron spikes in every step).
  SpikeRaster spikes_of_sample(std::span<const float> values) const;
  SpikeRaster spikes_of_class(std::size_t label) const;
  /// Spikes of all levels in a presentation, what drives the network first.
  std::vector<SpikeRaster> upwards(std::span<const float> values);
  std::vector<SpikeRaster> downwards(std::size_t label);

 private:
  void present(const Matrix<float>& inputs, bool both, int threads);
  void read_out(const Matrix<float>& top, int threads);
  void learn_level(std::size_t level, std::span<const std::int32_t> labels, int threads);
  std::size_t levels() const noexcept { return forward_.layers(); }
  const Matrix<float>& counterpart(std::size_t level) const { return feedback_.activity(levels() - level + 1); }

  SpikingNetworkParams network_;
  TeachingParams params_;
  std::size_t classes_;
  std::uint64_t seed_;
  SpikingNetwork forward_, feedback_;
  Matrix<float> readout_, by_readout_;  // [neuron][class]
  std::vector<std::unique_ptr<LocalLoss<float>>> losses_;
  Matrix<float> scores_, by_a_, by_c_;
  std::vector<double> level_losses_;
  LayerAnswers answers_;
};

}  // namespace spikeloom
