/// Mini-batches to a layer-wise rule, gradients downhill, and what there is to see of the networks afterwards.
#include "networks/counter_current/learner.hpp"

#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"
#include "networks/training/learners.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t shown_filters = 24;

const ParamTable<CounterCurrentModuleParams>& params() {
  using P = CounterCurrentModuleParams;
  static const ParamTable<P> table{
      {"rule",
       &P::rule,
       "",
       "how the layers learn",
       finite,
       {"counter_current", "backpropagation", "feedback_alignment", "direct_feedback_alignment"}},
      {"network", &P::network, "",
       "dense; convolutions of stride 2; convolutions and pooling; or an encoder of strided and a decoder of upsampled "
       "ones",
       finite, architecture_names()},
      {"hidden", &P::hidden, "", "units, or channels, of the hidden levels; of an autoencoder: of its encoder",
       whole_positive},
      {"activation", &P::activation, "", "of all levels but the last of either direction", finite, curve_names()},
      {"initial", &P::initial, "", "weights: uniform within 1/sqrt(inputs), or orthogonal", finite, start_names()},
      {"biases", &P::biases, "", "whether units have biases"},
      {"normalise", &P::normalise, "", "batch normalisation before activations"},
      {"gains", &P::gains, "",
       "normalisation has gains and offsets that learn; without, local losses cannot make activities vanish"},
      {"optimiser", &P::optimiser, "", "how weights follow gradients", finite, {"sgd", "momentum", "adam"}},
      {"eta", &P::eta, "", "learning rate of the forward network", non_negative},
      {"eta_feedback", &P::eta_feedback, "", "learning rate of the feedback network", non_negative},
      {"schedule", &P::schedule, "", "of the learning rates over the epochs", finite, {"constant", "cosine"}},
      {"eta_end", &P::eta_end, "", "of the cosine: what eta falls to", non_negative},
      {"momentum", &P::momentum, "", "share of the velocity that is kept", fraction},
      {"weight_decay", &P::weight_decay, "", "times the weights is added to their gradient", non_negative},
      {"clip", &P::clip, "", "greatest norm of the forward network's gradient; 0: any", non_negative},
      {"clip_feedback", &P::clip_feedback, "", "greatest norm of the feedback network's gradient; 0: any",
       non_negative},
      {"warm_up", &P::warm_up, "", "updates in which the loss is multiplied by (mini-batch of the epoch)/warm_up",
       non_negative},
      {"centralise", &P::centralise, "", "take its mean over inputs off the gradient of every unit's weights"}};
  return table;
}

Architecture architecture_of(const CounterCurrentModuleParams& params) {
  const auto at = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) - names.begin();
  };
  Architecture architecture{.kind = static_cast<Architecture::Kind>(at(architecture_names(), params.network)),
                            .curve = static_cast<Curve>(at(curve_names(), params.activation)),
                            .biases = params.biases,
                            .normalise = params.normalise,
                            .gains = params.gains,
                            .start = static_cast<Start>(at(start_names(), params.initial))};
  for (const double width : params.hidden) architecture.hidden.push_back(static_cast<std::size_t>(width));
  return architecture;
}

DescentOptions descent_of(const CounterCurrentModuleParams& params, bool forward) {
  DescentOptions options{.optimiser = params.optimiser,
                         .centralise = params.centralise,
                         .clip = forward ? params.clip : params.clip_feedback,
                         .weight_decay = params.weight_decay};
  options.arguments.numbers["eta"] = {forward ? params.eta : params.eta_feedback};
  if (params.optimiser == "momentum") options.arguments.numbers["mu"] = {params.momentum};
  return options;
}

void check(const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto given = params().read(arguments);
  check_descent(given, problems);
  if (given.hidden.empty())
    problems.push_back({{}, "hidden", "a network needs a hidden level", "give at least one width"});
  if (given.gains && !given.normalise)
    problems.push_back({{}, "gains", "are those of batch normalisation", "say normalise: true"});
}

std::vector<std::uint64_t> shape_of(const Parameter<float>& parameter) {
  if (parameter.inputs == 0) return {parameter.values.size()};
  return {parameter.inputs, parameter.values.size() / parameter.inputs};
}

}  // namespace

