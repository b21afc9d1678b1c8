/// Tables, metrics and pictures of a training.
#include "experiments/protocols/training/show.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

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

}  // namespace

void TrainingReport::show_curves(const std::vector<SeedResult>& seeds, const std::vector<Learner::Measure>& measures) {
  TrialTable every{"learning",
                   "every epoch",
                   {{"seed", "", "counted from 1"},
                    {"epoch", "", "counted from 1"},
                    {"train_loss", "", "mean over samples, each before its update"},
                    {"train_accuracy", "", "share of right answers, likewise"},
                    {"validation_loss", "", "after the epoch"},
                    {"validation_accuracy", "", "after the epoch"},
                    {"rate", "", "factor on the learning rates"}}};
  for (const auto& measure : measures) every.columns.push_back({measure.name, measure.unit, measure.doc});
  TrialTable mean{"learning_mean",
                  "every epoch, mean over the seeds that got so far",
                  {{"epoch", "", "counted from 1"},
                   {"train_loss", "", "mean over samples"},
                   {"train_accuracy", "", "share of right answers"},
                   {"validation_loss", "", "after the epoch"},
                   {"validation_accuracy", "", "after the epoch"}}};
  std::size_t longest = 0;
  for (std::size_t s = 0; s < seeds.size(); ++s)
    for (std::size_t e = 0; e < seeds[s].epochs.size(); ++e) {
      const auto& row = seeds[s].epochs[e];
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
    for (const auto& seed : seeds) {
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
  output_.add(std::move(every));
  output_.add(std::move(mean));
  for (const auto* what : {"accuracy", "loss"}) {
    if (!classifies_ && what == std::string("accuracy")) continue;
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
    output_.add(std::move(picture));
  }
}

void TrainingReport::show_seeds(const std::vector<SeedResult>& seeds, const std::vector<Learner::Measure>& measures) {
  TrialTable table{"seeds",
                   "every seed",
                   {{"seed", "", "counted from 1"},
                    {"epochs", "", "trained"},
                    {"best_epoch", "", "whose state was tested"},
                    {"train_accuracy", "", "in that epoch"},
                    {"validation_accuracy", "", "of that state"},
                    {"test_accuracy", "", "of that state"}}};
  for (std::size_t s = 0; s < seeds.size(); ++s) {
    const auto& seed = seeds[s];
    const std::array<double, 6> row{static_cast<double>(s + 1),
                                    static_cast<double>(seed.epochs.size()),
                                    static_cast<double>(seed.best_epoch),
                                    seed.train_accuracy,
                                    seed.validation.accuracy,
                                    seed.test.accuracy};
    for (std::size_t c = 0; c < row.size(); ++c) table.columns[c].values.push_back(row[c]);
  }
  output_.add(std::move(table));
  const auto metric = [&](const char* name, const char* doc, bool headline, double (*value)(const SeedResult&)) {
    output_.add(Metric{name, mean_of(seeds, value), "", doc, headline});
  };
  const auto test = [](const SeedResult& seed) { return seed.test.accuracy; };
  if (classifies_) {
    metric("test_accuracy", "share of right answers in the test, mean over seeds", true, test);
    if (seeds.size() > 1)
      output_.add(Metric{"test_accuracy_sd", deviation_of(seeds, test), "", "its deviation over seeds", true});
    if (data_.validation.size() > 0)
      metric("validation_accuracy", "of the state that was tested", true,
             [](const SeedResult& seed) { return seed.validation.accuracy; });
    metric("train_accuracy", "in the epoch whose state was tested", true,
           [](const SeedResult& seed) { return seed.train_accuracy; });
  }
  metric("test_loss", "mean over test samples and seeds", !classifies_,
         [](const SeedResult& seed) { return seed.test.loss; });
  metric("epochs", "trained, mean over seeds", false,
         [](const SeedResult& seed) { return static_cast<double>(seed.epochs.size()); });
  for (std::size_t m = 0; m < measures.size(); ++m) {
    double sum = 0;
    for (const auto& seed : seeds)
      if (!seed.epochs.empty()) sum += seed.epochs.back().measures[m];
    output_.add(Metric{"last_" + measures[m].name, sum / static_cast<double>(seeds.size()), measures[m].unit,
                       measures[m].doc + "; last epoch, mean over seeds"});
  }
}

void TrainingReport::show_confusion(const std::vector<SeedResult>& seeds) {
  const std::uint64_t classes = data_.test.classes(), columns = classes + 1;
  std::vector<double> matrix(classes * columns);
  double silent = 0, total = 0;
  for (const auto& seed : seeds)
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
  output_.add(NamedArray{"confusion",
                         "",
                         "share of each class's test samples with each answer; the last column is no answer",
                         {"class", "answer"},
                         {classes, columns},
                         std::move(matrix)});
  output_.add(Metric{"unanswered", total > 0 ? silent / total : 0, "", "share of test samples without an answer"});
  output_.add(Picture{.kind = Picture::Kind::heat,
                      .name = "confusion",
                      .title = "Confusion.",
                      .caption = "Share of each class's test samples with each answer; the last column is none.",
                      .x = {.label = "answer", .low = -0.5, .high = static_cast<double>(classes) + 0.5},
                      .y = {.label = "class", .low = -0.5, .high = static_cast<double>(classes) - 0.5},
                      .z = {.label = "share", .low = 0, .high = 1},
                      .values = {"arrays/confusion"}});
}

void TrainingReport::show_samples(Learner& learner, int threads) {
  std::vector<std::uint32_t> samples;
  const auto wanted = classifies_ ? data_.test.classes() : 10u;
  for (std::uint32_t k = 0; k < data_.test.size() && samples.size() < wanted; ++k)
    if (!classifies_ || data_.test.label(k) == static_cast<std::int32_t>(samples.size())) samples.push_back(k);
  for (auto& item : learner.showcase({data_.test, samples, 0}, threads)) output_.add(std::move(item));
}

void TrainingReport::show_delays(const std::vector<Learner::Delays>& before,
                                 const std::vector<Learner::Delays>& after) {
  for (std::size_t g = 0; g < after.size(); ++g) {
    const auto name = "delays_" + after[g].group;
    double longest = 1e-3;
    for (const double delay : after[g].values) longest = std::max(longest, delay);
    for (const double delay : before[g].values) longest = std::max(longest, delay);
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
    count(before[g].values, table.columns[1].values);
    count(after[g].values, table.columns[2].values);
    output_.add(std::move(table));
    output_.add(
        Picture{.name = name,
                .title = fmt::format("Delays: {}.", after[g].group),
                .caption = "Number of synapses per delay, before and after training (first seed).",
                .x = {"delay", "ms"},
                .y = {.label = "synapses", .low = 0},
                .series = {{"before", {"trials/" + name + "/delay"}, {"trials/" + name + "/before"}, Mark::dashed},
                           {"after", {"trials/" + name + "/delay"}, {"trials/" + name + "/after"}}}});
  }
}

void TrainingReport::show_spikes(Learner& learner) {
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
    output_.add(TrialTable{name,
                           "spikes of the first test sample in the trained network (first seed)",
                           {{"time", "ms", "of the spike", raster.times},
                            {"neuron", "", "of the population", std::move(neurons)},
                            {"line", "", "in the picture", std::move(lines)}}});
  }
  if (!picture.series.empty()) output_.add(std::move(picture));
}

}  // namespace spikeloom::experiments
