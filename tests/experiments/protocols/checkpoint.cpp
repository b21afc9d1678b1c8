/// Trainings that are stopped anywhere and resumed from what they left, in memory and on disk; damaged checkpoints.
#include "networks/checkpoint.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <set>

#include "core/errors.hpp"
#include "io/checkpoints.hpp"
#include "tests/experiments/collected.hpp"
#include "tests/experiments/saved_states.hpp"
#include "tests/io/synthetic_run.hpp"
#include "tests/reference/on_ranks.hpp"

using namespace spikeloom;
using tests::Collected;
using tests::SavedStates;
using tests::TemporaryDirectory;

namespace {

Collected run_with(const std::string& yaml, Checkpoints* checkpoints, int threads, std::uint64_t stop_at = 0,
                   Ranks& ranks = Ranks::alone()) {
  const auto experiment = io::parse_experiment(yaml, "test.yaml");
  Collected collected;
  const auto progress = [&](std::uint64_t done, std::uint64_t, const std::string&) {
    return stop_at == 0 || done < stop_at;
  };
  find_protocol(experiment.protocol->name)->run({experiment, threads, collected, progress, {}, checkpoints, &ranks});
  return collected;
}

/// What the first of several ranks says; all of them go on from `from`.
Collected run_on_ranks(int count, const std::string& yaml, const SavedState& from = {}) {
  Collected first;
  reference::on_ranks(count, 7, [&](Ranks& ranks) {
    SavedStates states;
    states.from = from;
    auto said = run_with(yaml, ranks.is_first() || !from.empty() ? &states : nullptr, 2, 0, ranks);
    if (ranks.is_first()) first = std::move(said);
  });
  return first;
}

std::string training_of(const std::string& module) {
  return "experiment: {name: test, seed: 1}\nmodule: " + module +
         "\nprotocol: {name: yin_yang, params: {epochs: 3, batch: 32, train_samples: 96, validation_samples: 40, "
         "test_samples: 40, duration: 60 ms, seeds: 2, rate_decay: 0.9}}\n";
}

const std::vector<std::string> modules = {
    "{name: eventprop_network, params: {hidden: [6], tau_m: 10 ms, readout: spiking, loss: ttfs, delays: synaptic, "
    "w_input: [3, 2], silent: bump, wake: 0.1, eta: 0.02}}",
    "{name: dcls_network, params: {hidden: [6], resolution: 2 ms, delay_max: 10 ms, dropout: 0.2}}",
    "{name: softmax_regression, params: {features: times}}"};

}  // namespace

TEST_CASE("a training resumed from any of its states ends as if it had never stopped", "[checkpoint][protocols]") {
  for (const auto& module : modules) {
    const auto yaml = training_of(module);
    SavedStates states;
    const auto whole = run_with(yaml, &states, 1);
    REQUIRE(states.all.size() == 18);  // three mini-batches in each of three epochs, two seeds
    REQUIRE(run_with(yaml, nullptr, 1) == whole);
    for (std::size_t k = 0; k < states.all.size(); ++k) {
      SavedStates again;
      again.from = states.all[k];
      CHECK(run_with(yaml, &again, k % 2 == 0 ? 2 : 1) == whole);
      CHECK(again.all.size() == states.all.size() - k);
    }
  }
}

TEST_CASE("a training on several ranks gives the same curve, also from the middle of an epoch", "[checkpoint][ranks]") {
  const auto yaml = training_of(modules[0]);
  SavedStates states;
  const auto whole = run_with(yaml, &states, 1);
  for (const int ranks : {2, 3, 9}) CHECK(run_on_ranks(ranks, yaml) == whole);
  CHECK(run_on_ranks(2, yaml, states.all[7]) == whole);
}

