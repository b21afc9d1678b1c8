/// Runs of networks that are killed and gone on with: the same files in the end, whatever was left behind.
#include "io/network_checkpoint.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "core/errors.hpp"
#include "io/compare.hpp"
#include "io/experiment_file.hpp"
#include "networks/build.hpp"
#include "tests/io/synthetic_run.hpp"
#include "tests/reference/on_ranks.hpp"

using namespace spikeloom;
using tests::TemporaryDirectory;

namespace {

constexpr Step whole_run = 1000, leg = 70, legs_per_checkpoint = 3;
const io::SegmentLimits every_stretch{.bytes = 1, .seconds = 1};

std::string checkpointed_network(const std::string& timing, const std::string& plasticity) {
  return fmt::format(R"(
experiment: {{name: kept, duration: 500 ms, resolution: 0.5 ms, timing: {}, seed: 9}}
populations:
  exc: {{model: lif_psc_exp, size: 80, initial: {{v_m: {{uniform: [-70 mV, -55 mV]}}}}}}
  drive: {{model: poisson, params: {{rate: 9 kHz}}}}
projections:
  - {{from: drive, to: exc, weight: 45 pA, delay: 1 ms}}
  - {{name: recurrent, from: exc, to: exc, connect: {{rule: fixed_indegree, indegree: 20}}, weight: {{uniform: [10 pA, 40 pA]}}, delay: {{uniform: [1 ms, 12 ms]}}{}}}
record:
  - {{spikes: exc}}
  - {{rates: exc, bin: 7 ms}}
  - {{state: v_m, of: exc, neurons: 0..9, every: 1.5 ms}}
)",
                     timing, plasticity);
}

const std::vector<std::string> checkpointed_networks = {
    checkpointed_network("grid", ", plasticity: {rule: stdp_pair, params: {w_max: 60 pA, lambda: 0.1}}"),
    checkpointed_network("grid", ", plasticity: {rule: delay_stdp, params: {w_max: 60 pA}}"),
    checkpointed_network("exact", "")};

BuiltNetwork kept_network(const ExperimentSpec& experiment, int partitions, Ranks& ranks = Ranks::alone()) {
  auto cut = experiment;
  cut.run.partitions = partitions;
  return build(cut, 1, {}, ranks);
}

/// `results`: of the first rank, null on others.
template <class AfterLeg>
void go_on(Engine& engine, io::Results* results, AfterLeg after_leg) {
  while (engine.now() < whole_run) {
    const auto end = std::min(engine.now() + leg, whole_run);
    auto stretch = engine.run_until(end, end % (2 * leg) == 0 || end == whole_run);
    if (results) results->commit(std::move(stretch));
    after_leg();
  }
  if (results) results->finish(tests::done());
}

io::ResultsFile uninterrupted(const std::filesystem::path& directory, const ExperimentSpec& experiment) {
  {
    const auto network = kept_network(experiment, 1);
    io::Results results(directory, experiment, network.probes, false);
    go_on(*network.engine, &results, [] {});
  }
  return io::ResultsFile(directory);
}

/// Runs an experiment with checkpoints in `folder`/run; what a kill a leg after each would leave is copied to folder/0,
/// 1, ... Returns how many there are.
int run_with_copies(const ExperimentSpec& experiment, const std::string& yaml, const TemporaryDirectory& folder) {
  const auto network = kept_network(experiment, 2);
  io::Results results(folder / "run", experiment, network.probes, false, every_stretch);
  io::CheckpointFiles files(folder / "run", yaml, {}, std::chrono::milliseconds(0));
  int legs = 0, copies = 0;
  go_on(*network.engine, &results, [&] {
    if (++legs % legs_per_checkpoint == 0) io::save_network(files, *network.engine, &results, legs);
    if (legs % legs_per_checkpoint != 1 || legs == 1) return;
    results.position();  // the leg after the checkpoint is on disk too
    std::filesystem::copy(folder / "run", folder / std::to_string(copies++), std::filesystem::copy_options::recursive);
  });
  return copies;
}

void resume_in(const std::filesystem::path& directory, int partitions) {
  const auto checkpoint = io::read_checkpoint(directory);
  const auto experiment = io::parse_experiment(checkpoint.experiment, "kept.yaml");
  const auto network = kept_network(experiment, partitions);
  const auto resumed = io::restore_network(checkpoint, *network.engine);
  CHECK(resumed.wall_time > 0);
  io::Results results(directory, experiment, network.probes, resumed.files);
  go_on(*network.engine, &results, [] {});
}

void flip_bit(const std::filesystem::path& path, std::uintmax_t at) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(at));
  const auto byte = static_cast<char>(file.get() ^ 4);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder, const std::string& kind) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().starts_with(kind)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("a network killed after any of its checkpoints ends with the same results", "[io][checkpoint][kill]") {
  for (const auto& yaml : checkpointed_networks) {
    INFO(yaml);
    const TemporaryDirectory folder;
    const auto experiment = io::parse_experiment(yaml, "kept.yaml");
    const auto whole = uninterrupted(folder / "whole", experiment);
    const int copies = run_with_copies(experiment, yaml, folder);
    REQUIRE(copies == 4);
    CHECK(io::compare(io::ResultsFile(folder / "run"), whole).empty());
    for (int k = 0; k < copies; ++k) {
      resume_in(folder / std::to_string(k), 1 + k % 3);
      CHECK(io::compare(io::ResultsFile(folder / std::to_string(k)), whole) == std::vector<std::string>{});
    }
  }
}

