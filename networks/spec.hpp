/// The network and its experiment as plain structs in coherent units: what YAML is turned into and the engine built
/// from.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/model.hpp"
#include "core/types.hpp"
#include "networks/value.hpp"

namespace spikeloom {

// ---- positions -------------------------------------------------------------------------------------------------

/// Neurons on a regular grid, filling x first; a z shape of 1 is two-dimensional.
struct GridLayout {
  std::uint32_t nx = 1, ny = 1, nz = 1;
  double spacing = 1;
};  // um
/// Independent uniform positions in a box [0, extent); extent z of 0 is two-dimensional.
struct RandomLayout {
  double extent_x = 1, extent_y = 1, extent_z = 0;
};  // um
struct ArrayLayout {
  std::vector<double> x, y, z;
};  // um; z may be empty
using Layout = std::variant<GridLayout, RandomLayout, ArrayLayout>;

// ---- populations -----------------------------------------------------------------------------------------------

struct PopulationSpec {
  std::string name;
  std::string model;                    // name in the catalogue
  std::optional<std::uint32_t> size;    // absent: a source that gives every target neuron its own train
  std::map<std::string, Value> params;  // numbers
  std::map<std::string, std::vector<double>> lists;
  std::map<std::string, std::string> texts;  // choices
  std::map<std::string, Value> initial;      // state variables
  std::optional<Layout> layout;
  std::vector<double> spike_times;  // ms; for `spike_list`, read from wherever it came from
  std::vector<std::uint32_t> spike_neurons;
  std::optional<Precision> precision;  // absent: the experiment's
};

// ---- projections -----------------------------------------------------------------------------------------------

struct OneToOne {};
struct AllToAll {};
struct FixedProbability {
  double p = 0;
};
struct FixedIndegree {
  std::uint32_t indegree = 0;
};
struct FixedOutdegree {
  std::uint32_t outdegree = 0;
};
struct FixedTotalNumber {
  std::uint64_t number = 0;
};
/// Each pair is connected with probability p_max * kernel(distance): gaussian exp(-d^2 / (2 scale^2)), exponential
/// exp(-d / scale), box (1 for d <= scale); 0 beyond `cutoff`. With `periodic`, distances wrap at the extent (um).
struct DistanceDependent {
  enum class Kernel { gaussian, exponential, box } kernel = Kernel::gaussian;
  double p_max = 1, scale = 1;
  double cutoff = std::numeric_limits<double>::infinity();
};
/// Explicit synapses; `weights` [coherent] and `delays` [ms] may be empty (then the projection's values hold).
struct SynapseList {
  std::vector<std::uint32_t> sources, targets;  // population-local ids
  std::vector<double> weights, delays;
};
using ConnectRule = std::variant<OneToOne, AllToAll, FixedProbability, FixedIndegree, FixedOutdegree, FixedTotalNumber,
                                 DistanceDependent, SynapseList>;

/// The learning rule of a projection.
struct PlasticitySpec {
  std::string rule;                          // name in the catalogue of rules
  std::map<std::string, double> params;      // in the target's unit where they are weights, with their sign
  std::map<std::string, std::string> texts;  // choices
  std::optional<std::string> modulator;      // name of the modulator that the rule listens to
};

/// All synapses from one population to another.
struct ProjectionSpec {
  std::string name;      // unique; "exc_to_inh" unless the user names it
  std::string from, to;  // population names
  ConnectRule connect = AllToAll{};
  bool autapses = true;                 // a neuron onto itself (only if from == to)
  bool multapses = true;                // several synapses for one pair (where the rule can make them)
  std::optional<std::string> receptor;  // absent: by the sign of the weight
  Value weight = Constant{1};           // unit of the target's receptor
  Value delay = Constant{1};            // ms, dendritic part (all of it by default); rounded to steps
  double axonal_delay = 0;              // ms; total = axonal + dendritic
  bool all_axonal = false;              // `delay` is axonal, all of it
  bool periodic = false;                // distances wrap at the extent of the target's layout
  std::optional<PlasticitySpec> plasticity;
};

// ---- modulators ------------------------------------------------------------------------------------------------

/// Every spike of a population raises the modulator a delay later (volume transmission).
struct SpikeModulation {
  std::string population;
  double amount = 1;
  double delay = 1;  // ms
};
struct TimedModulation {
  std::vector<double> times;  // ms
  double amount = 1;
};
struct PoissonModulation {
  double rate = 0;  // Hz
  double amount = 1;
};
/// If neuron `second` fires up to `within` after neuron `first`, the modulator is raised after a uniformly drawn delay.
struct CoincidenceModulation {
  std::string population;
  std::uint32_t first = 0, second = 0;
  double within = 1, shortest = 1, longest = 1;  // ms
  double amount = 1;
};
/// The error of a linear readout of a population: its target, a step function of time, less the weighted sum of spikes,
/// which decay with the modulator's tau.
struct ReadoutModulation {
  std::string population;
  Value weights = Constant{1};  // per neuron
  double delay = 1;             // ms, from a spike to its effect
  std::vector<double> times;    // ms, ascending: where the target changes; it is 0 before
  std::vector<double> targets;  // from there on
};
/// The error of a comparison: a target, less the sum over neurons of the products of traces in two populations of one
/// size. Traces decay with the modulator's tau.
struct ComparisonModulation {
  std::string population, with;
  double amount = 1;            // that a spike adds to its neuron's trace
  double delay = 1;             // ms, from a spike to its effect
  std::vector<double> times;    // ms, ascending: when they are compared
  std::vector<double> targets;  // of each comparison
};
using ModulationSource = std::variant<SpikeModulation, TimedModulation, PoissonModulation, CoincidenceModulation,
                                      ReadoutModulation, ComparisonModulation>;

/// A named signal that learning rules listen to.
struct ModulatorSpec {
  std::string name;
  double tau = 1;       // ms, of its decay
  double baseline = 0;  // what it decays to
  std::vector<ModulationSource> sources;
};

struct NetworkSpec {
  std::vector<PopulationSpec> populations;
  std::vector<ProjectionSpec> projections;
  std::vector<ModulatorSpec> modulators;
};

// ---- recording and running -------------------------------------------------------------------------------------

struct SpikeRecord {
  std::string population;
};
struct StateRecord {
  std::string name;  // file name without ending: "exc_v_m" unless the user names it
  std::string variable, population;
  std::vector<std::uint32_t> neurons;  // population-local ids, ascending
  double every = 1;                    // ms
};
struct RateRecord {
  std::string population;
  double bin = 10;
};  // ms
/// Weights and delays of a projection at the end, and with `every` also at the start and at its multiples.
struct WeightRecord {
  std::string projection;
  std::optional<double> every = {};  // ms
  bool delays = false;               // asked for by `delays:`, of a rule that changes them
};
/// Level and number of raises of a modulator, at the start and at every multiple of `every`.
struct ModulatorRecord {
  std::string modulator;
  double every = 1;  // ms
};

struct RecordSpec {
  std::vector<SpikeRecord> spikes;
  std::vector<StateRecord> states;
  std::vector<RateRecord> rates;
  std::vector<WeightRecord> weights;
  std::vector<ModulatorRecord> modulators = {};
};

struct RunSpec {
  int threads = 0;     // 0: all available
  int partitions = 0;  // 0: the builder chooses; for tests and measurements
  bool progress = true;
  std::optional<double> checkpoint_every;  // ms of biological time
};

/// `sweep:`: runs of the same experiment with other values; one assignment is a path and a value as YAML text.
struct SweepSpec {
  enum class Kind { grid, list, random } kind = Kind::grid;
  /// grid: the values of every path; random: one distribution per path (as YAML, and as read in `unit`); list: one map
  /// per run.
  struct Axis {
    std::string path;
    std::vector<std::string> values;
    std::optional<Value> distribution = {};
    std::string unit = {};
  };
  std::vector<Axis> axes;
  std::vector<std::map<std::string, std::string>> runs;
  std::uint32_t samples = 0;  // random only
  std::uint32_t seeds = 1;    // runs per point, with experiment.seed and those that follow it
};

enum class Timing { grid, exact };

/// A module or protocol of the catalogue and the parameters that the user gave it.
struct ModuleUse {
  std::string name;
  ModelArguments arguments;
};

struct ExperimentSpec {
  std::string name;
  std::uint64_t seed = 1;
  double duration = 0;      // ms
  double resolution = 0.1;  // ms
  Timing timing = Timing::grid;
  Precision precision = Precision::single;
  NetworkSpec network;
  std::optional<ModuleUse> module;
  std::optional<ModuleUse> protocol;  // drives the module, which is then a dense one (networks/protocol.hpp)
  RecordSpec record;
  RunSpec run;
  std::optional<SweepSpec> sweep;
  std::string source_text;            // the resolved YAML (after include and --set), for provenance
  std::vector<std::string> warnings;  // not wrong, but worth telling the user
};

// ---- modules ---------------------------------------------------------------------------------------------------

/// A published network. A spiking module is a function parameters -> spec; a dense one (without `expand`) holds arrays
/// of its own and is driven by a protocol (networks/protocol.hpp). One file plus one catalogue line.
struct ModuleInfo {
  std::string name;
  std::string summary;
  std::vector<ParamInfo> params;
  NetworkSpec (*expand)(const ModelArguments&, double resolution) = nullptr;
  std::string equations = {};  // several lines, for `describe`
  /// Checks of a dense module that involve several parameters; a problem's path is the parameter's name alone.
  void (*check)(const ModelArguments&, std::vector<Problem>&) = nullptr;

  bool is_dense() const noexcept { return expand == nullptr; }
};
const std::vector<ModuleInfo>& module_catalogue();
const ModuleInfo* find_module(std::string_view name);

}  // namespace spikeloom
