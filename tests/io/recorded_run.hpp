/// A small recorded run for tests of what is made of results: populations that fire on a plan, traces by formula.
#pragma once

#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/model.hpp"
#include "io/results.hpp"
#include "networks/network_ids.hpp"
#include "tests/io/synthetic_run.hpp"

namespace spikeloom::tests {

/// Neuron i of a population with `interval` n fires at every step k with (k + i * stagger) % n == 0.
struct FiringPlan {
  std::string name;
  std::uint32_t size = 1;
  Step interval = 100;  // steps
  std::uint32_t stagger = 7;
};

/// `synapses` weights at each of `times` equally spaced times up to `end` [ms]: synapse s has formula(time index, s).
inline std::vector<io::WeightTable> weight_course(std::uint32_t synapses, std::uint32_t times, double end,
                                                  const std::function<double(std::uint32_t, std::uint32_t)>& formula) {
  std::vector<io::WeightTable> tables;
  for (std::uint32_t t = 0; t < times; ++t) {
    io::WeightTable table{.projection = "learning",
                          .from = "a",
                          .to = "b",
                          .unit = "pA",
                          .time = end * t / (times - 1),
                          .sources = {},
                          .targets = {},
                          .weights = {},
                          .delays = {}};
    for (std::uint32_t s = 0; s < synapses; ++s) {
      table.sources.push_back(s), table.targets.push_back(0), table.delays.push_back(1);
      table.weights.push_back(static_cast<float>(formula(t, s)));
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

struct RecordedRun {
  std::vector<FiringPlan> populations;
  Step steps = 1000;
  bool spikes_recorded = true;
  std::uint32_t traced = 0;  // neurons of the first population
  std::function<double(Step, std::uint32_t)> trace = [](Step step, std::uint32_t neuron) {
    return -60 + 5 * std::sin(0.05 * static_cast<double>(step) + neuron);
  };
  std::vector<io::WeightTable> weights = {};
  std::vector<double> raises_at = {};  // ms; not empty: modulator "dopamine", tau 10 ms, is recorded every step
  std::string name = "recorded", state = "done", text = "";  // text: the experiment as kept in the results

  ExperimentSpec experiment() const {
    ExperimentSpec spec;
    spec.name = name;
    spec.seed = 7;
    spec.duration = static_cast<double>(steps) * spec.resolution;
    spec.source_text = text;
    for (const auto& plan : populations) {
      PopulationSpec population;
      population.name = plan.name;
      population.model = "lif_psc_exp";
      population.size = plan.size;
      spec.network.populations.push_back(population);
      if (spikes_recorded) spec.record.spikes.push_back({plan.name});
    }
    if (!raises_at.empty()) {
      spec.network.modulators = {{"dopamine", 10, 0, {}}};
      spec.record.modulators = {{"dopamine", spec.resolution}};
    }
    return spec;
  }

  /// Writes the results directory.
  void write(const std::filesystem::path& directory) const {
    const auto spec = experiment();
    std::vector<Probe> probes;
    if (traced > 0) probes.push_back({"v", 0, find_model("lif_psc_exp")->variable("v_m"), {}, 1});
    for (std::uint32_t i = 0; i < traced; ++i) probes.front().neurons.push_back(i);
    io::Results results(directory, spec, probes, false);
    constexpr Step length = 1000;
    for (Step begin = 0; begin < steps; begin += length)
      results.commit(stretch(spec, begin, std::min(begin + length, steps)));
    for (auto table : weights) results.weights(std::move(table));
    io::RunSummary summary;
    summary.state = state;
    summary.simulated_ms = spec.duration;
    summary.wall_time_s = 0.5;
    summary.real_time_factor = 0.5;
    summary.threads = 2;
    summary.synapses = 1000;
    summary.synaptic_events = 5000;
    summary.state_hash = "0123456789abcdef";
    results.finish(summary);
  }

 private:
  void add_modulator(const ExperimentSpec& spec, Stretch& result) const {
    ModulatorFrames level;
    for (Step step = result.begin == 0 ? 0 : result.begin + 1; step <= result.end; ++step) {
      const double time = static_cast<double>(step) * spec.resolution;
      level.values.push_back(0), level.raises.push_back(0);
      for (const double at : raises_at)
        if (at <= time) level.values.back() += std::exp((at - time) / 10), ++level.raises.back();
    }
    result.modulators.push_back(std::move(level));
  }

  Stretch stretch(const ExperimentSpec& spec, Step begin, Step end) const {
    Stretch result;
    result.begin = begin;
    result.end = end;
    result.spike_counts.assign(populations.size(), 0);
    const auto firsts = first_ids(spec.network);
    for (Step step = begin + 1; step <= end; ++step)
      for (std::size_t p = 0; p < populations.size(); ++p)
        for (std::uint32_t i = 0; i < populations[p].size; ++i) {
          if ((step + static_cast<Step>(i) * populations[p].stagger) % populations[p].interval != 0) continue;
          ++result.spike_counts[p];
          if (spikes_recorded) result.spikes.push_back({step, firsts[p] + i, 0});
        }
    if (!raises_at.empty()) add_modulator(spec, result);
    if (traced == 0) return result;
    const Step first = begin == 0 ? 0 : begin + 1;
    ProbeFrames frames{
        .probe = 0, .first_frame = first, .frames = static_cast<std::size_t>(end - first + 1), .values = {}};
    for (Step step = first; step <= end; ++step)
      for (std::uint32_t i = 0; i < traced; ++i) frames.values.push_back(static_cast<float>(trace(step, i)));
    result.frames.push_back(std::move(frames));
    return result;
  }
};

}  // namespace spikeloom::tests
