/// What the protocols of gradient-like learning share: frozen Poisson input, rasters as points, sampled traces.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "networks/protocol_output.hpp"
#include "plasticity/gradient/spike_raster.hpp"

namespace spikeloom::experiments {

/// Poisson trains of `rate` [Hz]; a function of the seed and the stream.
inline SpikeRaster poisson_raster(std::uint64_t seed, std::uint32_t stream, std::uint32_t neurons, std::size_t steps,
                                  double rate, double resolution) {
  SpikeRaster raster;
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::uint32_t i = 0; i < neurons; ++i)
      if (uniform(draw(seed, Purpose::task, stream, i, static_cast<std::uint32_t>(t))[0]) < 1e-3 * rate * resolution)
        raster.add(i);
    raster.end_step();
  }
  return raster;
}

/// A table <name> with columns time and neuron (counted from 0), for a picture of points.
inline TrialTable raster_table(std::string name, std::string doc, const SpikeRaster& raster, double resolution) {
  TrialTable table{std::move(name), std::move(doc), {{"time", "ms", "of the spike"}, {"neuron", "", "that spiked"}}};
  for (std::size_t t = 0; t < raster.steps(); ++t)
    for (const auto i : raster.at(static_cast<std::ptrdiff_t>(t))) {
      table.columns[0].values.push_back(static_cast<double>(t) * resolution);
      table.columns[1].values.push_back(i);
    }
  return table;
}

/// A picture of such a table.
inline Picture raster_picture(const std::string& table, std::string title, std::string caption) {
  return {.name = table,
          .title = std::move(title),
          .caption = std::move(caption),
          .x = {"time", "ms"},
          .y = {"neuron"},
          .series = {{"spikes", {"trials/" + table + "/time"}, {"trials/" + table + "/neuron"}, Mark::points}}};
}

/// A vector as a one-dimensional array.
inline NamedArray trace(std::string name, std::string unit, std::string doc, std::string axis,
                        std::vector<double> values) {
  const std::uint64_t size = values.size();
  return {std::move(name), std::move(unit), std::move(doc), {std::move(axis)}, {size}, std::move(values)};
}

inline std::vector<double> times(std::size_t steps, double resolution) {
  std::vector<double> result(steps);
  for (std::size_t t = 0; t < steps; ++t) result[t] = static_cast<double>(t) * resolution;
  return result;
}

}  // namespace spikeloom::experiments
