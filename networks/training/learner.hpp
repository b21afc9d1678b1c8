/// What the training protocols ask of a learner, whatever its gradient is: answers to a mini-batch, one update from a
/// mini-batch, and its state as arrays.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "networks/protocol.hpp"
#include "networks/training/dense_data.hpp"
#include "networks/training/spike_data.hpp"

namespace spikeloom {

/// Samples of a data set that are taken together.
struct Batch {
  const Samples& data;
  std::span<const std::uint32_t> samples;  // indices into data
  std::uint64_t update = 0;  // number of updates before this one: with the seed, a name for random numbers

  /// The data of a learner that says so in its line of the catalogue; std::bad_cast if it is of the other kind.
  const SpikeData& spikes() const { return dynamic_cast<const SpikeData&>(data); }
  const DenseData& dense() const { return dynamic_cast<const DenseData&>(data); }
};

/// What a learner says to one sample. `label` is -1 if it gives no answer (no output neuron fired).
struct Answer {
  double loss = 0;
  std::int32_t label = -1;
};

/// Anything that learns from samples. What `state` lists, with parameters and seed, says all: copied into
/// a new learner of the same parameters, training goes on to the same bits. Results must not depend on `threads`.
class Learner {
 public:
  virtual ~Learner() = default;

  /// Answers every sample: answers[i] belongs to batch.samples[i].
  virtual void evaluate(const Batch& batch, std::span<Answer> answers, int threads) = 0;
  /// The same answers, and one step downhill on the mean loss of the batch.
  virtual void update(const Batch& batch, std::span<Answer> answers, int threads) = 0;
  /// Factor on all learning rates of later updates; 1 at the beginning.
  virtual void set_rate(double factor) = 0;
  /// Called after the last update of each epoch.
  virtual void end_epoch() {}

  /// All that learning changes, optimiser included.
  virtual std::vector<StateArray> state() = 0;

  /// Numbers about the epoch that just ended, one column of the learning curve each: the same names every time.
  struct Measure {
    std::string name, unit, doc;
    double value = 0;
  };
  virtual std::vector<Measure> measures() const { return {}; }

  /// What was learned, for results and report, and for `load_arrays`: weights, delays (row = source).
  virtual std::vector<NamedArray> arrays() const { return {}; }
  /// Called when `load_arrays` has written them: what else of the state follows from them.
  virtual void arrays_loaded() {}
  /// What there is to see after training: pictures of its arrays, and of its answers to some samples of the test.
  virtual std::vector<ProtocolItem> showcase(const Batch&, int /*threads*/) { return {}; }
  /// Delays [ms] by group ("input_hidden"), for histograms; empty if it has none.
  struct Delays {
    std::string group;
    std::vector<double> values;
  };
  virtual std::vector<Delays> delays() const { return {}; }

  /// What it was as it is now, as a network of the engine with one sample as its input; recording spikes of all neurons
  /// that fire. `resolution` [ms]: 0 for the learner's own. Nothing if it has no such form; SpecError if only another
  /// resolution has.
  virtual std::optional<ExperimentSpec> as_network(const SpikeSample&, double /*resolution*/) { return std::nullopt; }
  /// The spikes that the learner itself has for a sample, by population: what the network above must give.
  struct Raster {
    std::string population;
    std::size_t size = 0;       // neurons
    std::vector<double> times;  // ms, in order of (time, neuron)
    std::vector<std::uint32_t> neurons;
  };
  virtual std::vector<Raster> rasters(const SpikeSample&) { return {}; }
  /// The same of a learner of dense samples.
  virtual std::optional<ExperimentSpec> network_of_values(std::span<const float>) { return std::nullopt; }
  virtual std::vector<Raster> rasters_of_values(std::span<const float>) { return {}; }
};

/// What a learner has to know of its task.
struct LearningProblem {
  std::uint32_t inputs = 0, classes = 0;
  double duration = 0;             // ms
  std::uint64_t epochs = 0;        // planned, for schedules; 0: not known
  Shape shape = {};                // of dense samples
  Ranks* ranks = &Ranks::alone();  // all of which call the same functions of the learner, if it spans ranks
};

/// What a learner learns from; grey: dense samples of numbers from 0 to 1.
enum class SampleKind { spikes, dense, grey };

/// One line of the catalogue: a dense module that learns from labelled samples. `arguments` were checked by the
/// module; SpecError if they do not fit the problem.
struct LearnerInfo {
  std::string module;
  std::unique_ptr<Learner> (*make)(const ModelArguments& arguments, const LearningProblem& problem,
                                   std::uint64_t seed) = nullptr;
  SampleKind kind = SampleKind::spikes;
  bool generates = false;    // makes samples (a Generator, too) instead of saying classes
  bool spans_ranks = false;  // deals the samples of a mini-batch out to ranks
};

/// SpecError with all of `shown` that are missing among `given` or have another shape there; `from` says in messages
/// whose arrays those are.
void require_arrays(std::span<const NamedArray> shown, std::span<const NamedArray> given, const std::string& from);
const NamedArray* array_named(std::span<const NamedArray> arrays, std::string_view name);

/// Puts `arrays` (Learner::arrays of a learner of the same sizes, as results keep them) in place of the learner's, by
/// name; what it does not show (optimiser, counters) stays. SpecError with all that are missing or of another shape;
/// `from` says in messages whose arrays they are.
void load_arrays(Learner& learner, std::span<const NamedArray> arrays, const std::string& from);

/// Every learner, one line each, in networks/training/catalogue.cpp. The training protocols drive these modules.
const std::vector<LearnerInfo>& learner_catalogue();
const LearnerInfo* find_learner(std::string_view module);
std::vector<std::string> learner_modules(SampleKind kind = SampleKind::spikes);
std::vector<std::string> generator_modules();

}  // namespace spikeloom
