/// What the engine and the user see of a model, whatever its equations: catalogue entry, slice, drive.
///
/// A population is cut into slices; a slice is advanced as a whole, one virtual call per step, over columns.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/errors.hpp"
#include "core/field.hpp"
#include "core/random.hpp"
#include "core/types.hpp"

namespace spikeloom {

enum class Precision { single, double_ };  // `precision: float | double`

/// Values of a model's parameters (or initial state) for one whole population, in the units of the model's table.
/// A number has one entry (all neurons alike) or one per neuron; what is absent has its default.
struct ModelArguments {
  std::map<std::string, std::vector<double>, std::less<>> numbers = {};
  std::map<std::string, std::vector<double>, std::less<>> lists = {};
  std::map<std::string, std::string, std::less<>> texts = {};
  std::map<std::string, std::vector<std::string>, std::less<>> words = {};
  /// Spike lists of sources (`spike_list`): time [ms] and neuron, already read from whatever file they came from.
  std::vector<double> spike_times = {};
  std::vector<std::uint32_t> spike_neurons = {};
};

/// Neurons [first, first + count) of a population, asked for by a partition.
struct SliceRequest {
  const ModelArguments& arguments;
  const ModelArguments& initial;  // only `numbers`: state variables that the user set
  PopulationId population = 0;
  std::uint32_t population_size = 0;
  std::uint32_t first = 0;  // population-local id
  std::uint32_t count = 0;
  std::uint64_t seed = 0;
  double resolution = 0.1;  // ms
  Precision precision = Precision::single;
};

/// Input that needs no synapse table: an independent Poisson train or a current into every neuron of a slice.
class Drive {
 public:
  virtual ~Drive() = default;
  /// Adds the input of this step for neurons [first, first + row.size()) (population-local ids of the target);
  /// `first` is a multiple of `tile_size` or the slice's first neuron, and row.size() <= tile_size.
  virtual void add(Step step, std::uint32_t first, std::span<float> row) const = 0;
};

class StateArchive;

/// Neurons (or sources) of one population that belong to one partition.
class NeuronSlice {
 public:
  virtual ~NeuronSlice() = default;

  /// Number of input rows (4 bytes per neuron and row); 0 for a source.
  virtual int row_count() const noexcept = 0;
  /// The row that takes synapses of receptor `receptor` (index into ModelInfo::receptors).
  virtual int row_of(int receptor) const noexcept = 0;
  /// Attaches a drive to a row, or to the external current if row < 0 [pA, or the model's unit of current].
  virtual void attach(int row, std::shared_ptr<const Drive> drive) = 0;

  /// One step: consumes and zeroes input[row * count + i], appends the slice-local indices that spiked, ascending
  /// (an index may repeat: a source that emits twice in one step).
  virtual void advance(Step step, float* input, std::vector<std::uint32_t>& spiked) = 0;
  /// Steps first, first + 1, ... with the input of each, as that many calls of advance() would; `spiked` has a list for
  /// each step. A slice that goes through all steps with a few neurons at a time keeps them in the L1 cache.
  virtual void advance_steps(Step first, std::span<float* const> inputs, std::span<std::vector<std::uint32_t>> spiked) {
    for (std::size_t k = 0; k < inputs.size(); ++k) advance(first + static_cast<Step>(k), inputs[k], spiked[k]);
  }

