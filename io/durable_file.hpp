/// Files that are either whole or absent: written under another name, synced, then renamed.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

#include "core/errors.hpp"

namespace spikeloom::io {

/// Does what writes below `directory`, and does it again when a full disk was in the way: after a warning, for as long
/// as set_disk_patience() says; then the error stands. `work` leaves nothing behind when it throws.
void with_patience(const std::filesystem::path& directory, const std::function<void()>& work);
/// One minute unless set; 0: not at all. From when `in_a_hurry` says so (the run is to stop), two seconds have to do.
void set_disk_patience(std::chrono::milliseconds patience, bool (*in_a_hurry)() noexcept = nullptr) noexcept;

/// A file on its way to its final name. Errors are RunError with the path, the system's words and what to do.
class PendingFile {
 public:
  explicit PendingFile(std::filesystem::path final_path);
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  /// Where to write meanwhile: ".<name>.partial" beside the final name.
  const std::filesystem::path& path() const noexcept { return temporary_; }
  void write(std::span<const std::byte> bytes) const;
  /// Syncs the file, gives it its final name (replacing what had it) and syncs the directory.
  void publish();

 private:
  std::filesystem::path final_, temporary_;
  bool published_ = false;
};

/// Writes a whole file and publishes it, with patience.
void write_durably(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_durably(const std::filesystem::path& path, std::string_view text);

/// Whether a name is that of a file on its way (left by a killed process).
bool is_pending(const std::filesystem::path& path);

/// Removes a directory of which results no longer need anything; RunError if that fails.
void remove_spent_directory(const std::filesystem::path& directory);

/// Removes a file of a run that goes on, if it is there; durable after sync_directory(). RunError if that fails.
void remove_stale_file(const std::filesystem::path& file);
/// Makes what has been created and removed in a directory durable.
void sync_directory(const std::filesystem::path& directory);

/// Creates a directory (its parents too) and makes its name durable.
void create_directory_durably(const std::filesystem::path& directory);

}  // namespace spikeloom::io
