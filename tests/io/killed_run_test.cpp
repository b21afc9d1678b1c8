/// Runs that are killed, or that the disk fails: what is under its final name is whole, and a prefix.
#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <set>
#include <thread>

#include "core/errors.hpp"
#include "io/durable_file.hpp"
#include "io/hashed_file.hpp"
#include "io/hdf5/reader.hpp"
#include "io/results_file.hpp"
#include "io/run_file.hpp"
#include "io/segments.hpp"
#include "tests/io/synthetic_run.hpp"

using namespace spikeloom;
using tests::SyntheticRun;
using tests::TemporaryDirectory;

namespace {

/// Starts a process that runs `work` and ends without cleaning up.
template <class Work>
pid_t start(Work work) {
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child > 0) return child;
  try {
    work();
    ::_exit(0);
  } catch (const RunError&) {
    ::_exit(74);
  } catch (...) {
    ::_exit(1);
  }
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

template <class T>
bool is_prefix(const std::vector<T>& part, const std::vector<T>& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

/// Every file that has its final name opens.
void check_files(const std::filesystem::path& directory) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const auto path = entry.path();
    INFO(path);
    if (entry.is_directory() || io::is_pending(path)) continue;
    if (path.parent_path().filename() == "segments")
      CHECK(io::open_hashed(path).has_value());
    else if (path.extension() == ".h5")
      CHECK_NOTHROW(io::hdf5::Reader::open(path).datasets_below("/"));
    else
      CHECK_NOTHROW(io::read_run_file(directory));
  }
}

void check_prefix(const io::ResultsFile& part, const io::ResultsFile& whole) {
  for (const auto& population : whole.spike_populations()) {
    const auto x = part.spikes(population), y = whole.spikes(population);
    CHECK(is_prefix(x.times, y.times));
    CHECK(is_prefix(x.neurons, y.neurons));
    CHECK(x.times.size() ==
          y.times.size() - static_cast<std::size_t>(y.times.end() -
                                                    std::upper_bound(y.times.begin(), y.times.end(), part.duration())));
  }
  REQUIRE(part.reports().size() == whole.reports().size());
  for (std::size_t i = 0; i < whole.reports().size(); ++i) {
    const auto &x = part.reports()[i], &y = whole.reports()[i];
    CHECK(is_prefix(part.frames(x, 0, x.frames), whole.frames(y, 0, y.frames)));
  }
  for (std::size_t i = 0; i < whole.rates().size(); ++i)
    CHECK(is_prefix(part.rates()[i].values, whole.rates()[i].values));
  REQUIRE(part.modulators().size() == whole.modulators().size());
  for (std::size_t i = 0; i < whole.modulators().size(); ++i) {
    const auto p = part.modulators()[i], q = whole.modulators()[i];
    CHECK(is_prefix(part.modulator_samples(p, 0, p.samples).values, whole.modulator_samples(q, 0, q.samples).values));
  }
  const auto x = part.hashes(), y = whole.hashes();
  REQUIRE(x.size() <= y.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    CHECK((x[i].step == y[i].step && x[i].variable == y[i].variable && x[i].hash == y[i].hash));
}

void damage_third_segment(const std::filesystem::path& directory) {
  for (const auto& entry : std::filesystem::directory_iterator(directory / "segments"))
    if (entry.path().filename().string().starts_with("segment-000000002-")) {
      auto bytes = tests::bytes_of(entry.path());
      bytes[bytes.size() / 2] ^= 1;
      std::ofstream(entry.path(), std::ios::binary) << bytes;
    }
}

}  // namespace

