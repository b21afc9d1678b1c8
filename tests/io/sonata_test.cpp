/// The published layouts, byte for byte where they are fixed, as h5py sees them.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "io/results_file.hpp"
#include "io/spike_file.hpp"
#include "tests/io/synthetic_run.hpp"

using namespace spikeloom;
using tests::TemporaryDirectory;

namespace {

/// The golden run: spikes {(3, 0.1), (1, 0.25), (3, 12.5), (7, 100.0625)} of "exc", none of "inh"; a trace of 5 frames.
void write_golden(const std::filesystem::path& directory) {
  tests::SyntheticRun run;
  run.experiment.timing = Timing::exact;
  run.experiment.record.rates.clear();
  run.probes = {{"exc_v_m", 0, run.probes[0].variable, {0, 1, 5}, 1}};
  io::Results results(directory, run.experiment, run.probes, false);
  std::vector<float> values;
  for (int i = 0; i < 15; ++i) values.push_back(static_cast<float>(-70 + i));
  Stretch first{.begin = 0,
                .end = 4,
                .spikes = {{1, 3, 0}, {3, 1, 0.3 - 0.25}},
                .frames = {{0, 0, 5, values}},
                .spike_counts = {2, 0, 0, 0},
                .hashes = {}};
  Stretch second{.begin = 4,
                 .end = 1010,
                 .spikes = {{125, 3, 0}, {1001, 7, 100.1 - 100.0625}},
                 .frames = {},
                 .spike_counts = {2, 0, 0, 0},
                 .hashes = {}};
  results.commit(std::move(first));
  results.commit(std::move(second));
  results.finish(tests::done());
}

}  // namespace

TEST_CASE("the golden spikes round-trip to the bit", "[io][sonata]") {
  const TemporaryDirectory folder;
  write_golden(folder / "run");
  const auto spikes = io::read_spikes(folder / "run/results.h5", "exc");
  CHECK(spikes.times == std::vector<double>{0.1, 0.25, 12.5, 100.0625});
  CHECK(spikes.neurons == std::vector<std::uint32_t>{3, 1, 3, 7});
  CHECK(spikes.warnings.empty());
  CHECK(io::read_spikes(folder / "run/results.h5", "inh").times.empty());
}

TEST_CASE("h5py sees the published SONATA layouts", "[io][sonata]") {
  if (std::system("/usr/bin/python3 -c 'import h5py' 2>/dev/null") != 0) {
    WARN("skipped: python3-h5py is not installed");
    return;
  }
  const TemporaryDirectory folder;
  write_golden(folder / "golden");
  tests::SyntheticRun(500).write(folder / "run", 50);
  const auto command = "/usr/bin/python3 " SPIKELOOM_SOURCE_DIR "/tests/io/check_with_h5py.py " +
                       (folder / "golden").string() + " " + (folder / "run").string();
  CHECK(std::system(command.c_str()) == 0);
}

TEST_CASE("a long trace goes on in a second file after a million frames", "[io][sonata]") {
  const TemporaryDirectory folder;
  tests::SyntheticRun run;
  run.probes = {{"one", 0, run.probes[0].variable, {4}, 1}};
  constexpr std::size_t frames = 1'000'003;
  std::vector<float> values(frames);
  for (std::size_t i = 0; i < frames; ++i) values[i] = static_cast<float>(i % 1000);
  {
    io::Results results(folder / "run", run.experiment, run.probes, false);
    results.commit({.begin = 0,
                    .end = frames - 1,
                    .spikes = {},
                    .frames = {{0, 0, frames, values}},
                    .spike_counts = {0, 0, 0, 0},
                    .hashes = {}});
    results.finish(tests::done());
  }
  CHECK(std::filesystem::exists(folder / "run/reports/one.part2.h5"));
  const io::ResultsFile results(folder / "run");
  REQUIRE(results.reports().size() == 1);
  CHECK(results.reports()[0].frames == frames);
  CHECK(results.frames(results.reports()[0], 0, frames) == values);
  CHECK(results.frames(results.reports()[0], 999'999, 3) == std::vector<float>{999, 0, 1});
}
