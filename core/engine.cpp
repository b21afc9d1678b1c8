/// The schedule: who may go on, and what is handed over at the end of a leg.
#include "core/engine.hpp"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <exception>
#include <map>
#include <string>
#include <thread>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "core/parallel.hpp"

namespace spikeloom {
namespace {

constexpr Step buffer_depth = 4;              // windows whose spikes are kept: how far partitions may run apart
constexpr Step window_without_synapses = 64;  // steps
constexpr int spins_before_yield = 400;       // some 10 microseconds: longer than a hand-over between running threads
constexpr int spins_before_help = 40;         // rounds without progress before a worker takes over other partitions

void pause() noexcept {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

/// Canonical order: by time, then by neuron.
bool earlier(const Spike& a, const Spike& b) noexcept {
  if (a.step != b.step) return a.step < b.step;
  if (a.before != b.before) return a.before > b.before;
  return a.neuron < b.neuron;
}

std::uint64_t hash_of(const Spike& spike, NeuronId first) {
  const std::uint64_t words[3] = {static_cast<std::uint64_t>(spike.step), spike.neuron - first,
                                  std::bit_cast<std::uint64_t>(spike.before)};
  return XXH3_64bits(words, sizeof words);
}

/// Merges sorted lists, two by two, into one.
void merge_sorted(std::span<const std::vector<Spike>* const> lists, std::vector<Spike>& out,
                  std::vector<Spike>& spare) {
  out.clear();
  std::vector<std::size_t> ends;
  for (const auto* list : lists) {
    if (list->empty()) continue;
    out.insert(out.end(), list->begin(), list->end());
    ends.push_back(out.size());
  }
  while (ends.size() > 1) {
    spare.resize(out.size());
    std::vector<std::size_t> merged_ends;
    for (std::size_t k = 0, begin = 0; k < ends.size(); k += 2) {
      const auto middle = ends[k], end = k + 1 < ends.size() ? ends[k + 1] : middle;
      const auto at = [&](std::size_t i) { return out.begin() + static_cast<std::ptrdiff_t>(i); };
      std::merge(at(begin), at(middle), at(middle), at(end), spare.begin() + static_cast<std::ptrdiff_t>(begin),
                 earlier);
      merged_ends.push_back(end);
      begin = end;
    }
    std::swap(out, spare);
    ends = std::move(merged_ends);
  }
}

}  // namespace

/// A partition on its way through time. `advanced` and `collected` count finished windows of the current leg and are
/// what other partitions read; the rest belongs to the worker that holds `taken`.
struct Engine::Lane {
  Partition* partition = nullptr;
  Step slack = 1;
  alignas(64) std::atomic<Step> advanced = 0;
  alignas(64) std::atomic<Step> collected = 0;
  alignas(64) std::atomic<bool> taken = false;
  std::array<std::vector<Spike>, buffer_depth> buffers;
  std::vector<Spike> merged, spare;
  std::vector<Spike> recorded;
  std::vector<Spike> recent;  // emitted within the longest delay, or a little longer ago
  std::size_t most_recent = 4096;
  std::vector<std::uint64_t> counts, hashes;  // per population
};

Step window_of(std::span<const std::unique_ptr<Partition>> partitions, Step otherwise) {
  Step window = longest_delay;
  bool any = false;
  for (const auto& partition : partitions) {
    if (partition->synapse_count() == 0) continue;
    window = std::min(window, partition->shortest_delay());
    any = true;
  }
  return any ? window : otherwise;
}

Engine::Engine(std::vector<std::unique_ptr<Partition>> partitions, EngineOptions options)
    : partitions_(std::move(partitions)), options_(std::move(options)) {
  window_ = window_of(partitions_, window_without_synapses);
  const auto populations = options_.first_ids.size() - 1;
  for (const auto& partition : partitions_) {
    memory_ = std::max(memory_, partition->memory_of_spikes());
    auto lane = std::make_unique<Lane>();
    lane->partition = partition.get();
    lane->slack = std::clamp<Step>(partition->shortest_delay() / window_, 1, buffer_depth - 1);
    lane->counts.resize(populations);
    lane->hashes.resize(populations);
    lanes_.push_back(std::move(lane));
  }
  spike_hashes_.resize(populations);
}

Engine::~Engine() = default;

Stretch Engine::run_until(Step end, bool hash) {
  leg_begin_ = now_;
  leg_end_ = end;
  leg_windows_ = (end - now_ + window_ - 1) / window_;
  for (auto& lane : lanes_) lane->advanced = lane->collected = 0;

  const auto workers = std::min<std::size_t>(static_cast<std::size_t>(std::max(options_.threads, 1)), lanes_.size());
  run_workers(workers, [this](std::size_t worker) { work(worker); });
  now_ = end;
  Stretch stretch;
  stretch.begin = leg_begin_;
  stretch.end = end;
  hand_over(stretch);
  if (hash) stretch.hashes = hashes();
  return stretch;
}

void Engine::work(std::size_t worker) try {
  const std::size_t n = lanes_.size(), workers = static_cast<std::size_t>(std::max(options_.threads, 1));
  const auto finished = [&](const Lane& lane) {
    return lane.collected.load(std::memory_order_acquire) == leg_windows_;
  };
  for (int idle = 0; !failed_.load(std::memory_order_relaxed);) {
    bool progress = false, all_finished = true;
    // Own partitions first, and others' only when nothing moves: state stays in this core's cache.
    for (std::size_t k = 0; k < n; ++k) {
      auto& lane = *lanes_[k];
      if (finished(lane)) continue;
      all_finished = false;
      if (k % workers != worker && idle < spins_before_help) continue;
      progress = step_lane(lane) || progress;
    }
    if (all_finished) return;
    idle = progress ? 0 : idle + 1;
    if (idle > spins_before_yield)
      std::this_thread::yield();
    else if (idle > 0)
      pause();
  }
} catch (...) {
  failed_ = true;
  throw;
}

bool Engine::step_lane(Lane& lane) {
  if (lane.taken.load(std::memory_order_relaxed) || lane.taken.exchange(true, std::memory_order_acquire)) return false;
  bool progress = false;
  while (collect_if_ready(lane) || advance_if_ready(lane)) progress = true;
  lane.taken.store(false, std::memory_order_release);
  return progress;
}

bool Engine::advance_if_ready(Lane& lane) {
  const Step k = lane.advanced.load(std::memory_order_relaxed);
  if (k == leg_windows_ || k - lane.collected.load(std::memory_order_relaxed) >= lane.slack) return false;
  for (const auto& other : lanes_)
    if (k - other->collected.load(std::memory_order_acquire) >= buffer_depth) return false;

  auto& spikes = lane.buffers[static_cast<std::size_t>(k % buffer_depth)];
  spikes.clear();
  lane.partition->advance(window_begin(k), window_end(k), spikes);
  remember(lane, spikes, window_begin(k));
  const auto& firsts = options_.first_ids;
  for (const auto& spike : spikes) {
    const auto population =
        static_cast<std::size_t>(std::upper_bound(firsts.begin(), firsts.end(), spike.neuron) - firsts.begin() - 1);
    ++lane.counts[population];
    lane.hashes[population] += hash_of(spike, firsts[population]);
    if (options_.record_spikes[population]) lane.recorded.push_back(spike);
  }
  lane.advanced.store(k + 1, std::memory_order_release);
  return true;
}

void Engine::remember(Lane& lane, std::span<const Spike> spikes, Step now) {
  if (lane.recent.size() > lane.most_recent) {
    std::erase_if(lane.recent, [&](const Spike& spike) { return spike.step <= now - memory_; });
    lane.most_recent = std::max<std::size_t>(4096, 2 * lane.recent.size());
  }
  lane.recent.insert(lane.recent.end(), spikes.begin(), spikes.end());
}

bool Engine::collect_if_ready(Lane& lane) {
  const Step k = lane.collected.load(std::memory_order_relaxed);
  if (k == leg_windows_) return false;
  for (const auto& other : lanes_)
    if (other->advanced.load(std::memory_order_acquire) <= k) return false;
  lane.partition->collect(merged(k, lane));
  lane.collected.store(k + 1, std::memory_order_release);
  return true;
}

std::span<const Spike> Engine::merged(Step window, Lane& lane) const {
  const auto buffer = static_cast<std::size_t>(window % buffer_depth);
  if (lanes_.size() == 1) return lanes_.front()->buffers[buffer];
  std::vector<const std::vector<Spike>*> lists;
  for (const auto& other : lanes_) lists.push_back(&other->buffers[buffer]);
  merge_sorted(lists, lane.merged, lane.spare);
  return lane.merged;
}

void Engine::hand_over(Stretch& stretch) {
  stretch.spike_counts.resize(spike_hashes_.size());
  std::vector<const std::vector<Spike>*> lists;
  for (auto& lane : lanes_) {
    for (std::size_t p = 0; p < spike_hashes_.size(); ++p) {
      spikes_ += lane->counts[p];
      stretch.spike_counts[p] += std::exchange(lane->counts[p], 0);
      spike_hashes_[p] += std::exchange(lane->hashes[p], 0);
    }
    lists.push_back(&lane->recorded);
  }
  std::vector<Spike> spare;
  merge_sorted(lists, stretch.spikes, spare);
  for (auto& lane : lanes_) lane->recorded.clear();

  for (std::size_t p = 0; p < options_.probes.size(); ++p) {
    const auto& probe = options_.probes[p];
    ProbeFrames frames;
    frames.probe = p;
    frames.first_frame = (stretch.begin + probe.every - 1) / probe.every;
    frames.frames = static_cast<std::size_t>((stretch.end + probe.every - 1) / probe.every - frames.first_frame);
    const std::size_t width = probe.neurons.size();
    frames.values.resize(frames.frames * width);
    for (auto& partition : partitions_)
      for (auto& piece : partition->probes) {
        if (piece.probe != p) continue;
        for (std::size_t f = 0; f < frames.frames; ++f)
          std::copy_n(piece.values.begin() + static_cast<std::ptrdiff_t>(f * piece.neurons.size()),
                      piece.neurons.size(),
                      frames.values.begin() + static_cast<std::ptrdiff_t>(f * width + piece.column));
        piece.values.clear();
      }
    if (frames.frames > 0) stretch.frames.push_back(std::move(frames));
  }
  // Modulators are alike everywhere; the first partition keeps the samples.
  const auto modulators = partitions_.front()->modulators();
  for (std::size_t k = 0; k < modulators.size(); ++k) {
    if (!modulators[k].is_recorded()) continue;
    stretch.modulators.push_back(modulators[k].take_frames());
    stretch.modulators.back().modulator = k;
  }
}

std::uint64_t Engine::events() const {
  std::uint64_t sum = events_before_;
  for (const auto& partition : partitions_) sum += partition->events();
  return sum;
}

std::uint64_t Engine::synapses() const {
  std::uint64_t sum = 0;
  for (const auto& partition : partitions_) sum += partition->synapse_count();
  return sum;
}

std::uint64_t Engine::synapse_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& partition : partitions_) sum += partition->synapse_bytes();
  return sum;
}

