/// Two small kernels, timed, with checked results.
#include "experiments/machine_limits.hpp"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "core/aligned.hpp"
#include "core/errors.hpp"
#include "core/random.hpp"

namespace spikeloom::experiments {
namespace {

constexpr int n_measurements = 5;

template <class Work>
double median_seconds(Work work) {
  std::vector<double> seconds;
  for (int k = 0; k < n_measurements; ++k) {
    const auto start = std::chrono::steady_clock::now();
    work();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(seconds.begin(), seconds.begin() + n_measurements / 2, seconds.end());
  return seconds[n_measurements / 2];
}

}  // namespace

double triad_bandwidth(int threads) {
  constexpr std::size_t n = std::size_t{16} << 20;
  aligned_vector<double> a(n, 0), b(n, 1), c(n, 2);
  const auto parts = static_cast<std::size_t>(threads);
  const double seconds = median_seconds([&] {
    tbb::task_arena(threads).execute([&] {
      tbb::parallel_for(std::size_t{0}, parts, [&](std::size_t part) {
        double* __restrict to = a.data();
        const double* __restrict first = b.data(), * __restrict second = c.data();
        for (std::size_t i = n * part / parts, end = n * (part + 1) / parts; i < end; ++i)
          to[i] = first[i] + 3 * second[i];
      });
    });
  });
  if (std::any_of(a.begin(), a.end(), [](double x) { return x != 7; }))
    throw RunError("bench: the triad computed nonsense");
  return 3.0 * n * sizeof(double) / seconds;
}

double scatter_add_rate(std::size_t bytes) {
  constexpr std::size_t adds = std::size_t{1} << 23;
  const std::size_t cells = bytes / sizeof(float);
  aligned_vector<float> buffer(cells);
  aligned_vector<std::uint32_t> addresses(adds);
  for (std::size_t k = 0; k < adds; k += 4) {
    const auto bits = draw(1, Purpose::task, 1, k);
    for (std::size_t j = 0; j < 4; ++j)
      addresses[k + j] = static_cast<std::uint32_t>(below(cells, bits[j], bits[(j + 1) % 4]));
  }
  const double seconds = median_seconds([&] {
    float* __restrict cell = buffer.data();
    const std::uint32_t* __restrict address = addresses.data();
    for (std::size_t k = 0; k < adds; ++k) cell[address[k]] += 1;
  });
  double sum = 0;
  for (const float cell : buffer) sum += cell;
  if (sum != static_cast<double>(adds) * n_measurements) throw RunError("bench: additions were lost");
  return static_cast<double>(adds) / seconds;
}

}  // namespace spikeloom::experiments
