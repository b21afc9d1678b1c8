/// Rounds of a second or so, after each of which all ranks meet: to stop together, and to bring the first one what it
/// saves.
#include "experiments/protocols/stages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "core/parallel.hpp"

namespace spikeloom::experiments {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds round_time{1};

// ---- what a checkpoint holds of a stage: arrays of any length, their names begin with the stage's ------------------

SavedState arrays_of(std::vector<SavedColumn> columns, const std::string& prefix) {
  SavedState state;
  for (auto& column : columns) {
    const auto size = std::visit([](const auto& values) { return std::uint64_t{values.size()}; }, column.values);
    state.push_back({prefix + column.name, {size}, std::move(column.values)});
  }
  return state;
}

std::vector<SavedColumn> columns_in(const SavedState& state, const std::string& prefix) {
  std::vector<SavedColumn> columns;
  for (const auto& array : state)
    if (array.name.starts_with(prefix)) columns.push_back({array.name.substr(prefix.size()), array.values});
  return columns;
}

/// To a list that borrows them.
void add(StateList& list, SavedState& state) {
  constexpr auto span_of = [](auto& values) -> decltype(StateArray::values) { return std::span(values); };
  for (auto& array : state) list.add("", {{array.name, "", array.shape, std::visit(span_of, array.values)}});
}

std::string stage_name(std::size_t number) { return fmt::format("stage_{:03}_", number); }

bool holds(const SavedState& state, std::string_view name) {
  return std::any_of(state.begin(), state.end(), [&](const auto& array) { return array.name == name; });
}

// ---- one stage -----------------------------------------------------------------------------------------------------

class AllRuns {
 public:
  AllRuns(std::span<SteppedRun* const> runs, const ProtocolRun& run, std::string stage,
          const Stages::Progress& progress, const std::function<void(StateList&)>& list_before)
      : runs_(runs),
        run_(run),
        stage_(std::move(stage)),
        progress_(progress),
        list_before_(list_before),
        ranks_(*run.ranks),
        done_(runs.size()),
        brought_(runs.size()),
        elsewhere_(runs.size()) {
    for (std::size_t k = ranks_.rank(); k < runs.size(); k += ranks_.count()) own_.push_back(k);
    for (const auto* one : runs) steps_ += one->steps();
    begun_.assign(runs.size(), false);
  }

  /// False if the user stopped it before its end.
  bool all() {
    take_up();
    while (true) {
      if (counted_ < steps_) round();
      counted_ = ranks_.sum(own_steps());
      const bool over = counted_ == steps_, stopped = ranks_.maximum(stopped_ ? 1 : 0) != 0 && !over;
      const bool save = run_.checkpoints && (stopped || (!over && run_.checkpoints->is_due()));
      if (ranks_.as_first(save) || over) bring_to_first();
      if (save) run_.checkpoints->write([&](StateList& list) { this->list(list); });
      if (over || stopped) return over;
    }
  }

