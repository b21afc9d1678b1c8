/// The two ways in which anything here runs in parallel: workers side by side, and indices dealt out to them.
///
/// Threads are oneTBB's. ThreadSanitizer sees only what was compiled with it, and Debian's oneTBB was not: under it,
/// the hand-over to a worker and back is told to it here, so that its reports are about our own code.
#pragma once

#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <atomic>
#include <cstddef>

#if defined(__SANITIZE_THREAD__)
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace spikeloom {
namespace detail {

/// What was written before `handed_over(x)` is seen after `taken_over(x)`, for the sanitizer.
inline void handed_over([[maybe_unused]] const void* what) {
#if defined(__SANITIZE_THREAD__)
  __tsan_release(const_cast<void*>(what));
#endif
}
inline void taken_over([[maybe_unused]] const void* what) {
#if defined(__SANITIZE_THREAD__)
  __tsan_acquire(const_cast<void*>(what));
#endif
}

/// One worker as a task of oneTBB; its own members were written by the thread that handed it over.
template <class Work>
struct WorkerTask {
  const Work* work;
  std::size_t worker;
#if defined(__SANITIZE_THREAD__)
  [[gnu::no_sanitize_thread]]
#endif
  void
  operator()() const {
    run(*work, worker);
  }
  static void run(const Work& work, std::size_t worker) {
    taken_over(&work);
    struct Back {
      const Work& work;
      ~Back() { handed_over(&work); }
    } back{work};
    work(worker);
  }
};

}  // namespace detail

/// Runs work(0) ... work(workers - 1), side by side as far as the machine allows, and returns when all have returned.
/// No worker may wait for another to begin. The first exception is rethrown.
template <class Work>
void run_workers(std::size_t workers, const Work& work) {
  if (workers <= 1) return work(std::size_t{0});
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, workers);
  tbb::task_arena arena(static_cast<int>(workers));
  detail::handed_over(&work);
  arena.execute([&] {
    tbb::task_group tasks;
    for (std::size_t worker = 1; worker < workers; ++worker) tasks.run(detail::WorkerTask<Work>{&work, worker});
    tasks.run_and_wait([&] { work(std::size_t{0}); });
  });
  detail::taken_over(&work);
}

/// Calls body(i) once for every i below `count`, on up to `workers` threads, in no order.
template <class Body>
void for_each_index(std::size_t workers, std::size_t count, const Body& body) {
  std::atomic<std::size_t> next = 0;
  run_workers(workers < count ? workers : count, [&](std::size_t) {
    for (auto i = next.fetch_add(1, std::memory_order_relaxed); i < count;
         i = next.fetch_add(1, std::memory_order_relaxed))
      body(i);
  });
}

}  // namespace spikeloom
