/// Layer-wise learning rules: locality and gradients of counter-current learning, backpropagation by finite
/// differences.
#include <catch2/catch.hpp>

#include <cmath>
#include <functional>

#include "core/random.hpp"
#include "plasticity/layers/rules/counter_current.hpp"

using namespace spikeloom;

namespace {

const std::vector<std::size_t> widths = {6, 5, 4, 3};

Matrix<double> noise(std::size_t rows, std::size_t columns, std::uint64_t seed) {
  Matrix<double> matrix(rows, columns);
  for (std::size_t k = 0; k < matrix.size(); ++k)
    matrix.values()[k] = 2 * uniform(draw(seed, Purpose::task, 2, k)[0]) - 1;
  return matrix;
}

Block<double> dense_block(std::size_t inputs, std::size_t units, bool last, std::uint32_t stream) {
  const Shape input{1, 1, inputs};
  Block<double> block(input);
  block.add(make_dense<double>(input, units, {.seed = 4, .stream = stream}));
  block.add(make_activation<double>(block.output(), last ? Curve::linear : Curve::elu));
  return block;
}

LayerProblem<double> problem(std::size_t classes) {
  return {.forward =
              [] {
                std::vector<Block<double>> blocks;
                for (std::size_t l = 0; l < 3; ++l)
                  blocks.push_back(dense_block(widths[l], widths[l + 1], l == 2, static_cast<std::uint32_t>(l)));
                return Stack<double>("forward", std::move(blocks));
              },
          .feedback =
              [] {
                std::vector<Block<double>> blocks;
                for (std::size_t l = 3; l-- > 0;)
                  blocks.push_back(dense_block(widths[l + 1], widths[l], l == 0, static_cast<std::uint32_t>(l + 10)));
                return Stack<double>("feedback", std::move(blocks));
              },
          .classes = classes,
          .seed = 4};
}

const std::vector<std::int32_t> labels = {0, 2, 1, 2, 0, 1, 1};

/// 4 x 4 pixels, 2 x 2 with 2 channels, 4 x 4 again: shrinking, then growing, normalised but for the last.
Stack<double> image_stack(const char* name, std::uint32_t stream) {
  const Shape large{4, 4, 1}, small{2, 2, 2};
  std::vector<Block<double>> blocks;
  blocks.emplace_back(large);
  blocks.back().add(make_convolution<double>(large, 2, 2, {.seed = 4, .stream = stream}));
  blocks.back().add(make_batch_norm<double>(small, false)).add(make_activation<double>(small, Curve::tanh));
  blocks.emplace_back(small);
  blocks.back().add(make_upsampling<double>(small, 4, 4));
  blocks.back().add(make_convolution<double>({4, 4, 2}, 1, 1, {.seed = 4, .stream = stream + 1}));
  return {name, std::move(blocks)};
}

using CompareAtLevel = std::function<double(std::size_t level, const Matrix<double>& a, const Matrix<double>& c)>;

/// The loss at each level is `compare` of its activities; with inputs of layers held fixed, its derivative is the
/// gradient of the layers that meet there, and exactly zero by any other. `top_factor`: of the loss at the top, over
/// the one that is reported.
void check_locality(CounterCurrent<double>& rule, const LayerBatch<double>& batch, const CompareAtLevel& compare,
                    double top_factor) {
  rule.learn(batch, {});
  auto& forward = rule.forward_network();
  auto& feedback = rule.feedback_network();
  const auto top = forward.size();
  std::vector<Matrix<double>> a, c;  // copies, so that the inputs of layers stay what they were
  for (std::size_t l = 0; l <= top; ++l) a.push_back(forward.activity(l));
  for (std::size_t l = 0; l <= top; ++l) c.push_back(feedback.activity(top - l));
  struct Layer {
    Block<double>* block;
    std::size_t level;  // at which its output is compared
  };
  std::vector<Layer> layers;
  for (std::size_t l = 1; l <= top; ++l) layers.push_back({&forward[l - 1], l});
  for (std::size_t l = 0; l < top; ++l) layers.push_back({&feedback[top - 1 - l], l});
  for (std::size_t level = 0; level <= top; ++level) {
    const auto loss = [&] {
      const auto& up = level > 0 ? forward[level - 1].forward(a[level - 1], {}) : a[0];
      const auto& down = level < top ? feedback[top - 1 - level].forward(c[level + 1], {}) : c[top];
      return compare(level, up, down);
    };
    CHECK(loss() == Approx((level == top ? top_factor : 1) * rule.level_losses()[level]).epsilon(1e-12));
    for (const auto& layer : layers)
      for (const auto& parameter : layer.block->parameters())
        for (std::size_t k = 0; k < parameter.values.size(); ++k) {
          const double before = parameter.values[k], step = 1e-5;
          parameter.values[k] = before + step;
          const double up = loss();
          parameter.values[k] = before - step;
          const double down = loss();
          parameter.values[k] = before;
          if (layer.level == level)
            CHECK((up - down) / (2 * step) == Approx(parameter.gradient[k]).epsilon(1e-6).margin(1e-9));
          else
            CHECK(up == down);
        }
  }
}

double mean_of_losses(const LayerAnswers& answers) {
  double sum = 0;
  for (const double loss : answers.losses) sum += loss;
  return sum / static_cast<double>(answers.losses.size());
}

}  // namespace

