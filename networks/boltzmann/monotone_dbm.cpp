/// Layers, losses, updates, completion and samples of the monotone deep Boltzmann machine.
#include "networks/boltzmann/monotone_dbm.hpp"

#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"
#include "core/random.hpp"
#include "networks/boltzmann/completion_loss.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t seen_stream = 0x4d42, order_stream = 0x4d43, level_stream = 0x4d44;
constexpr double rarest_share = 1e-3;                  // of a level, in the biases that training begins with
constexpr std::uint32_t evaluation_draw = 0x80000000;  // a draw of what is seen; updates have those below

std::vector<aligned_vector<float>> zero_biases(const CouplingPlan& plan) {
  std::vector<aligned_vector<float>> biases;
  for (const auto& layer : plan.layers) biases.emplace_back(layer.shape.size(), 0.0f);
  return biases;
}

std::vector<aligned_vector<float>> uniform_centres(const CouplingPlan& plan) {
  std::vector<aligned_vector<float>> centres;
  for (const auto& layer : plan.layers) centres.emplace_back(layer.shape.size(), 1 / static_cast<float>(layer.states));
  return centres;
}

DescentOptions descent_of_dbm(const MonotoneDbmParams& params) {
  DescentOptions options{.optimiser = "adam"};
  options.arguments.numbers["eta"] = {params.eta};
  return options;
}

std::uint8_t level_of(float value, int levels) {
  const auto level = static_cast<int>(value * static_cast<float>(levels));
  return static_cast<std::uint8_t>(std::clamp(level, 0, levels - 1));
}

std::size_t likeliest(std::span<const float> group) {
  return static_cast<std::size_t>(std::max_element(group.begin(), group.end()) - group.begin());
}

}  // namespace

MonotoneDbm::MonotoneDbm(const MonotoneDbmParams& params, const LearningProblem& problem, std::uint64_t seed)
    : params_(params),
      problem_(problem),
      seed_(seed),
      coupling_(params.plan(problem.shape, problem.classes),
                {.margin = params.margin, .monotone = params.monotone, .scale = params.scale, .seed = seed}),
      biases_(zero_biases(coupling_.plan())),
      by_biases_(biases_),
      centres_(params.centred ? uniform_centres(coupling_.plan()) : std::vector<aligned_vector<float>>()),
      centre_names_([&] {
        std::vector<std::string> names;
        for (const auto& layer : coupling_.plan().layers) names.push_back("centre_" + layer.name);
        return names;
      }()),
      inference_(coupling_, biases_),
      temperatures_(2, static_cast<float>(std::sqrt(params.heat))),
      by_temperatures_(2),
      parameters_([&] {
        auto all = coupling_.parameters();
        for (std::size_t l = 0; l < biases_.size(); ++l)
          all.push_back({"bias_" + coupling_.plan().layers[l].name, biases_[l], by_biases_[l], 0});
        all.push_back({"temperatures", temperatures_, by_temperatures_, 0});
        return all;
      }()),
      descent_(parameters_, descent_of_dbm(params)),
      columns_(descent_.columns()),
      level_weights_(static_cast<std::size_t>(params.levels), 1.0),
      alpha_{params.alpha} {}

InferenceOptions MonotoneDbm::inference_options() const {
  return {.alpha = alpha_[0], .tolerance = params_.tolerance, .most = params_.iterations};
}

// ---- images --------------------------------------------------------------------------------------------------------

PartialImages MonotoneDbm::partial(const Batch& batch, double visible, std::uint32_t draw_number) const {
  const auto& data = batch.dense();
  const auto pixels = data.shape().size();
  PartialImages images;
  images.levels.resize(batch.samples.size(), pixels);
  images.seen.resize(batch.samples.size(), pixels);
  std::vector<float> values(pixels);
  for (std::size_t i = 0; i < batch.samples.size(); ++i) {
    data.read(batch.samples[i], batch.update, values, {});
    images.labels.push_back(data.label(batch.samples[i]));
    for (std::size_t k = 0; k < pixels; ++k) {
      images.levels(i, k) = level_of(values[k], params_.levels);
      if (k % 4 != 0) continue;
      const auto bits =
          draw(seed_, Purpose::task, seen_stream, (std::uint64_t{batch.samples[i]} << 20) + k, draw_number);
      for (std::size_t j = k; j < std::min(k + 4, pixels); ++j)
        images.seen(i, j) = uniform(bits[j - k]) < visible ? 1 : 0;
    }
  }
  return images;
}