/// Runs on `count` ranks up to the last checkpoint and the leg after it, or goes on from there to the end.
void run_on_ranks(const std::filesystem::path& directory, const std::string& yaml, int count, bool goes_on) {
  reference::on_ranks(count, 3, [&](Ranks& ranks) {
    const auto from = goes_on ? io::read_checkpoint(directory, ranks) : io::Checkpoint();
    const auto experiment = io::parse_experiment(yaml, "kept.yaml");
    const auto network = kept_network(experiment, 3, ranks);  // the fourth and fifth rank have no neurons
    std::optional<io::ResumedRun> resumed;
    if (goes_on) resumed = io::restore_network(from, *network.engine);
    std::unique_ptr<io::Results> results;
    if (ranks.is_first() && resumed)
      results = std::make_unique<io::Results>(directory, experiment, network.probes, resumed->files);
    else if (ranks.is_first())
      results = std::make_unique<io::Results>(directory, experiment, network.probes, false, every_stretch);
    io::CheckpointFiles files(directory, yaml, {}, std::chrono::milliseconds(0), ranks);
    if (goes_on) return go_on(*network.engine, results.get(), [] {});
    for (int legs = 1; legs <= 4 * legs_per_checkpoint + 1; ++legs) {
      auto stretch = network.engine->run_until(network.engine->now() + leg, legs % 2 == 0);
      if (results) results->commit(std::move(stretch));
      if (legs % legs_per_checkpoint == 0) io::save_network(files, *network.engine, results.get(), legs);
    }
    if (results) results->position();
  });
}

TEST_CASE("ranks write their own parts of a checkpoint, and any number of ranks goes on", "[io][checkpoint][ranks]") {
  for (const auto& yaml : checkpointed_networks) {
    INFO(yaml);
    const TemporaryDirectory folder;
    const auto experiment = io::parse_experiment(yaml, "kept.yaml");
    const auto whole = uninterrupted(folder / "whole", experiment);
    run_on_ranks(folder / "run", yaml, 5, false);
    CHECK(files_of(folder / "run" / "checkpoints", "state-").size() == 2);
    CHECK(files_of(folder / "run" / "checkpoints", "part-").size() == 10);
    for (int count = 1; count <= 5; ++count) {
      const auto copy = folder / std::to_string(count);
      std::filesystem::copy(folder / "run", copy, std::filesystem::copy_options::recursive);
      const auto parts = files_of(copy / "checkpoints", "part-");
      if (count == 2) flip_bit(parts.back(), 3000);  // the last checkpoint is not whole: from the one before
      if (count == 4) std::filesystem::remove(parts.back());
      run_on_ranks(copy, yaml, count, true);
      CHECK(io::compare(io::ResultsFile(copy), whole) == std::vector<std::string>{});
    }
    for (const auto& part : files_of(folder / "run" / "checkpoints", "part-")) std::filesystem::remove(part);
    CHECK_THROWS_WITH(io::read_checkpoint(folder / "run"), Catch::Contains("no checkpoint is whole"));
  }
}

TEST_CASE("a network does not go on from damaged files, nor with another network", "[io][checkpoint][kill]") {
  const TemporaryDirectory folder;
  const auto& yaml = checkpointed_networks[0];
  const auto experiment = io::parse_experiment(yaml, "kept.yaml");
  REQUIRE(run_with_copies(experiment, yaml, folder) == 4);
  const auto directory = folder / "3";

  SECTION("a bit at every KiB of both checkpoints") {
    const auto checkpoints = files_of(directory / "checkpoints", "state-");
    REQUIRE(checkpoints.size() == 2);
    std::filesystem::remove(checkpoints[0]);
    for (std::uintmax_t at = 0, size = std::filesystem::file_size(checkpoints[1]); at < size; at += 1024) {
      flip_bit(checkpoints[1], at);
      CHECK_THROWS_WITH(io::read_checkpoint(directory), Catch::Contains("no checkpoint is whole"));
      flip_bit(checkpoints[1], at);
    }
    resume_in(directory, 2);
    CHECK(io::compare(io::ResultsFile(directory), io::ResultsFile(folder / "run")).empty());
  }
  SECTION("a segment that the checkpoint builds on") {
    flip_bit(files_of(directory / "segments", "segment-").front(), 3000);
    CHECK_THROWS_WITH(resume_in(directory, 1), Catch::Contains("segment 1 of") && Catch::Contains("damaged"));
  }
  SECTION("no segments at all") {
    std::filesystem::remove_all(directory / "segments");
    CHECK_THROWS_WITH(resume_in(directory, 1), Catch::Contains("is missing"));
  }
  SECTION("another experiment") {
    const auto checkpoint = io::read_checkpoint(directory);
    auto other = experiment;
    other.seed = 10;
    CHECK_THROWS_AS(io::restore_network(checkpoint, *kept_network(other, 1).engine), FileError);
    other = experiment;
    other.network.populations[0].size = 81;
    CHECK_THROWS_AS(io::restore_network(checkpoint, *kept_network(other, 1).engine), FileError);
  }
  SECTION("the results of another experiment") {
    auto other = experiment;
    other.duration = 600;
    const auto network = kept_network(other, 1);
    CHECK_THROWS_WITH(io::Results(directory, other, network.probes, io::ResultsPosition{}),
                      Catch::Contains("not of the experiment"));
    resume_in(directory, 1);  // nothing was removed
    CHECK(io::compare(io::ResultsFile(directory), io::ResultsFile(folder / "run")).empty());
  }
}