std::vector<StateHash> Engine::hashes() const {
  // Partitions hold ascending pieces of each population, so that feeding the pieces in order of partitions hashes the
  // column in order of neurons.
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::map<std::pair<PopulationId, std::string_view>, std::unique_ptr<XXH3_state_t, Free>> states;
  for (const auto& partition : partitions_)
    for (const auto& column : partition->state_columns()) {
      auto& state = states[{column.population, column.variable}];
      if (!state) {
        state.reset(XXH3_createState());
        XXH3_64bits_reset(state.get());
      }
      XXH3_64bits_update(state.get(), column.bytes.data(), column.bytes.size());
    }
  std::vector<StateHash> hashes;
  for (const auto& [key, state] : states)
    hashes.push_back({key.first, std::string(key.second), XXH3_64bits_digest(state.get())});
  for (std::size_t p = 0; p < spike_hashes_.size(); ++p)
    hashes.push_back({static_cast<PopulationId>(p), "spikes", spike_hashes_[p]});
  // Weights are hashed synapse by synapse and added up: partitions hold them in no common order.
  std::map<std::uint32_t, StateHash> weights;
  for (const auto& partition : partitions_)
    for (const auto& plastic : partition->plastic()) {
      auto& hash =
          weights.try_emplace(plastic.projection, StateHash{plastic.population, plastic.name, 0}).first->second;
      hash.hash += plastic.synapses->hash();
    }
  for (auto& [projection, hash] : weights) hashes.push_back(std::move(hash));
  return hashes;
}

