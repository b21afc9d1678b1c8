/// Streaming sums for activity statistics; Welford for intervals, whole numbers for everything binned.
#include "io/statistics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/random.hpp"

namespace spikeloom::io {
namespace {

constexpr std::uint64_t fewest_intervals = 3;
constexpr std::uint64_t sample_seed = 0;  // the sample depends on the ids alone
constexpr double not_defined = std::numeric_limits<double>::quiet_NaN();

std::int64_t whole_bins(const StatisticsWindow& window) {
  return std::max<std::int64_t>(
      0, static_cast<std::int64_t>(std::floor((window.end - window.begin) / window.bin * (1 + 1e-12))));
}

/// Bins are right-closed: a spike at the end of a bin belongs to it.
std::int64_t bin_of(double time, const StatisticsWindow& window) {
  return static_cast<std::int64_t>(std::ceil((time - window.begin) / window.bin)) - 1;
}

bool is_inside(double time, const StatisticsWindow& window) { return time > window.begin && time <= window.end; }

}  // namespace

// ---- first pass
// ------------------------------------------------------------------------------------------------------

ActivityCounter::ActivityCounter(std::uint64_t size, const StatisticsWindow& window)
    : window_(window), whole_bins_(whole_bins(window)), counts_(size), last_(size), mean_(size), squares_(size) {}

/// Closes all bins before `bin`, of which only the current one can hold spikes.
void ActivityCounter::close_bins(std::int64_t bin) {
  if (bin == current_bin_) return;
  if (current_bin_ < whole_bins_) {
    bin_sum_ += in_bin_;
    bin_squares_ += in_bin_ * in_bin_;
  }
  in_bin_ = 0;
  current_bin_ = bin;
}

void ActivityCounter::add(std::span<const double> times, std::span<const std::uint64_t> neurons) {
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (!is_inside(times[i], window_)) continue;
    close_bins(bin_of(times[i], window_));
    ++in_bin_;
    const auto neuron = neurons[i];
    const auto intervals = counts_[neuron]++;
    if (intervals > 0) {
      const double interval = times[i] - last_[neuron], deviation = interval - mean_[neuron];
      mean_[neuron] += deviation / static_cast<double>(intervals);
      squares_[neuron] += deviation * (interval - mean_[neuron]);
    }
    last_[neuron] = times[i];
  }
}

std::vector<double> ActivityCounter::cvs() const {
  std::vector<double> cvs;
  for (std::size_t neuron = 0; neuron < counts_.size(); ++neuron)
    if (counts_[neuron] > fewest_intervals)
      cvs.push_back(std::sqrt(squares_[neuron] / static_cast<double>(counts_[neuron] - 2)) / mean_[neuron]);
  return cvs;
}

ActivityStatistics ActivityCounter::statistics() const {
  ActivityStatistics statistics;
  std::uint64_t silent = 0;
  for (const auto count : counts_) {
    statistics.spikes += count;
    silent += count == 0;
  }
  const auto size = static_cast<double>(counts_.size());
  const double seconds = (window_.end - window_.begin) * 1e-3;
  statistics.rate = size > 0 && seconds > 0 ? static_cast<double>(statistics.spikes) / size / seconds : not_defined;
  statistics.silent = size > 0 ? static_cast<double>(silent) / size : not_defined;

  const auto cv = cvs();
  double sum = 0;
  for (const auto value : cv) sum += value;
  statistics.cv_neurons = cv.size();
  if (!cv.empty()) statistics.cv_isi = sum / static_cast<double>(cv.size());

  const bool open = current_bin_ < whole_bins_;
  const auto total = static_cast<double>(bin_sum_ + (open ? in_bin_ : 0));
  const auto squares = static_cast<double>(bin_squares_ + (open ? in_bin_ * in_bin_ : 0));
  const auto bins = static_cast<double>(whole_bins_);
  if (total > 0) statistics.fano = (squares / bins - (total / bins) * (total / bins)) / (total / bins);
  return statistics;
}

