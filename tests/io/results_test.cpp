/// The results directory as written by a run: the same bytes whatever the cuts, and read back as they were given.
#include <catch2/catch.hpp>

#include <set>

#include "core/errors.hpp"
#include "io/results_file.hpp"
#include "io/run_file.hpp"
#include "tests/io/synthetic_run.hpp"

using namespace spikeloom;
using tests::SyntheticRun;
using tests::TemporaryDirectory;

namespace {

/// The bytes of results.h5 with the one line that differs between runs of one process, the date, made equal.
std::string without_date(const std::filesystem::path& file) {
  auto bytes = tests::bytes_of(file);
  const auto date = io::ResultsFile(file).provenance().at("date");
  const auto at = bytes.find(date);
  REQUIRE(at != std::string::npos);
  return bytes.replace(at, date.size(), "date");
}

/// The bytes of run.json without the hash of results.h5, which has the date in it.
std::string without_hash(const std::filesystem::path& file) {
  constexpr std::string_view name = "\"results.h5\": \"";
  auto bytes = tests::bytes_of(file);
  const auto at = bytes.find(name);
  REQUIRE(at != std::string::npos);
  return bytes.replace(at + name.size(), 16, "hash");
}

}  // namespace

TEST_CASE("results read back as they were recorded", "[io][results]") {
  const TemporaryDirectory directory;
  const SyntheticRun run(1000);
  run.write(directory / "run", 37);
  const io::ResultsFile results(directory / "run");

  CHECK(results.name() == "synthetic");
  CHECK(results.timing() == "grid");
  CHECK(results.seed() == 0xFFFFFFFFFFFFFFFFu);
  CHECK(results.duration() == 100);
  CHECK(results.spike_populations() == std::vector<std::string>{"exc", "inh"});
  CHECK(results.provenance().at("experiment") == run.experiment.source_text);
  CHECK(results.summary().state == "done");
  CHECK(results.summary().state_hash == "0123456789abcdef");

  const auto whole = run.stretch(0, 1000);
  std::vector<double> times;
  std::vector<std::uint64_t> neurons;
  for (const auto& spike : whole.spikes)
    if (spike.neuron < 40) {
      times.push_back(static_cast<double>(spike.step) / 10);  // the nearest double of the decimal value
      neurons.push_back(spike.neuron);
    }
  const auto spikes = results.spikes("exc");
  CHECK(spikes.times == times);
  CHECK(spikes.neurons == neurons);
  CHECK(results.spike_totals() == whole.spike_counts);
  const auto some = results.spikes("exc", 10, 20);
  CHECK(some.times == std::vector<double>(std::upper_bound(times.begin(), times.end(), 10),
                                          std::upper_bound(times.begin(), times.end(), 20)));

  REQUIRE(results.reports().size() == 2);
  const auto& trace = results.reports()[1];
  CHECK(trace.name == "inh_v_m");
  CHECK(trace.population == "inh");
  CHECK(trace.variable == "v_m");
  CHECK(trace.unit == "mV");
  CHECK(trace.neurons == std::vector<std::uint64_t>{1, 2, 5, 9});
  CHECK(trace.every == 0.7);
  CHECK(trace.frames == 143);
  CHECK(results.frames(trace, 0, trace.frames) == whole.frames[1].values);
  CHECK(results.frames(trace, 100, 2) ==
        std::vector<float>(whole.frames[1].values.begin() + 400, whole.frames[1].values.begin() + 408));
}

TEST_CASE("rates count the spikes of right-closed bins, a last bin by the time it has", "[io][results]") {
  const TemporaryDirectory directory;
  const SyntheticRun run(1003);
  run.write(directory / "run", 11);
  const auto rates = io::ResultsFile(directory / "run").rates();
  REQUIRE(rates.size() == 2);
  CHECK(rates[0].population == "exc");
  CHECK(rates[0].bin == 5);
  REQUIRE(rates[0].values.size() == 21);
  CHECK(rates[1].bin == 0.7);
  std::vector<double> counts(21);
  for (const auto& spike : run.stretch(0, 1003).spikes)
    if (spike.neuron < 40) ++counts[static_cast<std::size_t>((spike.step - 1) / 50)];
  for (std::size_t k = 0; k < counts.size(); ++k)
    CHECK(rates[0].values[k] == Approx(counts[k] / 40 / (k < 20 ? 5e-3 : 0.3e-3)).epsilon(1e-12));
}

TEST_CASE("modulators read back sample by sample, the end included", "[io][results]") {
  const TemporaryDirectory directory;
  const SyntheticRun run(300);
  run.write(directory / "run", 7);
  const io::ResultsFile results(directory / "run");
  const auto modulators = results.modulators();
  REQUIRE(modulators.size() == 1);
  CHECK(modulators[0].name == "dopamine");
  CHECK(modulators[0].every == 0.3);
  REQUIRE(modulators[0].samples == 101);
  const auto samples = results.modulator_samples(modulators[0], 0, 101);
  for (std::size_t k = 0; k < 101; ++k) {
    CHECK(samples.values[k] == 0.1 * static_cast<double>(3 * k));
    CHECK(samples.raises[k] == 3 * k / 10);
  }
}