ClampedGroups MonotoneDbm::clamp(const PartialImages& images, LayerStates<float>& q) const {
  auto clamped = no_group_clamped(coupling_.plan(), images.size());
  const auto levels = static_cast<std::size_t>(params_.levels);
  for (std::size_t i = 0; i < images.size(); ++i) {
    for (std::size_t g = 0; g < images.seen.columns(); ++g) {
      if (images.seen(i, g) == 0) continue;
      clamped.front()(i, g) = 1;
      for (std::size_t k = 0; k < levels; ++k) q.front()(i, g * levels + k) = k == images.levels(i, g) ? 1.0f : 0.0f;
    }
    if (!has_labels() || !images.labels_seen || images.labels[i] < 0) continue;
    clamped.back()(i, 0) = 1;
    for (std::size_t k = 0; k < problem_.classes; ++k)
      q.back()(i, k) = static_cast<std::int32_t>(k) == images.labels[i] ? 1.0f : 0.0f;
  }
  return clamped;
}

CompletedImages MonotoneDbm::complete(const PartialImages& images, int threads,
                                      const std::function<void(const LayerStates<float>&)>& watch) {
  CompletedImages completed;
  keep_workers(static_cast<std::size_t>(threads), [&] {
    coupling_.refresh();
    inference_.set_centres(centres_);
    auto& q = completed.marginals = inference_.uniform(images.size());
    const auto clamped = clamp(images, q);
    const auto seen_by = [&](int) { watch(q); };
    completed.convergence = inference_.solve(q, clamped, inference_options(), threads,
                                             watch ? std::function<void(int)>(seen_by) : std::function<void(int)>());
  });
  read_out(images, completed);
  return completed;
}

void MonotoneDbm::read_out(const PartialImages& images, CompletedImages& completed) const {
  const auto levels = static_cast<std::size_t>(params_.levels), pixels = images.seen.columns();
  completed.levels.resize(images.size(), pixels);
  completed.grey.resize(images.size(), pixels);
  const float unit = 1 / static_cast<float>(levels - 1), heat = temperatures_[0] * temperatures_[0];
  std::vector<float> sharp(levels);
  for (std::size_t i = 0; i < images.size(); ++i) {
    for (std::size_t g = 0; g < pixels; ++g) {
      const auto group = std::span<const float>(completed.marginals.front().row(i)).subspan(g * levels, levels);
      const bool seen = images.seen(i, g) != 0;
      const auto best = seen ? std::size_t{images.levels(i, g)} : likeliest(group);
      float sum = 0, grey = 0;
      for (std::size_t k = 0; k < levels && !seen; ++k) {  // at the temperature that was learned
        const float p = exponential(heat * std::log(std::max(group[k], 1e-30f) / group[best]));
        sum += p;
        grey += p * static_cast<float>(k) * unit;
      }
      completed.levels(i, g) = static_cast<std::uint8_t>(best);
      completed.grey(i, g) = seen ? static_cast<float>(best) * unit : grey / sum;
    }
    completed.labels.push_back(has_labels() ? static_cast<std::int32_t>(likeliest(completed.marginals.back().row(i)))
                                            : -1);
  }
}

// ---- learning ------------------------------------------------------------------------------------------------------

/// Weights of the levels, whose mean over pixels is 1.
void MonotoneDbm::count_levels(const DenseData& data, std::size_t batch) {
  std::vector<double> counts(level_weights_.size());
  double all = 0;
  for (std::size_t i = 0; i < data.size(); ++i)
    for (const float value : data[i]) {
      ++counts[level_of(value, params_.levels)];
      ++all;
    }
  const double in_batch = static_cast<double>(batch * data.shape().size()) * (1 - params_.visible);
  double mean = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const double expected = std::max(1.0, counts[k] / all * in_batch);
    level_weights_[k] = params_.balance > 0 ? (1 - params_.balance) / (1 - std::pow(params_.balance, expected)) : 1.0;
    mean += counts[k] / all * level_weights_[k];
  }
  for (auto& weight : level_weights_) weight /= mean;
}

