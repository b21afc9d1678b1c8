/// Counter-current learning, one mini-batch: both passes side by side, then level by level.
#include "plasticity/layers/rules/counter_current.hpp"

#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"
#include "core/random.hpp"

namespace spikeloom {
namespace {

constexpr double confidence = 0.1;  // a sample whose class is this certain, or closer to 1, teaches nothing
constexpr std::uint32_t wrong_target_stream = 0x4343;

const ParamTable<CounterCurrentParams>& params() {
  using P = CounterCurrentParams;
  static const ParamTable<P> table =
      ParamTable<P>{{"confidence_mask", &P::confidence_mask, "",
                     "samples whose class has a probability above 0.9 are left out of the local losses"}}
          .with(teaching_params());
  return table;
}

}  // namespace

const ParamTable<TeachingParams>& teaching_params() {
  using P = TeachingParams;
  static const ParamTable<P> table{
      {"lambda", &P::lambda, "", "weight of the losses between the two networks", non_negative},
      {"lambda_ssl", &P::lambda_ssl, "", "of cosine losses: weight of keeping samples, and classes, apart",
       non_negative},
      {"local_loss",
       &P::local_loss,
       "",
       "dot products, or cosines, of samples and classes",
       finite,
       {"product", "cosine"}},
      {"feedback", &P::feedback, "", "whether the feedback network learns", finite, {"learned", "frozen"}},
      {"local_targets",
       &P::local_targets,
       "",
       "shuffled: an ablation, the labels of the local losses are permuted within each mini-batch",
       finite,
       {"intact", "shuffled"}}};
  return table;
}

std::vector<std::int32_t> permuted(std::span<const std::int32_t> labels, std::uint64_t seed, std::uint64_t update) {
  std::vector<std::int32_t> all(labels.begin(), labels.end());
  for (std::size_t i = all.size(); i > 1; --i) {
    const auto bits = draw(seed, Purpose::task, wrong_target_stream, i, static_cast<std::uint32_t>(update));
    std::swap(all[i - 1], all[below(i, bits[0], bits[1])]);
  }
  return all;
}

template <class Real>
double alignment(const Parameter<Real>& one, const Parameter<Real>& other) {
  const auto units = one.values.size() / one.inputs;
  double product = 0, square_one = 0, square_other = 0;
  for (std::size_t i = 0; i < one.inputs; ++i)
    for (std::size_t j = 0; j < units; ++j) {
      const auto x = static_cast<double>(one.values[i * units + j]),
                 y = static_cast<double>(other.values[j * one.inputs + i]);
      product += x * y;
      square_one += x * x;
      square_other += y * y;
    }
  return product / std::sqrt(std::max(square_one * square_other, 1e-300));
}

template <class Real>
CounterCurrent<Real>::CounterCurrent(const CounterCurrentParams& params, const LayerProblem<Real>& problem)
    : params_(params),
      classes_(problem.classes),
      seed_(problem.seed),
      forward_(problem.forward()),
      feedback_(problem.feedback()),
      identity_(classes_, classes_),
      level_losses_(forward_.size() + 1) {
  for (std::size_t c = 0; c < classes_; ++c) identity_(c, c) = 1;
  const auto ends = forward_.size();
  for (std::size_t level = 0; level < ends; ++level)
    if (classes_ == 0)
      losses_.push_back(make_map_loss<Real>(forward_.shape(level), level > 0));
    else if (params.local_loss == "product")
      losses_.push_back(make_product_loss<Real>(params.lambda));
    else
      losses_.push_back(make_cosine_loss<Real>(params.lambda, params.lambda_ssl));
}

template <class Real>
const LayerAnswers& CounterCurrent<Real>::learn(const LayerBatch<Real>& batch, const Pass& pass) {
  both_ways(batch, pass);
  answer(batch, pass);
  find_confident(batch.inputs.rows());
  const auto labels = local_labels(batch);
  for (std::size_t level = 0; level < forward_.size(); ++level) learn_level(level, labels, pass);
  return answers_;
}

template <class Real>
void CounterCurrent<Real>::both_ways(const LayerBatch<Real>& batch, const Pass& pass) {
  const auto& from = classes_ > 0 ? identity_ : *batch.targets;
  run_workers(pass.threads > 1 ? 2 : 1, [&](std::size_t worker) {
    if (worker == 0) forward_.forward(batch.inputs, pass);
    if (worker == 1 || pass.threads <= 1) feedback_.forward(from, pass);
  });
}

template <class Real>
void CounterCurrent<Real>::answer(const LayerBatch<Real>& batch, const Pass& pass) {
  const auto top = forward_.size();
  if (classes_ > 0)
    class_loss(forward_.activity(top), batch.labels, answers_, &by_a_);
  else
    image_loss(forward_.activity(top), *batch.targets, static_cast<double>(forward_.shape(top).height), answers_,
               &by_a_);
  double sum = 0;
  for (const double loss : answers_.losses) sum += loss;
  level_losses_[top] = sum / static_cast<double>(answers_.losses.size());
  forward_.learn(top, by_a_, pass);
}

template <class Real>
std::span<const std::int32_t> CounterCurrent<Real>::local_labels(const LayerBatch<Real>& batch) {
  if (params_.local_targets == "intact") return batch.labels;
  shuffled_labels_ = permuted(batch.labels, seed_, batch.update);
  return shuffled_labels_;
}

template <class Real>
void CounterCurrent<Real>::find_confident(std::size_t samples) {
  confident_.clear();
  for (std::size_t i = 0; i < samples && params_.confidence_mask; ++i)
    if (answers_.truth[i] > 1 - confidence) confident_.push_back(i);
}

template <class Real>
const Matrix<Real>& CounterCurrent<Real>::without_confident(const Matrix<Real>& activity) {
  if (confident_.empty()) return activity;
  masked_.resize(activity.rows(), activity.columns());
  std::copy(activity.values().begin(), activity.values().end(), masked_.values().begin());
  for (const auto i : confident_) std::fill(masked_.row(i).begin(), masked_.row(i).end(), Real{0});
  return masked_;
}

template <class Real>
void CounterCurrent<Real>::learn_level(std::size_t level, std::span<const std::int32_t> labels, const Pass& pass) {
  const auto& activity = without_confident(forward_.activity(level));
  level_losses_[level] =
      losses_[level]->compare(activity, counterpart(level), labels, level > 0 ? &by_a_ : nullptr, &by_c_, pass);
  if (level > 0) {
    for (const auto i : confident_) std::fill(by_a_.row(i).begin(), by_a_.row(i).end(), Real{0});
    forward_.learn(level, by_a_, pass);
  }
  if (params_.feedback == "learned") feedback_.learn(forward_.size() - level, by_c_, pass);
}

template <class Real>
std::vector<ParameterGroup<Real>> CounterCurrent<Real>::groups() {
  std::vector<ParameterGroup<Real>> all = {{"forward", forward_.parameters()}};
  if (params_.feedback == "learned") all.push_back({"feedback", feedback_.parameters()});
  return all;
}

template <class Real>
std::vector<LayerColumn<Real>> CounterCurrent<Real>::statistics() {
  auto all = forward_.statistics();
  for (auto& column : feedback_.statistics()) all.push_back(std::move(column));
  return all;
}

template <class Real>
std::vector<typename LayerRule<Real>::Measure> CounterCurrent<Real>::measures() {
  std::vector<typename LayerRule<Real>::Measure> all;
  const auto layers = forward_.size();
  for (std::size_t l = 0; l < layers; ++l) {
    const auto up = forward_[l].parameters(), down = feedback_[layers - 1 - l].parameters();
    const auto units = up.front().values.size() / up.front().inputs;
    if (down.front().inputs == units && down.front().values.size() == up.front().values.size())
      all.push_back({"alignment_" + std::to_string(l),
                     "cosine between weights up from this level and the transposed weights down to it",
                     alignment(up.front(), down.front())});
  }
  return all;
}

template <class Real>
const Matrix<Real>* CounterCurrent<Real>::prototypes(const Pass& pass) {
  return classes_ > 0 ? &feedback_.forward(identity_, {pass.threads, false}) : nullptr;
}

template double alignment(const Parameter<float>&, const Parameter<float>&);
template double alignment(const Parameter<double>&, const Parameter<double>&);
template class CounterCurrent<float>;
template class CounterCurrent<double>;

LayerRuleInfo counter_current_rule() {
  return {.name = "counter_current",
          .summary = "two networks against each other, compared level by level (Kao & Hariharan 2024)",
          .equations =
              "up:   a_0 = x,  a_{l+1} = f(a_l F_l + b_l)      down: c_L = 1 (a row per class),  c_l = f(c_{l+1} "
              "B_l + e_l)\nloss at level l < L: lambda 256/d_l mean((a_l c_l' - Y)^2);  at L: cross-entropy\n"
              "d(loss at l) moves F_{l-1}, b_{l-1}, B_l, e_l and nothing else\n",
          .params = params().infos(),
          .make_float = [](const ModelArguments& arguments,
                           const LayerProblem<float>& problem) -> std::unique_ptr<LayerRule<float>> {
            return std::make_unique<CounterCurrent<float>>(params().read(arguments), problem);
          },
          .make_double = [](const ModelArguments& arguments,
                            const LayerProblem<double>& problem) -> std::unique_ptr<LayerRule<double>> {
            return std::make_unique<CounterCurrent<double>>(params().read(arguments), problem);
          }};
}

}  // namespace spikeloom