// ---- state
// -----------------------------------------------------------------------------------------------------------

std::vector<SavedColumn> Engine::saved_state() {
  StateArchive archive;
  state(archive);
  return archive.take();
}

void Engine::restore_state(std::vector<SavedColumn> columns) {
  StateArchive archive(std::move(columns));
  state(archive);
  archive.finish();
  auto& spikes = lanes_.front()->recent;
  for (auto& partition : partitions_) partition->collect_again(spikes, now_);
}

/// Partitions hold ascending pieces of each population, so that visiting them in order visits neurons in order.
void Engine::state(StateArchive& archive) {
  archive.enter("run.");
  auto synapses_built = synapses(), synaptic_events = events();
  archive.common("synapses", synapses_built);
  if (synapses_built != synapses())
    throw FileError(
        "the checkpoint belongs to a network with another number of synapses\n"
        "    resume with the version of spikeloom that wrote it, or run the experiment again");
  archive.common("step", now_);
  archive.common("spikes", spikes_);
  archive.common("synaptic_events", synaptic_events);
  if (archive.restores()) events_before_ = synaptic_events;
  archive.common("spike_hashes", std::span(spike_hashes_));

  std::vector<Step> steps;
  std::vector<NeuronId> neurons;
  std::vector<double> befores;
  std::vector<Spike> recent, spare;
  std::vector<const std::vector<Spike>*> lists;
  for (const auto& lane : lanes_) lists.push_back(&lane->recent);
  merge_sorted(lists, recent, spare);
  for (const auto& spike : since(recent, now_ - memory_)) {
    steps.push_back(spike.step);
    neurons.push_back(spike.neuron);
    befores.push_back(spike.before);
  }
  archive.common_list("spike_steps", steps);
  archive.common_list("spike_neurons", neurons);
  archive.common_list("spike_befores", befores);
  if (archive.restores())
    for (std::size_t k = 0; k < steps.size(); ++k)
      lanes_.front()->recent.push_back({steps[k], neurons.at(k), befores.at(k)});

  for (PopulationId population = 0; population + 1 < options_.first_ids.size(); ++population) {
    archive.enter("populations." + std::to_string(population) + ".");
    for (auto& partition : partitions_) partition->neuron_state(archive, population, now_);
  }
  for (std::size_t k = 0; k < partitions_.front()->modulators().size(); ++k) {
    archive.enter("modulators." + std::to_string(k) + ".");
    for (auto& partition : partitions_) partition->modulators()[k].state(archive);
  }
  projection_states(archive);
}

