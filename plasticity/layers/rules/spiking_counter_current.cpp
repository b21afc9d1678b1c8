/// Counter-current learning with spikes, one mini-batch: all presentations side by side, then level by level.
#include "plasticity/layers/rules/spiking_counter_current.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/parallel.hpp"
#include "plasticity/layers/product.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t spiking_feedback_stream = 0x40, spiking_readout_stream = 0x80;
constexpr std::size_t presentations_together = 4;  // of a task

std::vector<std::size_t> widths_up(const SpikingNetworkParams& network, std::size_t values) {
  std::vector<std::size_t> widths = {(network.off_cells ? 2 : 1) * values};
  widths.insert(widths.end(), network.hidden.begin(), network.hidden.end());
  return widths;
}

std::vector<std::size_t> widths_down(const SpikingNetworkParams& network, std::size_t classes) {
  std::vector<std::size_t> widths = {classes};
  widths.insert(widths.end(), network.hidden.rbegin(), network.hidden.rend());
  return widths;
}

LinearOptions start_of(const SpikingNetworkParams& network, std::uint64_t seed, std::uint32_t stream) {
  return {.start = Start::uniform, .scale = network.weight_scale, .seed = seed, .stream = stream};
}

double mean_of(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value);
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

}  // namespace

SpikingCounterCurrent::SpikingCounterCurrent(const SpikingNetworkParams& network, const TeachingParams& params,
                                             std::size_t values, std::size_t classes, std::uint64_t seed)
    : network_(network),
      params_(params),
      classes_(classes),
      seed_(seed),
      forward_("forward", widths_up(network, values), network.neurons, start_of(network, seed, 0), 1),
      // One neuron of the label population spikes at a time.
      feedback_("feedback", widths_down(network, classes), network.neurons,
                start_of(network, seed, spiking_feedback_stream), std::sqrt(static_cast<double>(classes))),
      readout_(network.hidden.back(), classes),
      by_readout_(network.hidden.back(), classes),
      level_losses_(network.hidden.size() + 1) {
  start_weights(readout_.values(), readout_.rows(), {.seed = seed, .stream = spiking_readout_stream});
  for (std::size_t level = 1; level <= levels(); ++level)
    losses_.push_back(params.local_loss == "product" ? make_product_loss<float>(params.lambda)
                                                     : make_cosine_loss<float>(params.lambda, params.lambda_ssl));
}

SpikeRaster SpikingCounterCurrent::spikes_of_sample(std::span<const float> values) const {
  return spikes_of(values, network_.input_rate, network_.off_cells, network_.neurons);
}

SpikeRaster SpikingCounterCurrent::spikes_of_class(std::size_t label) const {
  SpikeRaster spikes;
  for (std::size_t step = 0; step < network_.neurons.steps(); ++step) {
    spikes.add(static_cast<std::uint32_t>(label));
    spikes.end_step();
  }
  return spikes;
}

std::vector<SpikeRaster> SpikingCounterCurrent::upwards(std::span<const float> values) {
  std::vector<SpikeRaster> rasters;
  forward_.begin(1);
  forward_.present(0, spikes_of_sample(values), &rasters);
  return rasters;
}

std::vector<SpikeRaster> SpikingCounterCurrent::downwards(std::size_t label) {
  std::vector<SpikeRaster> rasters;
  feedback_.begin(1);
  feedback_.present(0, spikes_of_class(label), &rasters);
  return rasters;
}

/// All samples, and if `both` also all classes: presentations are independent, rows of activities are theirs alone.
void SpikingCounterCurrent::present(const Matrix<float>& inputs, bool both, int threads) {
  const auto samples = inputs.rows(), all = samples + (both ? classes_ : 0);
  forward_.begin(samples);
  if (both) feedback_.begin(classes_);
  const auto tasks = (all + presentations_together - 1) / presentations_together;
  for_each_index(static_cast<std::size_t>(threads), tasks, [&](std::size_t task) {
    const auto end = std::min(all, (task + 1) * presentations_together);
    for (auto k = task * presentations_together; k < end; ++k)
      if (k < samples)
        forward_.present(k, spikes_of_sample(inputs.row(k)));
      else
        feedback_.present(k - samples, spikes_of_class(k - samples));
  });
}

