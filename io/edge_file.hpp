/// Synapses from a file, for the `table` connection rule: CSV, our own HDF5, SONATA edges.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "networks/spec.hpp"

namespace spikeloom::io {

/// Ids must lie below these; a violation is reported with its line or row.
struct EdgeBounds {
  std::uint64_t sources = std::numeric_limits<std::uint32_t>::max();
  std::uint64_t targets = std::numeric_limits<std::uint32_t>::max();
};

struct EdgeTable {
  SynapseList synapses;  // in order of the file; weights, delays empty if the file has none
  std::string from, to;  // SONATA names the node populations; else empty
  std::vector<std::string> warnings;
};

/// Reads a table of synapses. The kind follows from the ending:
///   .csv, .txt   a line of column names: source, target and optionally weight, delay [ms]; ids count from 0
///   .h5, ...     either datasets `source`, `target`[, `weight`][, `delay`] in the group `population` (or at the root,
///                or our own /weights/<projection>/<time>, of which <projection> alone names the last), or SONATA
///                /edges/<population>, where `syn_weight` and `delay` come from the edge groups and `nsyns` n stands
///                for n parallel synapses
/// `population` chooses one of several and may be empty if there is only one. Throws FileError with every problem.
EdgeTable read_edges(const std::filesystem::path& file, const std::string& population = "",
                     const EdgeBounds& bounds = {});

}  // namespace spikeloom::io
