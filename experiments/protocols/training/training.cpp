/// One training: epochs of mini-batches, and what decides which state is kept.
#include "experiments/protocols/training/training.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "experiments/protocols/training/start.hpp"

namespace spikeloom::experiments {
namespace {

constexpr Predicate whole{[](double x) { return std::isfinite(x) && x >= 0 && x == std::floor(x); },
                          "must be a whole number, 0 or more"};
constexpr std::size_t evaluation_batch = 256;

struct Sums {
  double loss = 0;
  std::size_t correct = 0, samples = 0;

  void add(std::span<const Answer> answers, const Samples& data, std::span<const std::uint32_t> of) {
    for (std::size_t i = 0; i < answers.size(); ++i) {
      loss += answers[i].loss;
      correct += answers[i].label == data.label(of[i]) ? 1 : 0;
    }
    samples += answers.size();
  }
  double mean_loss() const { return samples == 0 ? 0 : loss / static_cast<double>(samples); }
  double accuracy() const { return samples == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(samples); }
};

std::span<unsigned char> bytes_of(const StateArray& array) {
  return std::visit(
      [](auto values) { return std::span(reinterpret_cast<unsigned char*>(values.data()), values.size_bytes()); },
      array.values);
}

unsigned char* bytes_of(std::vector<std::uint64_t>& words) { return reinterpret_cast<unsigned char*>(words.data()); }

double power(double x, std::uint64_t n) {
  double result = 1;
  for (; n > 0; n >>= 1, x *= x)
    if ((n & 1) != 0) result *= x;
  return result;
}

}  // namespace

const ParamTable<TrainingParams>& training_params() {
  using P = TrainingParams;
  static const ParamTable<P> table{
      {"epochs", &P::epochs, "", "passes over the training samples", whole_positive},
      {"batch", &P::batch, "", "samples of a mini-batch, one update each", whole_positive},
      {"seeds", &P::seeds, "", "trainings from other initial weights; metrics are means over them", whole_positive},
      {"patience", &P::patience, "", "stop after so many epochs without a better validation; 0: never", whole},
      {"keep",
       &P::keep,
       "",
       "which state is tested: of the most right answers in validation, of its lowest loss, or the last",
       finite,
       {"best", "lowest_loss", "last"}},
      {"start_from", &P::start_from, "", start_from_doc},
      {"rate_decay", &P::rate_decay, "", "factor on the learning rates, every `rate_every` epochs", positive},
      {"rate_every", &P::rate_every, "", "epochs from one decay of the rates to the next", whole_positive},
      {"ease_in", &P::ease_in, "", "factor on the learning rates of the first update", positive},
      {"ease_in_growth", &P::ease_in_growth, "", "by which it grows in every update until it is 1", positive},
      {"train_samples", &P::train_samples, "", "use only so many; 0: all", whole},
      {"validation_samples", &P::validation_samples, "", "use only so many; 0: all", whole},
      {"test_samples", &P::test_samples, "", "use only so many; 0: all", whole}};
  return table;
}

void copy_state(std::span<const StateArray> from, std::span<const StateArray> to) {
  if (from.size() != to.size()) throw std::invalid_argument("states of different learners");
  for (std::size_t k = 0; k < from.size(); ++k) {
    const auto source = bytes_of(from[k]), target = bytes_of(to[k]);
    if (from[k].name != to[k].name || from[k].shape != to[k].shape || source.size() != target.size())
      throw std::invalid_argument("the arrays '" + std::string(from[k].name) + "' and '" + std::string(to[k].name) +
                                  "' of two states do not agree");
    std::copy(source.begin(), source.end(), target.begin());
  }
}

Training::Training(Learner& learner, const SampleSplit& data, const TrainingParams& params, std::uint64_t seed,
                   int threads)
    : learner_(learner), data_(data), params_(params), seed_(seed), threads_(threads) {
  for (const auto& array : learner_.state()) {
    kept_names_.push_back("best_" + std::string(array.name));
    kept_.emplace_back((bytes_of(array).size() + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t));
  }
}

std::vector<StateArray> Training::state() {
  auto all = learner_.state();
  all.push_back({"epoch_counters", "", {counters_.size()}, std::span(counters_)});
  all.push_back({"epoch_losses", "", {1}, std::span(losses_)});
  all.push_back({"epoch_best", "", {best_.size()}, std::span(best_)});
  for (std::size_t k = 0; k < kept_.size(); ++k)
    all.push_back({kept_names_[k], "", {kept_[k].size()}, std::span(kept_[k])});
  return all;
}

double Training::rate() const {
  const double ease = params_.ease_in < 1 ? params_.ease_in * power(params_.ease_in_growth, counters_[2]) : 1;
  return std::min(ease, 1.0) * power(params_.rate_decay, counters_[0] / static_cast<std::uint64_t>(params_.rate_every));
}

std::optional<EpochResult> Training::epoch(const BatchDone& batch_done) {
  const auto order = shuffled(data_.train.size(), seed_, static_cast<std::uint32_t>(counters_[0]));
  const auto batch = static_cast<std::size_t>(params_.batch);
  std::vector<Answer> answers(batch);
  Sums sums{losses_[0], counters_[4], counters_[3]};
  EpochResult result;
  while (sums.samples < order.size()) {
    const auto samples = std::span(order).subspan(sums.samples, std::min(batch, order.size() - sums.samples));
    const auto said = std::span(answers).first(samples.size());
    result.rate = rate();
    learner_.set_rate(result.rate);
    learner_.update({data_.train, samples, counters_[2]++}, said, threads_);
    sums.add(said, data_.train, samples);
    losses_[0] = sums.loss, counters_[3] = sums.samples, counters_[4] = sums.correct;
    const double share = static_cast<double>(sums.samples) / static_cast<double>(order.size());
    if (share < 1 && batch_done && !batch_done(share, sums.accuracy(), sums.mean_loss())) return std::nullopt;
  }
  losses_[0] = 0, counters_[3] = counters_[4] = 0;
  learner_.end_epoch();
  result.train_loss = sums.mean_loss();
  result.train_accuracy = sums.accuracy();
  for (const auto& measure : learner_.measures()) result.measures.push_back(measure.value);
  ++counters_[0];
  if (data_.validation.size() > 0) {
    const auto validation = evaluate(data_.validation);
    result.validation_loss = validation.loss;
    result.validation_accuracy = validation.accuracy;
    remember_best(validation.accuracy, validation.loss);
  }
  return result;
}

void Training::remember_best(double accuracy, double loss) {
  const bool by_loss = params_.keep == "lowest_loss" || data_.validation.classes() == 0, first = counters_[1] == 0;
  const bool better =
      first || (by_loss ? loss < best_[1] : accuracy > best_[0] || (accuracy == best_[0] && loss < best_[1]));
  if (!better) return;
  best_ = {accuracy, loss};
  counters_[1] = counters_[0];
  const auto state = learner_.state();
  for (std::size_t k = 0; k < state.size(); ++k) {
    const auto bytes = bytes_of(state[k]);
    std::copy(bytes.begin(), bytes.end(), bytes_of(kept_[k]));
  }
}

bool Training::is_over() const noexcept {
  if (counters_[0] >= static_cast<std::uint64_t>(params_.epochs)) return true;
  const auto patience = static_cast<std::uint64_t>(params_.patience);
  return patience > 0 && counters_[1] > 0 && counters_[0] - counters_[1] >= patience;
}

void Training::keep_best() {
  if (params_.keep == "last" || counters_[1] == 0) return;
  const auto state = learner_.state();
  for (std::size_t k = 0; k < state.size(); ++k) {
    const auto bytes = bytes_of(state[k]);
    std::copy_n(bytes_of(kept_[k]), bytes.size(), bytes.begin());
  }
}

Evaluation Training::evaluate(const Samples& data) {
  std::vector<std::uint32_t> all(data.size());
  std::iota(all.begin(), all.end(), 0u);
  std::vector<Answer> answers(data.size());
  Sums sums;
  for (std::size_t first = 0; first < all.size(); first += evaluation_batch) {
    const auto count = std::min(evaluation_batch, all.size() - first);
    const auto samples = std::span(all).subspan(first, count);
    learner_.evaluate({data, samples, counters_[2]}, std::span(answers).subspan(first, count), threads_);
    sums.add(std::span(answers).subspan(first, count), data, samples);
  }
  Evaluation result{sums.mean_loss(), sums.accuracy(), {}};
  for (const auto& answer : answers) result.labels.push_back(answer.label);
  return result;
}

}  // namespace spikeloom::experiments
