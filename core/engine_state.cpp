/// The engine's state: hashed, saved and restored, whichever partitions and ranks hold it.
#include <xxhash.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/engine_lane.hpp"
#include "core/errors.hpp"
#include "core/parallel.hpp"
#include "core/spike_order.hpp"

namespace spikeloom {
namespace {

/// One column of one population, as far as a rank has it.
struct HashedColumn {
  PopulationId population = 0;
  std::string variable;
  std::vector<std::byte> bytes;
};

/// Sums of hashes that say which spike or synapse they are of: of the spikes of a population, the weights of a
/// projection.
struct HashSum {
  std::uint32_t index = 0;
  PopulationId population = 0;
  std::string name;
  std::uint64_t sum = 0;
};

struct HashPart {
  std::vector<HashedColumn> columns;  // in order of partitions
  std::vector<HashSum> weights;       // by projection
  std::vector<std::uint64_t> spikes;  // by population
};

Bytes encoded(const HashPart& part) {
  ByteWriter writer;
  writer.put_list(part.spikes);
  writer.put(static_cast<std::uint64_t>(part.columns.size()));
  for (const auto& column : part.columns) {
    writer.put(column.population);
    writer.put_text(column.variable);
    writer.put_list(column.bytes);
  }
  for (const auto& weights : part.weights) {
    writer.put(weights.index);
    writer.put(weights.population);
    writer.put_text(weights.name);
    writer.put(weights.sum);
  }
  return writer.take();
}

HashPart decoded_hashes(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  HashPart part;
  part.spikes = reader.take_list<std::uint64_t>();
  part.columns.resize(reader.take<std::uint64_t>());
  for (auto& column : part.columns) {
    column.population = reader.take<PopulationId>();
    column.variable = reader.take_text();
    column.bytes = reader.take_list<std::byte>();
  }
  while (!reader.is_at_end()) {
    auto& weights = part.weights.emplace_back();
    weights.index = reader.take<std::uint32_t>();
    weights.population = reader.take<PopulationId>();
    weights.name = reader.take_text();
    weights.sum = reader.take<std::uint64_t>();
  }
  return part;
}

/// Parts hold ascending pieces of each population, so that feeding them in order hashes the column in order of neurons.
std::vector<StateHash> joined(const std::vector<HashPart>& parts) {
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::map<std::pair<PopulationId, std::string>, std::unique_ptr<XXH3_state_t, Free>> states;
  std::map<std::uint32_t, StateHash> weights;
  std::vector<std::uint64_t> spikes(parts.front().spikes.size());
  for (const auto& part : parts) {
    for (const auto& column : part.columns) {
      auto& state = states[{column.population, column.variable}];
      if (!state) {
        state.reset(XXH3_createState());
        XXH3_64bits_reset(state.get());
      }
      XXH3_64bits_update(state.get(), column.bytes.data(), column.bytes.size());
    }
    for (const auto& of : part.weights)
      weights.try_emplace(of.index, StateHash{of.population, of.name, 0}).first->second.hash += of.sum;
    for (std::size_t p = 0; p < spikes.size(); ++p) spikes[p] += part.spikes[p];
  }
  std::vector<StateHash> hashes;
  for (const auto& [key, state] : states) hashes.push_back({key.first, key.second, XXH3_64bits_digest(state.get())});
  for (std::size_t p = 0; p < spikes.size(); ++p) hashes.push_back({static_cast<PopulationId>(p), "spikes", spikes[p]});
  for (auto& [projection, hash] : weights) hashes.push_back(std::move(hash));
  return hashes;
}

}  // namespace

std::vector<StateHash> Engine::hashes() const {
  HashPart own;
  own.spikes = spike_hashes_;
  for (const auto& partition : partitions_)
    for (const auto& column : partition->state_columns())
      own.columns.push_back(
          {column.population, std::string(column.variable), {column.bytes.begin(), column.bytes.end()}});
  // Weights are hashed synapse by synapse and added up: partitions hold them in no common order.
  std::vector<std::vector<std::uint64_t>> sums(partitions_.size());
  const auto workers =
      std::clamp<std::size_t>(lanes_.size(), 1, static_cast<std::size_t>(std::max(options_.threads, 1)));
  for_each_index(workers, partitions_.size(), [&](std::size_t p) {
    for (const auto& plastic : partitions_[p]->plastic()) sums[p].push_back(plastic.synapses->hash());
  });
  std::map<std::uint32_t, HashSum> weights;
  for (std::size_t p = 0; p < partitions_.size(); ++p)
    for (std::size_t k = 0; k < sums[p].size(); ++k) {
      const auto& plastic = partitions_[p]->plastic()[k];
      weights.try_emplace(plastic.projection, HashSum{plastic.projection, plastic.population, plastic.name, 0})
          .first->second.sum += sums[p][k];
    }
  for (auto& [projection, sum] : weights) own.weights.push_back(std::move(sum));

  auto& ranks = *options_.ranks;
  std::vector<HashPart> parts;
  const auto gathered = ranks.gather(ranks.is_first() ? Bytes() : encoded(own));
  if (!ranks.is_first()) return {};
  parts.push_back(std::move(own));
  for (std::size_t k = 1; k < gathered.size(); ++k) parts.push_back(decoded_hashes(gathered[k]));
  return joined(parts);
}

std::vector<SavedColumn> Engine::saved_state() {
  StateArchive archive;
  state(archive);
  return options_.ranks->is_alone() ? archive.take() : archive.take_part();
}

void Engine::restore_state(std::vector<SavedColumn> columns, StateArchive::Columns what) {
  StateArchive archive(std::move(columns), what);
  state(archive);
  archive.finish();
}

std::vector<std::uint64_t> Engine::neurons_here() const {
  std::vector<NeuronRange> ranges;
  for (const auto& partition : partitions_)
    for (const auto& range : partition->neurons()) ranges.push_back(range);
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::uint64_t> neurons;
  for (const auto& range : ranges)
    if (!neurons.empty() && neurons[neurons.size() - 2] + neurons.back() == range.first)
      neurons.back() += range.count;
    else
      neurons.insert(neurons.end(), {range.first, range.count});
  return neurons;
}

/// Partitions hold ascending pieces of each population, so that visiting them in order visits neurons in order.
void Engine::state(StateArchive& archive) {
  archive.enter("run.");
  const auto recent = run_state(archive);
  const auto here = partitions_.empty() ? 0 : static_cast<std::int64_t>(partitions_.front()->modulators().size());
  const auto n_modulators = static_cast<std::size_t>(options_.ranks->maximum(here));
  for (PopulationId population = 0; population + 1 < options_.first_ids.size(); ++population) {
    archive.enter("populations." + std::to_string(population) + ".");
    in_turn(archive, [&] {
      for (auto& partition : partitions_) partition->neuron_state(archive, population, now_);
    });
  }
  for (std::size_t k = 0; k < n_modulators; ++k) {
    archive.enter("modulators." + std::to_string(k) + ".");
    for (auto& partition : partitions_) partition->modulators()[k].state(archive);
    if (joins_ranks(archive)) agree_on_cursors(archive);
  }
  projection_states(archive);
  if (archive.restores())
    for (auto& partition : partitions_) partition->collect_again(recent, now_);
}

/// Numbers of the run as a whole, which the first rank keeps, and the spikes that may still be under way.
std::vector<Spike> Engine::run_state(StateArchive& archive) {
  auto& ranks = *options_.ranks;
  std::vector<Spike> recent;
  if (!archive.restores()) recent = recent_spikes();
  if (!archive.restores() && !ranks.is_first()) return recent;
  auto synapses_built = synapses_, synaptic_events = events();
  archive.common("synapses", synapses_built);
  if (synapses_built != synapses_)
    throw FileError(
        "the checkpoint belongs to a network with another number of synapses\n"
        "    resume with the version of spikeloom that wrote it, or run the experiment again");
  archive.common("step", now_);
  archive.common("spikes", spikes_);
  archive.common("synaptic_events", synaptic_events);
  auto spike_hashes = archive.restores() ? spike_hashes_ : spike_hashes_of_all_;
  archive.common("spike_hashes", std::span(spike_hashes));

  std::vector<Step> steps;
  std::vector<NeuronId> neurons;
  std::vector<double> befores;
  for (const auto& spike : recent) {
    steps.push_back(spike.step);
    neurons.push_back(spike.neuron);
    befores.push_back(spike.before);
  }
  archive.common_list("spike_steps", steps);
  archive.common_list("spike_neurons", neurons);
  archive.common_list("spike_befores", befores);
  if (!archive.restores()) return recent;
  for (std::size_t k = 0; k < steps.size(); ++k) recent.push_back({steps[k], neurons.at(k), befores.at(k)});
  if (!ranks.is_first()) return recent;
  events_before_ = synaptic_events;
  spike_hashes_ = spike_hashes;
  lanes_.front()->recent = recent;
  return recent;
}

/// On the first rank those of all, and the sum of the hashes of spikes; elsewhere nothing.
std::vector<Spike> Engine::recent_spikes() {
  std::vector<Spike> recent, spare;
  std::vector<const std::vector<Spike>*> lists;
  for (const auto& lane : lanes_) lists.push_back(&lane->recent);
  merge_sorted(lists, recent, spare);
  const auto own = since(recent, now_ - memory_);
  ByteWriter writer;
  writer.put_list(own);
  writer.put_list(spike_hashes_);
  const auto gathered = options_.ranks->gather(writer.take());
  std::vector<std::vector<Spike>> of_ranks;
  spike_hashes_of_all_.assign(spike_hashes_.size(), 0);
  lists.clear();
  for (const auto& bytes : gathered) {
    ByteReader reader(bytes);
    of_ranks.push_back(reader.take_list<Spike>());
    const auto hashes = reader.take_list<std::uint64_t>();
    for (std::size_t p = 0; p < hashes.size(); ++p) spike_hashes_of_all_[p] += hashes[p];
  }
  for (const auto& list : of_ranks) lists.push_back(&list);
  recent.clear();
  merge_sorted(lists, recent, spare);
  return recent;
}

/// Whether what is restored are columns in which the parts of several ranks follow each other.
bool Engine::joins_ranks(const StateArchive& archive) const noexcept {
  return archive.restores() && !archive.restores_own_part() && !options_.ranks->is_alone();
}

/// Columns are restored by one rank after the other, as they were joined.
template <class Visit>
void Engine::in_turn(StateArchive& archive, const Visit& visit) {
  auto& ranks = *options_.ranks;
  if (!joins_ranks(archive)) return visit();
  const auto turn = ++restored_turns_;
  if (!ranks.is_first()) {
    const auto before = ranks.wait_for(ranks.rank() - 1, Ranks::Kind::cursors, turn);
    archive.set_cursors(ByteReader(before).take_list<std::uint64_t>());
  }
  visit();
  ByteWriter writer;
  writer.put_list(archive.cursors());
  if (ranks.rank() + 1 < ranks.count()) ranks.send(ranks.rank() + 1, Ranks::Kind::cursors, turn, writer.take());
  agree_on_cursors(archive);
}

/// What any rank has restored is done with.
void Engine::agree_on_cursors(StateArchive& archive) {
  auto furthest = archive.cursors();
  ByteWriter writer;
  writer.put_list(furthest);
  for (const auto& bytes : options_.ranks->share(writer.take())) {
    const auto cursors = ByteReader(bytes).take_list<std::uint64_t>();
    for (std::size_t k = 0; k < furthest.size(); ++k) furthest[k] = std::max(furthest[k], cursors.at(k));
  }
  archive.set_cursors(furthest);
}

void Engine::projection_states(StateArchive& archive) {
  std::map<std::uint32_t, std::vector<PlasticProjection*>> slices;
  std::vector<std::uint32_t> own;
  for (const auto& partition : partitions_)
    for (const auto& plastic : partition->plastic()) {
      slices[plastic.projection].push_back(plastic.synapses.get());
      own.push_back(plastic.projection);
    }
  ByteWriter writer;
  writer.put_list(own);
  std::set<std::uint32_t> projections;
  for (const auto& bytes : options_.ranks->share(writer.take()))
    for (const auto projection : ByteReader(bytes).take_list<std::uint32_t>()) projections.insert(projection);
  for (const auto projection : projections) {
    const auto& parts = slices[projection];
    archive.enter("projections." + std::to_string(projection) + ".");
    in_turn(archive, [&] {
      for (auto* part : parts) part->state(archive, now_);
    });
    row_states(archive, parts);
  }
}

/// A source's synapses on lower ranks lie before those of this one, on higher ranks behind them.
void Engine::row_states(StateArchive& archive, const std::vector<PlasticProjection*>& parts) {
  auto& ranks = *options_.ranks;
  const std::uint32_t sources = parts.empty() ? 0 : parts.front()->source_count();
  const bool with_others = joins_ranks(archive);
  std::vector<std::uint64_t> before(sources), behind(sources);
  if (with_others) {
    ByteWriter writer;
    std::vector<std::uint32_t> own;
    for (std::uint32_t source = 0; source < sources; ++source) {
      auto& count = own.emplace_back();
      for (const auto* part : parts) count += static_cast<std::uint32_t>(part->row_synapses(source));
    }
    writer.put_list(own);
    const auto all = ranks.share(writer.take());
    for (int rank = 0; rank < ranks.count(); ++rank) {
      if (rank == ranks.rank()) continue;
      const auto counts = ByteReader(all[static_cast<std::size_t>(rank)]).take_list<std::uint32_t>();
      for (std::size_t source = 0; source < std::min<std::size_t>(counts.size(), sources); ++source)
        (rank < ranks.rank() ? before : behind)[source] += counts[source];
    }
  }
  for (std::uint32_t source = 0; source < sources; ++source) {
    archive.next_turn();
    if (before[source] > 0) parts.front()->skip_row_state(archive, before[source]);
    for (auto* part : parts) part->row_state(archive, source);
    if (behind[source] > 0) parts.front()->skip_row_state(archive, behind[source]);
  }
  if (with_others) agree_on_cursors(archive);
}

}  // namespace spikeloom
