/// Recorded weights, and delays where they learn: their distribution at a few times and as a map over time, and how its
/// quantiles go.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "io/report/format.hpp"
#include "io/report/section.hpp"

namespace spikeloom::io::report {
namespace {

constexpr std::size_t bins = 50, most_curves = 5, most_times = 1000, fewest_columns = 8, most_columns = 240;
constexpr double most_shown = 10;  // percent of the synapses in one bin: beyond it, the colours of a map are alike
constexpr std::array quantiles{0.0, 0.1, 0.5, 0.9, 1.0};

/// Sorted weights, or delays [ms], of one projection at one time.
struct Snapshot {
  double time = 0;  // ms
  std::vector<float> values;
};
enum class Quantity { weight, delay };

double quantile(const std::vector<float>& sorted, double q) {
  return static_cast<double>(
      sorted[static_cast<std::size_t>(std::llround(q * static_cast<double>(sorted.size() - 1)))]);
}

/// At most `most_times` of them, first and last included.
std::vector<Snapshot> snapshots_of(const Run& run, std::vector<WeightInfo> infos, Quantity quantity) {
  std::ranges::sort(infos, {}, &WeightInfo::time);
  const std::size_t stride = (infos.size() + most_times - 1) / most_times;
  std::vector<Snapshot> snapshots;
  for (std::size_t k = 0; k < infos.size(); ++k) {
    if (k % stride != 0 && k + 1 != infos.size()) continue;
    auto table = run.results.weights(infos[k]);
    auto values = std::move(quantity == Quantity::delay ? table.delays : table.weights);
    if (values.empty()) continue;
    std::ranges::sort(values);
    snapshots.push_back({infos[k].time, std::move(values)});
  }
  return snapshots;
}

Json courses(const std::vector<Snapshot>& snapshots) {
  auto lines = Json::array();
  for (const double q : quantiles) {
    std::vector<double> values;
    for (const auto& snapshot : snapshots) values.push_back(quantile(snapshot.values, q));
    lines.push_back(rounded(values));
  }
  std::vector<double> means;
  for (const auto& snapshot : snapshots) {
    double sum = 0;
    for (const float value : snapshot.values) sum += value;
    means.push_back(sum / static_cast<double>(snapshot.values.size()));
  }
  lines.push_back(rounded(means));
  return lines;
}

/// Percent of the synapses per bin between `low` and `high`.
std::vector<double> shares_of(const Snapshot& snapshot, double low, double high) {
  std::vector<double> shares(bins);
  for (const float value : snapshot.values)
    shares[std::min(bins - 1, static_cast<std::size_t>((static_cast<double>(value) - low) / (high - low) * bins))] +=
        100.0 / static_cast<double>(snapshot.values.size());
  return shares;
}

/// For up to `most_curves` times.
Json histograms(const std::vector<Snapshot>& snapshots, double low, double high) {
  auto curves = Json::array();
  const std::size_t curves_wanted = std::min(most_curves, snapshots.size());
  for (std::size_t c = 0; c < curves_wanted; ++c) {
    const auto& snapshot = snapshots[curves_wanted == 1 ? 0 : c * (snapshots.size() - 1) / (curves_wanted - 1)];
    curves.push_back({{"time", snapshot.time}, {"values", rounded(shares_of(snapshot, low, high))}});
  }
  return curves;
}

/// The distribution over time, one column per snapshot (evenly chosen ones, if there are very many).
Json map_of(const std::vector<Snapshot>& snapshots, double low, double high) {
  if (snapshots.size() < fewest_columns) return nullptr;
  const std::size_t columns = std::min(most_columns, snapshots.size());
  std::vector<float> values(bins * columns);
  double most = 0;
  for (std::size_t c = 0; c < columns; ++c) {
    const auto shares = shares_of(snapshots[c * (snapshots.size() - 1) / (columns - 1)], low, high);
    for (std::size_t bin = 0; bin < bins; ++bin) {
      values[bin * columns + c] = static_cast<float>(shares[bin]);
      most = std::max(most, shares[bin]);
    }
  }
  return {{"shape", {bins, columns}}, {"values", packed(values)}, {"most", std::min(most, most_shown)}};
}

/// Nothing for delays that stay as they are.
Json projection_json(const Run& run, const std::vector<WeightInfo>& infos, Quantity quantity) {
  const auto snapshots = snapshots_of(run, infos, quantity);
  const bool delay = quantity == Quantity::delay;
  if (snapshots.empty() || (delay && snapshots.front().values == snapshots.back().values)) return nullptr;
  double low = 0, high = 0;
  for (const auto& snapshot : snapshots) {
    low = std::min(low, static_cast<double>(snapshot.values.front()));
    high = std::max(high, static_cast<double>(snapshot.values.back()));
  }
  std::vector<double> times;
  for (const auto& snapshot : snapshots) times.push_back(snapshot.time);
  const auto synapses = snapshots.front().values.size();
  const bool spread = synapses > 1 && high > low;
  return {{"name", infos.front().projection},
          {"quantity", delay ? "delay" : "weight"},
          {"unit", delay                       ? "ms"
                   : infos.front().unit == "1" ? ""
                                               : infos.front().unit},
          {"synapses", synapses},
          {"times", rounded(times)},
          {"courses", snapshots.size() > 1 ? courses(snapshots) : Json::array()},
          {"low", low},
          {"high", high},
          {"histograms", spread ? histograms(snapshots, low, high) : Json::array()},
          {"map", spread ? map_of(snapshots, low, high) : Json()}};
}

}  // namespace

Json weights_section(const Run& run) {
  std::map<std::string, std::vector<WeightInfo>> by_projection;
  for (auto& info : run.results.weight_tables()) by_projection[info.projection].push_back(info);
  auto projections = Json::array();
  for (const auto& [name, infos] : by_projection)
    for (const auto quantity : {Quantity::weight, Quantity::delay})
      if (auto json = projection_json(run, infos, quantity); !json.is_null()) projections.push_back(std::move(json));
  if (projections.empty()) return nullptr;
  return {{"projections", projections}};
}

}  // namespace spikeloom::io::report