TEST_CASE("a run killed at any moment leaves whole files that hold a prefix of the run", "[io][results][kill][slow]") {
  const TemporaryDirectory folder;
  const SyntheticRun run(3000);
  run.write(folder / "whole", 100);
  const io::ResultsFile whole(folder / "whole");
  const auto work = [&](const std::filesystem::path& directory) {
    io::Results results(directory, run.experiment, run.probes, false, {.bytes = 4096, .seconds = 0.001});
    for (Step begin = 0; begin < run.steps; begin += 20) {
      results.commit(run.stretch(begin, begin + 20));
      std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
    results.finish(tests::done());
  };
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(wait_for(start([&] { work(folder / "timed"); })) == 0);
  const auto length = std::chrono::steady_clock::now() - begin;

  std::set<Step> ends;
  for (std::uint64_t round = 0; round < 50; ++round) {
    const auto directory = folder / ("run" + std::to_string(round));
    const auto child = start([&] { work(directory); });
    std::this_thread::sleep_for(length * 1.05 * uniform(draw(11, Purpose::task, 0, round)[0]));
    ::kill(child, SIGKILL);
    wait_for(child);
    if (!std::filesystem::exists(directory / "run.json")) continue;  // killed before it began
    INFO("round " << round);
    check_files(directory);
    io::merge_segments(directory);
    const io::ResultsFile part(directory);
    CHECK((part.summary().state == "killed" || part.summary().state == "done"));
    check_prefix(part, whole);
    CHECK_FALSE(std::filesystem::exists(directory / "segments"));
    ends.insert(std::llround(part.duration() * 10));
    std::filesystem::remove_all(directory);
  }
  CHECK(ends.size() > 10);  // moments in the middle of the run were among them
}

TEST_CASE("a segment that was damaged ends the readable prefix", "[io][results][kill]") {
  const TemporaryDirectory folder;
  const SyntheticRun run(400);
  run.write(folder / "whole", 100);
  {
    io::Results results(folder / "run", run.experiment, run.probes, false, {.bytes = 1, .seconds = 1});
    run.play(results, 100);
  }
  damage_third_segment(folder / "run");
  const auto merged = io::merge_segments(folder / "run");
  CHECK(merged.is_new);
  CHECK(merged.left_out == 2);
  const io::ResultsFile part(folder / "run");
  CHECK(part.duration() == 20);
  check_prefix(part, io::ResultsFile(folder / "whole"));
  CHECK(std::filesystem::exists(folder / "run/segments"));  // what is left of them may be of use
  CHECK_FALSE(io::merge_segments(folder / "run").is_new);
}

TEST_CASE("a run whose segments were damaged meanwhile does not end with shorter results", "[io][results][kill]") {
  const TemporaryDirectory folder;
  const SyntheticRun run(400);
  {
    io::Results results(folder / "run", run.experiment, run.probes, false, {.bytes = 1, .seconds = 1});
    run.play(results, 100);
    results.position();
    damage_third_segment(folder / "run");
    CHECK_THROWS_WITH(results.finish(tests::done()), Catch::Contains("segment 3 of 4 is missing or damaged"));
  }
  CHECK_FALSE(std::filesystem::exists(folder / "run/results.h5"));
  CHECK(io::read_run_file(folder / "run").state == "failed");
}

TEST_CASE("a disk that takes no more ends the run with its words and leaves nothing half", "[io][results][kill]") {
  const TemporaryDirectory folder;
  const rlim_t limit = GENERATE(3000u, 20000u, 60000u);
  const SyntheticRun run(5000);
  const auto directory = folder / "run";
  const auto message = folder / "message";
  const auto child = start([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{limit, limit};
    ::setrlimit(RLIMIT_FSIZE, &small);
    try {
      io::Results results(directory, run.experiment, run.probes, false, {.bytes = 30000, .seconds = 10});
      run.play(results, 50);
      results.finish(tests::done());
    } catch (const RunError& error) {
      std::ofstream(message) << error.what();
      throw;
    }
  });
  const int status = wait_for(child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 74);
  const auto words = tests::bytes_of(message);
  CHECK_THAT(words, Catch::Contains("File too large") && Catch::Contains("\n    "));
  CHECK_THAT(words, Catch::Contains(directory.string()));
  check_files(directory);
}
