/// Products against plain chains of multiply-adds, gradients of every operation and loss against finite differences.
#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>

#include "core/parallel.hpp"
#include "core/random.hpp"
#include "plasticity/layers/descent.hpp"
#include "plasticity/layers/local_loss.hpp"
#include "plasticity/layers/output_loss.hpp"
#include "plasticity/layers/product.hpp"
#include "plasticity/layers/stack.hpp"

using namespace spikeloom;

namespace {

template <class Real>
Matrix<Real> noise(std::size_t rows, std::size_t columns, std::uint64_t seed) {
  Matrix<Real> matrix(rows, columns);
  for (std::size_t k = 0; k < matrix.size(); ++k)
    matrix.values()[k] = static_cast<Real>(2 * uniform(draw(seed, Purpose::task, 1, k)[0]) - 1);
  return matrix;
}

template <class Real>
bool same_bits(const Matrix<Real>& a, const Matrix<Real>& b) {
  return a.rows() == b.rows() && a.columns() == b.columns() &&
         std::memcmp(a.values().data(), b.values().data(), a.size() * sizeof(Real)) == 0;
}

template <class Real>
Matrix<Real> plain_product(MatrixView<const Real> a, MatrixView<const Real> b, const Matrix<Real>* onto) {
  Matrix<Real> c(a.rows, b.columns);
  for (std::size_t i = 0; i < c.rows(); ++i)
    for (std::size_t j = 0; j < c.columns(); ++j) {
      Real sum = onto ? (*onto)(i, j) : Real{0};
      for (std::size_t k = 0; k < a.columns; ++k) {
        const auto at = [](std::size_t x, std::ptrdiff_t step) { return static_cast<std::ptrdiff_t>(x) * step; };
        sum = std::fma(a.data[at(i, a.row_step) + at(k, a.column_step)],
                       b.data[at(k, b.row_step) + at(j, b.column_step)], sum);
      }
      c(i, j) = sum;
    }
  return c;
}

template <class Real>
void check_products() {
  struct Size {
    std::size_t m, n, k;
  };
  for (const auto size : {Size{1, 1, 1}, {14, 32, 5}, {29, 70, 300}, {256, 10, 33}, {10, 65, 256}, {3, 130, 513}})
    for (const bool left : {false, true})
      for (const bool right : {false, true})
        for (const Onto onto : {Onto::zero, Onto::sum}) {
          const auto a = left ? noise<Real>(size.k, size.m, 1) : noise<Real>(size.m, size.k, 1);
          const auto b = right ? noise<Real>(size.n, size.k, 2) : noise<Real>(size.k, size.n, 2);
          const auto view_a = left ? a.view().transposed() : a.view();
          const auto view_b = right ? b.view().transposed() : b.view();
          auto c = noise<Real>(size.m, size.n, 3);
          const auto expected = plain_product(view_a, view_b, onto == Onto::sum ? &c : nullptr);
          multiply(view_a, view_b, c.view(), onto, 1);
          REQUIRE(same_bits(c, expected));
        }
}

/// A number that depends on everything a block puts out; its derivative is `weights`.
double weighted(const Matrix<double>& out, const Matrix<double>& weights) {
  double sum = 0;
  for (std::size_t k = 0; k < out.size(); ++k) sum += out.values()[k] * weights.values()[k];
  return sum;
}

/// Central difference of `loss` with respect to `x`.
template <class Loss>
double slope(double& x, const Loss& loss, double step = 1e-5) {
  const double before = x;
  x = before + step;
  const double up = loss();
  x = before - step;
  const double down = loss();
  x = before;
  return (up - down) / (2 * step);
}

/// Every gradient of a block, and that by its input, within 1e-6 of the largest.
void check_block(Block<double>& block, std::size_t samples) {
  auto in = noise<double>(samples, block.input().size(), 11);
  const auto weights = noise<double>(samples, block.output().size(), 12);
  const Pass pass;
  auto by_out = weights;
  Matrix<double> by_in;
  block.forward(in, pass);
  block.learn_and_send(in, by_out, by_in, pass);
  const auto loss = [&] { return weighted(block.forward(in, pass), weights); };
  const auto check = [&](std::span<double> values, std::span<const double> gradient) {
    for (std::size_t k = 0; k < values.size(); k += 1 + values.size() / 40)
      CHECK(slope(values[k], loss) == Approx(gradient[k]).margin(2e-7));
  };
  for (const auto& parameter : block.parameters()) {
    const std::vector<double> gradient(parameter.gradient.begin(), parameter.gradient.end());
    check(parameter.values, gradient);
  }
  check(in.values(), std::as_const(by_in).values());
}

}  // namespace

