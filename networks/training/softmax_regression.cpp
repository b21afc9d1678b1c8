/// The module softmax_regression: multinomial logistic regression on spike counts or on times of first spikes. The
/// yardstick beside spiking learners: what counts alone, or times without coincidence, can tell.
#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"
#include "core/param_table.hpp"
#include "networks/training/learners.hpp"
#include "plasticity/optimiser.hpp"

namespace spikeloom {
namespace {

struct Params {
  std::string features = "counts";
  double eta = 0.01, penalty = 0;
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"features",
       &Params::features,
       "",
       "spikes per unit, or 1 - t/duration of its first spike (0: none)",
       finite,
       {"counts", "times"}},
      {"eta", &Params::eta, "", "learning rate of Adam", non_negative},
      {"penalty", &Params::penalty, "",
       "weight decay: half of it times the sum of squared weights is added to the loss", non_negative}};
  return table;
}

class SoftmaxRegression final : public Learner {
 public:
  SoftmaxRegression(const Params& params, const LearningProblem& problem)
      : params_(params),
        features_(problem.inputs + 1),
        classes_(problem.classes),
        duration_(problem.duration),
        weights_(features_ * classes_),
        gradient_(weights_.size()) {
    ModelArguments arguments;
    arguments.numbers["eta"] = {params.eta};
    adam_ = find_optimiser("adam")->make<double>(arguments, weights_.size());
  }

  void evaluate(const Batch& batch, std::span<Answer> answers, int threads) override {
    inputs_.resize(batch.samples.size() * features_);
    errors_.resize(batch.samples.size() * classes_);
    for_each_index(static_cast<std::size_t>(threads), batch.samples.size(), [&](std::size_t i) {
      const auto sample = batch.spikes()[batch.samples[i]];
      const auto input = std::span(inputs_).subspan(i * features_, features_);
      read(sample, input);
      answers[i] = answer(input, sample.label, std::span(errors_).subspan(i * classes_, classes_));
    });
  }

  void update(const Batch& batch, std::span<Answer> answers, int threads) override {
    evaluate(batch, answers, threads);
    const double share = 1 / static_cast<double>(batch.samples.size());
    for (std::size_t k = 0; k < weights_.size(); ++k) gradient_[k] = params_.penalty * weights_[k];
    for (std::size_t i = 0; i < batch.samples.size(); ++i)
      for (std::size_t f = 0; f < features_; ++f) {
        const double x = inputs_[i * features_ + f] * share;
        if (x == 0) continue;
        for (std::size_t c = 0; c < classes_; ++c) gradient_[f * classes_ + c] += x * errors_[i * classes_ + c];
      }
    adam_->set_updates(updates_[0]);
    adam_->update(weights_, gradient_);
    updates_[0] = adam_->updates();
  }

  void set_rate(double factor) override { adam_->set_rate_factor(factor); }

  std::vector<StateArray> state() override {
    std::vector<StateArray> all = {{"weights", "", {features_, classes_}, std::span(weights_)}};
    for (const auto& column : adam_->columns()) all.push_back({column.name, "", {features_, classes_}, column.values});
    all.push_back({"updates", "", {1}, std::span(updates_)});
    return all;
  }

  std::vector<NamedArray> arrays() const override {
    return {{"weights",
             "",
             "of each feature for each class; the last row is the bias",
             {"feature", "class"},
             {features_, classes_},
             weights_}};
  }

 private:
  void read(const SpikeSample& sample, std::span<double> input) const {
    std::fill(input.begin(), input.end(), 0.0);
    for (std::size_t s = 0; s < sample.times.size(); ++s) {
      auto& feature = input[sample.units[s]];
      if (params_.features == "counts")
        feature += 1;
      else
        feature = std::max(feature, 1 - sample.times[s] / duration_);
    }
    input.back() = 1;
  }

  /// `error` becomes the derivative of the loss with respect to the logits.
  Answer answer(std::span<const double> input, std::int32_t label, std::span<double> error) const {
    std::fill(error.begin(), error.end(), 0.0);
    for (std::size_t f = 0; f < features_; ++f)
      for (std::size_t c = 0; c < classes_ && input[f] != 0; ++c) error[c] += input[f] * weights_[f * classes_ + c];
    const auto largest = std::max_element(error.begin(), error.end());
    const double top = *largest, own = error[static_cast<std::size_t>(label)];
    const auto chosen = static_cast<std::int32_t>(largest - error.begin());
    double sum = 0;
    for (auto& e : error) sum += e = std::exp(e - top);
    for (auto& e : error) e /= sum;
    error[static_cast<std::size_t>(label)] -= 1;
    return {std::log(sum) + top - own, chosen};
  }

  Params params_;
  std::size_t features_, classes_;
  double duration_;
  std::vector<double> weights_, gradient_;  // [feature][class]
  std::vector<double> inputs_, errors_;     // [sample][feature], [sample][class]
  std::vector<std::uint64_t> updates_ = {0};
  std::unique_ptr<Optimiser<double>> adam_;
};

}  // namespace

ModuleInfo softmax_regression_module() {
  return {.name = "softmax_regression",
          .summary = "logistic regression on spike counts or first-spike times: a yardstick for spiking learners",
          .params = params().infos(),
          .equations = "p = softmax(W x + b),  x: counts or first-spike times;  loss -log p_c, by Adam\n"};
}

LearnerInfo softmax_regression_learner() {
  return {.module = "softmax_regression",
          .make = [](const ModelArguments& arguments, const LearningProblem& problem,
                     std::uint64_t) -> std::unique_ptr<Learner> {
            return std::make_unique<SoftmaxRegression>(params().read(arguments), problem);
          }};
}

}  // namespace spikeloom
