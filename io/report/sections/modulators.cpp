/// Recorded modulators: their level over time, and how often they have been raised per stretch of time.
#include <algorithm>
#include <cmath>

#include "io/report/format.hpp"
#include "io/report/section.hpp"
#include "io/report/thinned.hpp"

namespace spikeloom::io::report {
namespace {

constexpr std::size_t most_modulators = 16, most_points = 6'000;
constexpr std::uint64_t most_bins = 60;

/// Samples per bin: 1, 2, 5, 10, ... so that at most `most_bins` bins are needed.
std::uint64_t bin_of(std::uint64_t intervals) {
  std::uint64_t decade = 1;
  for (;; decade *= 10)
    for (const std::uint64_t step : {1, 2, 5})
      if (intervals <= step * decade * most_bins) return step * decade;
}

/// Raises in (k * bin, (k + 1) * bin]; those at time 0 belong to the first bin, and a last bin may be cut short.
std::vector<std::uint64_t> raises_per_bin(const ResultsFile& results, const ModulatorInfo& info, std::uint64_t bin) {
  std::vector<std::uint64_t> raises;
  std::uint64_t before = 0;
  for (std::uint64_t at = 0; at + 1 < info.samples; at += bin) {
    const auto last = std::min(at + bin, info.samples - 1);
    const auto until = results.modulator_samples(info, last, 1).raises.front();
    raises.push_back(until - before);
    before = until;
  }
  return raises;
}

Json modulator_json(const ResultsFile& results, const ModulatorInfo& info) {
  const auto level = thinned(info.samples, 1, {0}, most_points, [&](std::uint64_t first, std::uint64_t count) {
    const auto values = results.modulator_samples(info, first, count).values;
    return std::vector<float>(values.begin(), values.end());
  });
  const auto bin = bin_of(info.samples - 1);
  const auto raises = raises_per_bin(results, info, bin);
  const double width = static_cast<double>(bin) * info.every;
  const bool thin = level.stretch > 1;
  const auto stretch = info.every * static_cast<double>(level.stretch);
  auto caption = "Sampled every " + number_text(info.every) + " ms";
  if (thin) caption += "; drawn are the least and the greatest value of every " + duration_text(stretch);
  return {{"name", info.name},
          {"step", thin ? stretch / 2 : info.every},
          {"points", level.points},
          {"level", packed(level.values)},
          {"caption", caption + "."},
          {"bin", width},
          {"bin_text", duration_text(width)},
          {"raises", raises},
          {"total", results.modulator_samples(info, info.samples - 1, 1).raises.front()}};
}

}  // namespace

Json modulators_section(const Run& run) {
  auto modulators = Json::array();
  for (const auto& info : run.results.modulators())
    if (info.samples > 1 && modulators.size() < most_modulators)
      modulators.push_back(modulator_json(run.results, info));
  if (modulators.empty()) return nullptr;
  return {{"modulators", modulators}};
}

}  // namespace spikeloom::io::report
