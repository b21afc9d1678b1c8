/// Looking into a results directory without disturbing who writes there.
#include "io/run_status.hpp"

#include <algorithm>
#include <map>

#include "core/errors.hpp"
#include "io/checkpoints.hpp"
#include "io/describe_file.hpp"
#include "io/durable_file.hpp"
#include "io/experiment_file.hpp"
#include "io/hashed_file.hpp"
#include "io/isolation.hpp"
#include "io/run_file.hpp"
#include "io/segments.hpp"
#include "io/time_axis.hpp"

namespace spikeloom::io {
namespace {

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder, const std::string& kind) {
  if (!std::filesystem::is_directory(folder)) return {};
  return hashed_files(folder, kind);
}

/// Where the last segment that is whole ends [ms].
double end_of_segments(const std::filesystem::path& directory) {
  const auto folder = directory / "segments";
  const auto headers = files_in(folder, "header");
  const auto header = headers.empty() ? std::nullopt : open_hashed(headers.front());
  if (!header) return 0;
  const auto resolution = read_header(*header).resolution;
  auto segments = files_in(folder, "segment");
  std::reverse(segments.begin(), segments.end());
  for (const auto& path : segments)
    if (const auto file = open_hashed(path))
      return TimeAxis(resolution).at(Step{file->integer_attribute("/", "end").value_or(0)});
  return 0;
}

/// Of a file whose name carries its hash, of one with a `hash` that run.json knows, or ("") of any other.
std::string problem_of(const std::filesystem::path& path, bool is_hashed, const std::string& hash) try {
  if (is_hashed) return open_hashed(path) ? "" : "its bytes do not have the hash in its name";
  if (!hash.empty()) return problem_of_file(path, hash);
  if (path.filename() == "run.json") {
    read_run_file(path.parent_path());
  } else if (path.extension() == ".h5") {
    parse_isolated(path, [&] {
      describe_hdf5(path);
      return Parcel();
    });
  }
  return "";
} catch (const FileError& error) {
  return error.what();
}

/// Hashes of files in run.json; none if it cannot be read, which is a problem of its own.
std::map<std::string, std::string> known_hashes(const std::filesystem::path& directory) try {
  return read_run_file(directory).files;
} catch (const FileError&) {
  return {};
}

}  // namespace

RunStatus run_status(const std::filesystem::path& directory) {
  const auto summary = read_run_file(directory);
  RunStatus status{.state = summary.state, .recorded_ms = summary.simulated_ms};
  const bool has_segments = std::filesystem::is_directory(directory / "segments");
  if (status.state == "running" && !(has_segments && SegmentStore::is_held(directory / "segments")))
    status.state = "killed";
  if (status.recorded_ms == 0 && has_segments) status.recorded_ms = end_of_segments(directory);

  auto checkpoints = files_in(directory / "checkpoints", "state");
  std::reverse(checkpoints.begin(), checkpoints.end());
  for (const auto& path : checkpoints) {
    const auto file = open_hashed(path);
    if (!file) continue;
    if (!file->has_dataset("/experiment")) continue;  // something else with a hash in its name
    if (!has_its_parts(*file, path)) continue;
    const auto texts = file->texts("/experiment");
    if (texts.empty()) continue;
    status.has_checkpoint = true;
    const auto experiment = parse_experiment(texts.front(), path.string());
    status.duration_ms = experiment.duration;
    if (experiment.protocol) break;
    const bool has_begun = file->has_dataset("/state/run.step");
    const auto step = has_begun ? file->scalar<std::uint64_t>("/state/run.step") : 0;
    status.checkpoint_ms = TimeAxis(experiment.resolution).at(static_cast<Step>(step));
    break;
  }
  return status;
}

std::vector<CheckedFile> check_run(const std::filesystem::path& directory) {
  if (!std::filesystem::exists(directory / "run.json"))
    throw FileError(directory.string() + ": holds no run.json\n    give a directory that `spikeloom run` has written");
  auto hashes = known_hashes(directory);
  std::vector<CheckedFile> files;
  for (const auto* folder : {"", "reports", "segments", "checkpoints"}) {
    const auto within = directory / folder;
    if (!std::filesystem::is_directory(within)) continue;
    const auto name = std::string_view(folder);
    for (const auto& entry : std::filesystem::directory_iterator(within))
      if (entry.is_regular_file() && !is_pending(entry.path())) {
        const auto hash = hashes.extract(entry.path().lexically_relative(directory).generic_string());
        files.push_back({entry.path(), problem_of(entry.path(), name == "segments" || name == "checkpoints",
                                                  hash ? hash.mapped() : "")});
      }
  }
  for (const auto& [name, hash] : hashes) files.push_back({directory / name, problem_of_file(directory / name, hash)});
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

}  // namespace spikeloom::io
