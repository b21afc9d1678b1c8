/// The writer thread: a bounded queue of stretches and weight tables, cut into segments, merged at the end.
#include "io/results.hpp"

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>

#include "core/errors.hpp"
#include "io/durable_file.hpp"
#include "io/hashed_file.hpp"
#include "io/merge.hpp"
#include "io/protocol_file.hpp"
#include "io/run_file.hpp"
#include "io/segments.hpp"

namespace spikeloom::io {
namespace {

constexpr std::size_t queue_bytes = 64 << 20;  // commit() waits while more than this is on its way
constexpr std::size_t weights_per_segment = 1 << 20;
using Clock = std::chrono::steady_clock;

/// A question: how far do the files reach that hold everything handed over before?
using Inquiry = std::shared_ptr<std::promise<ResultsPosition>>;

/// Nothing (a segment is due for its age), something to write, or a question.
using Item = std::variant<std::monostate, Stretch, WeightTable, ProtocolItem, Inquiry>;

std::size_t bytes_of(const ProtocolItem& item) {
  if (const auto* array = std::get_if<NamedArray>(&item)) return array->values.size() * sizeof(double) + 256;
  std::size_t bytes = 1024;
  if (const auto* table = std::get_if<TrialTable>(&item))
    for (const auto& column : table->columns) bytes += column.values.size() * sizeof(double);
  return bytes;
}

std::size_t bytes_of(const Item& item) {
  if (const auto* table = std::get_if<WeightTable>(&item)) return table->weights.size() * 16;
  if (const auto* from_protocol = std::get_if<ProtocolItem>(&item)) return bytes_of(*from_protocol);
  if (std::holds_alternative<Inquiry>(item)) return 0;
  const auto& stretch = std::get<Stretch>(item);
  std::size_t bytes = stretch.spikes.size() * sizeof(Spike) + stretch.hashes.size() * sizeof(StateHash) + 256;
  for (const auto& frames : stretch.frames) bytes += frames.values.size() * sizeof(float);
  return bytes;
}

bool holds_results(const std::filesystem::path& directory) {
  for (const auto* name : {"run.json", "results.h5", "segments", "reports", "checkpoints"})
    if (std::filesystem::exists(directory / name)) return true;
  return false;
}

/// run.json goes first: what is left of a removal that was cut short is no run.
void remove_results(const std::filesystem::path& directory, OldCheckpoints checkpoints) {
  for (const auto* name : {"run.json", "checkpoints", "results.h5", "report.html", "reports", "segments"}) {
    if (checkpoints == OldCheckpoints::keep && std::string_view(name) == "checkpoints") continue;
    std::error_code error;
    std::filesystem::remove_all(directory / name, error);
    if (error)
      throw RunError((directory / name).string() + ": cannot be removed: " + error.message() +
                     "\n    choose another directory with --out");
  }
}

/// Segments and checkpoint must be of one experiment, or the results would be a mixture.
void require_same_experiment(const std::filesystem::path& segments, const RunHeader& header) {
  for (const auto& path : hashed_files(segments, "header"))
    if (const auto file = open_hashed(path); file && read_header(*file).fingerprint != header.fingerprint)
      throw FileError(segments.parent_path().string() +
                      ": the checkpoint is not of the experiment whose results are here\n"
                      "    remove the one that does not belong here, or run the experiment again with --overwrite");
}

/// Makes room for a run and returns the directory of its segments.
std::filesystem::path prepare(const std::filesystem::path& directory, bool overwrite, OldCheckpoints checkpoints,
                              const RunHeader& header) {
  if (std::filesystem::exists(directory) && !std::filesystem::is_directory(directory))
    throw FileError(directory.string() + ": is a file, not a directory\n    choose another directory with --out");
  if (holds_results(directory) && !overwrite)
    throw FileError(directory.string() +
                    ": holds the results of another run\n    choose another directory with --out, or replace them with "
                    "--overwrite");
  create_directory_durably(directory);
  if (std::filesystem::exists(directory / "segments")) {
    SegmentStore(directory / "segments", SegmentStore::Access::merge);
    if (checkpoints == OldCheckpoints::keep) require_same_experiment(directory / "segments", header);
  }
  remove_results(directory, checkpoints);
  return directory / "segments";
}

/// The directory of segments of a run that goes on.
std::filesystem::path reopen(const std::filesystem::path& directory) {
  if (!std::filesystem::is_directory(directory / "segments"))
    throw FileError((directory / "segments").string() +
                    ": is missing, and with it the results up to the checkpoint\n    run the experiment again with "
                    "--overwrite");
  return directory / "segments";
}

void remove_pending(const std::filesystem::path& directory) {
  std::error_code error;
  for (const auto& folder : {directory, directory / "reports"})
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
      if (is_pending(entry.path())) std::filesystem::remove(entry.path(), error);
}

}  // namespace

std::vector<bool> observed_populations(const ExperimentSpec& experiment) {
  const auto& populations = experiment.network.populations;
  std::vector<bool> observed(populations.size());
  for (std::size_t i = 0; i < populations.size(); ++i) {
    for (const auto& record : experiment.record.spikes)
      observed[i] = observed[i] || record.population == populations[i].name;
    for (const auto& record : experiment.record.rates)
      observed[i] = observed[i] || record.population == populations[i].name;
  }
  return observed;
}

MergedSegments merge_segments(const std::filesystem::path& directory) {
  auto summary = read_run_file(directory);
  const bool goes_on = std::filesystem::exists(directory / "checkpoints") && summary.state != "done";
  if (!std::filesystem::exists(directory / "segments")) {
    if (summary.state == "running")
      throw FileError(directory.string() + ": there are no segments to merge\n    run the experiment again");
    return {};
  }
  SegmentStore store(directory / "segments", SegmentStore::Access::merge);
  MergedSegments merged;
  if (summary.state == "running" || summary.state == "failed") {
    remove_pending(directory);
    summary.state = "killed";
    const auto header = store.list("header");
    const auto name = header.empty() ? std::nullopt : open_hashed(header.front());
    with_patience(directory, [&] {
      auto [whole, left_out] = merge(directory, store, summary);
      summary = std::move(whole);
      merged = {.is_new = true, .left_out = left_out};
    });
    write_run_file(directory, name ? name->text_attribute("/simulation", "experiment").value_or("") : "", summary);
  }
  if (!goes_on && merged.left_out == 0) store.remove();
  return merged;
}

struct Results::Impl {
  Impl(const std::filesystem::path& path, const ExperimentSpec& experiment, const std::vector<Probe>& probes,
       bool overwrite, const SegmentLimits& segment_limits, OldCheckpoints checkpoints)
      : directory(path),
        limits(segment_limits),
        header(make_header(experiment, probes)),
        store(prepare(path, overwrite, checkpoints, header), SegmentStore::Access::write),
        buffer(header) {
    auto file = hdf5::Writer::in_memory("header");
    write_header(file, header);
    store.publish("header", file.image());
    begin();
  }

