/// Checkpoints to HDF5 and back.
#include "io/checkpoints.hpp"

#include <algorithm>

#include "core/errors.hpp"
#include "core/version.hpp"
#include "io/durable_file.hpp"
#include "io/hashed_file.hpp"
#include "io/hdf5/writer.hpp"

namespace spikeloom::io {
namespace {

constexpr std::int64_t layout_version = 1;
constexpr std::size_t kept = 2;
constexpr int share_of_writing = 20;  // one part in so many of the run's time may go into checkpoints

constexpr const char* kinds[] = {"f64", "f32", "u64"};  // in the order of StateArray::values

std::filesystem::path folder_of(const std::filesystem::path& results) { return results / "checkpoints"; }

hdf5::Writer file_of(const std::string& experiment, const std::vector<StateArray>& arrays) {
  auto file = hdf5::Writer::in_memory("checkpoint");
  file.attribute("/", "version", layout_version);
  file.attribute("/", "spikeloom", std::string(version()));
  file.text("/experiment", experiment);
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

Checkpoint checkpoint_of(const hdf5::Reader& file, const std::filesystem::path& path) {
  if (const auto found = file.integer_attribute("/", "version"); found != layout_version)
    throw FileError(path.string() + ": is a checkpoint of another version of spikeloom (" +
                    file.text_attribute("/", "spikeloom").value_or("unknown") +
                    ")\n    resume with that version, or run the experiment again with --overwrite");
  constexpr const char* remedy = "run the experiment again with --overwrite";
  if (!file.has_dataset("/experiment") || !file.has_group("/state"))
    file.fail("/", "holds no experiment and its state: this is no checkpoint", remedy);
  Checkpoint checkpoint;
  const auto texts = file.texts("/experiment");
  if (texts.size() != 1) file.fail("/experiment", "is no experiment", remedy);
  checkpoint.experiment = texts.front();
  for (const auto& name : file.members("/state")) {
    const auto kind = file.text_attribute("/state/" + name, "kind").value_or("");
    if (kind == kinds[0])
      checkpoint.state.push_back(array_of<double>(file, name));
    else if (kind == kinds[1])
      checkpoint.state.push_back(array_of<float>(file, name));
    else if (kind == kinds[2])
      checkpoint.state.push_back(array_of<std::uint64_t>(file, name));
    else
      file.fail("/state/" + name, "has no known kind", remedy);
  }
  return checkpoint;
}

}  // namespace

Checkpoint read_checkpoint(const std::filesystem::path& directory) {
  if (!std::filesystem::is_directory(directory))
    throw FileError(directory.string() + ": is no directory\n    give a directory that `spikeloom run` has written");
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(folder_of(directory))) files = hashed_files(folder_of(directory), "state");
  std::reverse(files.begin(), files.end());
  for (const auto& path : files)
    if (const auto file = open_hashed(path)) return checkpoint_of(*file, path);
  throw FileError(folder_of(directory).string() +
                  (files.empty() ? ": there is no checkpoint" : ": no checkpoint is whole") +
                  "\n    run the experiment again with --overwrite; runs leave checkpoints until they are done");
}

CheckpointFiles::CheckpointFiles(const std::filesystem::path& directory, std::string experiment, Checkpoint from,
                                 std::chrono::milliseconds every)
    : directory_(folder_of(directory)),
      experiment_(std::move(experiment)),
      resumed_(std::move(from.state)),
      every_(every) {
  if (!std::filesystem::is_directory(directory_)) return;
  for (const auto& file : hashed_files(directory_, "state")) next_ = std::max(next_, number_of(file).value_or(0) + 1);
}

void CheckpointFiles::write(const std::function<void(StateList&)>& list) {
  const auto begin = Clock::now();
  asked_ = false;
  StateList state;
  list(state);
  if (!std::filesystem::exists(directory_)) create_directory_durably(directory_);
  auto file = file_of(experiment_, state.arrays());
  publish_hashed(directory_, "state", next_++, file.view());
  const auto files = hashed_files(directory_, "state");
  for (std::size_t k = 0; k + kept < files.size(); ++k) {
    std::error_code error;  // an old one that stays does no harm
    std::filesystem::remove(files[k], error);
  }
  const auto end = Clock::now();
  if (every_.count() > 0) due_ = end + std::max<Clock::duration>(every_, share_of_writing * (end - begin));
}

void CheckpointFiles::remove() { remove_checkpoints(directory_.parent_path()); }

void remove_checkpoints(const std::filesystem::path& directory) { remove_spent_directory(folder_of(directory)); }

}  // namespace spikeloom::io
