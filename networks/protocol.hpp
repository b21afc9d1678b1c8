/// Trials, blocks, epochs: protocols, and the dense modules that they drive.
///
/// A dense module is a class with a struct of parameters (core/param_table.hpp), its equations, and one function that
/// names the arrays of its state; it knows nothing of files, threads or progress. A protocol is a function that makes
/// modules, takes them through their task and tells a ProtocolOutput what came of it. docs/adding_a_module.md walks
/// through one of each.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/ranks/ranks.hpp"
#include "networks/protocol_output.hpp"
#include "networks/spec.hpp"
#include "networks/training/dense_data.hpp"
#include "networks/training/spike_data.hpp"

namespace spikeloom {

/// One array of a module's state. A module declares its state once, as `std::vector<StateArray> state()`: what is in
/// the list is hashed and can be recorded; what is not in it must follow from parameters and seed.
struct StateArray {
  std::string_view name, unit;
  std::vector<std::uint64_t> shape;
  std::variant<std::span<double>, std::span<float>, std::span<std::uint64_t>> values;
};

/// XXH3 over names, shapes and bits, in order.
std::uint64_t state_hash(std::span<const StateArray> state);

class Checkpoints;  // networks/checkpoint.hpp

/// What a protocol is given.
struct ProtocolRun {
  const ExperimentSpec& experiment;  // seed, module->arguments, protocol->arguments
  int threads = 1;                   // for core/parallel.hpp; results must not depend on it
  ProtocolOutput& output;
  /// Says that `done` of `total` trials (of any kind that the protocol counts) are over, and a word about how it goes
  /// ("NRMSE 0.31"). Callable from any thread. False: the user wants to stop; return soon, `stopped` set.
  std::function<bool(std::uint64_t done, std::uint64_t total, const std::string& note)> progress;
  std::string data = {};               // folder of data sets that the user named; may be empty (io/data_sets.hpp)
  Checkpoints* checkpoints = nullptr;  // where a protocol that can be resumed leaves its state; may be null
  Ranks* ranks = &Ranks::alone();      // that run this together; more than one only if the protocol spans ranks
};

struct ProtocolOutcome {
  std::uint64_t trials = 0;  // as counted by `progress`
  double simulated_ms = 0;   // biological time over all of them; 0 where there is none
  bool stopped = false;
  std::map<std::string, double> timings = {};  // by the clock, so for `metrics` of run.json alone
};

/// One line of the catalogue. Cross checks append problems whose paths start with "module.params." or
/// "protocol.params.".
struct ProtocolInfo {
  std::string name;
  std::string summary;
  std::vector<std::string> modules;  // names of those it can drive
  std::vector<ParamInfo> params;
  ProtocolOutcome (*run)(const ProtocolRun&) = nullptr;
  void (*check)(const ModelArguments& module, const ModelArguments& protocol, std::vector<Problem>&) = nullptr;
  /// Throws FileError or SpecError if what the protocol needs is not there, before results are begun. Not part of
  /// validation: data may lie on another machine.
  void (*require)(const ExperimentSpec& experiment, const std::string& data) = nullptr;
  /// Of a training protocol: its samples (networks/training/learner.hpp), from the folder that the user named.
  DataSplit (*samples)(const ExperimentSpec& experiment, const std::string& data) = nullptr;
  Split<DenseData> (*dense_samples)(const ExperimentSpec& experiment, const std::string& data) = nullptr;
  /// All ranks call `run`, and only the first one's output counts. Without it, the first rank runs alone.
  bool spans_ranks = false;
};

/// Every protocol, one line each, in experiments/protocols/catalogue.cpp: a protocol may use every room, so the list is
/// only declared down here, where YAML is checked against it.
const std::vector<ProtocolInfo>& protocol_catalogue();
const ProtocolInfo* find_protocol(std::string_view name);

}  // namespace spikeloom
