/// Checkpoints to HDF5 and back.
#include "io/checkpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/errors.hpp"
#include "core/version.hpp"
#include "io/durable_file.hpp"
#include "io/hashed_file.hpp"
#include "io/hdf5/writer.hpp"

namespace spikeloom::io {
namespace {

constexpr std::int64_t layout_version = 2;
constexpr std::size_t kept = 2;
constexpr int share_of_writing = 20;  // one part in so many of the run's time may go into checkpoints

constexpr const char* kinds[] = {"f64", "f32", "u64"};  // in the order of StateArray::values

std::filesystem::path folder_of(const std::filesystem::path& results) { return results / "checkpoints"; }

hdf5::Writer file_of(const std::string& name, const std::vector<StateArray>& arrays) {
  auto file = hdf5::Writer::in_memory(name);
  file.attribute("/", "version", layout_version);
  file.attribute("/", "spikeloom", std::string(version()));
  file.group("/state");
  std::int64_t order = 0;
  for (const auto& array : arrays) {
    const auto path = "/state/" + std::string(array.name);
    std::visit(
        [&](auto values) {
          using Element = typename decltype(values)::value_type;
          file.array(path, array.shape, std::span<const Element>(values));
        },
        array.values);
    file.attribute(path, "kind", std::string(kinds[array.values.index()]));
    file.attribute(path, "order", order++);
  }
  return file;
}

template <class Element>
SavedArray array_of(const hdf5::Reader& file, const std::string& name) {
  const auto path = "/state/" + name;
  return {name, file.extent(path), file.read<Element>(path)};
}

constexpr const char* remedy = "run the experiment again with --overwrite";

void require_version(const hdf5::Reader& file, const std::filesystem::path& path) {
  if (const auto found = file.integer_attribute("/", "version"); found != layout_version)
    throw FileError(path.string() + ": is a checkpoint of another version of spikeloom (" +
                    file.text_attribute("/", "spikeloom").value_or("unknown") +
                    ")\n    resume with that version, or run the experiment again with --overwrite");
}

SavedState state_of(const hdf5::Reader& file) {
  SavedState state;
  for (const auto& name : file.members("/state")) {
    const auto kind = file.text_attribute("/state/" + name, "kind").value_or("");
    if (kind == kinds[0])
      state.push_back(array_of<double>(file, name));
    else if (kind == kinds[1])
      state.push_back(array_of<float>(file, name));
    else if (kind == kinds[2])
      state.push_back(array_of<std::uint64_t>(file, name));
    else
      file.fail("/state/" + name, "has no known kind", remedy);
  }
  return state;
}

std::vector<std::filesystem::path> parts_of(const hdf5::Reader& file, const std::filesystem::path& checkpoint) {
  std::vector<std::filesystem::path> parts;
  if (!file.has_dataset("/parts")) return parts;
  for (const auto& name : file.texts("/parts"))
    parts.push_back(checkpoint.parent_path() / std::filesystem::path(name).filename());
  return parts;
}

Checkpoint checkpoint_of(const hdf5::Reader& file, const std::filesystem::path& path) {
  require_version(file, path);
  if (!file.has_dataset("/experiment") || !file.has_group("/state"))
    file.fail("/", "holds no experiment and its state: this is no checkpoint", remedy);
  const auto texts = file.texts("/experiment");
  if (texts.size() != 1) file.fail("/experiment", "is no experiment", remedy);
  return {texts.front(), state_of(file), parts_of(file, path)};
}

/// Whether a checkpoint is whole on every rank; each reads some of the parts.
bool is_whole(const std::optional<hdf5::Reader>& file, const std::filesystem::path& path, Ranks& ranks) {
  bool whole = file.has_value();
  const auto parts = whole ? parts_of(*file, path) : std::vector<std::filesystem::path>();
  for (auto k = static_cast<std::size_t>(ranks.rank()); k < parts.size(); k += static_cast<std::size_t>(ranks.count()))
    whole = whole && has_its_hash(parts[k]);
  return ranks.minimum(whole ? 1 : 0) != 0;
}

/// The checkpoints of a directory as the first rank sees them, newest first.
std::vector<std::string> candidates(const std::filesystem::path& directory, Ranks& ranks) {
  ByteWriter writer;
  if (ranks.is_first() && std::filesystem::is_directory(directory)) {
    auto files = hashed_files(directory, "state");
    std::reverse(files.begin(), files.end());
    for (const auto& file : files) writer.put_text(file.filename().string());
  }
  const auto bytes = ranks.broadcast(writer.take());
  std::vector<std::string> names;
  for (ByteReader reader(bytes); !reader.is_at_end();) names.push_back(reader.take_text());
  return names;
}

}  // namespace

Checkpoint read_checkpoint(const std::filesystem::path& directory, Ranks& ranks) {
  if (!std::filesystem::is_directory(directory))
    throw FileError(directory.string() + ": is no directory\n    give a directory that `spikeloom run` has written");
  const auto names = candidates(folder_of(directory), ranks);
  for (const auto& name : names) {
    const auto path = folder_of(directory) / name;
    const auto file = open_hashed(path);
    if (is_whole(file, path, ranks)) return checkpoint_of(*file, path);
  }
  throw FileError(folder_of(directory).string() +
                  (names.empty() ? ": there is no checkpoint" : ": no checkpoint is whole") +
                  "\n    run the experiment again with --overwrite; runs leave checkpoints until they are done");
}

SavedState read_part(const std::filesystem::path& path) {
  const auto file = open_hashed(path);
  if (!file) throw FileError(path.string() + ": is damaged: it does not have the hash in its name\n    check the disk");
  require_version(*file, path);
  if (!file->has_group("/state")) file->fail("/", "holds no state: this is no part of a checkpoint", remedy);
  return state_of(*file);
}

bool has_its_parts(const hdf5::Reader& file, const std::filesystem::path& checkpoint) {
  const auto parts = parts_of(file, checkpoint);
  return std::all_of(parts.begin(), parts.end(), has_its_hash);
}

CheckpointFiles::CheckpointFiles(const std::filesystem::path& directory, std::string experiment, Checkpoint from,
                                 std::chrono::milliseconds every, Ranks& ranks)
    : directory_(folder_of(directory)),
      ranks_(&ranks),
      experiment_(std::move(experiment)),
      resumed_(std::move(from.state)),
      every_(every) {
  if (ranks.is_first() && std::filesystem::is_directory(directory_))
    for (const auto& file : hashed_files(directory_, "state")) next_ = std::max(next_, number_of(file).value_or(0) + 1);
  next_ = ranks.as_first(next_);
}

void CheckpointFiles::write_parts(const std::function<void(StateList&)>& common, const std::vector<StateArray>& own) {
  const auto begin = Clock::now();
  asked_ = false;
  const bool in_parts = !ranks_->is_alone();
  if (ranks_->is_first() && !std::filesystem::exists(directory_)) create_directory_durably(directory_);
  StateList state;
  common(state);
  if (!in_parts) state.add("", own);
  const auto number = next_++;
  std::vector<std::string> parts;
  if (in_parts) {
    ranks_->minimum(0);  // the directory is there
    ByteWriter written;
    if (!own.empty()) {
      auto file = file_of(fmt::format("part {} of a checkpoint", ranks_->rank()), own);
      file.attribute("/", "rank", std::int64_t{ranks_->rank()});  // parts with nothing in them need names of their own
      written.put_text(publish_hashed(directory_, "part", number, file.view()).filename().string());
    }
    for (const auto& bytes : ranks_->gather(written.take()))
      if (ByteReader reader(bytes); !reader.is_at_end()) parts.push_back(reader.take_text());
  }
  if (ranks_->is_first()) {
    auto file = file_of("checkpoint", state.arrays());
    file.text("/experiment", experiment_);
    if (!parts.empty()) file.texts("/parts", parts);
    publish_hashed(directory_, "state", number, file.view());
    remove_old();
  }
  const auto end = Clock::now();
  if (every_.count() > 0) due_ = end + std::max<Clock::duration>(every_, share_of_writing * (end - begin));
}

/// All but the newest two, and parts older than those.
void CheckpointFiles::remove_old() const {
  auto files = hashed_files(directory_, "state");
  if (files.size() <= kept) return;
  std::vector<std::filesystem::path> old(files.begin(), files.end() - kept);
  const auto oldest = number_of(files[files.size() - kept]);
  for (const auto& part : hashed_files(directory_, "part"))
    if (number_of(part) < oldest) old.push_back(part);
  for (const auto& file : old) {
    std::error_code error;  // one that stays does no harm
    std::filesystem::remove(file, error);
  }
}

void CheckpointFiles::remove() { remove_checkpoints(directory_.parent_path()); }

void remove_checkpoints(const std::filesystem::path& directory) { remove_spent_directory(folder_of(directory)); }

}  // namespace spikeloom::io