TEST_CASE("weights and hashes read back in order", "[io][results]") {
  const TemporaryDirectory directory;
  const SyntheticRun run(300);
  run.write(directory / "run", 50);
  const io::ResultsFile results(directory / "run");
  const auto tables = results.weight_tables();
  REQUIRE(tables.size() == 2);
  CHECK(tables[0].time == 0);
  CHECK(tables[1].time == 30);
  CHECK(tables[1].unit == "pA");
  const auto table = results.weights(tables[1]);
  CHECK(table.sources == std::vector<std::uint32_t>{0, 0, 3});
  CHECK(table.weights == std::vector<float>{1, 2.5, -1});
  CHECK(table.delays == std::vector<float>{1, 1.5, 0.1f});
  const auto hashes = results.hashes();
  REQUIRE(hashes.size() == 9);
  CHECK(hashes[4].step == 200);
  CHECK(hashes[4].variable == "spikes");
  CHECK(hashes[5].population == 2);
}

TEST_CASE("result files have the same bytes however the run was cut", "[io][results]") {
  const auto timing = GENERATE(Timing::grid, Timing::exact);
  const TemporaryDirectory directory;
  const SyntheticRun run(2000, timing);
  run.write(directory / "a", 2000);
  run.write(directory / "b", 7);
  CHECK(without_date(directory / "a/results.h5") == without_date(directory / "b/results.h5"));
  for (const auto* name : {"reports/exc_v_m.h5", "reports/inh_v_m.h5"})
    CHECK(tests::bytes_of(directory / "a" / name) == tests::bytes_of(directory / "b" / name));
  CHECK(without_hash(directory / "a/run.json") == without_hash(directory / "b/run.json"));
}

TEST_CASE("spikes are sorted by time and neuron also where rounding makes times equal", "[io][results]") {
  const TemporaryDirectory directory;
  SyntheticRun run(102);
  run.probes.clear();
  run.experiment.timing = Timing::exact;
  io::Results results(directory / "run", run.experiment, run.probes, false);
  // A spike a hair after the end of step 101 rounds to that end itself, where a neuron of a higher id has just fired.
  Stretch first{
      .begin = 0, .end = 101, .spikes = {{101, 9, 0}}, .frames = {}, .spike_counts = {1, 0, 0, 0}, .hashes = {}};
  Stretch second{.begin = 101,
                 .end = 102,
                 .spikes = {{102, 3, std::nextafter(0.1, 0)}},
                 .frames = {},
                 .spike_counts = {1, 0, 0, 0},
                 .hashes = {}};
  results.commit(std::move(first));
  results.commit(std::move(second));
  results.finish({});
  const auto spikes = io::ResultsFile(directory / "run").spikes("exc");
  CHECK(spikes.times == std::vector<double>{10.1, 10.1});
  CHECK(spikes.neurons == std::vector<std::uint64_t>{3, 9});
}

TEST_CASE("a directory with results is not overwritten unasked", "[io][results]") {
  const TemporaryDirectory directory;
  const SyntheticRun run(100);
  run.write(directory / "run", 10);
  const auto before = tests::bytes_of(directory / "run/results.h5");
  CHECK_THROWS_WITH(run.write(directory / "run", 10), Catch::Contains("another run") && Catch::Contains("--overwrite"));
  CHECK(tests::bytes_of(directory / "run/results.h5") == before);
  run.write(directory / "run", 10, true);
  CHECK(io::ResultsFile(directory / "run").summary().state == "done");
}

TEST_CASE("a run that fails leaves segments that merge into readable results", "[io][results]") {
  const TemporaryDirectory directory;
  const SyntheticRun run(500);
  {
    io::Results results(directory / "run", run.experiment, run.probes, false);
    run.play(results, 20);
  }
  CHECK(io::read_run_file(directory / "run").state == "failed");
  CHECK_THROWS_WITH(io::ResultsFile(directory / "run"), Catch::Contains("spikeloom merge"));
  io::merge_segments(directory / "run");
  const io::ResultsFile results(directory / "run");
  CHECK(results.summary().state == "killed");
  CHECK(results.duration() == 50);
  run.write(directory / "whole", 100);
  CHECK(results.spikes("inh").times == io::ResultsFile(directory / "whole").spikes("inh").times);
  CHECK_FALSE(std::filesystem::exists(directory / "run/segments"));
  io::merge_segments(directory / "run");  // nothing left to do
}

TEST_CASE("results whose bytes have changed are refused, unless nothing is known of them", "[io][results]") {
  const TemporaryDirectory directory;
  const SyntheticRun run(500);
  run.write(directory / "run", 20);
  const auto name = GENERATE(as<std::string>(), "results.h5", "reports/exc_v_m.h5");
  const auto path = directory / ("run/" + name);
  const auto whole = tests::bytes_of(path);
  for (std::size_t at = 0; at < whole.size(); at += 1024) {
    auto bytes = whole;
    bytes[at] ^= 2;
    std::ofstream(path, std::ios::binary) << bytes;
    CHECK_THROWS_WITH(io::ResultsFile(directory / "run"), Catch::Contains(name) && Catch::Contains("is damaged"));
  }
  std::ofstream(path, std::ios::binary) << whole.substr(0, whole.size() / 2);
  CHECK_THROWS_WITH(io::ResultsFile(directory / "run"), Catch::Contains("is damaged"));
  std::filesystem::remove(path);
  CHECK_THROWS_WITH(io::ResultsFile(directory / "run"), Catch::Contains(name));
  std::ofstream(path, std::ios::binary) << whole;
  CHECK(io::ResultsFile(directory / "run").duration() == 50);
}

TEST_CASE("while a run is alive its directory can neither be merged nor overwritten", "[io][results]") {
  const TemporaryDirectory directory;
  const SyntheticRun run(100);
  io::Results results(directory / "run", run.experiment, run.probes, false);
  CHECK_THROWS_WITH(io::merge_segments(directory / "run"), Catch::Contains("another process"));
  CHECK_THROWS_WITH(run.write(directory / "run", 10, true), Catch::Contains("another process"));
}
