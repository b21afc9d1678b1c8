/// A training protocol from data to results: seeds one after another, resumed where they stopped.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "experiments/protocols/training/show.hpp"
#include "experiments/protocols/training/start.hpp"

namespace spikeloom::experiments {
namespace {

template <class Data>
void limit(Data& data, double samples) {
  if (samples > 0 && samples < static_cast<double>(data.size())) data = data.part(0, static_cast<std::size_t>(samples));
}

LearningProblem problem_of(const SpikeData& data) { return {data.units(), data.classes(), data.duration()}; }
LearningProblem problem_of(const DenseData& data) {
  return {.inputs = static_cast<std::uint32_t>(data.shape().size()), .classes = data.classes(), .shape = data.shape()};
}

class TrainingRun {
 public:
  TrainingRun(const ProtocolRun& run, const TrainingParams& params, const SampleSplit& data,
              const LearningProblem& problem, const Afterwards& afterwards)
      : run_(run),
        params_(params),
        data_(data),
        problem_(problem),
        afterwards_(afterwards),
        classifies_(problem.classes > 0 && !find_learner(run.experiment.module->name)->generates),
        report_(run.output, data_, classifies_) {
    problem_.epochs = static_cast<std::uint64_t>(params.epochs);
    problem_.ranks = run.ranks;
    if (!params.start_from.empty()) start_ = read_start(params.start_from, run.experiment.module->name);
  }

