/// Activity statistics of recorded spikes: rates, irregularity, correlation, synchrony.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace spikeloom::io {

/// The window and the choices that the figures depend on. Spikes count in (begin, end]; bins are right-closed too:
/// bin k is (begin + k * bin, begin + (k + 1) * bin], and what is left of the window after the last whole bin is not
/// binned.
struct StatisticsWindow {
  double begin = 0, end = 0;   // ms
  double bin = 2;              // ms, for correlation and Fano factor
  std::uint32_t sample = 200;  // neurons whose pairs are correlated
};

/// Figures of one population; NaN where one is not defined (nobody fired, too few intervals, one neuron).
struct ActivityStatistics {
  std::uint64_t spikes = 0;
  double rate = 0;                                                // Hz, mean over neurons
  double silent = 0;                                              // fraction of neurons without a spike
  double cv_isi = std::numeric_limits<double>::quiet_NaN();       // mean over neurons with at least 3 intervals
  std::uint64_t cv_neurons = 0;                                   // how many those were
  double correlation = std::numeric_limits<double>::quiet_NaN();  // mean Pearson correlation of binned counts, pairs
  double fano = std::numeric_limits<double>::quiet_NaN();         // variance / mean of the population's binned counts
};

/// First pass over the spikes of one population, in order of time and in pieces of any size: rates, intervals, counts.
class ActivityCounter {
 public:
  ActivityCounter(std::uint64_t size, const StatisticsWindow& window);
  /// `times` [ms] and `neurons` (population-local, below size) belong together; never earlier than what came before.
  void add(std::span<const double> times, std::span<const std::uint64_t> neurons);
  /// All figures but the correlation.
  ActivityStatistics statistics() const;
  /// The neurons to correlate: up to `window.sample` of those that fired, chosen at random by their id alone.
  std::vector<std::uint64_t> sample() const;
  std::span<const std::uint64_t> counts() const noexcept { return counts_; }
  /// Coefficient of variation of the intervals (sample standard deviation, n - 1, / mean) of every neuron with at least
  /// 3 intervals, in order of id.
  std::vector<double> cvs() const;

 private:
  void close_bins(std::int64_t bin);

  StatisticsWindow window_;
  std::int64_t whole_bins_ = 0, current_bin_ = 0;
  std::uint64_t in_bin_ = 0;
  std::uint64_t bin_sum_ = 0, bin_squares_ = 0;
  std::vector<std::uint64_t> counts_;
  std::vector<double> last_, mean_, squares_;  // per neuron: last spike, running mean and squared deviations (Welford)
};

/// Second pass: the mean correlation of the binned counts over all pairs of the sample. Sums are whole numbers, so
/// the figure does not depend on how the spikes were cut into pieces.
class PairCorrelation {
 public:
  PairCorrelation(std::span<const std::uint64_t> sample, std::uint64_t size, const StatisticsWindow& window);
  void add(std::span<const double> times, std::span<const std::uint64_t> neurons);
  /// Coefficients of all pairs whose counts both vary, pair (0,1), (0,2), .. of the ascending sample.
  std::vector<double> coefficients();
  /// Their mean; NaN if there is none.
  double mean();

 private:
  void close_bin();

  StatisticsWindow window_;
  std::int64_t whole_bins_ = 0, current_bin_ = 0;
  std::vector<std::int32_t> index_;  // neuron -> place in the sample, -1 outside
  std::vector<std::uint32_t> in_bin_, touched_;
  std::vector<std::uint64_t> sums_, products_;  // products: upper triangle with diagonal, row-major n * n
};

/// Both passes over spikes that lie in memory, sorted by time.
ActivityStatistics activity_statistics(std::span<const double> times, std::span<const std::uint64_t> neurons,
                                       std::uint64_t size, const StatisticsWindow& window);

}  // namespace spikeloom::io
