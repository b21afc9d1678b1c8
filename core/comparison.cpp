/// Traces of two populations, and their product at given steps.
#include "core/comparison.hpp"

#include <cmath>

namespace spikeloom {
namespace {

constexpr float forgotten_trace = 1e-30f;  // below, a trace counts as 0: denormals are slow

}  // namespace

Comparison::Comparison(ModulatorFromComparison definition, double tau)
    : definition_(std::move(definition)),
      decay_(static_cast<float>(std::exp(-1 / tau))),
      amount_(static_cast<float>(definition_.amount)),
      first_(definition_.count),
      second_(definition_.count) {}

bool Comparison::listens_to(NeuronId neuron) const noexcept {
  return neuron - definition_.first < definition_.count || neuron - definition_.second < definition_.count;
}

void Comparison::collect(std::span<const Spike> spikes) {
  for (const auto& spike : spikes)
    if (listens_to(spike.neuron)) under_way_.push_back(spike);
}

bool Comparison::advance(Step step) {
  for (auto* traces : {&first_, &second_})
    for (auto& trace : *traces) trace = trace > forgotten_trace ? trace * decay_ : 0.0f;
  for (; !under_way_.empty() && under_way_.front().step + definition_.delay <= step; under_way_.pop_front()) {
    const auto neuron = under_way_.front().neuron;
    if (neuron - definition_.first < definition_.count) first_[neuron - definition_.first] += amount_;
    if (neuron - definition_.second < definition_.count) second_[neuron - definition_.second] += amount_;
  }
  compared_ = false;
  for (; next_ < definition_.steps.size() && definition_.steps[next_] <= step; ++next_) {
    double match = 0;
    for (std::size_t i = 0; i < first_.size(); ++i)
      match += static_cast<double>(first_[i]) * static_cast<double>(second_[i]);
    error_ = definition_.targets[next_] - match;
    compared_ = true;
  }
  return compared_;
}

std::span<const float> Comparison::counterparts(NeuronId first) const noexcept {
  if (!compared_) return {};
  if (first - definition_.first < definition_.count) return std::span(second_).subspan(first - definition_.first);
  if (first - definition_.second < definition_.count) return std::span(first_).subspan(first - definition_.second);
  return {};
}

void Comparison::state(StateArchive& archive) {
  archive.common("compared_first", std::span(first_));
  archive.common("compared_second", std::span(second_));
  archive.common("error", error_);
  archive.common("comparisons", next_);
  std::vector<Step> steps;
  std::vector<NeuronId> neurons;
  if (!archive.restores())
    for (const auto& spike : under_way_) {
      steps.push_back(spike.step);
      neurons.push_back(spike.neuron);
    }
  archive.common_list("compared_steps", steps);
  archive.common_list("compared_neurons", neurons);
  if (!archive.restores()) return;
  under_way_.clear();
  for (std::size_t k = 0; k < steps.size(); ++k) under_way_.push_back({steps[k], neurons[k]});
}

}  // namespace spikeloom