void check_descent(const CounterCurrentModuleParams& params, std::vector<Problem>& problems) {
  const auto complain = [&](const char* name, std::string what, std::string hint) {
    problems.push_back({{}, name, std::move(what), std::move(hint)});
  };
  if (params.momentum > 0 && params.optimiser != "momentum")
    complain("momentum", "is only used by the optimiser 'momentum'", "say optimiser: momentum");
  if (params.eta_end > 0 && params.schedule != "cosine")
    complain("eta_end", "is only used by the schedule 'cosine'", "say schedule: cosine");
  if (params.eta_end > params.eta) complain("eta_end", "is above eta", "lower it");
}

LayerLearner::LayerLearner(const CounterCurrentModuleParams& params, std::unique_ptr<LayerRule<float>> rule,
                           const LearningProblem& problem)
    : params_(params),
      problem_(problem),
      rule_(std::move(rule)),
      groups_(rule_->groups()),
      columns_(rule_->statistics()) {
  for (const auto& group : groups_) {
    descents_.emplace_back(group.parameters, descent_of(params, group.name == "forward"));
    for (auto& column : descents_.back().columns()) columns_.push_back(std::move(column));
  }
  for (const auto& measure : rule_->measures()) measures_.push_back({measure.name, "", measure.doc, measure.value});
}

void LayerLearner::read(const Batch& batch, std::uint64_t update, int threads) {
  const auto& data = batch.dense();
  const auto samples = batch.samples.size();
  inputs_.resize(samples, data.shape().size());
  if (problem_.classes == 0) targets_.resize(samples, data.shape().size());
  labels_.resize(samples);
  constexpr std::size_t together = 32;
  for_each_index(static_cast<std::size_t>(threads), (samples + together - 1) / together, [&](std::size_t part) {
    for (auto i = part * together; i < std::min(samples, (part + 1) * together); ++i) {
      data.read(batch.samples[i], update, inputs_.row(i), problem_.classes == 0 ? targets_.row(i) : std::span<float>());
      labels_[i] = data.label(batch.samples[i]);
    }
  });
}

void LayerLearner::evaluate(const Batch& batch, std::span<Answer> answers, int threads) {
  keep_workers(static_cast<std::size_t>(threads), [&] {
    read(batch, 0, threads);
    const auto& said = rule_->predict(inputs_, {threads, false});
    LayerAnswers found;
    if (problem_.classes > 0)
      class_loss<float>(said, labels_, found, nullptr);
    else
      image_loss<float>(said, targets_, 1, found, nullptr);
    for (std::size_t i = 0; i < answers.size(); ++i) answers[i] = {found.losses[i], found.labels[i]};
  });
}

void LayerLearner::update(const Batch& batch, std::span<Answer> answers, int threads) {
  keep_workers(static_cast<std::size_t>(threads), [&] {
    read(batch, counters_[1], threads);
    const auto& found = rule_->learn({inputs_, labels_, &targets_, counters_[1]}, {threads, true});
    for (std::size_t i = 0; i < answers.size(); ++i) answers[i] = {found.losses[i], found.labels[i]};
    take_step(threads);
  });
}

double LayerLearner::schedule() const {
  if (params_.schedule == "constant" || problem_.epochs == 0 || params_.eta == 0) return 1;
  const double share = static_cast<double>(counters_[0]) / static_cast<double>(problem_.epochs);
  const double end = params_.eta_end / params_.eta;
  return end + (1 - end) * 0.5 * (1 + std::cos(M_PI * share));
}

void LayerLearner::take_step(int threads) {
  const double rate = rate_ * schedule();
  const bool warming = static_cast<double>(counters_[1]) < params_.warm_up;
  const double scale = warming ? static_cast<double>(counters_[2] + 1) / params_.warm_up : 1;
  for (auto& descent : descents_) {
    descent.set_updates(counters_[1]);
    descent.step(rate, scale, threads);
  }
  ++counters_[1];
  ++counters_[2];
}

void LayerLearner::end_epoch() {
  ++counters_[0];
  counters_[2] = 0;
  const auto now = rule_->measures();
  for (std::size_t k = 0; k < now.size(); ++k) measures_[k].value = now[k].value;
}

std::vector<StateArray> LayerLearner::state() {
  std::vector<StateArray> all;
  for (const auto& group : groups_)
    for (const auto& parameter : group.parameters)
      all.push_back({parameter.name, "", shape_of(parameter), parameter.values});
  for (const auto& column : columns_) all.push_back({column.name, "", {column.values.size()}, column.values});
  all.push_back({"counters", "", {counters_.size()}, std::span(counters_)});
  return all;
}

