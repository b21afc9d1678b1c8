/// From the engine's columns to arrays of a checkpoint, and back.
#include "io/network_checkpoint.hpp"

#include <xxhash.h>

#include "core/errors.hpp"

namespace spikeloom::io {
namespace {

constexpr std::string_view of_results = "results.", of_run = "run.", of_rank = "rank.";

std::uint64_t hash_of(const Engine& engine) {
  XXH64_hash_t hash = 0;
  for (const auto& state : engine.hashes()) {
    hash = XXH3_64bits_withSeed(state.variable.data(), state.variable.size(), hash ^ state.hash);
    hash = XXH3_64bits_withSeed(&state.population, sizeof state.population, hash);
  }
  return hash;
}

StateArray array_of(SavedColumn& column) {
  return std::visit(
      [&](auto& values) {
        return StateArray{.name = column.name, .unit = "", .shape = {values.size()}, .values = std::span(values)};
      },
      column.values);
}

void append_columns(const SavedState& state, std::vector<SavedColumn>& columns) {
  for (const auto& array : state)
    if (!array.name.starts_with(of_results) && !array.name.starts_with(of_rank))
      columns.push_back({array.name, array.values});
}

/// What ranks go on from: each its own part, if all hold the neurons that those who wrote them held, else all of all.
void restore_parts(const Checkpoint& checkpoint, Engine& engine) {
  auto& ranks = engine.ranks();
  const auto rank = static_cast<std::size_t>(ranks.rank());
  const bool as_many = checkpoint.parts.size() == static_cast<std::size_t>(ranks.count());
  SavedState own;
  if (as_many) own = read_part(checkpoint.parts[rank]);
  const bool the_same = as_many && saved<std::uint64_t>(own, "rank.neurons") == engine.neurons_here();
  std::vector<SavedColumn> columns;
  append_columns(checkpoint.state, columns);
  if (ranks.minimum(the_same ? 1 : 0) != 0) {
    append_columns(own, columns);
    return engine.restore_state(std::move(columns), StateArchive::Columns::own_part);
  }
  own.clear();
  std::vector<std::vector<SavedColumn>> parts;
  for (const auto& path : checkpoint.parts) append_columns(read_part(path), parts.emplace_back());
  for (auto& column : joined_parts(std::move(parts))) columns.push_back(std::move(column));
  engine.restore_state(std::move(columns));
}

}  // namespace

ResumedRun restore_network(const Checkpoint& checkpoint, Engine& engine) {
  const auto& state = checkpoint.state;
  if (checkpoint.parts.empty()) {
    std::vector<SavedColumn> columns;
    append_columns(state, columns);
    engine.restore_state(std::move(columns));
  } else {
    restore_parts(checkpoint, engine);
  }
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

void save_network(CheckpointFiles& files, Engine& engine, Results* results, double wall_time) {
  const bool in_parts = !engine.ranks().is_alone();
  auto columns = engine.saved_state();
  auto neurons = engine.neurons_here();
  const auto hash = hash_of(engine);
  std::vector<StateArray> of_the_run, own;
  for (auto& column : columns) {
    const bool is_layout = column.name.starts_with("layout.run.");
    if (!is_layout) (column.name.starts_with(of_run) ? of_the_run : own).push_back(array_of(column));
  }
  if (in_parts) own.push_back({"rank.neurons", "", {neurons.size()}, std::span(neurons)});
  const auto common = [&](StateList& list) {
    if (results == nullptr) return;
    const auto position = results->position();
    list.add("", of_the_run);
    list.add("results.files", {2}, std::vector<std::uint64_t>{position.segments, position.weights});
    list.add("results.wall_time", {1}, std::vector<double>{wall_time});
    list.add("results.hash", {1}, std::vector<std::uint64_t>{hash});
  };
  files.write_parts(common, own);
}

}  // namespace spikeloom::io
