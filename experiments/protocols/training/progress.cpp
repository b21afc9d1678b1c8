/// Seeds and epochs to columns of numbers and back.
#include "experiments/protocols/training/progress.hpp"

#include "core/errors.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::size_t plain_columns = 6, seed_columns = 6;

/// The columns of epochs; without the number of the seed, which is column 0.
std::vector<double> row_of(const EpochResult& epoch) {
  std::vector<double> row = {epoch.train_loss, epoch.train_accuracy, epoch.validation_loss, epoch.validation_accuracy,
                             epoch.rate};
  row.insert(row.end(), epoch.measures.begin(), epoch.measures.end());
  return row;
}

void require(bool holds) {
  if (!holds)
    throw FileError(
        "the arrays of the checkpoint contradict each other\n    run the experiment again with --overwrite");
}

}  // namespace

TrainingProgress::TrainingProgress(const SavedState& state)
    : epochs_(saved<double>(state, "epochs")),
      seeds_(saved<double>(state, "seeds")),
      hashes_(saved<std::uint64_t>(state, "hashes")),
      labels_(saved<std::uint64_t>(state, "test_labels")) {
  width_ = saved<std::uint64_t>(state, "epoch_columns").at(0);
  require(width_ >= plain_columns && epochs_.size() % width_ == 0 && seeds_.size() == seed_columns * hashes_.size() &&
          (hashes_.empty() ? labels_.empty() : labels_.size() % hashes_.size() == 0));
}

void TrainingProgress::add_epochs(const std::vector<EpochResult>& epochs) {
  for (const auto& epoch : epochs) {
    const auto row = row_of(epoch);
    width_ = 1 + row.size();
    epochs_.push_back(static_cast<double>(finished()));
    epochs_.insert(epochs_.end(), row.begin(), row.end());
  }
}

void TrainingProgress::add_finished(const SeedResult& seed) {
  add_epochs(seed.epochs);
  for (const double value : {seed.train_accuracy, seed.validation.loss, seed.validation.accuracy, seed.test.loss,
                             seed.test.accuracy, static_cast<double>(seed.best_epoch)})
    seeds_.push_back(value);
  for (const auto label : seed.test.labels) labels_.push_back(static_cast<std::uint64_t>(label + 1));
  hashes_.push_back(seed.hash);
}

void TrainingProgress::list(StateList& list) const {
  const auto width = std::max(width_, plain_columns);
  list.add("epoch_columns", {1}, std::vector<std::uint64_t>{width});
  list.add("epochs", {epochs_.size() / width, width}, epochs_);
  list.add("seeds", {finished(), seed_columns}, seeds_);
  list.add("hashes", {finished()}, hashes_);
  list.add("test_labels", {labels_.size()}, labels_);
}

std::vector<EpochResult> TrainingProgress::epochs_of(std::size_t seed) const {
  std::vector<EpochResult> all;
  for (std::size_t row = 0; row < epochs_.size(); row += width_) {
    const double* const values = epochs_.data() + row;
    if (values[0] != static_cast<double>(seed)) continue;
    all.push_back({values[1], values[2], values[3], values[4], values[5], {values + plain_columns, values + width_}});
  }
  return all;
}

SeedResult TrainingProgress::seed(std::size_t k) const {
  const double* const values = seeds_.data() + k * seed_columns;
  SeedResult result;
  result.epochs = epochs_of(k);
  result.train_accuracy = values[0];
  result.validation = {values[1], values[2], {}};
  result.test = {values[3], values[4], {}};
  result.best_epoch = static_cast<std::uint64_t>(values[5]);
  result.hash = hashes_[k];
  require(result.best_epoch <= result.epochs.size());
  const auto samples = labels_.size() / finished();
  for (std::size_t s = k * samples; s < (k + 1) * samples; ++s)
    result.test.labels.push_back(static_cast<std::int32_t>(labels_[s]) - 1);
  return result;
}

}  // namespace spikeloom::experiments