/// Pixels: how often each has each level, with biases that say so at the temperature training begins with. Hidden
/// groups and the class: uniform.
void MonotoneDbm::centre(const DenseData& data) {
  const auto levels = static_cast<std::size_t>(params_.levels);
  auto& shares = centres_.front();
  std::vector<double> counts(shares.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    std::size_t first = 0;
    for (const float value : data[i]) {
      ++counts[first + level_of(value, params_.levels)];
      first += levels;
    }
  }
  const double heat = static_cast<double>(temperatures_[0]) * static_cast<double>(temperatures_[0]);
  for (std::size_t k = 0; k < counts.size(); ++k) {
    shares[k] = static_cast<float>(counts[k] / static_cast<double>(data.size()));
    biases_.front()[k] = static_cast<float>(std::log(std::max(rarest_share, static_cast<double>(shares[k]))) / heat);
  }
  centres_known_[0] = 1;
}

double MonotoneDbm::losses(const PartialImages& images, const LayerStates<float>& q, std::span<Answer> answers,
                           LayerStates<float>& by_log_q, int threads) {
  const auto levels = static_cast<std::size_t>(params_.levels), pixels = images.seen.columns();
  const double pixel_heat = temperatures_[0] * temperatures_[0], label_heat = temperatures_[1] * temperatures_[1];
  const double label_share = has_labels() ? params_.label_weight : 0,
               per_image = 1 / static_cast<double>(images.size());
  by_log_q.resize(q.size());
  for (std::size_t l = 0; l < q.size(); ++l) by_log_q[l].resize(q[l].rows(), q[l].columns());
  std::vector<std::array<double, 3>> by_row(images.size());  // derivatives by both temperatures squared; right pixels
  for_each_index(static_cast<std::size_t>(threads), images.size(), [&](std::size_t i) {
    for (auto& of_layer : by_log_q) std::fill(of_layer.row(i).begin(), of_layer.row(i).end(), 0.0f);
    const auto seen = images.seen.row(i);
    const auto hidden = static_cast<double>(std::count(seen.begin(), seen.end(), std::uint8_t{0}));
    double pixel_loss = 0, label_loss = 0;
    for (std::size_t g = 0; g < pixels; ++g) {
      if (seen[g] != 0) continue;
      const auto group = q.front().row(i).subspan(g * levels, levels);
      const auto right = images.levels(i, g);
      pixel_loss += completion_loss<float>(group, right, pixel_heat, params_.focus,
                                           level_weights_[right] * (1 - label_share) / hidden * per_image,
                                           by_log_q.front().row(i).subspan(g * levels, levels), by_row[i][0]);
      by_row[i][2] += likeliest(group) == right ? 1 : 0;
    }
    if (has_labels())
      label_loss = completion_loss<float>(q.back().row(i), static_cast<std::size_t>(images.labels[i]), label_heat, 0,
                                          label_share * per_image, by_log_q.back().row(i), by_row[i][1]);
    answers[i] = {(pixel_loss + label_loss) / per_image,
                  has_labels() ? static_cast<std::int32_t>(likeliest(q.back().row(i))) : -1};
  });
  by_temperatures_ = {0, 0};
  double right = 0;
  for (const auto& row : by_row) {
    for (std::size_t k = 0; k < 2; ++k) by_temperatures_[k] += static_cast<float>(row[k]) * 2 * temperatures_[k];
    right += row[2];
  }
  return right;
}

void MonotoneDbm::evaluate(const Batch& batch, std::span<Answer> answers, int threads) {
  keep_workers(static_cast<std::size_t>(threads), [&] {
    coupling_.refresh();
    inference_.set_centres(centres_);
    const auto images = partial(batch, params_.visible, evaluation_draw);
    q_ = inference_.uniform(images.size());
    inference_.solve(q_, clamp(images, q_), inference_options(), threads);
    losses(images, q_, answers, by_log_q_, threads);
  });
}

void MonotoneDbm::update(const Batch& batch, std::span<Answer> answers, int threads) {
  keep_workers(static_cast<std::size_t>(threads), [&] {
    if (counters_[1] == 0) count_levels(batch.dense(), batch.samples.size());
    if (params_.centred && centres_known_[0] == 0) centre(batch.dense());
    coupling_.refresh();
    inference_.set_centres(centres_);
    const auto images = partial(batch, params_.visible, static_cast<std::uint32_t>(counters_[1]));
    q_ = inference_.uniform(images.size());
    const auto clamped = clamp(images, q_);
    const auto there = inference_.solve(q_, clamped, inference_options(), threads);
    sums_[right] += losses(images, q_, answers, by_log_q_, threads);
    sums_[pixels] +=
        static_cast<double>(std::count(images.seen.values().begin(), images.seen.values().end(), std::uint8_t{0}));
    auto options = inference_options();
    options.alpha = there.alpha;
    const auto back = inference_.differentiate(q_, clamped, by_log_q_, options, by_biases_, threads);
    sums_[updates] += 1, sums_[forwards] += there.iterations, sums_[backwards] += back.iterations;
    sums_[stuck] += there.converged && back.converged ? 0 : 1;
    if (there.converged && back.converged) alpha_[0] = std::min(there.alpha, back.alpha);
    take_step(threads);
  });
}

