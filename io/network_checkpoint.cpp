/// From the engine's columns to arrays of a checkpoint, and back.
#include "io/network_checkpoint.hpp"

#include <xxhash.h>

#include "core/errors.hpp"

namespace spikeloom::io {
namespace {

constexpr std::string_view of_results = "results.";

std::uint64_t hash_of(const Engine& engine) {
  XXH64_hash_t hash = 0;
  for (const auto& state : engine.hashes()) {
    hash = XXH3_64bits_withSeed(state.variable.data(), state.variable.size(), hash ^ state.hash);
    hash = XXH3_64bits_withSeed(&state.population, sizeof state.population, hash);
  }
  return hash;
}

std::vector<StateArray> arrays_of(std::vector<SavedColumn>& columns) {
  std::vector<StateArray> arrays;
  for (auto& column : columns)
    std::visit(
        [&](auto& values) {
          arrays.push_back({.name = column.name, .unit = "", .shape = {values.size()}, .values = std::span(values)});
        },
        column.values);
  return arrays;
}

}  // namespace

ResumedRun restore_network(const SavedState& state, Engine& engine) {
  std::vector<SavedColumn> columns;
  for (const auto& array : state)
    if (!array.name.starts_with(of_results)) columns.push_back({array.name, array.values});
  engine.restore_state(std::move(columns));
  const auto& files = saved<std::uint64_t>(state, "results.files");
  const auto& wall_time = saved<double>(state, "results.wall_time");
  const auto& hash = saved<std::uint64_t>(state, "results.hash");
  const auto restored = engine.ranks().as_first(hash_of(engine));
  if (files.size() != 2 || wall_time.size() != 1 || hash.size() != 1 || hash.front() != restored)
    throw FileError(
        "the checkpoint does not give the state that it was written from\n"
        "    resume with the version of spikeloom that wrote it, or run the experiment again");
  return {{files[0], files[1]}, wall_time.front()};
}

void save_network(CheckpointFiles* files, Engine& engine, Results* results, double wall_time) {
  auto columns = engine.saved_state();
  const auto hash = hash_of(engine);
  if (files == nullptr) return;
  const auto position = results->position();
  files->save([&](StateList& list) {
    list.add("", arrays_of(columns));
    list.add("results.files", {2}, std::vector<std::uint64_t>{position.segments, position.weights});
    list.add("results.wall_time", {1}, std::vector<double>{wall_time});
    list.add("results.hash", {1}, std::vector<std::uint64_t>{hash});
  });
}

}  // namespace spikeloom::io