  /// What is left of it when it is over.
  SavedState results() {
    SavedState all = {{stage_ + "run_steps", {done_.size()}, done_}};
    for (std::size_t k = 0; k < runs_.size(); ++k)
      for (auto& array : results_of(k)) all.push_back(std::move(array));
    return all;
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
      try {
        while (!stopped && Clock::now() < until && done < one.steps()) {
          if (!begun_[open[i]]) begin(open[i]);
          one.step(done);
          if (++done == one.steps()) one.end();
          if (!progress_(others + ++own, steps_, one.note(done))) stopped = true;
        }
      } catch (const StoppedByUser&) {
        stopped = true;
      }
    });
    stopped_ = stopped;
  }

  void begin(std::size_t k) {
    runs_[k]->begin();
    if (done_[k] > 0) runs_[k]->restore_state(columns_in(run_.checkpoints->resumed(), prefix(k) + "state_"));
    begun_[k] = true;
  }

  std::uint64_t own_steps() const {
    std::uint64_t sum = 0;
    for (const auto k : own_) sum += done_[k];
    return sum;
  }

  std::string prefix(std::size_t k) const { return fmt::format("{}run_{:04}_", stage_, k); }
  bool has_state(std::size_t k) const { return begun_[k] && done_[k] < runs_[k]->steps(); }
  SavedState results_of(std::size_t k) {
    StateArchive archive;
    runs_[k]->results(archive);
    return arrays_of(archive.take(), prefix(k) + "found_");
  }
  SavedState state_of(std::size_t k) { return arrays_of(runs_[k]->saved_state(), prefix(k) + "state_"); }
  void restore_results(const SavedState& from, std::size_t k) {
    StateArchive archive(columns_in(from, prefix(k) + "found_"));
    archive.enter("");
    runs_[k]->results(archive);
    archive.finish();
  }

  void take_up() {
    if (!run_.checkpoints || !holds(run_.checkpoints->resumed(), stage_ + "run_steps")) return;
    const auto& from = run_.checkpoints->resumed();
    done_ = saved<std::uint64_t>(from, stage_ + "run_steps");
    if (done_.size() != runs_.size()) throw std::logic_error("a checkpoint of other runs");
    brought_ = done_;
    for (std::size_t k = 0; k < runs_.size(); ++k) {
      if (done_[k] == 0) continue;
      restore_results(from, k);
      if (!ranks_.is_first() || done_[k] == runs_[k]->steps()) continue;
      for (const auto& array : from)
        if (array.name.starts_with(prefix(k) + "state_")) elsewhere_[k].push_back(array);
    }
    counted_ = 0;
    for (const auto steps : done_) counted_ += steps;
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
      put_state(writer, results_of(k));
      put_state(writer, has_state(k) ? state_of(k) : SavedState());
    }
    for (const auto& bytes : ranks_.gather(writer.take())) {
      ByteReader reader(bytes);
      while (!reader.is_at_end()) {
        const auto k = reader.take<std::uint64_t>();
        done_[k] = reader.take<std::uint64_t>();
        restore_results(take_state(reader), k);
        elsewhere_[k] = take_state(reader);
      }
    }
  }

  void list(StateList& list) {
    list_before_(list);
    saving_.clear();
    saving_.push_back({stage_ + "run_steps", {done_.size()}, done_});
    for (std::size_t k = 0; k < runs_.size(); ++k) {
      if (done_[k] == 0) continue;
      for (auto& array : results_of(k)) saving_.push_back(std::move(array));
      if (has_state(k))
        for (auto& array : state_of(k)) saving_.push_back(std::move(array));
      else if (done_[k] < runs_[k]->steps())
        add(list, elsewhere_[k]);
    }
    add(list, saving_);
  }

  std::span<SteppedRun* const> runs_;
  const ProtocolRun& run_;
  std::string stage_;
  const Stages::Progress& progress_;
  const std::function<void(StateList&)>& list_before_;
  Ranks& ranks_;
  std::vector<std::size_t> own_;
  std::vector<std::uint64_t> done_, brought_;  // steps of every run: here, and as the first rank knows them
  std::vector<SavedState> elsewhere_;          // on the first rank: states of unfinished runs that others have
  SavedState saving_;                          // while a checkpoint is written
  std::vector<char> begun_;
  std::uint64_t steps_ = 0, counted_ = 0;  // of all runs; those done on all ranks after the last round
  bool stopped_ = false;
};

/// Every so-many-th row of a table, a step each.
class Lane final : public SteppedRun {
 public:
  Lane(std::size_t first, std::size_t stride, std::size_t count, std::size_t width, const Stages::Row& compute)
      : first_(first),
        stride_(stride),
        width_(width),
        compute_(compute),
        values_((count - first + stride - 1) / stride * width) {}

  std::uint64_t steps() const override { return values_.size() / width_; }
  void step(std::uint64_t number) override {
    const auto row = std::span(values_).subspan(number * width_, width_);
    std::fill(row.begin(), row.end(), 0.0);  // it may have been left in the middle
    compute_(first_ + number * stride_, row);
  }
  void results(StateArchive& archive) override { archive.column("rows", values_); }
  std::string note(std::uint64_t) const override { return ""; }
  std::span<const double> row(std::size_t number) const { return std::span(values_).subspan(number * width_, width_); }

