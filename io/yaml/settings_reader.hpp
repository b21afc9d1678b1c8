/// Reads `experiment:`, `run:`, `module:`, `sweep:` and `record:`.
#pragma once

#include "io/yaml/network_reader.hpp"

namespace spikeloom::io::yaml {

/// `by_protocol`: the experiment is driven by a protocol, which fixes duration and time step.
void read_settings(const Located& at, ExperimentSpec& experiment, bool by_protocol, Reading& reading);
void read_run(const Located& at, RunSpec& run, Reading& reading);
/// Expands a spiking module into the draft, takes a dense one; false if it could not be.
bool read_module(const Located& at, ExperimentSpec& experiment, NetworkDraft& draft, Reading& reading);
/// Needs the module; problems that the protocol finds are placed at their paths in `root`.
void read_protocol(const Located& at, const Node& root, ExperimentSpec& experiment, bool module_is_good,
                   Reading& reading);
/// Structure only: whether every path exists in `root` and every entry has values.
std::optional<SweepSpec> read_sweep(const Located& at, const Node& root, Reading& reading);
/// Needs the network; intervals must be whole numbers of `resolution` [ms] (0: unknown).
void read_record(const Located& at, const NetworkDraft& draft, double resolution, RecordSpec& record, Reading& reading);

}  // namespace spikeloom::io::yaml
