/// Several ranks in one process, each a thread, over a transport that delays, splits and reorders their messages.
#pragma once

#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "core/ranks/ranks.hpp"
#include "core/ranks/virtual_transport.hpp"

namespace spikeloom::reference {

/// Calls body(ranks) for every rank and rethrows the first exception. Catch2's assertions belong to the caller's
/// thread: bodies leave results behind instead.
template <class Body>
void on_ranks(int count, std::uint64_t seed, const Body& body) {
  std::exception_ptr first;
  std::mutex mutex;
  std::vector<std::jthread> threads;
  for (auto& transport : virtual_transports(count, seed))
    threads.emplace_back([&, end = std::move(transport)]() mutable {
      Ranks ranks(std::move(end));
      try {
        body(ranks);
      } catch (const std::exception& error) {
        ranks.fail(70, error.what());
        const std::lock_guard lock(mutex);
        if (!first) first = std::current_exception();
      }
    });
  threads.clear();
  if (first) std::rethrow_exception(first);
}

}  // namespace spikeloom::reference
