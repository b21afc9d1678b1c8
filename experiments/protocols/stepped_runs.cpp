/// Rounds of a second or so, after each of which all ranks meet: to stop together, and to bring the first one what it
/// saves.
#include "experiments/protocols/stepped_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "core/parallel.hpp"
#include "networks/checkpoint.hpp"

namespace spikeloom::experiments {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds round_time{1};

class AllRuns {
 public:
  AllRuns(std::span<const std::unique_ptr<SteppedRun>> runs, const ProtocolRun& run)
      : runs_(runs), run_(run), ranks_(*run.ranks), done_(runs.size()), brought_(runs.size()), elsewhere_(runs.size()) {
    for (std::size_t k = ranks_.rank(); k < runs.size(); k += ranks_.count()) own_.push_back(k);
    begun_.assign(runs.size(), false);
  }

  bool all() {
    take_up();
    while (true) {
      round();
      stopped_ = ranks_.maximum(stopped_ ? 1 : 0) != 0;
      counted_ = ranks_.sum(own_steps());
      const bool over = stopped_ || counted_ == steps_of(runs_);
      const bool save = run_.checkpoints && (stopped_ || (!over && run_.checkpoints->is_due()));
      if (ranks_.as_first(save) || over) bring_to_first();
      if (save) run_.checkpoints->write([&](StateList& list) { this->list(list); });
      if (over) return !stopped_;
    }
  }

 private:
  /// Own runs side by side, the first ones first.
  void round() {
    std::vector<std::size_t> open;
    for (const auto k : own_)
      if (done_[k] < runs_[k]->steps()) open.push_back(k);
    const auto until = Clock::now() + round_time;
    const auto others = counted_ - own_steps();
    std::atomic<std::uint64_t> own = own_steps();
    std::atomic<bool> stopped = false;
    for_each_index(static_cast<std::size_t>(run_.threads), open.size(), [&](std::size_t i) {
      auto& one = *runs_[open[i]];
      auto& done = done_[open[i]];
      while (!stopped && Clock::now() < until && done < one.steps()) {
        if (!begun_[open[i]]) begin(open[i]);
        one.step(done++);
        if (done == one.steps()) one.end();
        if (!run_.progress(others + ++own, steps_of(runs_), one.note(done))) stopped = true;
      }
    });
    stopped_ = stopped;
  }

  void begin(std::size_t k) {
    runs_[k]->begin();
    if (done_[k] > 0) restore(run_.checkpoints->resumed(), prefix(k) + "state_", runs_[k]->state());
    begun_[k] = true;
  }

  std::uint64_t own_steps() const {
    std::uint64_t sum = 0;
    for (const auto k : own_) sum += done_[k];
    return sum;
  }

  static std::string prefix(std::size_t k) { return fmt::format("run_{:04}_", k); }
  bool has_state(std::size_t k) const { return begun_[k] && done_[k] < runs_[k]->steps(); }

  void take_up() {
    if (!run_.checkpoints || run_.checkpoints->resumed().empty()) return;
    const auto& from = run_.checkpoints->resumed();
    done_ = saved<std::uint64_t>(from, "run_steps");
    if (done_.size() != runs_.size()) throw std::logic_error("a checkpoint of other runs");
    brought_ = done_;
    for (std::size_t k = 0; k < runs_.size(); ++k) {
      if (done_[k] == 0) continue;
      restore(from, prefix(k), runs_[k]->results());
      if (ranks_.is_first() && done_[k] < runs_[k]->steps()) elsewhere_[k] = state_in(from, k);
    }
    counted_ = 0;
    for (const auto steps : done_) counted_ += steps;
  }

  static SavedState state_in(const SavedState& from, std::size_t k) {
    const auto begin = prefix(k) + "state_";
    SavedState state;
    for (const auto& array : from)
      if (array.name.starts_with(begin)) state.push_back(array), state.back().name.erase(0, begin.size());
    return state;
  }

  /// What changed since the last time.
  void bring_to_first() {
    if (ranks_.is_alone()) return;
    ByteWriter writer;
    for (const auto k : own_) {
      if (ranks_.is_first() || done_[k] == brought_[k]) continue;
      brought_[k] = done_[k];
      writer.put(static_cast<std::uint64_t>(k));
      writer.put(done_[k]);
      put_state(writer, runs_[k]->results());
      put_state(writer, has_state(k) ? runs_[k]->state() : std::vector<StateArray>());
    }
    for (const auto& bytes : ranks_.gather(writer.take())) {
      ByteReader reader(bytes);
      while (!reader.is_at_end()) {
        const auto k = reader.take<std::uint64_t>();
        done_[k] = reader.take<std::uint64_t>();
        restore(take_state(reader), "", runs_[k]->results());
        elsewhere_[k] = take_state(reader);
      }
    }
  }

  void list(StateList& list) {
    list.add("run_steps", {done_.size()}, done_);
    for (std::size_t k = 0; k < runs_.size(); ++k) {
      if (done_[k] == 0) continue;
      list.add(prefix(k), runs_[k]->results());
      if (has_state(k)) list.add(prefix(k) + "state_", runs_[k]->state());
      if (begun_[k] || done_[k] == runs_[k]->steps()) continue;
      for (auto& array : elsewhere_[k])
        list.add(prefix(k) + "state_", {{array.name, "", array.shape, std::visit(span_of, array.values)}});
    }
  }

  static constexpr auto span_of = [](auto& values) -> decltype(StateArray::values) { return std::span(values); };

  std::span<const std::unique_ptr<SteppedRun>> runs_;
  const ProtocolRun& run_;
  Ranks& ranks_;
  std::vector<std::size_t> own_;
  std::vector<std::uint64_t> done_, brought_;  // steps of every run: here, and as the first rank knows them
  std::vector<SavedState> elsewhere_;          // on the first rank: states of unfinished runs that others have
  std::vector<char> begun_;
  std::uint64_t counted_ = 0;  // steps of all runs on all ranks after the last round
  bool stopped_ = false;
};

}  // namespace

bool carry_out(std::span<const std::unique_ptr<SteppedRun>> runs, const ProtocolRun& run) {
  return AllRuns(runs, run).all();
}

std::uint64_t steps_of(std::span<const std::unique_ptr<SteppedRun>> runs) {
  std::uint64_t sum = 0;
  for (const auto& run : runs) sum += run->steps();
  return sum;
}

}  // namespace spikeloom::experiments
