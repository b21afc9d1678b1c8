/// Spikes and schedules become changes that are due at some step; steps decay and add.
#include "core/modulator.hpp"

#include <algorithm>
#include <cmath>

#include "core/random.hpp"

namespace spikeloom {

Modulator::Modulator(ModulatorDefinition definition)
    : definition_(std::move(definition)),
      decay_(std::exp(-1 / definition_.tau)),
      last_(definition_.sources.size(), -1) {
  for (const auto& source : definition_.sources)
    if (const auto* schedule = std::get_if<ModulatorFromSchedule>(&source))
      for (std::size_t k = 0; k < schedule->steps.size(); ++k) add(schedule->steps[k], schedule->amounts[k]);
  for (const auto& source : definition_.sources)
    if (const auto* compared = std::get_if<ModulatorFromComparison>(&source))
      comparison_.emplace(*compared, definition_.tau);
}

void Modulator::collect(std::span<const Spike> spikes) {
  for (std::size_t k = 0; k < definition_.sources.size(); ++k) {
    if (std::holds_alternative<ModulatorFromSchedule>(definition_.sources[k]) ||
        std::holds_alternative<ModulatorFromPoisson>(definition_.sources[k]))
      continue;
    if (std::holds_alternative<ModulatorFromComparison>(definition_.sources[k]))
      comparison_->collect(spikes);
    else
      for (const auto& spike : spikes) on_spike(k, spike);
  }
}

bool Modulator::listens_to(NeuronId neuron) const noexcept {
  if (comparison_ && comparison_->listens_to(neuron)) return true;
  return std::any_of(definition_.sources.begin(), definition_.sources.end(), [neuron](const ModulatorSource& source) {
    if (const auto* any = std::get_if<ModulatorFromSpikes>(&source)) return neuron >= any->first && neuron <= any->last;
    if (const auto* pair = std::get_if<ModulatorFromCoincidence>(&source))
      return neuron == pair->first || neuron == pair->second;
    const auto* readout = std::get_if<ModulatorFromReadout>(&source);
    return readout != nullptr && neuron >= readout->first && neuron - readout->first < readout->weights.size();
  });
}

void Modulator::on_spike(std::size_t source, const Spike& spike) {
  if (const auto* any = std::get_if<ModulatorFromSpikes>(&definition_.sources[source])) {
    if (spike.neuron >= any->first && spike.neuron <= any->last) add(spike.step + any->delay, any->amount);
    return;
  }
  if (const auto* readout = std::get_if<ModulatorFromReadout>(&definition_.sources[source])) {
    if (spike.neuron >= readout->first && spike.neuron - readout->first < readout->weights.size())
      add(spike.step + readout->delay, -readout->weights[spike.neuron - readout->first]);
    return;
  }
  const auto& pair = std::get<ModulatorFromCoincidence>(definition_.sources[source]);
  auto& last = last_[source];
  if (spike.neuron == pair.second && last >= 0 && spike.step > last && spike.step - last <= pair.within) {
    const auto bits = draw(definition_.seed, Purpose::modulator, definition_.stream,
                           static_cast<std::uint64_t>(spike.step), static_cast<std::uint32_t>(source));
    const auto range = static_cast<std::uint64_t>(pair.longest - pair.shortest + 1);
    add(spike.step + pair.shortest + static_cast<Step>(below(range, bits[0], bits[1])), pair.amount);
  }
  if (spike.neuron == pair.first) last = spike.step;
}

void Modulator::advance(Step step) {
  value_ *= decay_;
  for (; !due_.empty() && due_.top().first <= step; due_.pop()) raise(due_.top().second);
  for (std::size_t k = 0; k < definition_.sources.size(); ++k)
    if (const auto* poisson = std::get_if<ModulatorFromPoisson>(&definition_.sources[k]); poisson && step > 0) {
      const auto bits = draw(definition_.seed, Purpose::modulator, definition_.stream, static_cast<std::uint64_t>(step),
                             static_cast<std::uint32_t>(k));
      if (uniform(bits[0], bits[1]) < poisson->probability) raise(poisson->amount);
    }
  target_ = target_at(step);
  if (comparison_ && comparison_->advance(step)) ++raises_;
  if (every_ > 0 && step % every_ == 0) {
    frames_.values.push_back(value());
    frames_.raises.push_back(raises_);
  }
}

void Modulator::state(StateArchive& archive) {
  archive.common("value", value_);
  archive.common("raises", raises_);
  if (comparison_) comparison_->state(archive);
  archive.common("last", std::span(last_));
  std::vector<Step> steps;
  std::vector<double> amounts;
  if (!archive.restores())
    for (auto due = due_; !due.empty(); due.pop()) {
      steps.push_back(due.top().first);
      amounts.push_back(due.top().second);
    }
  archive.common_list("due_steps", steps);
  archive.common_list("due_amounts", amounts);
  if (!archive.restores()) return;
  due_ = {};
  for (std::size_t k = 0; k < steps.size(); ++k) due_.emplace(steps[k], amounts[k]);
}

double Modulator::target_at(Step step) const noexcept {
  double sum = 0;
  for (const auto& source : definition_.sources)
    if (const auto* readout = std::get_if<ModulatorFromReadout>(&source)) {
      const auto next = std::ranges::upper_bound(readout->steps, step);
      if (next != readout->steps.begin())
        sum += readout->targets[static_cast<std::size_t>(next - readout->steps.begin()) - 1];
    }
  return sum;
}

Step Modulator::shortest_delay() const noexcept {
  Step shortest = longest_delay;
  for (const auto& source : definition_.sources) {
    if (const auto* spikes = std::get_if<ModulatorFromSpikes>(&source)) shortest = std::min(shortest, spikes->delay);
    if (const auto* pair = std::get_if<ModulatorFromCoincidence>(&source))
      shortest = std::min(shortest, pair->shortest);
    if (const auto* readout = std::get_if<ModulatorFromReadout>(&source)) shortest = std::min(shortest, readout->delay);
    if (const auto* compared = std::get_if<ModulatorFromComparison>(&source))
      shortest = std::min(shortest, compared->delay);
  }
  return shortest;
}

}  // namespace spikeloom