  /// Reads a variable (index into ModelInfo::variables) of some neurons (slice-local indices) into out[0..]; false if
  /// this slice does not keep it (for example one of two currents that were folded into one).
  virtual bool read(int variable, std::span<const std::uint32_t> neurons, std::span<float> out) const = 0;
  /// Saves to, or restores from, what checkpoints hold: all that changes, whatever does not follow from the step.
  virtual void state(StateArchive& archive) = 0;
  /// Raw state columns in declaration order, for hashing: name and bytes.
  struct StateColumn {
    std::string_view name;
    std::span<std::byte> bytes;
  };
  virtual std::vector<StateColumn> state_columns() = 0;
};

/// A drive asked for by a projection from a source without a size to the neurons of one target population.
struct DriveRequest {
  const ModelArguments& arguments;
  std::span<const float> weights;  // one (all alike) or one per target neuron (population-local)
  Step delay = 1;                  // steps; arrival = emission + delay
  PopulationId target = 0;
  std::uint32_t stream = 0;  // number of the projection: separates random streams
  std::uint64_t seed = 0;
  double resolution = 0.1;
};

struct ReceptorInfo {
  std::string name;         // "exc", "inh"
  std::string weight_unit;  // "pA", "mV", "nS", ""
  double sign = 1;          // -1: takes synapses of negative weight (projections without `receptor:`)
  bool magnitude = false;   // true: the row receives |weight| (conductances)
};

/// Neurons, and spike trains of sources, at real-valued times (core/exact/).
class ExactSlice;
class ExactTrain;

/// Trains asked for by a source population, or by a projection from a source without a size.
struct TrainRequest {
  const ModelArguments& arguments;
  std::uint32_t population_size = 0;  // of the source; 0 without a size
  Purpose purpose = Purpose::source;
  std::uint32_t stream = 0;  // population or projection: separates random streams
  std::uint64_t seed = 0;
  double resolution = 0.1;  // ms
};

enum class ModelKind { neuron, spike_source, current_source };

/// One line of the catalogue.
struct ModelInfo {
  std::string name;
  std::string summary;    // one line, with the source
  std::string equations;  // several lines, for `describe`
  ModelKind kind = ModelKind::neuron;
  std::vector<ParamInfo> params;
  std::vector<VariableInfo> variables;
  std::vector<ReceptorInfo> receptors;  // empty for sources
  std::string current_unit = "pA";      // of an external current into its neurons; "" where the paper's has none
  bool exact = false;                   // can also be simulated with `timing: exact`
  bool takes_spikes = false;            // emits the spikes given under `spikes:` (ModelArguments::spike_times)
  /// Checks that involve several parameters ("v_reset must lie below v_th"); appends problems whose path is the
  /// parameter's name alone.
  std::function<void(const ModelArguments&, double resolution, std::vector<Problem>&)> check;
  /// The same for what only matters with `timing: exact`.
  std::function<void(const ModelArguments&, std::vector<Problem>&)> check_exact;
  std::function<std::unique_ptr<NeuronSlice>(const SliceRequest&)> make_slice;  // empty: needs no size
  std::function<std::shared_ptr<const Drive>(const DriveRequest&)> make_drive;  // empty: needs a size
  /// With `timing: exact`: neurons, and trains of spike sources. Both empty: grid only.
  std::function<std::unique_ptr<ExactSlice>(const SliceRequest&)> make_exact;
  std::function<std::shared_ptr<const ExactTrain>(const TrainRequest&)> make_exact_train;

  const ParamInfo* param(std::string_view param_name) const;
  int variable(std::string_view variable_name) const;  // -1 if there is none
  int receptor(std::string_view receptor_name) const;  // -1 if there is none
};

/// Every neuron model and source, in the order of the documentation. One line per model, in core/catalogue.cpp.
const std::vector<ModelInfo>& model_catalogue();
const ModelInfo* find_model(std::string_view name);

/// Value of a number for one neuron: the user's, or the model's default.
double number_of(const ModelInfo& model, const ModelArguments& arguments, std::string_view name, std::size_t neuron);

/// Fills a Params struct from the arguments of one neuron; fields absent from `arguments` keep their defaults.
template <class Struct, std::size_t n>
Struct params_of(const std::array<Field<Struct>, n>& fields, const ModelArguments& arguments, std::size_t neuron) {
  Struct params{};
  for (const auto& field : fields)
    if (const auto found = arguments.numbers.find(field.name); found != arguments.numbers.end())
      params.*field.member = found->second.size() == 1 ? found->second.front() : found->second.at(neuron);
  return params;
}

/// Whether any of the numbers differs between neurons.
bool is_heterogeneous(const ModelArguments& arguments);

}  // namespace spikeloom
