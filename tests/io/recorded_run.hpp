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

struct RecordedRun {
  std::vector<FiringPlan> populations;
  Step steps = 1000;
  bool spikes_recorded = true;
  std::uint32_t traced = 0;  // neurons of the first population
  std::function<double(Step, std::uint32_t)> trace = [](Step step, std::uint32_t neuron) {
    return -60 + 5 * std::sin(0.05 * static_cast<double>(step) + neuron);
  };
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
