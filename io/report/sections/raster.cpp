/// Spikes of a fixed choice of neurons, packed small enough for any run.
#include <algorithm>
#include <cmath>

#include "io/report/format.hpp"
#include "io/report/section.hpp"

namespace spikeloom::io::report {
namespace {

struct RasterSpike {
  double time;
  std::uint16_t row;
};

std::vector<RasterSpike> spikes_by_time(const Run& run) {
  std::vector<RasterSpike> spikes;
  std::size_t first_row = 0;
  for (std::size_t index = 0; index < run.activity.size(); ++index) {
    for (const auto& spike : run.activity[index].raster)
      spikes.push_back({spike.time, static_cast<std::uint16_t>(first_row + spike.pick)});
    if (run.activity[index].recorded) first_row += run.plan.picked[index].size();
  }
  std::sort(spikes.begin(), spikes.end(),
            [](const auto& a, const auto& b) { return a.time != b.time ? a.time < b.time : a.row < b.row; });
  return spikes;
}

Json bands(const Run& run, std::size_t& rows, std::uint64_t& neurons) {
  auto list = Json::array();
  for (std::size_t index = 0; index < run.activity.size(); ++index) {
    if (!run.activity[index].recorded || run.plan.picked[index].empty()) continue;
    list.push_back({{"population", index}, {"neurons", run.plan.picked[index]}});
    rows += run.plan.picked[index].size();
    neurons += run.results.populations()[index].size;
  }
  return list;
}

}  // namespace

Json raster_section(const Run& run) {
  if (!run.results.protocol().empty()) return nullptr;
  if (!(run.results.duration() > 0))
    return only_notice("The results end before the first step: nothing was recorded yet.");
  std::size_t rows = 0;
  std::uint64_t neurons = 0;
  const Json shown = bands(run, rows, neurons);
  if (shown.empty())
    return only_notice(
        "No spikes were recorded. To see them here, add “- {spikes: [NAME, ...]}” under “record:” in the experiment.");
  auto spikes = spikes_by_time(run);
  const double quantum = run.results.timing() == "exact" ? run.results.resolution() / 100 : run.results.resolution();
  const double stop = run.results.duration();
  double start = 0;
  if (spikes.size() > most_raster_spikes) {  // the latest part of the run; whole quanta
    start = std::ceil(spikes[spikes.size() - most_raster_spikes].time / quantum) * quantum;
    std::erase_if(spikes, [&](const auto& spike) { return spike.time < start; });
  }
  std::vector<std::uint32_t> times;
  std::vector<std::uint16_t> places;
  for (const auto& [time, row] : spikes) {
    times.push_back(static_cast<std::uint32_t>(std::llround((time - start) / quantum)));
    places.push_back(row);
  }
  std::string caption = "Each mark is a spike, each row a neuron. ";
  if (rows < neurons)
    caption += std::to_string(rows) + " of " + counted(neurons, "neuron") +
               ", evenly spread over every population by number. ";
  if (start > 0)
    caption += "Only the last " + duration_text(stop - start) + " are in this page; results.h5 holds the rest. ";
  caption +=
      "Drag to zoom, double-click for everything, point at a mark to name it; with the keyboard, arrows move and + − "
      "zoom.";
  const double from = stop - start > 2000 ? stop - 1000 : start;
  return {{"bands", shown},
          {"start", start},
          {"stop", stop},
          {"quantum", quantum},
          {"times", packed(times)},
          {"rows", packed(places)},
          {"view", {from, stop}},
          {"caption", caption},
          {"description", "Raster plot of " + counted(spikes.size(), "spike") + " of " + counted(rows, "neuron")}};
}

}  // namespace spikeloom::io::report