TEST_CASE("every element of a product is one chain of fused multiply-adds, to the bit", "[layers]") {
  check_products<float>();
  check_products<double>();
}

TEST_CASE("products have the same bits on any number of threads", "[layers][threads]") {
  const auto a = noise<float>(300, 200, 1), b = noise<float>(200, 140, 2);
  Matrix<float> one(300, 140), other(300, 140);
  multiply(a.view(), b.view(), one.view(), Onto::zero, 1);
  for (const int threads : {2, 3, 8}) {
    keep_workers(static_cast<std::size_t>(threads),
                 [&] { multiply(a.view(), b.view(), other.view(), Onto::zero, threads); });
    REQUIRE(same_bits(one, other));
  }
}

TEST_CASE("gradients of every operation agree with finite differences", "[layers]") {
  const LinearOptions options{.seed = 5};
  const Shape vector{1, 1, 7}, image{6, 6, 2};
  const auto checked = [](Shape input, auto... operations) {
    Block<double> block(input);
    (block.add(std::move(operations)), ...);
    check_block(block, 5);
  };
  SECTION("dense") { checked(vector, make_dense<double>(vector, 4, options)); }
  SECTION("dense with elu") {
    checked(vector, make_dense<double>(vector, 4, options), make_activation<double>({1, 1, 4}, Curve::elu));
  }
  SECTION("tanh") { checked(vector, make_activation<double>(vector, Curve::tanh)); }
  SECTION("relu") { checked(vector, make_activation<double>(vector, Curve::relu)); }
  SECTION("convolution") { checked(image, make_convolution<double>(image, 3, 1, options)); }
  SECTION("strided convolution of an odd side") {
    checked({5, 7, 2}, make_convolution<double>({5, 7, 2}, 3, 2, options));
  }
  SECTION("pooling") { checked(image, make_max_pool<double>(image)); }
  SECTION("upsampling") { checked({3, 4, 2}, make_upsampling<double>({3, 4, 2}, 5, 8)); }
  SECTION("a way around") {
    Block<double> inner(image);
    inner.add(make_convolution<double>(image, 3, 2, options)).add(make_upsampling<double>({3, 3, 3}, 6, 6));
    inner.add(make_convolution<double>({6, 6, 3}, 2, 1, options));
    checked(image, make_residual<double>(std::move(inner)), make_activation<double>(image, Curve::tanh));
    CHECK_THROWS_AS(make_residual<double>(std::move(Block<double>(vector).add(make_dense<double>(vector, 4, options)))),
                    std::invalid_argument);
  }
  SECTION("batch normalisation") {
    checked(image, make_convolution<double>(image, 3, 2, options), make_batch_norm<double>({3, 3, 3}),
            make_activation<double>({3, 3, 3}, Curve::elu));
  }
}