  Impl(const std::filesystem::path& path, const ExperimentSpec& experiment, const std::vector<Probe>& probes,
       const ResultsPosition& from, const SegmentLimits& segment_limits)
      : directory(path),
        limits(segment_limits),
        header(make_header(experiment, probes)),
        store(reopen(path), SegmentStore::Access::write),
        buffer(header) {
    remove_pending(directory);
    remove_pending(directory / "segments");
    store.cut("header", 1);
    require_same_experiment(store.directory(), header);
    store.cut("segment", from.segments);
    store.cut("weights", from.weights);
    begin();
  }

  void begin() {
    write_run_file(directory, header.name, RunSummary{});
    thread = std::thread([this] { work(); });
  }

  ~Impl() { stop(); }

  void push(Item&& item) {
    std::unique_lock lock(mutex);
    const auto bytes = bytes_of(item);
    room.wait(lock, [&] { return error || queue.empty() || queued_bytes + bytes <= queue_bytes; });
    if (error) std::rethrow_exception(error);
    queued_bytes += bytes;
    queue.push_back(std::move(item));
    due.notify_one();
  }

  /// Ends the thread after it has written everything it was given.
  void stop() {
    {
      const std::lock_guard lock(mutex);
      closing = true;
      due.notify_one();
    }
    if (thread.joinable()) thread.join();
  }

  // ---- in the writer thread
  // -------------------------------------------------------------------------------------------

  void work() {
    try {
      while (auto item = next()) {
        if (auto* stretch = std::get_if<Stretch>(&*item)) add(std::move(*stretch));
        if (auto* table = std::get_if<WeightTable>(&*item)) write(*table);
        if (auto* from_protocol = std::get_if<ProtocolItem>(&*item)) write(*from_protocol);
        if (auto* inquiry = std::get_if<Inquiry>(&*item)) answer(**inquiry);
        if (!buffer.empty() && (buffer.bytes() >= limits.bytes || Clock::now() >= flush_at)) flush();
      }
      if (!buffer.empty()) flush();
    } catch (...) {
      const std::lock_guard lock(mutex);
      error = std::current_exception();
      queue.clear();
      room.notify_all();
    }
  }