std::vector<std::uint64_t> ActivityCounter::sample() const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> keyed;
  for (std::uint64_t neuron = 0; neuron < counts_.size(); ++neuron) {
    if (counts_[neuron] == 0) continue;
    const auto bits = draw(sample_seed, Purpose::task, 0, neuron);
    keyed.emplace_back((static_cast<std::uint64_t>(bits[0]) << 32) | bits[1], neuron);
  }
  const auto count = std::min<std::size_t>(keyed.size(), window_.sample);
  std::partial_sort(keyed.begin(), keyed.begin() + static_cast<std::ptrdiff_t>(count), keyed.end());
  std::vector<std::uint64_t> neurons;
  for (std::size_t i = 0; i < count; ++i) neurons.push_back(keyed[i].second);
  std::sort(neurons.begin(), neurons.end());
  return neurons;
}

// ---- second pass
// -----------------------------------------------------------------------------------------------------

PairCorrelation::PairCorrelation(std::span<const std::uint64_t> sample, std::uint64_t size,
                                 const StatisticsWindow& window)
    : window_(window),
      whole_bins_(whole_bins(window)),
      index_(size, -1),
      in_bin_(sample.size()),
      sums_(sample.size()),
      products_(sample.size() * sample.size()) {
  for (std::size_t i = 0; i < sample.size(); ++i) index_[sample[i]] = static_cast<std::int32_t>(i);
}

void PairCorrelation::close_bin() {
  const auto n = sums_.size();
  std::sort(touched_.begin(), touched_.end());
  for (std::size_t a = 0; a < touched_.size(); ++a) {
    const auto i = touched_[a];
    sums_[i] += in_bin_[i];
    for (std::size_t b = a; b < touched_.size(); ++b)
      products_[i * n + touched_[b]] += static_cast<std::uint64_t>(in_bin_[i]) * in_bin_[touched_[b]];
  }
  for (const auto i : touched_) in_bin_[i] = 0;
  touched_.clear();
}

void PairCorrelation::add(std::span<const double> times, std::span<const std::uint64_t> neurons) {
  for (std::size_t k = 0; k < times.size(); ++k) {
    const auto i = index_[neurons[k]];
    if (i < 0 || !is_inside(times[k], window_)) continue;
    const auto bin = bin_of(times[k], window_);
    if (bin >= whole_bins_) continue;
    if (bin != current_bin_) close_bin();
    current_bin_ = bin;
    const auto place = static_cast<std::uint32_t>(i);
    if (in_bin_[place]++ == 0) touched_.push_back(place);
  }
}

std::vector<double> PairCorrelation::coefficients() {
  close_bin();
  const auto n = sums_.size();
  const auto bins = static_cast<double>(whole_bins_);
  const auto covariance = [&](std::size_t i, std::size_t j) {
    return static_cast<double>(products_[i * n + j]) * bins -
           static_cast<double>(sums_[i]) * static_cast<double>(sums_[j]);
  };
  std::vector<double> coefficients;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i + 1; j < n; ++j)
      if (const double scale = covariance(i, i) * covariance(j, j); scale > 0)
        coefficients.push_back(covariance(i, j) / std::sqrt(scale));
  return coefficients;
}

double PairCorrelation::mean() {
  const auto values = coefficients();
  double sum = 0;
  for (const auto value : values) sum += value;
  return values.empty() ? not_defined : sum / static_cast<double>(values.size());
}

ActivityStatistics activity_statistics(std::span<const double> times, std::span<const std::uint64_t> neurons,
                                       std::uint64_t size, const StatisticsWindow& window) {
  assert(times.size() == neurons.size());
  ActivityCounter counter(size, window);
  counter.add(times, neurons);
  PairCorrelation pairs(counter.sample(), size, window);
  pairs.add(times, neurons);
  auto statistics = counter.statistics();
  statistics.correlation = pairs.mean();
  return statistics;
}

}  // namespace spikeloom::io