 private:
  std::size_t first_, stride_, width_;
  const Stages::Row& compute_;
  std::vector<double> values_;
};

}  // namespace

void Stages::tell(Progress progress) {
  progress_ = std::move(progress);
  by_stage_ = true;
}

bool Stages::report(std::uint64_t done, std::uint64_t of, const std::string& note) {
  if (!by_stage_) done += before_, of = std::max(expected_, before_ + of);
  {
    const std::lock_guard lock(last_mutex_);
    last_done_ = done, last_of_ = of;
  }
  return progress_(done, of, note);
}

void Stages::pause() {
  std::uint64_t done = 0, of = 0;
  {
    const std::lock_guard lock(last_mutex_);
    done = last_done_, of = last_of_;
  }
  bool stops = !progress_(done, of, "");
  if (!within_ && !run_.ranks->is_alone()) stops = run_.ranks->maximum(stops ? 1 : 0) != 0;
  if (!stops) return;
  if (!within_ && run_.checkpoints && !over_.empty() && !holds_stage(over_.size()))
    run_.checkpoints->write([this](StateList& list) { list_over(list); });
  throw StoppedByUser();
}

bool Stages::holds_stage(std::size_t number) const {
  const auto& resumed = run_.checkpoints->resumed();
  return std::any_of(resumed.begin(), resumed.end(),
                     [&](const auto& array) { return array.name.starts_with(stage_name(number)); });
}

void Stages::list_over(StateList& list) {
  for (auto& state : over_) add(list, state);
}

void Stages::carry_out(std::span<SteppedRun* const> runs) {
  const Progress progress = [this](auto done, auto of, const auto& note) { return report(done, of, note); };
  const std::function<void(StateList&)> before = [this](StateList& list) { list_over(list); };
  AllRuns stage(runs, run_, stage_name(over_.size()), progress, before);
  within_ = true;
  const bool complete = stage.all();
  within_ = false;
  if (!complete) throw StoppedByUser();
  over_.push_back(stage.results());
  for (const auto* one : runs) before_ += one->steps();
}

void Stages::carry_out(std::span<const std::unique_ptr<SteppedRun>> runs) {
  std::vector<SteppedRun*> all;
  for (const auto& run : runs) all.push_back(run.get());
  carry_out(all);
}

void Stages::carry_out(SteppedRun& one) {
  auto* const only = &one;
  carry_out(std::span(&only, 1));
}

std::vector<double> Stages::rows(std::size_t count, std::size_t width, const Row& compute) {
  const auto name = stage_name(over_.size()) + "rows";
  std::vector<double> table(count * width);
  const auto keep = [&] { over_.push_back({{name, {table.size()}, table}}); };
  if (run_.checkpoints && holds(run_.checkpoints->resumed(), name)) {
    table = saved<double>(run_.checkpoints->resumed(), name);
    if (table.size() != count * width) throw std::logic_error("a checkpoint of another table");
    before_ += count;
    keep();
    return table;
  }
  constexpr std::size_t most_lanes = 64;
  const auto stride = std::min(count, most_lanes);
  std::vector<std::unique_ptr<SteppedRun>> lanes;
  for (std::size_t first = 0; first < stride; ++first)
    lanes.push_back(std::make_unique<Lane>(first, stride, count, width, compute));
  carry_out(lanes);
  over_.pop_back();
  for (std::size_t k = 0; k < count; ++k)
    std::ranges::copy(static_cast<const Lane&>(*lanes[k % stride]).row(k / stride),
                      table.begin() + static_cast<std::ptrdiff_t>(k * width));
  if (!run_.ranks->is_alone()) {
    ByteWriter writer;
    writer.put_list(table);
    table = ByteReader(run_.ranks->broadcast(writer.take())).take_list<double>();
  }
  keep();
  return table;
}

}  // namespace spikeloom::experiments
