/// fork, limits, a piece of shared memory for the answer.
#include "io/isolation.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <new>

#include "core/errors.hpp"
#include "io/hdf5/library.hpp"

namespace spikeloom::io {
namespace {

constexpr int parsed = 0, refused = 3, out_of_memory = 4;                               // how a child ends
constexpr std::uint64_t memory_per_byte = 4200, least_memory = std::uint64_t{1} << 30;  // deflate may unpack 1032-fold
constexpr rlim_t least_seconds = 5;                                                     // of processor time
constexpr std::uint64_t bytes_per_second = 1 << 20;

/// The address space in use now, in bytes.
std::uint64_t memory_in_use() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Physical memory, the most that a child may ask for.
std::uint64_t memory_of_machine() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void limit(int resource, rlim_t value) {
  rlimit now{};
  ::getrlimit(static_cast<__rlimit_resource_t>(resource), &now);
  now.rlim_cur = std::min(value, now.rlim_max);
  ::setrlimit(static_cast<__rlimit_resource_t>(resource), &now);
}

bool write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

/// The child: never returns, never cleans up what it shares with its parent.
[[noreturn]] void run_child(int answer, std::uint64_t file_size, const std::function<Parcel()>& parse) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, least_seconds + file_size / bytes_per_second);
  limit(RLIMIT_AS, memory_in_use() + std::min(least_memory + file_size * memory_per_byte, memory_of_machine()));
  try {
    ::_exit(write_all(answer, parse().bytes()) ? parsed : out_of_memory);
  } catch (const FileError& error) {
    const std::string text = error.what();
    write_all(answer, std::as_bytes(std::span(text)));
    ::_exit(refused);
  } catch (const std::exception&) {
    ::_exit(out_of_memory);
  }
}

std::vector<std::byte> read_back(int answer) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(::lseek(answer, 0, SEEK_END)));
  for (std::size_t at = 0; at < bytes.size();) {
    const auto got = ::pread(answer, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (got <= 0) break;
    at += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace

void Parcel::append(const void* from, std::size_t size) {
  const auto old = bytes_.size();
  bytes_.resize(old + size);
  if (size > 0) std::memcpy(bytes_.data() + old, from, size);
}

void Parcel::extract(void* to, std::size_t size) {
  if (size > bytes_.size() - at_) throw FileError("the answer of a child process is incomplete");
  if (size > 0) std::memcpy(to, bytes_.data() + at_, size);
  at_ += size;
}

Parcel parse_isolated(const std::filesystem::path& file, const std::function<Parcel()>& parse) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(file, ignored);
  const int answer = ::memfd_create("spikeloom", MFD_CLOEXEC);
  if (answer < 0)
    throw RunError(file.string() + ": cannot create shared memory: " + std::strerror(errno) +
                   "\n    close other programs");
  pid_t child = -1;
  {
    const hdf5::Lock lock;  // no other thread is inside the library while this one forks
    child = ::fork();
    if (child == 0) run_child(answer, ignored ? 0 : size, parse);
  }
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  auto bytes = read_back(answer);
  ::close(answer);
  if (child < 0)
    throw RunError(file.string() + ": cannot start a process to read it: " + std::strerror(errno) +
                   "\n    close other programs");
  if (WIFEXITED(status) && WEXITSTATUS(status) == parsed) return Parcel(std::move(bytes));
  if (WIFEXITED(status) && WEXITSTATUS(status) == refused)
    throw FileError(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  if (WIFEXITED(status) && WEXITSTATUS(status) == out_of_memory)
    throw FileError(file.string() +
                    ": needs more memory than there is\n    the file is damaged, or too large for this machine");
  throw FileError(file.string() +
                  ": reading it made the HDF5 library crash or hang\n    the file is damaged; repair it with h5repack "
                  "or get a whole copy");
}

}  // namespace spikeloom::io
