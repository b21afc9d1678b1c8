/// write, fsync, rename, fsync of the directory, over POSIX calls.
#include "io/durable_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace spikeloom::io {
namespace {

constexpr std::string_view pending_ending = ".partial";

std::string remedy(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT: return "free space on this file system, or write elsewhere with --out";
    case EFBIG: return "raise the limit on file sizes (ulimit -f), or write elsewhere with --out";
    case EACCES:
    case EPERM:
    case EROFS: return "choose a directory that you may write to with --out";
    default: return "check the file system, or write elsewhere with --out";
  }
}

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& doing, int error) {
  const auto text = path.string() + ": cannot " + doing + ": " + std::strerror(error) + "\n    " + remedy(error);
  if (error == ENOSPC || error == EDQUOT) throw FullDisk(text);
  throw RunError(text);
}

/// Calls call() until no signal interrupts it.
template <class Call>
auto uninterrupted(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

constexpr auto patience_in_a_hurry = std::chrono::seconds(2);
std::atomic<std::chrono::milliseconds> disk_patience{std::chrono::seconds(60)};
std::atomic<bool (*)() noexcept> is_in_a_hurry{nullptr};

std::chrono::milliseconds patience() {
  const auto hurry = is_in_a_hurry.load();
  return hurry != nullptr && hurry() ? std::min<std::chrono::milliseconds>(disk_patience, patience_in_a_hurry)
                                     : disk_patience.load();
}

/// HDF5 does not always say why it could not write.
bool is_full(const std::filesystem::path& directory) {
  std::error_code error;
  const auto space = std::filesystem::space(directory, error);
  return !error && space.available < (1 << 20);
}

/// An open file that is closed in any case.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags, const std::string& doing)
      : number_(uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); })) {
    if (number_ < 0) fail(path, doing, errno);
  }
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const noexcept { return number_; }

 private:
  int number_;
};

/// Some file systems refuse to sync a directory; that is no reason to stop.
void sync(const std::filesystem::path& path, int flags) {
  const Descriptor file(path, flags, "open to sync");
  if (uninterrupted([&] { return ::fsync(file.number()); }) != 0 && errno != EINVAL && errno != ENOTSUP)
    fail(path, "sync to disk", errno);
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

PendingFile::PendingFile(std::filesystem::path final_path)
    : final_(std::move(final_path)),
      temporary_(folder_of(final_) / ("." + final_.filename().string() + std::string(pending_ending))) {}

PendingFile::~PendingFile() {
  if (!published_) ::unlink(temporary_.c_str());
}

void PendingFile::write(std::span<const std::byte> bytes) const {
  const Descriptor file(temporary_, O_WRONLY | O_CREAT | O_TRUNC, "create");
  while (!bytes.empty()) {
    const auto written = uninterrupted([&] { return ::write(file.number(), bytes.data(), bytes.size()); });
    if (written < 0) fail(final_, "write", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void PendingFile::publish() {
  sync(temporary_, O_RDONLY);
  if (::rename(temporary_.c_str(), final_.c_str()) != 0) fail(final_, "rename into place", errno);
  published_ = true;
  sync(folder_of(final_), O_RDONLY | O_DIRECTORY);
}

void set_disk_patience(std::chrono::milliseconds patience, bool (*in_a_hurry)() noexcept) noexcept {
  disk_patience = patience;
  is_in_a_hurry = in_a_hurry;
}

void with_patience(const std::filesystem::path& directory, const std::function<void()>& work) {
  using namespace std::chrono_literals;
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> begin;  // of waiting; what failed may have taken long
  for (auto pause = 100ms;; pause = std::min(2 * pause, std::chrono::milliseconds(5s))) {
    const auto has_time = [&](auto more) {
      if (!begin) begin = Clock::now();
      return Clock::now() + more <= *begin + patience();
    };
    try {
      return work();
    } catch (const FullDisk&) {
      if (!has_time(pause)) throw;
    } catch (const RunError&) {
      if (!is_full(directory) || !has_time(pause)) throw;
    }
    if (pause == 100ms)
      std::fprintf(stderr, "%s: the disk is full; waiting for up to %.0f s until there is room\n", directory.c_str(),
                   std::chrono::duration<double>(patience()).count());
    for (const auto next = Clock::now() + pause; Clock::now() < next && has_time(0ms);)
      std::this_thread::sleep_for(50ms);
  }
}

void write_durably(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  with_patience(folder_of(path), [&] {
    PendingFile file(path);
    file.write(bytes);
    file.publish();
  });
}

void write_durably(const std::filesystem::path& path, std::string_view text) {
  write_durably(path, std::as_bytes(std::span(text.data(), text.size())));
}

bool is_pending(const std::filesystem::path& path) {
  const auto name = path.filename().string();
  return name.starts_with('.') && name.ends_with(pending_ending);
}

void create_directory_durably(const std::filesystem::path& directory) {
  const auto parent = folder_of(directory.has_filename() ? directory : directory.parent_path());
  with_patience(parent, [&] {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) fail(directory, "create the directory", error.value());
    sync(parent, O_RDONLY | O_DIRECTORY);
  });
}

void remove_stale_file(const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::remove(file, error);
  if (error) fail(file, "remove", error.value());
}

void sync_directory(const std::filesystem::path& directory) { sync(directory, O_RDONLY | O_DIRECTORY); }

void remove_spent_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  if (error)
    throw RunError(directory.string() + ": cannot be removed: " + error.message() +
                   "\n    remove it by hand; the results are whole");
}

}  // namespace spikeloom::io
