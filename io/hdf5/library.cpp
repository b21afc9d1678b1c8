/// Set-up, locking and error texts of the HDF5 library.
#include "io/hdf5/library.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

namespace spikeloom::io::hdf5 {
namespace {

std::atomic<std::uint64_t> closings_that_failed = 0;
std::string last_cause;  // why the last one of them did; behind the lock

/// A lock that the same thread may take again. Unlike std::recursive_mutex it stays usable in a forked child, where the
/// forking thread lives on under another number of the kernel's.
class RepeatableLock {
 public:
  void lock() {
    if (owner_ != std::this_thread::get_id()) {
      mutex_.lock();
      owner_ = std::this_thread::get_id();
    }
    ++depth_;
  }
  void unlock() {
    if (--depth_ > 0) return;
    owner_ = std::thread::id();
    mutex_.unlock();
  }

 private:
  std::mutex mutex_;
  std::atomic<std::thread::id> owner_;
  int depth_ = 0;
};

RepeatableLock& library_lock() {
  static RepeatableLock lock;
  return lock;
}

void set_up_library() {
  H5dont_atexit();
  H5open();
  H5PLset_loading_state(0);
}

/// The library keeps one error stack per thread, each with its own printing.
void silence_this_thread() {
  thread_local bool silent = false;
  if (!silent) H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  silent = true;
}

/// Walks from the innermost record outwards: the first description is the cause.
herr_t keep_first(unsigned, const H5E_error2_t* record, void* text) {
  auto& cause = *static_cast<std::string*>(text);
  if (cause.empty() && record->desc) cause = record->desc;
  return 0;
}

/// "file write failed: time = .., errno = 28, error message = '...'" holds the system's own words.
std::string system_words(const std::string& cause) {
  const auto at = cause.find("errno = ");
  if (at == std::string::npos) return cause;
  const int number = std::atoi(cause.c_str() + at + std::strlen("errno = "));
  return number > 0 ? std::strerror(number) : cause;
}

}  // namespace

Lock::Lock() {
  library_lock().lock();
  static std::once_flag once;
  std::call_once(once, set_up_library);
  silence_this_thread();
}

Lock::~Lock() { library_lock().unlock(); }

bool Handle::close() noexcept {
  if (id_ < 0) return true;
  const Lock lock;
  const bool is_closed = close_(std::exchange(id_, H5I_INVALID_HID)) >= 0;
  if (!is_closed) {
    ++closings_that_failed;
    last_cause = error_text();
  }
  return is_closed;
}

std::uint64_t failed_closings() noexcept { return closings_that_failed; }

std::string last_failed_closing() {
  const Lock lock;
  return last_cause;
}

std::string error_text() {
  const Lock lock;
  std::string cause;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &cause);
  H5Eclear2(H5E_DEFAULT);
  return system_words(cause);
}

Handle text_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

}  // namespace spikeloom::io::hdf5