void Engine::projection_states(StateArchive& archive) {
  std::map<std::uint32_t, std::vector<PlasticProjection*>> slices;
  for (const auto& partition : partitions_)
    for (const auto& plastic : partition->plastic()) slices[plastic.projection].push_back(plastic.synapses.get());
  for (const auto& [projection, parts] : slices) {
    archive.enter("projections." + std::to_string(projection) + ".");
    for (auto* part : parts) part->state(archive, now_);
    for (std::uint32_t source = 0; source < parts.front()->source_count(); ++source)
      for (auto* part : parts) part->row_state(archive, source);
  }
}

std::string Engine::graph() const {
  constexpr int windows = 3;
  const auto node = [](const char* kind, std::size_t p, Step k) {
    return std::string("\"") + kind + " p" + std::to_string(p) + " w" + std::to_string(k) + "\"";
  };
  std::string dot = "digraph schedule {\n  rankdir=LR; node [shape=box, fontname=\"sans-serif\"];\n  label=\"window " +
                    std::to_string(window_) + " steps, " + std::to_string(lanes_.size()) + " partitions\";\n";
  const auto edge = [&](const std::string& from, const std::string& to) { dot += "  " + from + " -> " + to + ";\n"; };
  for (Step k = 0; k < windows; ++k)
    for (std::size_t p = 0; p < lanes_.size(); ++p) {
      if (k > 0) edge(node("advance", p, k - 1), node("advance", p, k));
      if (k > 0) edge(node("collect", p, k - 1), node("collect", p, k));
      if (k >= lanes_[p]->slack) edge(node("collect", p, k - lanes_[p]->slack), node("advance", p, k));
      for (std::size_t q = 0; q < lanes_.size(); ++q) edge(node("advance", q, k), node("collect", p, k));
    }
  return dot + "}\n";
}

}  // namespace spikeloom