  ProtocolOutcome all() {
    if (run_.checkpoints && !run_.checkpoints->resumed().empty()) take_up(run_.checkpoints->resumed());
    for (auto k = seeds_.size(); k < static_cast<std::size_t>(params_.seeds) && !outcome_.stopped; ++k) one(k);
    report_.show_curves(seeds_, measures_);
    report_.show_seeds(seeds_, measures_);
    if (classifies_) report_.show_confusion(seeds_);
    if (first_) report_.show_delays(delays_before_, first_->delays());
    if (first_) report_.show_spikes(*first_);
    if (epochs_timed_ > 0) outcome_.timings["epoch_seconds"] = seconds_ / static_cast<double>(epochs_timed_);
    return outcome_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::unique_ptr<Learner> make_learner(std::uint64_t k) {
    const auto& module = *run_.experiment.module;
    auto learner = find_learner(module.name)->make(module.arguments, problem_, run_.experiment.seed + k);
    if (!params_.start_from.empty()) load_arrays(*learner, start_, params_.start_from);
    measures_ = learner->measures();
    if (k == 0) delays_before_ = learner->delays();
    return learner;
  }

  void one(std::uint64_t k) {
    auto learner = make_learner(k);
    Training training(*learner, data_, params_, run_.experiment.seed + k, run_.threads);
    SeedResult result;
    if (from_) {
      restore(*from_, "training_", training.state());
      result.epochs = std::move(epochs_so_far_);
      from_ = nullptr;
    }
    while (!training.is_over() && !outcome_.stopped) {
      save(training, result);
      epoch(k, training, result);
      if (outcome_.stopped) save(training, result);
    }
    training.keep_best();
    result.best_epoch = training.best_epoch() > 0 ? training.best_epoch() : training.epochs();
    if (!result.epochs.empty()) result.train_accuracy = result.epochs[result.best_epoch - 1].train_accuracy;
    result.validation = training.evaluate(data_.validation);
    result.test = training.evaluate(data_.test);
    result.hash = state_hash(learner->state());
    if (k == 0) first_ = std::move(learner);
    add(std::move(result));
  }

  /// What a seed leaves behind as soon as it is over.
  void add(SeedResult&& result) {
    const auto k = seeds_.size();
    run_.output.add(NamedHash{fmt::format("seed_{}", run_.experiment.seed + k), result.hash});
    seeds_.push_back(std::move(result));
    if (k > 0) return;
    for (auto& array : first_->arrays()) run_.output.add(std::move(array));
    report_.show_samples(*first_, run_.threads);
    if (!afterwards_ || outcome_.stopped) return;
    const auto per_seed = static_cast<std::uint64_t>(params_.epochs) * data_.train.size();
    afterwards_(*first_, [&](const std::string& note) {
      outcome_.stopped = is_stopped(per_seed, note);
      return !outcome_.stopped;
    });
  }

  std::string note_of(std::uint64_t epoch, const EpochResult& now) const {
    auto note = fmt::format("epoch {}, loss {:.4g}", epoch, now.train_loss);
    if (classifies_) note += fmt::format(", accuracy {:.1f} %", 100 * now.train_accuracy);
    if (classifies_ && now.validation_accuracy > 0)
      note += fmt::format(", validation {:.1f} %", 100 * now.validation_accuracy);
    return note;
  }

  /// Says how it goes. All ranks stop together: they ask each other some ten times per second.
  bool is_stopped(std::uint64_t samples_done, const std::string& note) {
    const auto in_all =
        static_cast<std::uint64_t>(params_.epochs) * data_.train.size() * static_cast<std::uint64_t>(params_.seeds);
    wants_stop_ = wants_stop_ || !run_.progress(samples_done, in_all, note);
    if (run_.ranks->is_alone()) return wants_stop_;
    if (--until_asked_ > 0) return false;
    const auto now = Clock::now();
    const double pace = static_cast<double>(asked_every_) / std::chrono::duration<double>(now - asked_).count();
    asked_ = now;
    until_asked_ = asked_every_ = run_.ranks->as_first(static_cast<int>(std::clamp(0.1 * pace, 1.0, 1000.0)));
    return run_.ranks->maximum(wants_stop_ ? 1 : 0) != 0;
  }

  /// Wherever it is due, and where the user stops it.
  void save(Training& training, const SeedResult& current) {
    if (!run_.checkpoints || !(outcome_.stopped || run_.checkpoints->is_due())) return;
    run_.checkpoints->write([&](StateList& list) {
      TrainingProgress progress;
      for (const auto& seed : seeds_) progress.add_finished(seed);
      progress.add_epochs(current.epochs);
      progress.list(list);
      if (first_) list.add("first_", first_->state());
      list.add("training_", training.state());
    });
  }

  /// Goes back to where a checkpoint was written; seeds that were over leave behind again what they left.
  void take_up(const SavedState& state) {
    const TrainingProgress progress(state);
    for (std::size_t k = 0; k < progress.finished(); ++k) {
      if (k == 0) {
        first_ = make_learner(0);
        restore(state, "first_", first_->state());
      }
      add(progress.seed(k));
      count_epochs(seeds_.back().epochs.size());
    }
    epochs_so_far_ = progress.epochs();
    count_epochs(epochs_so_far_.size());
    from_ = &state;
  }

  void count_epochs(std::size_t epochs) {
    outcome_.trials += epochs * data_.train.size();
    outcome_.simulated_ms += static_cast<double>(epochs) * problem_.duration * static_cast<double>(data_.train.size());
  }

  void epoch(std::uint64_t k, Training& training, SeedResult& result) {
    const auto per_seed = static_cast<std::uint64_t>(params_.epochs) * data_.train.size();
    const auto before = k * per_seed + training.epochs() * data_.train.size();
    const auto start = Clock::now();
    auto done = training.epoch([&](double share, double accuracy, double loss) {
      const auto samples = static_cast<std::uint64_t>(share * static_cast<double>(data_.train.size()));
      EpochResult so_far;
      so_far.train_loss = loss, so_far.train_accuracy = accuracy;
      if (!result.epochs.empty()) so_far.validation_accuracy = result.epochs.back().validation_accuracy;
      const auto note = note_of(training.epochs() + 1, so_far);
      outcome_.stopped = is_stopped(before + samples, note);
      if (!outcome_.stopped) save(training, result);
      return !outcome_.stopped;
    });
    if (!done) return;
    seconds_ += std::chrono::duration<double>(Clock::now() - start).count();
    ++epochs_timed_;
    count_epochs(1);
    result.epochs.push_back(std::move(*done));
    outcome_.stopped = is_stopped(before + data_.train.size(), note_of(training.epochs(), result.epochs.back()));
  }

  const ProtocolRun& run_;
  TrainingParams params_;
  SampleSplit data_;
  LearningProblem problem_;
  Afterwards afterwards_;
  bool classifies_;
  TrainingReport report_;
  std::vector<NamedArray> start_;  // what every seed starts from
  ProtocolOutcome outcome_;
  std::vector<SeedResult> seeds_;
  std::unique_ptr<Learner> first_;  // of the first seed, when it is over
  bool wants_stop_ = false;
  int asked_every_ = 1, until_asked_ = 1;  // mini-batches from one question to the next
  Clock::time_point asked_ = Clock::now();
  const SavedState* from_ = nullptr;             // what the seed at hand goes on from
  std::vector<EpochResult> epochs_so_far_ = {};  // ... and what it had done
  std::vector<Learner::Measure> measures_;
  std::vector<Learner::Delays> delays_before_;
  double seconds_ = 0;
  std::size_t epochs_timed_ = 0;
};

template <class Data>
ProtocolOutcome train_on(const ProtocolRun& run, const TrainingParams& params, Split<Data>& data,
                         const Afterwards& afterwards) {
  limit(data.train, params.train_samples);
  limit(data.validation, params.validation_samples);
  limit(data.test, params.test_samples);
  return TrainingRun(run, params, data, problem_of(data.train), afterwards).all();
}

}  // namespace

ProtocolOutcome train(const ProtocolRun& run, const TrainingParams& params, Split<SpikeData> data,
                      const Afterwards& afterwards) {
  return train_on(run, params, data, afterwards);
}

ProtocolOutcome train(const ProtocolRun& run, const TrainingParams& params, Split<DenseData> data,
                      const Afterwards& afterwards) {
  return train_on(run, params, data, afterwards);
}

}  // namespace spikeloom::experiments
