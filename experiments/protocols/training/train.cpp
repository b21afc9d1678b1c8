/// A training protocol from data to results: seeds one after another, curves, confusion, weights and delays.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "experiments/protocols/training/progress.hpp"
#include "experiments/protocols/training/start.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::size_t histogram_bins = 25;

double mean_of(const std::vector<SeedResult>& seeds, double (*value)(const SeedResult&)) {
  double sum = 0;
  for (const auto& seed : seeds) sum += value(seed);
  return sum / static_cast<double>(seeds.size());
}

double deviation_of(const std::vector<SeedResult>& seeds, double (*value)(const SeedResult&)) {
  if (seeds.size() < 2) return 0;
  const double mean = mean_of(seeds, value);
  double sum = 0;
  for (const auto& seed : seeds) sum += (value(seed) - mean) * (value(seed) - mean);
  return std::sqrt(sum / static_cast<double>(seeds.size() - 1));
}

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
        classifies_(problem.classes > 0 && !find_learner(run.experiment.module->name)->generates) {
    problem_.epochs = static_cast<std::uint64_t>(params.epochs);
    problem_.ranks = run.ranks;
    if (!params.start_from.empty()) start_ = read_start(params.start_from, run.experiment.module->name);
  }

  ProtocolOutcome all() {
    if (run_.checkpoints && !run_.checkpoints->resumed().empty()) take_up(run_.checkpoints->resumed());
    for (auto k = seeds_.size(); k < static_cast<std::size_t>(params_.seeds) && !outcome_.stopped; ++k) one(k);
    show_curves();
    show_seeds();
    if (classifies()) show_confusion();
    if (first_) show_delays(first_->delays());
    if (first_) show_spikes(*first_);
    if (epochs_timed_ > 0) outcome_.timings["epoch_seconds"] = seconds_ / static_cast<double>(epochs_timed_);
    return outcome_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  bool classifies() const { return classifies_; }

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
    show_samples(*first_);
    if (!afterwards_ || outcome_.stopped) return;
    const auto per_seed = static_cast<std::uint64_t>(params_.epochs) * data_.train.size();
    afterwards_(*first_, [&](const std::string& note) {
      outcome_.stopped = is_stopped(per_seed, note);
      return !outcome_.stopped;
    });
  }

  std::string note_of(std::uint64_t epoch, const EpochResult& now) const {
    auto note = fmt::format("epoch {}, loss {:.4g}", epoch, now.train_loss);
    if (classifies()) note += fmt::format(", accuracy {:.1f} %", 100 * now.train_accuracy);
    if (classifies() && now.validation_accuracy > 0)
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

  /// One row per seed and epoch, and the mean over the seeds that are still training.
  void show_curves() {
    TrialTable every{"learning",
                     "every epoch",
                     {{"seed", "", "counted from 1"},
                      {"epoch", "", "counted from 1"},
                      {"train_loss", "", "mean over samples, each before its update"},
                      {"train_accuracy", "", "share of right answers, likewise"},
                      {"validation_loss", "", "after the epoch"},
                      {"validation_accuracy", "", "after the epoch"},
                      {"rate", "", "factor on the learning rates"}}};
    for (const auto& measure : measures_) every.columns.push_back({measure.name, measure.unit, measure.doc});
    TrialTable mean{"learning_mean",
                    "every epoch, mean over the seeds that got so far",
                    {{"epoch", "", "counted from 1"},
                     {"train_loss", "", "mean over samples"},
                     {"train_accuracy", "", "share of right answers"},
                     {"validation_loss", "", "after the epoch"},
                     {"validation_accuracy", "", "after the epoch"}}};
    std::size_t longest = 0;
    for (std::size_t s = 0; s < seeds_.size(); ++s)
      for (std::size_t e = 0; e < seeds_[s].epochs.size(); ++e) {
        const auto& row = seeds_[s].epochs[e];
        std::vector<double> values = {
            static_cast<double>(s + 1), static_cast<double>(e + 1), row.train_loss, row.train_accuracy,
            row.validation_loss,        row.validation_accuracy,    row.rate};
        values.insert(values.end(), row.measures.begin(), row.measures.end());
        for (std::size_t c = 0; c < values.size(); ++c) every.columns[c].values.push_back(values[c]);
        longest = std::max(longest, e + 1);
      }
    for (std::size_t e = 0; e < longest; ++e) {
      std::array<double, 4> sums{};
      double count = 0;
      for (const auto& seed : seeds_) {
        if (seed.epochs.size() <= e) continue;
        const auto& row = seed.epochs[e];
        const std::array<double, 4> values{row.train_loss, row.train_accuracy, row.validation_loss,
                                           row.validation_accuracy};
        for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += values[c];
        ++count;
      }
      mean.columns[0].values.push_back(static_cast<double>(e + 1));
      for (std::size_t c = 0; c < sums.size(); ++c) mean.columns[c + 1].values.push_back(sums[c] / count);
    }
    run_.output.add(std::move(every));
    run_.output.add(std::move(mean));
    for (const auto* what : {"accuracy", "loss"}) {
      if (!classifies() && what == std::string("accuracy")) continue;
      Picture picture{.name = fmt::format("learning_{}", what),
                      .title = fmt::format("Learning: {}.", what),
                      .caption = "Mean over seeds; training samples are answered before the update they are in.",
                      .x = {"epoch"},
                      .y = {what == std::string("accuracy") ? "share of right answers" : "mean loss"}};
      picture.series = {
          {"training", {"trials/learning_mean/epoch"}, {fmt::format("trials/learning_mean/train_{}", what)}}};
      if (data_.validation.size() > 0)
        picture.series.push_back(
            {"validation", {"trials/learning_mean/epoch"}, {fmt::format("trials/learning_mean/validation_{}", what)}});
      run_.output.add(std::move(picture));
    }
  }

  void show_seeds() {
    TrialTable table{"seeds",
                     "every seed",
                     {{"seed", "", "counted from 1"},
                      {"epochs", "", "trained"},
                      {"best_epoch", "", "whose state was tested"},
                      {"train_accuracy", "", "in that epoch"},
                      {"validation_accuracy", "", "of that state"},
                      {"test_accuracy", "", "of that state"}}};
    for (std::size_t s = 0; s < seeds_.size(); ++s) {
      const auto& seed = seeds_[s];
      const std::array<double, 6> row{static_cast<double>(s + 1),
                                      static_cast<double>(seed.epochs.size()),
                                      static_cast<double>(seed.best_epoch),
                                      seed.train_accuracy,
                                      seed.validation.accuracy,
                                      seed.test.accuracy};
      for (std::size_t c = 0; c < row.size(); ++c) table.columns[c].values.push_back(row[c]);
    }
    run_.output.add(std::move(table));
    const auto metric = [&](const char* name, const char* doc, bool headline, double (*value)(const SeedResult&)) {
      run_.output.add(Metric{name, mean_of(seeds_, value), "", doc, headline});
    };
    const auto test = [](const SeedResult& seed) { return seed.test.accuracy; };
    if (classifies()) {
      metric("test_accuracy", "share of right answers in the test, mean over seeds", true, test);
      if (seeds_.size() > 1)
        run_.output.add(Metric{"test_accuracy_sd", deviation_of(seeds_, test), "", "its deviation over seeds", true});
      if (data_.validation.size() > 0)
        metric("validation_accuracy", "of the state that was tested", true,
               [](const SeedResult& seed) { return seed.validation.accuracy; });
      metric("train_accuracy", "in the epoch whose state was tested", true,
             [](const SeedResult& seed) { return seed.train_accuracy; });
    }
    metric("test_loss", "mean over test samples and seeds", !classifies(),
           [](const SeedResult& seed) { return seed.test.loss; });
    metric("epochs", "trained, mean over seeds", false,
           [](const SeedResult& seed) { return static_cast<double>(seed.epochs.size()); });
    for (std::size_t m = 0; m < measures_.size(); ++m) {
      double sum = 0;
      for (const auto& seed : seeds_)
        if (!seed.epochs.empty()) sum += seed.epochs.back().measures[m];
      run_.output.add(Metric{"last_" + measures_[m].name, sum / static_cast<double>(seeds_.size()), measures_[m].unit,
                             measures_[m].doc + "; last epoch, mean over seeds"});
    }
  }

  /// Rows: the true class; columns: the answer, and a last one for no answer.
  void show_confusion() {
    const std::uint64_t classes = data_.test.classes(), columns = classes + 1;
    std::vector<double> matrix(classes * columns);
    double silent = 0, total = 0;
    for (const auto& seed : seeds_)
      for (std::size_t k = 0; k < seed.test.labels.size(); ++k) {
        const auto answer = seed.test.labels[k];
        const auto column = answer < 0 ? classes : static_cast<std::uint64_t>(answer);
        matrix[static_cast<std::uint64_t>(data_.test.label(k)) * columns + column] += 1;
        silent += answer < 0 ? 1 : 0;
        ++total;
      }
    for (std::uint64_t row = 0; row < classes; ++row) {
      double sum = 0;
      for (std::uint64_t c = 0; c < columns; ++c) sum += matrix[row * columns + c];
      for (std::uint64_t c = 0; c < columns && sum > 0; ++c) matrix[row * columns + c] /= sum;
    }
    run_.output.add(NamedArray{"confusion",
                               "",
                               "share of each class's test samples with each answer; the last column is no answer",
                               {"class", "answer"},
                               {classes, columns},
                               std::move(matrix)});
    run_.output.add(
        Metric{"unanswered", total > 0 ? silent / total : 0, "", "share of test samples without an answer"});
    run_.output.add(Picture{.kind = Picture::Kind::heat,
                            .name = "confusion",
                            .title = "Confusion.",
                            .caption = "Share of each class's test samples with each answer; the last column is none.",
                            .x = {.label = "answer", .low = -0.5, .high = static_cast<double>(classes) + 0.5},
                            .y = {.label = "class", .low = -0.5, .high = static_cast<double>(classes) - 0.5},
                            .z = {.label = "share", .low = 0, .high = 1},
                            .values = {"arrays/confusion"}});
  }

  /// The first test sample of every class, or the first ten, and what the learner has to show of them.
  void show_samples(Learner& learner) {
    std::vector<std::uint32_t> samples;
    const auto wanted = classifies() ? data_.test.classes() : 10u;
    for (std::uint32_t k = 0; k < data_.test.size() && samples.size() < wanted; ++k)
      if (!classifies() || data_.test.label(k) == static_cast<std::int32_t>(samples.size())) samples.push_back(k);
    for (auto& item : learner.showcase({data_.test, samples, 0}, run_.threads)) run_.output.add(std::move(item));
  }

  void show_delays(const std::vector<Learner::Delays>& after) {
    for (std::size_t g = 0; g < after.size(); ++g) {
      const auto name = "delays_" + after[g].group;
      double longest = 1e-3;
      for (const double delay : after[g].values) longest = std::max(longest, delay);
      for (const double delay : delays_before_[g].values) longest = std::max(longest, delay);
      TrialTable table{name,
                       "how many synapses have which delay (first seed)",
                       {{"delay", "ms", "centre of the bin"},
                        {"before", "", "synapses before training"},
                        {"after", "", "synapses after training"}}};
      const double width = longest / histogram_bins;
      table.columns[1].values.assign(histogram_bins, 0);
      table.columns[2].values.assign(histogram_bins, 0);
      for (std::size_t b = 0; b < histogram_bins; ++b)
        table.columns[0].values.push_back((static_cast<double>(b) + 0.5) * width);
      const auto count = [&](const std::vector<double>& delays, std::vector<double>& bins) {
        for (const double delay : delays)
          bins[std::min(static_cast<std::size_t>(delay / width), histogram_bins - 1)] += 1;
      };
      count(delays_before_[g].values, table.columns[1].values);
      count(after[g].values, table.columns[2].values);
      run_.output.add(std::move(table));
      run_.output.add(
          Picture{.name = name,
                  .title = fmt::format("Delays: {}.", after[g].group),
                  .caption = "Number of synapses per delay, before and after training (first seed).",
                  .x = {"delay", "ms"},
                  .y = {.label = "synapses", .low = 0},
                  .series = {{"before", {"trials/" + name + "/delay"}, {"trials/" + name + "/before"}, Mark::dashed},
                             {"after", {"trials/" + name + "/delay"}, {"trials/" + name + "/after"}}}});
    }
  }

  /// A test sample on its way through the trained network: populations above each other, inputs at the bottom.
  void show_spikes(Learner& learner) {
    const auto* test = dynamic_cast<const SpikeData*>(&data_.test);
    if (!test || test->size() == 0) return;
    Picture picture{.name = "sample_spikes",
                    .title = "Spikes of a test sample.",
                    .caption = fmt::format("The first test sample, of class {}, in the trained network (first seed); "
                                           "populations above each other, inputs at the bottom.",
                                           test->label(0)),
                    .x = {"time", "ms"},
                    .y = {"neuron"},
                    .wide = true};
    double next = 0;  // line of the next population's neuron 0
    for (const auto& raster : learner.rasters((*test)[0])) {
      const double first = next;
      next += static_cast<double>(raster.size);
      if (raster.times.empty()) continue;
      std::vector<double> neurons(raster.neurons.begin(), raster.neurons.end()), lines;
      for (const double neuron : neurons) lines.push_back(first + neuron);
      const auto name = "sample_" + raster.population;
      picture.series.push_back(
          {raster.population, {"trials/" + name + "/time"}, {"trials/" + name + "/line"}, Mark::points});
      run_.output.add(TrialTable{name,
                                 "spikes of the first test sample in the trained network (first seed)",
                                 {{"time", "ms", "of the spike", raster.times},
                                  {"neuron", "", "of the population", std::move(neurons)},
                                  {"line", "", "in the picture", std::move(lines)}}});
    }
    if (!picture.series.empty()) run_.output.add(std::move(picture));
  }

  const ProtocolRun& run_;
  TrainingParams params_;
  SampleSplit data_;
  LearningProblem problem_;
  Afterwards afterwards_;
  bool classifies_;
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
