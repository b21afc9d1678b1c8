/// The schedule: who may go on, and what is handed over at the end of a leg.
#include "core/engine.hpp"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <exception>
#include <string>
#include <thread>

#if defined(__linux__)
#include <sys/prctl.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "core/engine_lane.hpp"
#include "core/parallel.hpp"
#include "core/spike_order.hpp"

namespace spikeloom {
namespace {

constexpr Step window_without_synapses = 64;  // steps
// Some 10 microseconds, or 100 where each round asks for messages of other ranks: longer than a hand-over between those
// that run, shorter than being woken up; none where threads have to take turns.
constexpr int spins_before_nap = 400;
constexpr int spins_before_help = 40;  // rounds without progress before a worker takes over other partitions

void pause() noexcept {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

std::uint64_t hash_of(const Spike& spike, NeuronId first) {
  const std::uint64_t words[3] = {static_cast<std::uint64_t>(spike.step), spike.neuron - first,
                                  std::bit_cast<std::uint64_t>(spike.before)};
  return XXH3_64bits(words, sizeof words);
}

/// Leaves the processor to others for some microseconds. Not yielding: a thread that yields to another process waits
/// until that one's time slice is over, some milliseconds, and all that wait for it do; one that wakes up goes first.
void nap(int round) noexcept {
#if defined(__linux__)
  thread_local const bool wakes_in_time = prctl(PR_SET_TIMERSLACK, 1) == 0;  // not 50 microseconds late
  static_cast<void>(wakes_in_time);
#endif
  std::this_thread::sleep_for(std::chrono::microseconds(round < 20 ? 1 : 20));
}

/// The largest window that no spike can cross: the shortest delay onto any partition of any rank.
Step window_of(std::span<const std::unique_ptr<Partition>> partitions, Ranks& ranks) {
  constexpr Step none = longest_delay + 1;
  Step window = none;
  for (const auto& partition : partitions)
    if (partition->synapse_count() > 0) window = std::min(window, partition->shortest_delay());
  window = ranks.minimum(window);
  return window == none ? window_without_synapses : window;
}

}  // namespace

Engine::Engine(std::vector<std::unique_ptr<Partition>> partitions, EngineOptions options)
    : partitions_(std::move(partitions)), options_(std::move(options)) {
  auto& ranks = *options_.ranks;
  const auto running_here = static_cast<unsigned>(std::max(options_.threads, 1) * ranks.count_here());
  spins_before_nap_ = running_here > std::thread::hardware_concurrency() ? 0 : spins_before_nap;
  window_ = window_of(partitions_, ranks);
  const auto populations = options_.first_ids.size() - 1;
  for (const auto& partition : partitions_) {
    memory_ = std::max(memory_, partition->memory_of_spikes());
    synapses_ += partition->synapse_count();
    synapse_bytes_ += partition->synapse_bytes();
    auto lane = std::make_unique<Lane>();
    lane->partition = partition.get();
    lane->slack = std::clamp<Step>(partition->shortest_delay() / window_, 1, buffer_depth - 1);
    lane->counts.resize(populations);
    lane->hashes.resize(populations);
    lanes_.push_back(std::move(lane));
  }
  spike_hashes_.resize(populations);
  if (ranks.is_alone()) return;
  memory_ = ranks.maximum(memory_);
  synapses_ = ranks.sum(synapses_);
  synapse_bytes_ = ranks.sum(synapse_bytes_);
  exchange_ = std::make_unique<SpikeExchange>(ranks, partitions_);
  for (std::size_t k = 0; k < exchange_->others().size(); ++k) borders_.push_back(std::make_unique<Border>());
}

Engine::~Engine() = default;

Stretch Engine::run_until(Step end, bool hash) {
  leg_begin_ = now_;
  leg_end_ = end;
  leg_windows_ = (end - now_ + window_ - 1) / window_;
  for (auto& lane : lanes_) lane->advanced = lane->collected = 0;
  for (auto& border : borders_) border->received = 0;
  sent_ = 0;

  const auto threads = static_cast<std::size_t>(std::max(options_.threads, 1));
  const auto workers = std::clamp<std::size_t>(lanes_.size(), 1, threads);
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
    if (exchange_) {
      progress = exchange() || progress;
      all_finished = all_finished && is_exchanged();
    }
    if (all_finished) return;
    idle = progress ? 0 : idle + 1;
    if (idle > spins_before_nap_)
      nap(idle - spins_before_nap_);
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
  if (exchange_ && k - sent_.load(std::memory_order_acquire) >= buffer_depth) return false;

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
  for (const auto& border : borders_)
    if (border->received.load(std::memory_order_acquire) <= k) return false;
  lane.partition->collect(merged(k, lane.merged, lane.spare, true));
  lane.collected.store(k + 1, std::memory_order_release);
  return true;
}

/// The spikes of all ranks, or only of this one.
std::span<const Spike> Engine::merged(Step window, std::vector<Spike>& out, std::vector<Spike>& spare,
                                      bool of_all) const {
  const auto buffer = static_cast<std::size_t>(window % buffer_depth);
  std::vector<const std::vector<Spike>*> lists;
  for (const auto& lane : lanes_) lists.push_back(&lane->buffers[buffer]);
  if (of_all)
    for (const auto& border : borders_) lists.push_back(&border->buffers[buffer]);
  if (lists.size() == 1) return *lists.front();
  merge_sorted(lists, out, spare);
  return out;
}

/// Sends the windows that all partitions of this rank have finished, and takes those of others that have come.
bool Engine::exchange() {
  if (exchanging_.load(std::memory_order_relaxed) || exchanging_.exchange(true, std::memory_order_acquire))
    return false;
  bool progress = false;
  for (Step k = sent_.load(std::memory_order_relaxed); k < leg_windows_; ++k) {
    if (std::any_of(lanes_.begin(), lanes_.end(),
                    [k](const auto& lane) { return lane->advanced.load(std::memory_order_acquire) <= k; }))
      break;
    exchange_->send(window_begin(k), window_end(k), merged(k, leaving_, spare_, false));
    sent_.store(k + 1, std::memory_order_release);
    progress = true;
  }
  for (std::size_t b = 0; b < borders_.size(); ++b) {
    auto& border = *borders_[b];
    const Step k = border.received.load(std::memory_order_relaxed);
    if (k == leg_windows_) continue;
    if (std::any_of(lanes_.begin(), lanes_.end(), [k](const auto& lane) {
          return k - lane->collected.load(std::memory_order_acquire) >= buffer_depth;
        }))
      continue;
    if (!exchange_->take(b, window_begin(k), window_end(k), border.buffers[static_cast<std::size_t>(k % buffer_depth)]))
      continue;
    border.received.store(k + 1, std::memory_order_release);
    progress = true;
  }
  exchanging_.store(false, std::memory_order_release);
  return progress;
}

bool Engine::is_exchanged() const noexcept {
  return sent_.load(std::memory_order_acquire) == leg_windows_ &&
         std::all_of(borders_.begin(), borders_.end(), [this](const auto& border) {
           return border->received.load(std::memory_order_acquire) == leg_windows_;
         });
}

LegPart Engine::take_part() {
  LegPart part;
  for (const auto& partition : partitions_) part.events += partition->events();
  part.spike_counts.resize(spike_hashes_.size());
  std::vector<const std::vector<Spike>*> lists;
  for (auto& lane : lanes_) {
    for (std::size_t p = 0; p < spike_hashes_.size(); ++p) {
      part.spike_counts[p] += std::exchange(lane->counts[p], 0);
      spike_hashes_[p] += std::exchange(lane->hashes[p], 0);
    }
    lists.push_back(&lane->recorded);
  }
  merge_sorted(lists, part.spikes, spare_);
  for (auto& lane : lanes_) lane->recorded.clear();
  for (auto& partition : partitions_)
    for (auto& piece : partition->probes)
      part.frames.push_back({piece.probe, piece.column, piece.neurons.size(), std::exchange(piece.values, {})});
  return part;
}

void Engine::hand_over(Stretch& stretch) {
  auto& ranks = *options_.ranks;
  std::vector<LegPart> parts;
  parts.push_back(take_part());
  if (!ranks.is_alone()) {
    const auto gathered = ranks.gather(ranks.is_first() ? Bytes() : encoded(parts.front()));
    for (std::size_t k = 1; k < gathered.size(); ++k) parts.push_back(decoded_part(gathered[k]));
  }
  for (const auto& part : parts)
    for (const auto count : part.spike_counts) spikes_ += count;
  if (!ranks.is_first()) return;
  events_elsewhere_ = 0;
  for (std::size_t k = 1; k < parts.size(); ++k) events_elsewhere_ += parts[k].events;
  join(std::move(parts), options_.probes, stretch);
  // Modulators are alike everywhere; the first partition keeps the samples.
  const auto modulators = partitions_.front()->modulators();
  for (std::size_t k = 0; k < modulators.size(); ++k) {
    if (!modulators[k].is_recorded()) continue;
    stretch.modulators.push_back(modulators[k].take_frames());
    stretch.modulators.back().modulator = k;
  }
}

std::uint64_t Engine::events() const {
  std::uint64_t sum = events_before_ + events_elsewhere_;
  for (const auto& partition : partitions_) sum += partition->events();
  return sum;
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
