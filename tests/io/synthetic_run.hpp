/// A run without an engine: random stretches of a small network, the same whatever the cuts.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/model.hpp"
#include "core/random.hpp"
#include "io/results.hpp"

namespace spikeloom::tests {

/// A directory of its own, removed at the end of the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    auto text = (std::filesystem::temp_directory_path() / "spikeloom_XXXXXX").string();
    path_ = ::mkdtemp(text.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

inline io::RunSummary done() {
  io::RunSummary summary;
  summary.state = "done";
  return summary;
}

/// Two recorded populations, a source without a size, one whose rate alone is recorded; two traces; a modulator.
struct SyntheticRun {
  ExperimentSpec experiment;
  std::vector<Probe> probes;
  Step steps;
  double spikes_per_step = 3;

  explicit SyntheticRun(Step number_of_steps = 1000, Timing timing = Timing::grid) : steps(number_of_steps) {
    const std::string model = "lif_psc_exp";
    experiment.name = "synthetic";
    experiment.seed = 0xFFFFFFFFFFFFFFFFu;
    experiment.resolution = 0.1;
    experiment.timing = timing;
    experiment.duration = static_cast<double>(steps) * 0.1;
    experiment.source_text = "experiment: {name: synthetic}\n";
    const auto add = [&](const std::string& name, std::optional<std::uint32_t> size) {
      PopulationSpec population;
      population.name = name;
      population.model = model;
      population.size = size;
      experiment.network.populations.push_back(population);
    };
    add("exc", 40);
    add("drive", std::nullopt);
    add("inh", 10);
    add("other", 7);
    experiment.record.spikes = {{"exc"}, {"inh"}};
    experiment.record.rates = {{"exc", 5}, {"other", 0.7}};
    experiment.network.modulators = {{"serotonin", 1, 0, {}}, {"dopamine", 1, 0, {}}};
    experiment.record.modulators = {{"dopamine", 0.3}};
    const int v_m = find_model(model)->variable("v_m");
    probes = {{"exc_v_m", 0, v_m, {0, 3, 39}, 1}, {"inh_v_m", 2, v_m, {1, 2, 5, 9}, 7}};
  }

  /// What happens in the steps (begin, end].
  Stretch stretch(Step begin, Step end) const {
    Stretch result{.begin = begin, .end = end, .spikes = {}, .frames = {}, .spike_counts = {0, 0, 0, 0}, .hashes = {}};
    for (Step step = begin + 1; step <= end; ++step) add_spikes(step, result);
    for (std::size_t i = 0; i < probes.size(); ++i) add_frames(i, result);
    ModulatorFrames level{.modulator = 1, .values = {}, .raises = {}};
    for (Step step = begin == 0 ? 0 : begin + 1; step <= end; ++step)
      if (step % 3 == 0) {
        level.values.push_back(0.1 * static_cast<double>(step));
        level.raises.push_back(static_cast<std::uint64_t>(step / 10));
      }
    result.modulators.push_back(std::move(level));
    if (end % 100 == 0)
      for (const auto& [population, variable] :
           std::vector<std::pair<PopulationId, std::string>>{{0, "v_m"}, {0, "spikes"}, {2, "v_m"}})
        result.hashes.push_back(
            {population, variable,
             draw(7, Purpose::task, population, variable.size(), static_cast<std::uint32_t>(end))[0]});
    return result;
  }

  /// Hands the run to a recorder in stretches of `length` steps (cut at every multiple of 100 too, where hashes are).
  void play(Recorder& recorder, Step length) const {
    for (Step begin = 0; begin < steps;) {
      const auto end = std::min({begin + length, (begin / 100 + 1) * 100, steps});
      recorder.commit(stretch(begin, end));
      begin = end;
    }
  }

  void write(const std::filesystem::path& directory, Step length, bool overwrite = false) const {
    io::Results results(directory, experiment, probes, overwrite);
    play(results, length);
    results.weights(weights(0));
    results.weights(weights(experiment.duration));
    io::RunSummary summary;
    summary.state = "done";
    summary.simulated_ms = experiment.duration;
    summary.threads = 2;
    summary.state_hash = "0123456789abcdef";
    results.finish(summary);
  }

  static io::WeightTable weights(double time) {
    return {.projection = "exc_to_inh",
            .from = "exc",
            .to = "inh",
            .unit = "pA",
            .time = time,
            .sources = {0, 0, 3},
            .targets = {1, 2, 9},
            .weights = {1, 2.5, -1},
            .delays = {1, 1.5, 0.1f}};
  }

 private:
  void add_spikes(Step step, Stretch& result) const {
    std::vector<Spike> spikes;
    for (NeuronId neuron = 0; neuron < 57; ++neuron) {
      const auto bits = draw(1, Purpose::task, 0, neuron, static_cast<std::uint32_t>(step));
      if (uniform(bits[0]) >= spikes_per_step / 57) continue;
      if (neuron >= 40 && neuron < 50)
        ++result.spike_counts[2];
      else
        ++result.spike_counts[neuron < 40 ? 0 : 3];
      spikes.push_back({step, neuron, experiment.timing == Timing::exact ? 0.1 * uniform(bits[1]) * (1 - 0x1p-50) : 0});
    }
    std::sort(spikes.begin(), spikes.end(), [](const Spike& a, const Spike& b) {
      return a.before != b.before ? a.before > b.before : a.neuron < b.neuron;
    });
    result.spikes.insert(result.spikes.end(), spikes.begin(), spikes.end());
  }

  void add_frames(std::size_t probe, Stretch& result) const {
    const auto every = probes[probe].every;
    const Step first = result.begin == 0 ? 0 : result.begin / every + 1, last = result.end / every;
    if (first > last) return;
    ProbeFrames frames{
        .probe = probe, .first_frame = first, .frames = static_cast<std::size_t>(last - first + 1), .values = {}};
    for (Step frame = first; frame <= last; ++frame)
      for (const auto neuron : probes[probe].neurons)
        frames.values.push_back(static_cast<float>(frame * every) + 0.01f * static_cast<float>(neuron));
    result.frames.push_back(std::move(frames));
  }
};

}  // namespace spikeloom::tests