void MonotoneDbm::take_step(int threads) {
  double schedule = 1;
  if (params_.schedule == "cosine" && problem_.epochs > 0 && params_.eta > 0) {
    const double over = static_cast<double>(counters_[0]) / static_cast<double>(problem_.epochs),
                 end = params_.eta_end / params_.eta;
    schedule = end + (1 - end) * 0.5 * (1 + std::cos(M_PI * over));
  }
  descent_.set_updates(counters_[1]++);
  descent_.step(rate_ * schedule, 1, threads);
}

void MonotoneDbm::end_epoch() {
  ++counters_[0];
  last_epoch_ = std::exchange(sums_, {});
}

std::vector<Learner::Measure> MonotoneDbm::measures() const {
  const auto per_update = [&](double sum) { return last_epoch_[updates] > 0 ? sum / last_epoch_[updates] : 0; };
  return {{"pixel_accuracy", "", "hidden pixels whose likeliest level is the right one",
           last_epoch_[pixels] > 0 ? last_epoch_[right] / last_epoch_[pixels] : 0},
          {"iterations", "", "of inference, mean over updates", per_update(last_epoch_[forwards])},
          {"iterations_back", "", "of its derivative, likewise", per_update(last_epoch_[backwards])},
          {"stuck", "", "share of updates without convergence", per_update(last_epoch_[stuck])},
          {"alpha", "", "damping of the iteration", alpha_[0]}};
}

// ---- samples -------------------------------------------------------------------------------------------------------

Matrix<float> MonotoneDbm::sample(std::span<const std::int32_t> labels, int rounds, std::uint64_t seed, int threads) {
  const auto pixels = problem_.shape.size(), levels = static_cast<std::size_t>(params_.levels);
  PartialImages images;
  images.levels.resize(labels.size(), pixels);
  images.seen.resize(labels.size(), pixels);
  std::fill(images.seen.values().begin(), images.seen.values().end(), std::uint8_t{0});
  images.labels.assign(labels.begin(), labels.end());
  images.labels_seen = true;
  const double heat = temperatures_[0] * temperatures_[0];
  std::vector<double> p(levels);
  for (int round = 1; round <= rounds; ++round) {
    const auto completed = complete(images, threads);
    for (std::size_t i = 0; i < labels.size(); ++i)
      for (std::size_t g = 0; g < pixels; ++g) {
        const auto when = draw(seed, Purpose::task, order_stream, i * pixels + g);
        if (images.seen(i, g) != 0 || uniform(when[0]) * rounds > round) continue;
        double sum = 0;
        for (std::size_t k = 0; k < levels; ++k)
          sum += p[k] = std::pow(static_cast<double>(completed.marginals.front()(i, g * levels + k)), heat);
        double rest = uniform(draw(seed, Purpose::task, level_stream, i * pixels + g)[0]) * sum;
        std::size_t level = 0;
        while (level + 1 < levels && (rest -= p[level]) > 0) ++level;
        images.levels(i, g) = static_cast<std::uint8_t>(level);
        images.seen(i, g) = 1;
      }
  }
  return complete(images, threads).grey;
}

// ---- what it is made of --------------------------------------------------------------------------------------------

std::vector<StateArray> MonotoneDbm::state() {
  std::vector<StateArray> all;
  for (const auto& parameter : parameters_)
    all.push_back({parameter.name, "", {parameter.values.size()}, parameter.values});
  for (const auto& column : columns_) all.push_back({column.name, "", {column.values.size()}, column.values});
  for (std::size_t l = 0; l < centres_.size(); ++l)
    all.push_back({centre_names_[l], "", {centres_[l].size()}, centres_[l]});
  all.push_back({"centres_known", "", {1}, std::span(centres_known_)});
  all.push_back({"level_weights", "", {level_weights_.size()}, std::span(level_weights_)});
  all.push_back({"alpha", "", {1}, std::span(alpha_)});
  all.push_back({"sums_of_epoch", "", {sums_.size()}, std::span<double>(sums_)});
  all.push_back({"counters", "", {counters_.size()}, std::span(counters_)});
  return all;
}

}  // namespace spikeloom
