/// A disk that fails once: loaded in front of the C library, it counts the calls that write below a folder, and lets
/// the n-th of them go wrong.
///
///     FAULT_UNDER=folder FAULT_AT=n FAULT_KIND=full|error|short|interrupted|kill FAULT_MARK=file LD_PRELOAD=...
///     program
///
/// With FAULT_RANK=r, of rank r of a run under mpirun or srun alone. The mark is made when it happens. Kinds: no space,
/// I/O error, half of the bytes written, interrupted by a signal (the call does nothing), the process killed before the
/// call.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<long> calls = 0;

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

const char* setting(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

bool is_kind(const char* kind) { return std::strcmp(setting("FAULT_KIND"), kind) == 0; }

bool is_under(const char* path) {
  const char* folder = setting("FAULT_UNDER");
  return *folder != 0 && std::strncmp(path, folder, std::strlen(folder)) == 0;
}

bool is_under(int file) {
  char link[64], path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const auto length = ::readlink(link, path, sizeof path - 1);
  if (length < 0) return false;
  path[length] = 0;
  return is_under(path);
}

/// Whether this is the process whose calls count.
bool is_meant() {
  const char* wanted = setting("FAULT_RANK");
  if (*wanted == 0) return true;
  return std::strcmp(setting("OMPI_COMM_WORLD_RANK"), wanted) == 0 || std::strcmp(setting("PMI_RANK"), wanted) == 0;
}

/// Whether this call is the one.
bool is_due() {
  if (!is_meant()) return false;
  if (++calls != std::atol(setting("FAULT_AT"))) return false;
  const int mark = next<int (*)(const char*, int, ...)>("open")(setting("FAULT_MARK"), O_CREAT | O_WRONLY, 0666);
  ::close(mark);
  if (is_kind("kill")) std::raise(SIGKILL);
  return true;
}

int failed() {
  errno = is_kind("full") ? ENOSPC : is_kind("interrupted") ? EINTR : EIO;
  return -1;
}

/// Of calls that cannot be cut short.
template <class Target, class Call>
auto guarded(Target target, bool can_be_interrupted, const Call& call) -> decltype(call()) {
  if (!is_under(target) || !is_due() || is_kind("short") || (is_kind("interrupted") && !can_be_interrupted))
    return call();
  return failed();
}

template <class Call>
ssize_t guarded_write(int file, std::size_t size, const Call& call) {
  if (!is_under(file) || !is_due()) return call(size);
  return is_kind("short") ? call((size + 1) / 2) : failed();
}

mode_t mode_in(int flags, std::va_list arguments) { return flags & O_CREAT ? va_arg(arguments, mode_t) : 0; }

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const auto mode = mode_in(flags, arguments);
  va_end(arguments);
  const auto call = [&] { return next<int (*)(const char*, int, ...)>("open")(path, flags, mode); };
  return flags & (O_WRONLY | O_RDWR | O_CREAT) ? guarded(path, true, call) : call();
}

int open64(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const auto mode = mode_in(flags, arguments);
  va_end(arguments);
  const auto call = [&] { return next<int (*)(const char*, int, ...)>("open64")(path, flags, mode); };
  return flags & (O_WRONLY | O_RDWR | O_CREAT) ? guarded(path, true, call) : call();
}

ssize_t write(int file, const void* bytes, std::size_t size) {
  return guarded_write(file, size, [&](std::size_t part) {
    return next<ssize_t (*)(int, const void*, std::size_t)>("write")(file, bytes, part);
  });
}

ssize_t pwrite(int file, const void* bytes, std::size_t size, off_t at) {
  return guarded_write(file, size, [&](std::size_t part) {
    return next<ssize_t (*)(int, const void*, std::size_t, off_t)>("pwrite")(file, bytes, part, at);
  });
}

ssize_t pwrite64(int file, const void* bytes, std::size_t size, off64_t at) {
  return guarded_write(file, size, [&](std::size_t part) {
    return next<ssize_t (*)(int, const void*, std::size_t, off64_t)>("pwrite64")(file, bytes, part, at);
  });
}

int fsync(int file) {
  return guarded(file, true, [&] { return next<int (*)(int)>("fsync")(file); });
}

int ftruncate(int file, off_t size) {
  return guarded(file, true, [&] { return next<int (*)(int, off_t)>("ftruncate")(file, size); });
}

int ftruncate64(int file, off64_t size) {
  return guarded(file, true, [&] { return next<int (*)(int, off64_t)>("ftruncate64")(file, size); });
}

int rename(const char* from, const char* to) {
  return guarded(to, false, [&] { return next<int (*)(const char*, const char*)>("rename")(from, to); });
}

int mkdir(const char* path, mode_t mode) {
  return guarded(path, false, [&] { return next<int (*)(const char*, mode_t)>("mkdir")(path, mode); });
}

}  // extern "C"