  /// The next item, or nothing at the end.
  std::optional<Item> next() {
    std::unique_lock lock(mutex);
    const auto ready = [&] { return closing || !queue.empty(); };
    if (buffer.empty())
      due.wait(lock, ready);
    else
      due.wait_until(lock, flush_at, ready);
    if (queue.empty()) return closing ? std::nullopt : std::optional<Item>(Item());
    auto item = std::move(queue.front());
    queue.pop_front();
    queued_bytes -= bytes_of(item);
    room.notify_all();
    return item;
  }

  void add(Stretch&& stretch) {
    if (buffer.empty())
      flush_at =
          Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(limits.seconds));
    buffer.add(std::move(stretch));
  }

  void flush() {
    store.publish("segment", buffer.image());
    buffer.clear();
  }

  void answer(std::promise<ResultsPosition>& inquiry) {
    if (!buffer.empty()) flush();
    inquiry.set_value({store.count("segment"), store.count("weights")});
  }

  void write(WeightTable& table) {
    const TimeAxis axis(header.resolution);
    table.time = axis.at(std::llround(table.time / header.resolution));
    for (std::size_t first = 0; first == 0 || first < table.weights.size(); first += weights_per_segment)
      store.publish("weights", weight_image(table, first, std::min(weights_per_segment, table.weights.size() - first)));
  }

  void write(const ProtocolItem& item) {
    auto file = hdf5::Writer::in_memory("protocol");
    ProtocolWriter(file).add(item);
    store.publish("protocol", file.image());
  }

  std::filesystem::path directory;
  SegmentLimits limits;
  RunHeader header;
  SegmentStore store;
  SegmentBuffer buffer;
  Clock::time_point flush_at;
  bool finished = false;

  std::mutex mutex;
  std::condition_variable due, room;  // something to write; room in the queue
  std::deque<Item> queue;
  std::size_t queued_bytes = 0;
  bool closing = false;
  std::exception_ptr error;
  std::thread thread;
};

Results::Results(const std::filesystem::path& directory, const ExperimentSpec& experiment, std::vector<Probe> probes,
                 bool overwrite, const SegmentLimits& limits, OldCheckpoints checkpoints)
    : impl_(std::make_unique<Impl>(directory, experiment, probes, overwrite, limits, checkpoints)) {}

Results::Results(const std::filesystem::path& directory, const ExperimentSpec& experiment, std::vector<Probe> probes,
                 const ResultsPosition& from, const SegmentLimits& limits)
    : impl_(std::make_unique<Impl>(directory, experiment, probes, from, limits)) {}

/// Without finish() the run has failed; its segments stay, whole, for merge_segments().
Results::~Results() {
  impl_->stop();
  if (impl_->finished) return;
  try {
    RunSummary summary;
    summary.state = "failed";
    write_run_file(impl_->directory, impl_->header.name, summary);
  } catch (const std::exception&) {
    // The disk that made the run fail may refuse this too; run.json then still says "running".
  }
}

void Results::commit(Stretch&& stretch) { impl_->push(std::move(stretch)); }

void Results::weights(WeightTable&& table) { impl_->push(std::move(table)); }

void Results::add(ProtocolItem&& item) { impl_->push(std::move(item)); }

ResultsPosition Results::position() {
  auto inquiry = std::make_shared<std::promise<ResultsPosition>>();
  auto answer = inquiry->get_future();
  impl_->push(std::move(inquiry));
  try {
    return answer.get();
  } catch (const std::future_error&) {  // the writer thread has failed before it came to the question
    std::unique_lock lock(impl_->mutex);
    impl_->room.wait(lock, [&] { return impl_->error != nullptr; });
    std::rethrow_exception(impl_->error);
  }
}

void Results::finish(RunSummary summary, AfterMerge segments) {
  impl_->stop();
  if (impl_->error) std::rethrow_exception(impl_->error);
  with_patience(impl_->directory, [&] { summary = merge(impl_->directory, impl_->store, summary).summary; });
  write_run_file(impl_->directory, impl_->header.name, summary);
  impl_->finished = true;
  if (segments == AfterMerge::remove_segments) impl_->store.remove();
}

}  // namespace spikeloom::io
