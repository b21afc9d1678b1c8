/// The spiking networks of counter-current learning as populations of the engine, and learning there.
///
/// In the engine a chain of populations does in step t + 1 + l at level l what it does in step t of a presentation;
/// arrivals are added in the same order, so spikes are the same. There, learning is one presentation after another:
/// a sample drives the forward populations while one neuron of the label population drives the feedback populations,
/// first that of the sample's class, then another one. At the end of each presentation a modulator per level
/// (core/comparison.hpp) compares its two populations,
///
///     e_l = (1 for the right class, else 0) - sum_i a_i c_i          a, c: traces of spikes up and down [1/ms]
///     dw_ij = eta e_l c_i x_j  up,  eta e_l a_i x_j  down            x_j: trace of arrivals
///
/// (rule counterpart_delta). On average over classes shown this goes downhill on the product loss of mini-batches with
/// a readiness of 1; a pause lets membranes forget one presentation before the next.
#pragma once

#include "networks/spec.hpp"
#include "plasticity/layers/rules/spiking_counter_current.hpp"

namespace spikeloom {

/// Populations <name>_1, ... of a chain behind a population `driver` of spike times, which is first of those added and
/// has no spikes yet; projections <name>_1, ..., one per layer, all with a delay of one step.
void add_spiking_chain(NetworkSpec& network, const std::string& driver, const std::string& name,
                       const SpikingNetwork& chain, const SpikingNeurons& neurons);

/// Appends a presentation that begins at step `begin` to the spikes of a driver.
void add_presentation(PopulationSpec& driver, const SpikeRaster& spikes, Step begin, const SpikingNeurons& neurons);

struct EngineTraining {
  double eta = 0.1;   // of the synapses
  double pause = 40;  // ms, without input between presentations
  double tau = 20;    // ms, of all traces
};

/// Presents mini-batches to the engine, where synapses between spiking neurons learn while it runs; their gradient
/// stays 0. The readout, whose neurons do not spike, learns as in SpikingCounterCurrent, from the spikes that the
/// uppermost forward population had while the right class was shown.
class EngineCounterCurrent final : public LayerRule<float> {
 public:
  EngineCounterCurrent(const SpikingNetworkParams& network, const TeachingParams& params,
                       const EngineTraining& training, std::size_t values, std::size_t classes, std::uint64_t seed);

  const Matrix<float>& predict(const Matrix<float>& inputs, const Pass& pass) override {
    return networks_.predict(inputs, pass);
  }
  const LayerAnswers& learn(const LayerBatch<float>& batch, const Pass& pass) override;
  std::vector<ParameterGroup<float>> groups() override { return networks_.groups(); }
  std::vector<LayerColumn<float>> statistics() override { return {}; }
  /// Alignments, and at every level how well the two populations matched for right and for other classes.
  std::vector<Measure> measures() override;

  SpikingCounterCurrent& networks() noexcept { return networks_; }
  /// The network that a mini-batch runs in, with the weights as they are.
  ExperimentSpec experiment(const LayerBatch<float>& batch) const;

 private:
  std::size_t levels() const noexcept { return networks_.forward_network().layers(); }
  Step period() const noexcept;
  std::size_t other_class(std::size_t label, std::uint64_t update, std::size_t sample) const;
  void add_modulators(ExperimentSpec& experiment, std::size_t presentations) const;
  void add_plasticity(ExperimentSpec& experiment) const;
  void read_weights(const ExperimentSpec& experiment, const class Engine& engine);

  SpikingNeurons neurons_;
  TeachingParams params_;
  EngineTraining training_;
  std::size_t classes_;
  std::uint64_t seed_;
  SpikingCounterCurrent networks_;
  std::vector<double> match_right_, match_other_;  // by level, of the last mini-batch
  Matrix<float> top_;                              // activity of the uppermost population
};

}  // namespace spikeloom
