/// What was run, when, how fast, and how it ended.
#include "io/report/format.hpp"
#include "io/report/section.hpp"

namespace spikeloom::io::report {
namespace {

/// 299012345 -> {299, "million"}: counts that one can read.
Json count_tile(std::string_view label, double count, std::string_view hint, std::string_view about) {
  std::string_view unit;
  if (count >= 1e9)
    count /= 1e9, unit = "billion";
  else if (count >= 1e6)
    count /= 1e6, unit = "million";
  return {{"label", label}, {"value", rounded(count, unit.empty() ? 12 : 4)},
          {"digits", 4},    {"unit", unit},
          {"hint", hint},   {"about", about}};
}

std::uint64_t neurons_of(const ResultsFile& results) {
  std::uint64_t neurons = 0;
  for (const auto& population : results.populations()) neurons += population.size;
  return neurons;
}

std::uint64_t populations_with_neurons(const ResultsFile& results) {
  std::uint64_t count = 0;
  for (const auto& population : results.populations()) count += population.size > 0;
  return count;
}

std::uint64_t spikes_of(const ResultsFile& results) {
  std::uint64_t spikes = 0;
  for (const auto total : results.spike_totals()) spikes += total;
  return spikes;
}

/// Tiles of a run that a protocol drove: its headline metrics.
Json protocol_tiles(const Run& run) {
  const auto& summary = run.results.summary();
  auto list = Json::array();
  for (const auto& metric : run.results.protocol_data().metrics)
    if (metric.headline)
      list.push_back({{"label", metric.name},
                      {"value", rounded(metric.value, 3)},
                      {"unit", metric.unit},
                      {"hint", metric.doc},
                      {"about", metric.doc}});
  if (summary.wall_time_s > 0)
    list.push_back({{"label", "Wall time"},
                    {"value", duration_text(1000 * summary.wall_time_s)},
                    {"hint", "on " + counted(static_cast<std::uint64_t>(summary.threads), "thread")},
                    {"about", "All of the protocol"}});
  return list;
}

Json tiles(const Run& run) {
  if (!run.results.protocol().empty()) return protocol_tiles(run);
  const auto& summary = run.results.summary();
  const auto neurons = neurons_of(run.results), spikes = spikes_of(run.results);
  const double duration = run.results.duration();
  auto list = Json::array();
  if (summary.real_time_factor > 0)
    list.push_back({{"label", "Real-time factor"},
                    {"value", rounded(summary.real_time_factor, 3)},
                    {"hint", summary.real_time_factor <= 1 ? "faster than real time" : "slower than real time"},
                    {"about", "Wall time of the simulation over biological time; smaller is faster"}});
  if (summary.wall_time_s > 0)
    list.push_back({{"label", "Wall time"},
                    {"value", duration_text(1000 * summary.wall_time_s)},
                    {"hint", "built in " + duration_text(1000 * summary.build_time_s)},
                    {"about", "Without building the network"}});
  list.push_back(count_tile("Neurons", static_cast<double>(neurons),
                            "in " + counted(populations_with_neurons(run.results), "population"),
                            "Sources with a size count as neurons"));
  if (summary.synapses > 0)
    list.push_back(count_tile(
        "Synapses", static_cast<double>(summary.synapses),
        neurons ? number_text(static_cast<double>(summary.synapses) / static_cast<double>(neurons)) + " per neuron"
                : "",
        "Connections stored; drives without a size need none"));
  const double seconds = duration / 1000 * static_cast<double>(neurons);
  list.push_back(
      count_tile("Spikes", static_cast<double>(spikes),
                 seconds > 0 ? "mean rate " + number_text(static_cast<double>(spikes) / seconds) + " Hz" : "",
                 "Of all populations, recorded or not"));
  if (summary.synaptic_events > 0)
    list.push_back(count_tile(
        "Synaptic events", static_cast<double>(summary.synaptic_events),
        number_text(
            rounded(summary.wall_time_s * 1e9 * summary.threads / static_cast<double>(summary.synaptic_events), 3)
                .get<double>()) +
            " ns per event and thread",
        "Arrivals of spikes at their targets; all of the wall time shared among them"));
  if (summary.peak_memory_bytes > 0)
    list.push_back({{"label", "Peak memory"},
                    {"value", rounded(static_cast<double>(summary.peak_memory_bytes) /
                                          (summary.peak_memory_bytes < 1000000000 ? 1e6 : 1e9),
                                      3)},
                    {"unit", summary.peak_memory_bytes < 1000000000 ? "MB" : "GB"},
                    {"hint", "resident, at most"}});
  return list;
}

struct StateWords {
  std::string_view state, style, words, notice;
};
constexpr StateWords state_words[] = {
    {"done", "done", "complete", ""},
    {"stopped", "stopped", "stopped early", "This run was stopped before its end. What it had finished is shown."},
    {"killed", "stopped", "killed",
     "This run was killed. Every stretch that it had finished writing was recovered and is shown here; later activity "
     "is lost."},
    {"running", "running", "still running",
     "This run had not ended when the page was written. What it had finished is shown."},
    {"failed", "failed", "failed", "This run failed. What it had finished writing is shown; its log says why."},
    {"unknown", "unknown", "state unknown",
     "There is no run.json beside the results, so how the run ended, and how fast it was, is not known."},
};

const StateWords& words_of(std::string_view state) {
  for (const auto& words : state_words)
    if (words.state == state) return words;
  return std::end(state_words)[-1];
}

}  // namespace

Json summary_section(const Run& run) {
  const auto& results = run.results;
  const auto& provenance = results.provenance();
  const auto& words = words_of(results.summary().state);
  auto line = Json::array();
  if (!results.protocol().empty()) {
    line = Json::array({"module " + results.module(), "protocol " + results.protocol()});
    if (results.summary().simulated_ms > 0)
      line.push_back(duration_text(results.summary().simulated_ms) + " of biological time");
    line.push_back("seed " + std::to_string(results.seed()));
  } else {
    line = Json::array({duration_text(results.duration()) + " of biological time",
                        "step " + number_text(results.resolution()) + " ms",
                        results.timing() == "exact" ? "exact spike times" : "spikes on the grid",
                        "seed " + std::to_string(results.seed())});
  }
  if (results.summary().threads > 0)
    line.push_back(counted(static_cast<std::uint64_t>(results.summary().threads), "thread"));
  auto where = Json::array();
  for (const char* key : {"date", "host"})
    if (const auto found = provenance.find(key); found != provenance.end()) where.push_back(found->second);
  auto notices = Json::array();
  if (!words.notice.empty()) notices.push_back(words.notice);
  return {{"name", results.name().empty() ? "unnamed experiment" : results.name()},
          {"state", words.words},
          {"state_class", words.style},
          {"line", line},
          {"where", where},
          {"tiles", tiles(run)},
          {"notices", notices}};
}

}  // namespace spikeloom::io::report