std::vector<NamedArray> LayerLearner::arrays() const {
  std::vector<NamedArray> all;
  for (const auto& group : groups_)
    for (const auto& parameter : group.parameters) {
      std::vector<std::string> axes = {"unit"};
      if (parameter.inputs > 0) axes.insert(axes.begin(), "input");
      all.push_back({parameter.name,
                     "",
                     "after training (first seed)",
                     std::move(axes),
                     shape_of(parameter),
                     {parameter.values.begin(), parameter.values.end()}});
    }
  for (const auto& column : columns_)
    if (column.name.ends_with("_means") || column.name.ends_with("_variances"))
      all.push_back({column.name,
                     "",
                     "running, of the batch normalisation",
                     {"channel"},
                     {column.values.size()},
                     {column.values.begin(), column.values.end()}});
  return all;
}

NamedArray LayerLearner::images(std::string name, std::string doc,
                                const std::vector<std::span<const float>>& rows) const {
  const auto& shape = problem_.shape;
  NamedArray array{
      std::move(name), "", std::move(doc), {"image", "row", "column"}, {rows.size(), shape.height, shape.width}, {}};
  for (const auto row : rows)
    for (std::size_t pixel = 0; pixel < shape.pixels(); ++pixel) {  // channels are averaged
      double sum = 0;
      for (std::size_t c = 0; c < shape.channels; ++c) sum += static_cast<double>(row[pixel * shape.channels + c]);
      array.values.push_back(sum / static_cast<double>(shape.channels));
    }
  return array;
}

std::vector<ProtocolItem> LayerLearner::showcase(const Batch& batch, int threads) {
  std::vector<ProtocolItem> items;
  if (problem_.shape.pixels() == 1) return items;
  const auto show = [&](std::string name, std::string title, std::string caption,
                        const std::vector<std::span<const float>>& rows) {
    items.push_back(images(name, caption, rows));
    items.push_back(Picture{.kind = Picture::Kind::images,
                            .name = name,
                            .title = std::move(title),
                            .caption = std::move(caption),
                            .z = {.label = "value"},
                            .values = {"arrays/" + name},
                            .wide = true});
  };
  const auto rows_of = [](const Matrix<float>& matrix) {
    std::vector<std::span<const float>> rows;
    for (std::size_t i = 0; i < matrix.rows(); ++i) rows.push_back(matrix.row(i));
    return rows;
  };
  if (params_.network == "dense") {
    const auto& weights = groups_.front().parameters.front();
    const auto units = weights.values.size() / weights.inputs;
    Matrix<float> filters(std::min(units, shown_filters), weights.inputs);
    for (std::size_t u = 0; u < filters.rows(); ++u)
      for (std::size_t k = 0; k < weights.inputs; ++k) filters(u, k) = weights.values[k * units + u];
    show("filters", "Filters.", "Weights from the image to the first units of the lowest level.", rows_of(filters));
  }
  if (const auto* prototypes = rule_->prototypes({threads, false}))
    show("prototypes", "Prototypes.", "What the feedback network makes of each class at the level of the input.",
         rows_of(*prototypes));
  if (problem_.classes == 0) {
    read(batch, 0, threads);
    show("given", "Given.", "Test images as the network is given them.", rows_of(inputs_));
    show("reconstructed", "Reconstructed.", "What the network makes of them.",
         rows_of(rule_->predict(inputs_, {threads, false})));
    show("wanted", "Wanted.", "What it was to make of them.", rows_of(targets_));
  }
  return items;
}

ModuleInfo counter_current_module() {
  std::string equations;
  auto infos = params().infos();
  for (const auto& rule : layer_rule_catalogue()) {
    equations += rule.name + ": " + rule.summary + "\n" + rule.equations;
    infos.insert(infos.end(), rule.params.begin(), rule.params.end());
  }
  return {
      .name = "counter_current",
      .summary = "a network of layers without a backward pass: two networks teach each other (Kao & Hariharan 2024)",
      .params = std::move(infos),
      .equations = std::move(equations),
      .check = check};
}

LearnerInfo counter_current_learner() {
  return {.module = "counter_current",
          .make = [](const ModelArguments& arguments, const LearningProblem& problem,
                     std::uint64_t seed) -> std::unique_ptr<Learner> {
            const auto given = params().read(arguments);
            auto rule =
                find_layer_rule(given.rule)
                    ->make<float>(arguments, networks_of(architecture_of(given), problem.shape, problem.classes, seed));
            return std::make_unique<LayerLearner>(given, std::move(rule), problem);
          },
          .kind = SampleKind::dense};
}

}  // namespace spikeloom
