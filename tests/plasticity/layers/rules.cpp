/// Layer-wise learning rules: locality and gradients of counter-current learning, backpropagation by finite
/// differences.
#include <catch2/catch.hpp>

#include <cmath>

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

/// The loss at a level as a function of one layer of either network alone: inputs of the layers are held fixed.
double loss_of_layers(CounterCurrent<double>& rule, std::size_t level, const Matrix<double>& below,
                      const Matrix<double>& above, const CounterCurrentParams& params) {
  auto& forward = rule.forward_network();
  auto& feedback = rule.feedback_network();
  const auto& a = level > 0 ? forward[level - 1].forward(below, {}) : below;
  if (level == forward.size()) {
    LayerAnswers answers;
    class_loss<double>(a, labels, answers, nullptr);
    double sum = 0;
    for (const double loss : answers.losses) sum += loss;
    return sum / static_cast<double>(labels.size());
  }
  const auto& c = feedback[forward.size() - level - 1].forward(above, {});
  const auto loss = params.local_loss == "product" ? make_product_loss<double>(params.lambda)
                                                   : make_cosine_loss<double>(params.lambda, params.lambda_ssl);
  return loss->compare(a, c, labels, nullptr, nullptr, {});
}

}  // namespace

TEST_CASE("counter-current losses move the two layers that meet at their level, and nothing else", "[layers]") {
  CounterCurrentParams params;
  params.local_loss = GENERATE("product", "cosine");
  CounterCurrent<double> rule(params, problem(3));
  const auto inputs = noise(labels.size(), widths.front(), 1);
  rule.learn({inputs, labels, nullptr, 0}, {});
  auto& forward = rule.forward_network();
  auto& feedback = rule.feedback_network();

  // Copies of all activities, so that the inputs of layers stay what they were.
  std::vector<Matrix<double>> a, c;
  for (std::size_t l = 0; l <= 3; ++l) a.push_back(forward.activity(l));
  for (std::size_t l = 0; l <= 3; ++l) c.push_back(feedback.activity(3 - l));
  struct Layer {
    Block<double>* block;
    std::size_t level;  // at which its output is compared
  };
  const std::vector<Layer> layers = {{&forward[0], 1},  {&forward[1], 2},  {&forward[2], 3},
                                     {&feedback[0], 2}, {&feedback[1], 1}, {&feedback[2], 0}};
  for (std::size_t level = 0; level <= 3; ++level) {
    const auto loss = [&] {
      return loss_of_layers(rule, level, level > 0 ? a[level - 1] : a[0], level < 3 ? c[level + 1] : c[3], params);
    };
    CHECK(loss() == Approx(rule.level_losses()[level]).epsilon(1e-12));
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