void SpikingCounterCurrent::read_out(const Matrix<float>& top, int threads) {
  scores_.resize(top.rows(), classes_);
  multiply(top.view(), std::as_const(readout_).view(), scores_.view(), Onto::zero, threads);
  for (auto& score : scores_.values()) score *= static_cast<float>(network_.readout_gain);
}

const Matrix<float>& SpikingCounterCurrent::predict(const Matrix<float>& inputs, const Pass& pass) {
  present(inputs, false, pass.threads);
  read_out(forward_.activity(levels()), pass.threads);
  return scores_;
}

const LayerAnswers& SpikingCounterCurrent::learn(const LayerBatch<float>& batch, const Pass& pass) {
  present(batch.inputs, true, pass.threads);
  learn_readout_from(forward_.activity(levels()), batch.labels, pass.threads);
  std::vector<std::int32_t> labels(batch.labels.begin(), batch.labels.end());
  if (params_.local_targets == "shuffled") labels = permuted(labels, seed_, batch.update);
  for (std::size_t level = 1; level <= levels(); ++level) learn_level(level, labels, pass.threads);
  return answers_;
}

const LayerAnswers& SpikingCounterCurrent::learn_readout_from(const Matrix<float>& top,
                                                              std::span<const std::int32_t> labels, int threads) {
  read_out(top, threads);
  class_loss(scores_, labels, answers_, &by_a_);
  level_losses_.back() = 0;
  for (const double loss : answers_.losses) level_losses_.back() += loss / static_cast<double>(answers_.losses.size());
  for (auto& value : by_a_.values()) value *= static_cast<float>(network_.readout_gain);
  multiply(top.view().transposed(), std::as_const(by_a_).view(), by_readout_.view(), Onto::zero, threads);
  return answers_;
}

void SpikingCounterCurrent::learn_level(std::size_t level, std::span<const std::int32_t> labels, int threads) {
  const auto& activity = forward_.activity(level);
  level_losses_[level - 1] =
      losses_[level - 1]->compare(activity, counterpart(level), labels, &by_a_, &by_c_, {threads, true});
  forward_.learn(level, by_a_, threads);
  if (params_.feedback == "learned") feedback_.learn(levels() - level + 1, by_c_, threads);
}

std::vector<ParameterGroup<float>> SpikingCounterCurrent::groups() {
  std::vector<ParameterGroup<float>> all = {{"forward", forward_.parameters()}};
  all.front().parameters.push_back({"readout_weights", readout_.values(), by_readout_.values(), readout_.rows()});
  if (params_.feedback == "learned") all.push_back({"feedback", feedback_.parameters()});
  return all;
}

std::vector<LayerRule<float>::Measure> SpikingCounterCurrent::measures() {
  std::vector<Measure> all;
  const auto up = forward_.parameters(), down = feedback_.parameters();
  for (std::size_t level = 1; level < levels(); ++level)
    all.push_back({"alignment_" + std::to_string(level),
                   "cosine between weights up from this level and the transposed weights down to it",
                   alignment(up[level], down[levels() - level])});
  for (std::size_t level = 1; level <= levels(); ++level) {
    const auto number = std::to_string(level);
    all.push_back({"activity_" + number, "spikes per ms and neuron of the forward population, last mini-batch",
                   mean_of(forward_.activity(level).values())});
    all.push_back({"feedback_activity_" + number, "spikes per ms and neuron of the feedback population",
                   mean_of(counterpart(level).values())});
  }
  return all;
}

}  // namespace spikeloom
