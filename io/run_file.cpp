/// RunSummary to JSON and back: one table of keys for both ways.
#include "io/run_file.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <limits>

#include "core/errors.hpp"
#include "io/durable_file.hpp"
#include "io/hashed_file.hpp"

namespace spikeloom::io {
namespace {

/// Calls visit(key, member) for every key of run.json, in order.
template <class Summary, class Visit>
void for_each_key(Summary& summary, Visit visit) {
  visit("state", summary.state);
  visit("wall_time_s", summary.wall_time_s);
  visit("build_time_s", summary.build_time_s);
  visit("simulated_ms", summary.simulated_ms);
  visit("real_time_factor", summary.real_time_factor);
  visit("spikes", summary.spikes);
  visit("synaptic_events", summary.synaptic_events);
  visit("synapses", summary.synapses);
  visit("peak_memory_bytes", summary.peak_memory_bytes);
  visit("threads", summary.threads);
  visit("ranks", summary.ranks);
  visit("state_hash", summary.state_hash);
}

}  // namespace

void write_run_file(const std::filesystem::path& directory, const std::string& experiment, const RunSummary& summary) {
  nlohmann::ordered_json json;
  json["experiment"] = experiment;
  for_each_key(summary, [&](const char* key, const auto& value) { json[key] = value; });
  json["metrics"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : summary.metrics)
    json["metrics"][name] = std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
  json["files"] = summary.files;
  write_durably(directory / "run.json", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

RunSummary read_run_file(const std::filesystem::path& directory) {
  const auto path = directory / "run.json";
  std::ifstream file(path);
  if (!file)
    throw FileError(path.string() + ": cannot be opened\n    give a directory that `spikeloom run` has written");
  try {
    const auto json = nlohmann::json::parse(file);
    RunSummary summary;
    for_each_key(summary, [&](const char* key, auto& value) { json.at(key).get_to(value); });
    for (const auto& [name, value] : json.at("metrics").items())
      summary.metrics[name] = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
    if (json.contains("files")) json.at("files").get_to(summary.files);
    return summary;
  } catch (const nlohmann::json::exception& error) {
    throw FileError(path.string() + ": is not a run record: " + error.what() +
                    "\n    the file was changed or damaged; run the experiment again");
  }
}

void require_written(const std::filesystem::path& directory, const RunSummary& summary, const std::string& name) {
  const auto known = summary.files.find(name);
  if (known == summary.files.end()) return;
  if (const auto problem = problem_of_file(directory / name, known->second); !problem.empty())
    throw FileError((directory / name).string() + ": " + problem +
                    "\n    get a whole copy or run the experiment again; if you have changed the file yourself, remove "
                    "\"files\" from run.json");
}

void require_written(const std::filesystem::path& file) {
  const auto directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  RunSummary summary;
  try {
    if (std::filesystem::exists(directory / "run.json")) summary = read_run_file(directory);
  } catch (const FileError&) {  // another program's
  }
  require_written(directory, summary, file.filename().string());
}

}  // namespace spikeloom::io