TEST_CASE("runs of a protocol end with the same results on any ranks, and when stopped anywhere",
          "[checkpoint][ranks]") {
  const std::string yaml =
      "experiment: {name: test, seed: 1}\nmodule: {name: what_when_reservoir, params: {neurons: 40, settling: 20 ms}}\n"
      "protocol: {name: meet, params: {experiments: [controls], control_seeds: 1, block: 4, controls: [random_reward, "
      "shuffled_error, quiet]}}\n";
  const auto whole = run_with(yaml, nullptr, 2);
  REQUIRE(whole.states.size() == 3);
  std::set<std::uint64_t> hashes;
  for (const auto& [name, hash] : whole.states) hashes.insert(hash);
  REQUIRE(hashes.size() == 3);
  for (const int ranks : {2, 4}) CHECK(run_on_ranks(ranks, yaml) == whole);
  for (const std::uint64_t stop_at : {1, 4, 5, 6, 9, 13, 14}) {
    SavedStates states;
    CHECK_FALSE(run_with(yaml, &states, 1, stop_at) == whole);
    SavedStates again;
    again.from = states.all.back();
    CHECK(run_with(yaml, &again, 2) == whole);
    CHECK(run_on_ranks(2, yaml, states.all.back()) == whole);
  }
}

TEST_CASE("a training that is stopped within an epoch goes on from its files to the same curve", "[checkpoint][io]") {
  const TemporaryDirectory folder;
  const auto yaml = training_of(modules[0]);
  const auto whole = run_with(yaml, nullptr, 1);
  io::CheckpointFiles files(folder / "run", yaml, {}, std::chrono::milliseconds(0));
  run_with(yaml, &files, 1, 96 * 3 + 40);  // in the first epoch of the second seed
  const auto checkpoint = io::read_checkpoint(folder / "run");
  CHECK(checkpoint.experiment == yaml);
  io::CheckpointFiles more(folder / "run", yaml, checkpoint, std::chrono::milliseconds(0));
  CHECK(run_with(yaml, &more, 3) == whole);
  more.remove();
  CHECK_THROWS_AS(io::read_checkpoint(folder / "run"), FileError);
}

TEST_CASE("damaged checkpoints are passed over, never loaded", "[checkpoint][io]") {
  const TemporaryDirectory folder;
  io::CheckpointFiles files(folder / "run", "experiment", {}, std::chrono::milliseconds(0));
  for (const double x : {1.0, 2.0, 3.0, 4.0})
    files.save([&](StateList& list) { list.add("x", {2}, std::vector<double>{x, -x}); });
  const auto newest = io::read_checkpoint(folder / "run");
  REQUIRE(saved<double>(newest.state, "x") == std::vector<double>{4, -4});
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "run" / "checkpoints"))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  REQUIRE(paths.size() == 2);
  const auto size = std::filesystem::file_size(paths[1]);
  for (std::uintmax_t at = 0; at < size; at += 256) {
    const auto flip = [&] {
      std::fstream file(paths[1], std::ios::binary | std::ios::in | std::ios::out);
      file.seekg(static_cast<std::streamoff>(at));
      const auto byte = static_cast<char>(file.get() ^ 1);
      file.seekp(static_cast<std::streamoff>(at));
      file.put(byte);
    };
    flip();
    CHECK(saved<double>(io::read_checkpoint(folder / "run").state, "x") == std::vector<double>{3, -3});
    flip();
  }
  for (const auto& path : paths) std::filesystem::resize_file(path, size / 2);
  CHECK_THROWS_WITH(io::read_checkpoint(folder / "run"), Catch::Contains("no checkpoint is whole"));
  CHECK_THROWS_WITH(io::read_checkpoint(folder / "nothing"), Catch::Contains("is no directory"));
}

TEST_CASE("states of another network are refused by name", "[checkpoint]") {
  std::vector<double> numbers = {1, 2};
  const std::vector<StateArray> target = {{"w", "", {2}, std::span(numbers)}};
  CHECK_THROWS_WITH(restore({}, "a_", target), Catch::Contains("'a_w' is missing"));
  CHECK_THROWS_WITH(restore({{"a_w", {1, 2}, std::vector<double>{3, 4}}}, "a_", target),
                    Catch::Contains("another shape"));
  CHECK_THROWS_WITH(restore({{"a_w", {2}, std::vector<float>{3, 4}}}, "a_", target), Catch::Contains("another kind"));
  restore({{"a_w", {2}, std::vector<double>{3, 4}}}, "a_", target);
  CHECK(numbers == std::vector<double>{3, 4});
}
