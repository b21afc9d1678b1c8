/// Distributions over neurons and pairs of what the tables give as means.
#include <algorithm>
#include <cmath>
#include <functional>

#include "io/report/format.hpp"
#include "io/report/section.hpp"

namespace spikeloom::io::report {
namespace {

constexpr std::size_t least_values = 10;  // fewer make no distribution

/// Shares of `values` in `bins` equal bins of [low, high]; what lies outside counts in the outermost bin.
std::vector<double> shares(const std::vector<double>& values, double low, double high, std::size_t bins) {
  std::vector<double> share(bins, 0);
  for (const double value : values) {
    const double place =
        std::clamp((value - low) / (high - low) * static_cast<double>(bins), 0.0, static_cast<double>(bins) - 1);
    share[static_cast<std::size_t>(place)] += 1 / static_cast<double>(values.size());
  }
  return share;
}

double quantile(std::vector<double> values, double q) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

/// The next of 1, 2, 5, 10, ... times a power of ten.
double round_up(double value) {
  const double scale = std::pow(10, std::floor(std::log10(value)));
  for (const double mantissa : {1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0})
    if (value <= mantissa * scale * (1 + 1e-12)) return mantissa * scale;
  return 10 * scale;
}

struct Words {
  std::string_view title, quantity, unit, share, caption;
};

/// A histogram with bins that all populations share, from `low` up to a round number above nearly all values.
Json histogram(const Run& run, const Words& words, std::size_t bins, double low_quantile, double high_quantile,
               const std::function<std::vector<double>(const Activity&)>& values_of) {
  std::vector<std::pair<std::size_t, std::vector<double>>> kept;
  double low = 0, high = 0;
  for (std::size_t index = 0; index < run.activity.size(); ++index) {
    auto values = values_of(run.activity[index]);
    if (values.size() < least_values) continue;
    low = std::min(low, quantile(values, low_quantile));
    high = std::max(high, quantile(values, high_quantile));
    kept.emplace_back(index, std::move(values));
  }
  if (kept.empty() || high <= low) return nullptr;
  high = high > 0 ? round_up(high) : 0;
  low = low < 0 ? -round_up(-low) : 0;
  auto series = Json::array();
  for (const auto& [index, values] : kept)
    series.push_back({{"population", index}, {"shares", rounded(shares(values, low, high, bins), 3)}});
  std::vector<double> edges(bins + 1);
  for (std::size_t k = 0; k <= bins; ++k)
    edges[k] = low + (high - low) * static_cast<double>(k) / static_cast<double>(bins);
  return {{"title", words.title},       {"quantity", words.quantity},
          {"unit", words.unit},         {"share", words.share},
          {"caption", words.caption},   {"log", false},
          {"edges", rounded(edges, 6)}, {"series", series}};
}

/// Borders of interval bins in grid steps: about 15 per decade, whole steps, so that no bin catches more steps than its
/// neighbours by the accident of rounding.
std::vector<std::size_t> interval_borders(std::size_t first, std::size_t last) {
  std::vector<std::size_t> borders{first};
  for (double at = static_cast<double>(first); borders.back() <= last; at *= std::pow(10, 1.0 / 15))
    if (const auto border = static_cast<std::size_t>(std::llround(at)); border > borders.back())
      borders.push_back(border);
  return borders;
}

Json intervals(const Run& run) {
  std::size_t first = longest_interval, last = 0;
  std::vector<std::size_t> kept;
  for (std::size_t index = 0; index < run.activity.size(); ++index) {
    const auto& counts = run.activity[index].intervals;
    std::uint64_t total = 0;
    for (std::size_t k = 0; k < counts.size(); ++k)
      if (counts[k] > 0)
        total += counts[k], first = std::min(first, std::max<std::size_t>(k, 1)), last = std::max(last, k);
    if (total >= 2 * least_values) kept.push_back(index);
  }
  if (kept.empty()) return nullptr;
  first = std::max<std::size_t>(1, first * 4 / 5);
  const auto borders = interval_borders(first, last + last / 5 + 1);
  std::vector<double> edges;
  for (const auto border : borders) edges.push_back((static_cast<double>(border) - 0.5) * run.results.resolution());
  auto series = Json::array();
  for (const auto index : kept) {
    const auto& counts = run.activity[index].intervals;
    double total = 0;
    for (const auto count : counts) total += static_cast<double>(count);
    std::vector<double> density;
    for (std::size_t bin = 0; bin + 1 < borders.size(); ++bin) {
      double inside = 0;
      for (auto k = borders[bin]; k < std::min(borders[bin + 1], counts.size()); ++k)
        inside += static_cast<double>(counts[k]);
      density.push_back(inside / total / std::log10(edges[bin + 1] / edges[bin]));
    }
    series.push_back({{"population", index}, {"shares", rounded(density, 3)}});
  }
  return {{"title", "Inter-spike intervals."},
          {"quantity", "interval"},
          {"unit", "ms"},
          {"share", "share per decade"},
          {"log", true},
          {"caption",
           "Times between successive spikes of a neuron, all neurons of a population together, on a logarithmic axis; "
           "equal areas are equal shares."},
          {"edges", rounded(edges, 6)},
          {"series", series}};
}

}  // namespace

Json statistics_section(const Run& run) {
  const auto rates_of = [&](const Activity& activity) {
    std::vector<double> rates(activity.counts.begin(), activity.counts.end());
    for (auto& rate : rates) rate /= run.results.duration() / 1000;
    return rates;
  };
  auto charts = Json::array();
  const auto add = [&](Json chart) {
    if (!chart.is_null()) charts.push_back(std::move(chart));
  };
  add(histogram(run,
                {"Firing rates.", "rate", "Hz", "share of neurons",
                 "Spikes of a neuron over the whole run divided by its duration; silent neurons are in the first bin, "
                 "faster ones than shown in the last."},
                40, 0, 0.99, rates_of));
  add(intervals(run));
  add(histogram(run,
                {"Irregularity.", "CV of intervals", "", "share of neurons",
                 "Standard deviation over mean of a neuron's intervals, for neurons with at least 3 of them: 0 is a "
                 "clock, 1 a Poisson process, more is bursting (the last bin holds what lies beyond)."},
                40, 0, 0.99, [](const Activity& activity) { return activity.cvs; }));
  add(histogram(run, {"Pair correlation.", "correlation coefficient", "", "share of pairs", ""}, 50, 0.01, 0.99,
                [](const Activity& activity) { return activity.correlations; }));
  if (!charts.empty() && charts.back()["title"] == "Pair correlation.")
    charts.back()["caption"] = "Pearson correlation of spike counts in bins of " + number_text(run.plan.window.bin) +
                               " ms, for all pairs of up to " + counted(run.plan.window.sample, "neuron") +
                               " per population that fired at all; the outermost bins hold what lies beyond.";
  if (charts.empty()) return nullptr;
  return {{"charts", charts}};
}

}  // namespace spikeloom::io::report
