/// Indices dealt out to workers.
#include "core/parallel.hpp"

#include <catch2/catch.hpp>

#include <numeric>
#include <stdexcept>
#include <vector>

using namespace spikeloom;

TEST_CASE("every index is visited once, whatever the number of workers", "[core][parallel]") {
  const auto workers = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{8});
  const auto count = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{1000});
  std::vector<int> visits(count, 0);
  for_each_index(workers, count, [&](std::size_t i) { ++visits[i]; });
  CHECK(visits == std::vector<int>(count, 1));
}

TEST_CASE("every worker runs once and sees what was written before", "[core][parallel]") {
  std::vector<int> input(4), output(4, 0);
  std::iota(input.begin(), input.end(), 10);
  run_workers(4, [&](std::size_t worker) { output[worker] = 2 * input[worker]; });
  CHECK(output == std::vector<int>{20, 22, 24, 26});
}

TEST_CASE("an exception of a worker reaches the caller", "[core][parallel]") {
  const auto workers = GENERATE(std::size_t{1}, std::size_t{3});
  const auto fail = [](std::size_t i) {
    if (i == 5) throw std::runtime_error("five");
  };
  CHECK_THROWS_WITH(for_each_index(workers, 10, fail), "five");
}
