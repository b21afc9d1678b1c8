/// The two ways in which anything here runs in parallel: workers side by side, and indices dealt out to them.
///
/// Threads are oneTBB's. ThreadSanitizer sees only what was compiled with it, and Debian's oneTBB was not: under it,
/// workers are plain threads, so that every report is about our own code.
#pragma once

#include <atomic>
#include <cstddef>

#if defined(__SANITIZE_THREAD__)
#include <exception>
#include <mutex>
#include <thread>
#include <vector>
#else
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#endif

namespace spikeloom {

#if !defined(__SANITIZE_THREAD__)
/// Workers that `keep_workers` holds for this thread; 0 outside of it.
inline thread_local std::size_t kept_workers = 0;
#endif

/// Runs work(0) ... work(workers - 1), side by side as far as the machine allows, and returns when all have returned.
/// No worker may wait for another to begin. The first exception is rethrown.
template <class Work>
void run_workers(std::size_t workers, const Work& work) {
  if (workers <= 1) return work(std::size_t{0});
#if defined(__SANITIZE_THREAD__)
  std::exception_ptr first;
  std::mutex mutex;
  const auto guarded = [&](std::size_t worker) {
    try {
      work(worker);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!first) first = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t worker = 1; worker < workers; ++worker) threads.emplace_back(guarded, worker);
    guarded(0);
  }
  if (first) std::rethrow_exception(first);
#else
  const auto side_by_side = [&] {
    tbb::task_group tasks;
    for (std::size_t worker = 1; worker < workers; ++worker) tasks.run([&work, worker] { work(worker); });
    tasks.run_and_wait([&] { work(std::size_t{0}); });
  };
  if (workers <= kept_workers) return side_by_side();
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, workers);
  tbb::task_arena arena(static_cast<int>(workers));
  arena.execute(side_by_side);
#endif
}

/// Runs body(), which begins many short parallel parts of up to `workers` workers: threads stay awake between them, so
/// that a part costs some microseconds instead of some fifty.
template <class Body>
void keep_workers([[maybe_unused]] std::size_t workers, const Body& body) {
#if defined(__SANITIZE_THREAD__)
  body();
#else
  if (workers <= 1 || workers <= kept_workers) return body();
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, workers);
  tbb::task_arena arena(static_cast<int>(workers));
  arena.execute([&] {
    struct Kept {
      std::size_t before = kept_workers;
      explicit Kept(std::size_t now) { kept_workers = now; }
      ~Kept() { kept_workers = before; }
    } const kept(workers);
    body();
  });
#endif
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