TEST_CASE("counter-current losses move the two layers that meet at their level, and nothing else", "[layers]") {
  CounterCurrentParams params;
  params.local_loss = GENERATE("product", "cosine");
  CounterCurrent<double> rule(params, problem(3));
  const auto inputs = noise(labels.size(), widths.front(), 1);
  const auto local = params.local_loss == "product" ? make_product_loss<double>(params.lambda)
                                                    : make_cosine_loss<double>(params.lambda, params.lambda_ssl);
  const auto compare = [&](std::size_t level, const Matrix<double>& a, const Matrix<double>& c) {
    if (level < 3) return local->compare(a, c, labels, nullptr, nullptr, {});
    LayerAnswers answers;
    class_loss<double>(a, labels, answers, nullptr);
    return mean_of_losses(answers);
  };
  check_locality(rule, {inputs, labels, nullptr, 0}, compare, 1);
}

TEST_CASE("so do losses between images of features", "[layers]") {
  CounterCurrent<double> rule({}, {.forward = [] { return image_stack("forward", 0); },
                                   .feedback = [] { return image_stack("feedback", 9); },
                                   .classes = 0,
                                   .seed = 4});
  const auto inputs = noise(5, 16, 1), targets = noise(5, 16, 3);
  const auto compare = [&](std::size_t level, const Matrix<double>& a, const Matrix<double>& c) {
    const Shape shape = level == 1 ? Shape{2, 2, 2} : Shape{4, 4, 1};
    if (level < 2) return make_map_loss<double>(shape, level > 0)->compare(a, c, {}, nullptr, nullptr, {});
    LayerAnswers answers;
    image_loss<double>(a, c, 1, answers, nullptr);
    return 4 * mean_of_losses(answers);
  };
  check_locality(rule, {inputs, {}, &targets, 0}, compare, 4);
}

TEST_CASE("the feedback network computes a row per class, however many samples there are", "[layers]") {
  CounterCurrent<double> rule({}, problem(3));
  const auto inputs = noise(labels.size(), widths.front(), 1);
  rule.learn({inputs, labels, nullptr, 0}, {});
  for (std::size_t level = 0; level <= 3; ++level) {
    CHECK(rule.forward_network().activity(level).rows() == labels.size());
    CHECK(rule.feedback_network().activity(level).rows() == 3);
  }
}

TEST_CASE("a confident sample teaches nothing but the output", "[layers]") {
  CounterCurrentParams params;
  params.confidence_mask = true;
  CounterCurrent<double> rule(params, problem(3));
  // One sample that the network answers with certainty, thanks to a large bias of the output.
  const auto inputs = noise(1, widths.front(), 1);
  const std::vector<std::int32_t> label = {1};
  const auto largest = [&](Block<double>& block) {
    double value = 0;
    for (const auto& parameter : block.parameters())
      for (const double gradient : parameter.gradient) value = std::max(value, std::abs(gradient));
    return value;
  };
  rule.learn({inputs, label, nullptr, 0}, {});
  CHECK(largest(rule.forward_network()[0]) > 1e-6);
  rule.forward_network()[2].parameters().back().values[1] = 20;
  rule.learn({inputs, label, nullptr, 0}, {});
  CHECK(largest(rule.forward_network()[0]) == 0);
  CHECK(largest(rule.forward_network()[1]) == 0);
  CHECK(largest(rule.feedback_network()[2]) == 0);
  CHECK(largest(rule.forward_network()[2]) > 0);
}

TEST_CASE("backpropagation agrees with finite differences of the loss at the end", "[layers]") {
  const auto rule = find_layer_rule("backpropagation")->make<double>({}, problem(3));
  const auto inputs = noise(labels.size(), widths.front(), 1);
  const auto loss = [&] {
    LayerAnswers answers;
    class_loss<double>(rule->predict(inputs, {}), labels, answers, nullptr);
    double sum = 0;
    for (const double one : answers.losses) sum += one;
    return sum / static_cast<double>(labels.size());
  };
  rule->learn({inputs, labels, nullptr, 0}, {});
  const auto parameters = rule->groups().front().parameters;
  for (const auto& parameter : parameters)
    for (std::size_t k = 0; k < parameter.values.size(); ++k) {
      const double before = parameter.values[k], step = 1e-5;
      parameter.values[k] = before + step;
      const double up = loss();
      parameter.values[k] = before - step;
      const double down = loss();
      parameter.values[k] = before;
      CHECK((up - down) / (2 * step) == Approx(parameter.gradient[k]).epsilon(1e-6).margin(1e-9));
    }
}

TEST_CASE("feedback alignments have backpropagation's gradient at the output alone", "[layers]") {
  const std::string name = GENERATE("feedback_alignment", "direct_feedback_alignment");
  const auto rule = find_layer_rule(name)->make<double>({}, problem(3));
  const auto exact = find_layer_rule("backpropagation")->make<double>({}, problem(3));
  const auto inputs = noise(labels.size(), widths.front(), 1);
  rule->learn({inputs, labels, nullptr, 0}, {});
  exact->learn({inputs, labels, nullptr, 0}, {});
  const auto own = rule->groups().front().parameters, expected = exact->groups().front().parameters;
  for (std::size_t p = 0; p < own.size(); ++p) {
    const bool same = std::equal(own[p].gradient.begin(), own[p].gradient.end(), expected[p].gradient.begin());
    CHECK(same == (own[p].name.find("forward_3") == 0));
  }
}