TEST_CASE("gradients of every loss agree with finite differences", "[layers]") {
  const Shape maps{3, 4, 2};
  const std::vector<std::int32_t> labels = {2, 0, 1, 2, 2};
  const auto checked = [&](LocalLoss<double>& loss, std::size_t rows) {
    auto a = noise<double>(5, maps.size(), 1), c = noise<double>(rows, maps.size(), 2);
    Matrix<double> by_a, by_c, unused_a, unused_c;
    const double value = loss.compare(a, c, labels, &by_a, &by_c, {});
    const auto now = [&] { return loss.compare(a, c, labels, &unused_a, &unused_c, {}); };
    CHECK(now() == value);
    for (std::size_t k = 0; k < a.size(); ++k)
      CHECK(slope(a.values()[k], now) == Approx(by_a.values()[k]).epsilon(1e-6).margin(1e-8));
    for (std::size_t k = 0; k < c.size(); ++k)
      CHECK(slope(c.values()[k], now) == Approx(by_c.values()[k]).epsilon(1e-6).margin(1e-8));
  };
  checked(*make_product_loss<double>(0.5), 3);
  checked(*make_cosine_loss<double>(0.5, 0), 3);
  checked(*make_cosine_loss<double>(0.5, 0.7), 3);
  checked(*make_map_loss<double>(maps, false), 5);
  checked(*make_map_loss<double>(maps, true), 5);

  auto scores = noise<double>(5, 3, 4);
  const auto target = noise<double>(5, 3, 5);
  Matrix<double> by_scores, unused;
  LayerAnswers answers;
  const auto mean = [&] {
    double sum = 0;
    for (const double loss : answers.losses) sum += loss;
    return sum / 5;
  };
  class_loss(scores, labels, answers, &by_scores);
  for (std::size_t k = 0; k < scores.size(); ++k)
    CHECK(slope(scores.values()[k], [&] {
            class_loss<double>(scores, labels, answers, nullptr);
            return mean();
          }) == Approx(by_scores.values()[k]).margin(1e-9));
  image_loss(scores, target, 3, answers, &by_scores);
  for (std::size_t k = 0; k < scores.size(); ++k)
    CHECK(slope(scores.values()[k], [&] {
            image_loss<double>(scores, target, 3, answers, nullptr);
            return 3 * mean();
          }) == Approx(by_scores.values()[k]).margin(1e-9));
}

TEST_CASE("descent centralises, clips to the norm of all parameters, and decays", "[layers]") {
  std::vector<double> weights = {1, 2, 3, 4}, biases = {5}, by_weights = {3, 1, 1, 3}, by_biases = {2};
  DescentOptions options;
  options.arguments.numbers["eta"] = {0.5};
  options.centralise = true;
  options.weight_decay = 0.1;
  options.clip = std::sqrt(8.0) / 2;
  Descent<double> descent({{"weights", weights, by_weights, 2}, {"biases", biases, by_biases, 0}}, options);
  // Two inputs, two units: centralised (1, -1; -1, 1), of norm 2; with the bias sqrt(8), which is halved.
  CHECK(descent.step(1, 1, 1) == Approx(std::sqrt(8.0)));
  const std::vector<double> expected = {1 - 0.5 * (0.5 + 0.1), 2 - 0.5 * (-0.5 + 0.2), 3 - 0.5 * (-0.5 + 0.3),
                                        4 - 0.5 * (0.5 + 0.4)};
  for (std::size_t k = 0; k < 4; ++k) CHECK(weights[k] == Approx(expected[k]));
  CHECK(biases[0] == Approx(5 - 0.5 * (1 + 0.5)));
}

TEST_CASE("orthogonal weights are orthogonal and others stay in their bounds", "[layers]") {
  auto square = make_dense<double>({1, 1, 9}, 5, {.biases = true, .start = Start::orthogonal, .scale = 2, .seed = 3});
  const auto weights = square->parameters().front().values;
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < 5; ++j) {
      double product = 0;
      for (std::size_t k = 0; k < 9; ++k) product += weights[k * 5 + i] * weights[k * 5 + j];
      CHECK(product == Approx(i == j ? 4.0 : 0.0).margin(1e-12));
    }
  const auto biases = square->parameters().back().values;
  for (const double bias : biases) CHECK(bias == 0);
  double largest = 0;
  const auto uniform_layer = make_dense<double>({1, 1, 16}, 100, {.seed = 3});
  const auto uniform_weights = uniform_layer->parameters().front().values;
  for (const double weight : uniform_weights) largest = std::max(largest, std::abs(weight));
  CHECK(largest <= 0.25);
  CHECK(largest > 0.24);
}
