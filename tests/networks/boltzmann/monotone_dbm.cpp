/// Monotone Boltzmann machines against their specification: couplings, proximal step, fixed points, exact marginals,
/// gradients.
#include "networks/boltzmann/monotone_dbm.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "core/random.hpp"
#include "networks/boltzmann/completion_loss.hpp"
#include "networks/boltzmann/proximal_step.hpp"

using namespace spikeloom;

namespace {

double number(std::uint32_t stream, std::uint64_t id) {
  return normal_quantile(uniform(draw(9, Purpose::task, stream, id)[0]));
}

CouplingPlan dense_plan(std::size_t groups, std::size_t states, std::size_t features) {
  return {.layers = {{"all", {1, 1, groups * states}, states}}, .maps = {{1, 1, features}}, .links = {{0, 0, 0}}};
}

/// Pixels of 3 states on 4 x 5, a hidden layer of 2 x 3 with two groups of 2, a label of 3; as the module couples them.
CouplingPlan convolutional_plan() {
  MonotoneDbmParams params;
  params.levels = 3, params.states = 2, params.hidden = {4};
  return params.plan({4, 5, 1}, 3);
}

struct Machine {
  MonotoneCoupling<double> coupling;
  std::vector<aligned_vector<double>> biases;
  MeanField<double> inference;

  Machine(const CouplingPlan& plan, double scale, std::uint64_t seed, double margin = 0.1, bool monotone = true)
      : coupling(plan, {.margin = margin, .monotone = monotone, .scale = scale, .seed = seed}),
        inference(coupling, biases) {
    for (const auto& layer : plan.layers) {
      auto& bias = biases.emplace_back(layer.shape.size());
      for (std::size_t k = 0; k < bias.size(); ++k) bias[k] = 0.5 * number(1, 1000 * biases.size() + k);
    }
  }

  /// Phi by its action on unit vectors; layers one after another.
  std::vector<std::vector<double>> matrix() {
    std::size_t size = 0;
    for (const auto& bias : biases) size += bias.size();
    std::vector<std::vector<double>> phi(size, std::vector<double>(size));
    auto unit = inference.uniform(size);
    LayerStates<double> to;
    for (std::size_t l = 0, first = 0; l < unit.size(); first += unit[l++].columns())
      for (std::size_t i = 0; i < size; ++i)
        for (std::size_t k = 0; k < unit[l].columns(); ++k) unit[l](i, k) = i == first + k ? 1 : 0;
    coupling.apply(unit, to, 1);
    for (std::size_t l = 0, first = 0; l < to.size(); first += to[l++].columns())
      for (std::size_t i = 0; i < size; ++i)
        for (std::size_t k = 0; k < to[l].columns(); ++k) phi[first + k][i] = to[l](i, k);
    return phi;
  }
};

/// The largest eigenvalue of a symmetric matrix, by the power method on the shifted one.
double largest_eigenvalue_of(const std::vector<std::vector<double>>& a) {
  double shift = 0;
  for (const auto& row : a) {
    double sum = 0;
    for (const double x : row) sum += std::abs(x);
    shift = std::max(shift, sum);
  }
  std::vector<double> v(a.size()), next(a.size());
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = number(2, i);
  double eigenvalue = 0;
  for (int k = 0; k < 3000; ++k) {
    double product = 0, squares = 0, norm = 0;
    for (std::size_t i = 0; i < v.size(); ++i) {
      next[i] = shift * v[i];
      for (std::size_t j = 0; j < v.size(); ++j) next[i] += a[i][j] * v[j];
      product += v[i] * next[i];
      squares += v[i] * v[i];
      norm += next[i] * next[i];
    }
    eigenvalue = product / squares - shift;
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = next[i] / std::sqrt(norm);
  }
  return eigenvalue;
}

LayerStates<double> random_states(const CouplingPlan& plan, std::size_t rows, std::uint32_t stream) {
  LayerStates<double> q;
  for (const auto& layer : plan.layers) {
    auto& of_layer = q.emplace_back(rows, layer.shape.size());
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t first = 0; first < layer.shape.size(); first += layer.states) {
        double sum = 0;
        for (auto k = first; k < first + layer.states; ++k)
          sum += of_layer(i, k) = std::exp(number(stream, 10000 * i + 100000 * q.size() + k));
        for (auto k = first; k < first + layer.states; ++k) of_layer(i, k) /= sum;
      }
  }
  return q;
}

/// Far from uniform.
std::vector<aligned_vector<double>> some_centres(const CouplingPlan& plan) {
  std::vector<aligned_vector<double>> centres;
  for (const auto& layer : plan.layers)
    for (std::size_t k = 0; k < layer.shape.size(); ++k) {
      if (k == 0) centres.emplace_back(layer.shape.size(), 0.0);
      centres.back()[k] = k % layer.states == 0 ? 0.8 : 0.2 / static_cast<double>(layer.states - 1);
    }
  return centres;
}

constexpr InferenceOptions exact_enough{.tolerance = 1e-11, .most = 2000};

}  // namespace

TEST_CASE("couplings are symmetric, without any inside a group, and monotone at any scale", "[boltzmann]") {
  const double scale = GENERATE(0.1, 1.0, 30.0);
  const bool convolutional = GENERATE(false, true);
  const auto plan = convolutional ? convolutional_plan() : dense_plan(12, 3, 30);
  Machine machine(plan, scale, 3);
  const auto phi = machine.matrix();
  double asymmetry = 0, inside = 0, outside = 0;
  std::size_t first = 0;
  for (const auto& layer : plan.layers)
    for (std::size_t g = 0; g < layer.groups(); ++g, first += layer.states)
      for (auto a = first; a < first + layer.states; ++a)
        for (std::size_t b = 0; b < phi.size(); ++b) {
          const bool same = b >= first && b < first + layer.states;
          (same ? inside : outside) = std::max(same ? inside : outside, std::abs(phi[a][b]));
          asymmetry = std::max(asymmetry, std::abs(phi[a][b] - phi[b][a]));
        }
  CHECK(outside > 1e-3);
  CHECK(inside < 1e-12);
  CHECK(asymmetry < 1e-12);
  CHECK(1 - largest_eigenvalue_of(phi) >= 0.1 - 1e-9);
}

TEST_CASE("without the scaling of weights nothing is monotone", "[boltzmann]") {
  Machine machine(dense_plan(12, 3, 30), 10, 3, 0.1, false);
  CHECK(1 - largest_eigenvalue_of(machine.matrix()) < 0);
}

TEST_CASE("the proximal step is positive, sums to 1 and solves its equation", "[boltzmann]") {
  const double alpha = GENERATE(1e-4, 0.01, 0.125, 0.5, 1.0), size = GENERATE(0.1, 3.0, 300.0);
  constexpr std::size_t states = 5, groups = 40;
  std::vector<double> v(states * groups), p(v.size());
  for (std::size_t k = 0; k < v.size(); ++k) v[k] = size * number(3, k);
  proximal_step<double>(v, states, alpha, p);
  for (std::size_t g = 0; g < groups; ++g) {
    double sum = 0, low = 1e300, high = -1e300, softmax = 0;
    const double highest = *std::max_element(v.begin() + g * states, v.begin() + (g + 1) * states);
    for (std::size_t j = g * states; j < (g + 1) * states; ++j) {
      REQUIRE(p[j] > 0);
      sum += p[j];
      softmax += std::exp(v[j] - highest);
      if (p[j] < 1e-300) continue;  // further down than exp goes
      const double nu = alpha * std::log(p[j]) + (1 - alpha) * p[j] + alpha - v[j];
      low = std::min(low, nu), high = std::max(high, nu);
    }
    CHECK(sum == Approx(1).epsilon(1e-12));
    CHECK(high - low < 1e-10 * (1 + size));
    for (std::size_t j = g * states; j < (g + 1) * states && alpha == 1; ++j)
      CHECK(std::abs(p[j] - std::exp(v[j] - highest) / softmax) < 1e-12);
  }
}

TEST_CASE("every beginning leads to the one fixed point; clamped groups stay", "[boltzmann]") {
  const bool convolutional = GENERATE(false, true);
  const auto plan = convolutional ? convolutional_plan() : dense_plan(12, 3, 36);
  Machine machine(plan, 5, 4);
  auto q = random_states(plan, 3, 5);
  auto clamped = no_group_clamped(plan, 3);
  const auto states = plan.layers[0].states;
  for (std::size_t i = 0; i < 3; ++i) {
    clamped[0](i, 1) = 1;
    for (std::size_t k = states; k < 2 * states; ++k) q[0](i, k) = k == states ? 1 : 0;
  }
  CHECK(machine.inference.solve(q, clamped, exact_enough, 1).converged);
  CHECK(machine.inference.residual(q, clamped, 1) < 1e-6);
  double distance = 0;
  for (const auto& layer : q)
    for (std::size_t k = 0; k < layer.columns(); ++k)
      distance = std::max({distance, std::abs(layer(1, k) - layer(0, k)), std::abs(layer(2, k) - layer(0, k))});
  CHECK(distance < 1e-6);
  for (std::size_t k = states; k < 2 * states; ++k) CHECK(q[0](0, k) == (k == states ? 1 : 0));
}

TEST_CASE("a group whose neighbours are all clamped has its exact conditional distribution", "[boltzmann]") {
  const auto plan = dense_plan(6, 3, 18);
  Machine machine(plan, 4, 6);
  auto q = machine.inference.uniform(1);
  auto clamped = no_group_clamped(plan, 1);
  std::vector<double> x(18);
  for (std::size_t g = 1; g < 6; ++g) {
    clamped[0](0, g) = 1;
    for (std::size_t k = 0; k < 3; ++k) q[0](0, 3 * g + k) = x[3 * g + k] = k == g % 3 ? 1 : 0;
  }
  machine.inference.solve(q, clamped, exact_enough, 1);
  const auto phi = machine.matrix();
  double weights[3] = {}, sum = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    double potential = machine.biases[0][k];
    for (std::size_t j = 3; j < 18; ++j) potential += phi[k][j] * x[j];
    sum += weights[k] = std::exp(potential);
  }
  for (std::size_t k = 0; k < 3; ++k) CHECK(q[0](0, k) == Approx(weights[k] / sum).margin(1e-9));
}

TEST_CASE("mean-field marginals near the exact ones as couplings become weak", "[boltzmann]") {
  const std::size_t groups = GENERATE(2, 8);
  double last = 1e300;
  for (const double scale : {2.0, 1.0, 0.5, 0.25}) {
    Machine machine(dense_plan(groups, 2, 2 * groups), scale, 7);
    const auto phi = machine.matrix();
    std::vector<double> exact(2 * groups);
    double total = 0;
    for (std::size_t state = 0; state < std::size_t{1} << groups; ++state) {
      double potential = 0;
      for (std::size_t g = 0; g < groups; ++g) {
        const auto row = 2 * g + (state >> g & 1);
        potential += machine.biases[0][row];
        for (std::size_t h = 0; h < groups; ++h) potential += phi[row][2 * h + (state >> h & 1)] / 2;
      }
      total += std::exp(potential);
      for (std::size_t g = 0; g < groups; ++g) exact[2 * g + (state >> g & 1)] += std::exp(potential);
    }
    auto q = machine.inference.uniform(1);
    machine.inference.solve(q, no_group_clamped(machine.coupling.plan(), 1), exact_enough, 1);
    double divergence = 0, error = 0;
    for (std::size_t k = 0; k < exact.size(); ++k) {
      divergence += exact[k] / total * std::log(exact[k] / total / q[0](0, k));
      error = std::max(error, std::abs(exact[k] / total - q[0](0, k)));
    }
    CHECK(std::isfinite(divergence));
    CHECK(divergence < last);
    last = divergence;
    if (groups == 2 && scale <= 0.5) CHECK(error < 0.02);
  }
}

TEST_CASE("centres are another way to write biases, and keep gradients from what all samples share", "[boltzmann]") {
  const auto plan = dense_plan(6, 3, 18);
  Machine centred(plan, 4, 6), plain(plan, 4, 6);
  const auto centres = some_centres(plan);
  centred.inference.set_centres(centres);
  const auto phi = plain.matrix();
  for (std::size_t k = 0; k < 18; ++k)
    for (std::size_t j = 0; j < 18; ++j) plain.biases[0][k] -= phi[k][j] * centres[0][j];
  const auto free_groups = no_group_clamped(plan, 1);
  auto q = centred.inference.uniform(1), p = plain.inference.uniform(1);
  centred.inference.solve(q, free_groups, exact_enough, 1);
  plain.inference.solve(p, free_groups, exact_enough, 1);
  for (std::size_t k = 0; k < 18; ++k) CHECK(q[0](0, k) == Approx(p[0](0, k)).margin(1e-9));
  CHECK(centred.inference.residual(q, free_groups, 1) < 1e-9);
  CHECK(centred.inference.free_energy(q, 1)[0] == Approx(plain.inference.free_energy(p, 1)[0]));
  centred.inference.set_centres({aligned_vector<double>(q[0].row(0).begin(), q[0].row(0).end())});
  auto by_log_q = random_states(plan, 1, 3);
  auto by_biases = centred.biases;
  centred.inference.differentiate(q, free_groups, by_log_q, exact_enough, by_biases, 1);
  for (const auto& parameter : centred.coupling.parameters())
    for (const double gradient : parameter.gradient) CHECK(std::abs(gradient) < 1e-12);  // this sample is the mean
}

TEST_CASE("the implicit gradient is that of finite differences", "[boltzmann]") {
  const bool convolutional = GENERATE(false, true);
  const double scale = GENERATE(0.7, 6.0);  // with factors of 1, and with factors that depend on the weights
  const auto plan = convolutional ? convolutional_plan() : dense_plan(6, 3, 10);
  Machine machine(plan, scale, 8);
  if (GENERATE(false, true)) machine.inference.set_centres(some_centres(plan));
  const auto clamped = [&] {
    auto groups = no_group_clamped(plan, 2);
    groups[0](0, 2) = groups[0](1, 0) = 1;
    return groups;
  }();
  auto weights_of_loss = random_states(plan, 2, 10);
  const auto fixed_point = [&] {
    auto q = machine.inference.uniform(2);
    machine.coupling.refresh();
    machine.inference.solve(q, clamped, exact_enough, 1);
    return q;
  };
  const auto loss = [&] {
    const auto q = fixed_point();
    double sum = 0;
    for (std::size_t l = 0; l < q.size(); ++l)
      for (std::size_t k = 0; k < q[l].size(); ++k) sum += weights_of_loss[l].values()[k] * std::log(q[l].values()[k]);
    return sum;
  };
  const auto q = fixed_point();
  auto by_biases = machine.biases;
  CHECK(machine.inference.differentiate(q, clamped, weights_of_loss, exact_enough, by_biases, 1).converged);
  constexpr double h = 1e-5;
  const auto slope = [&](double& value) {
    const double kept = value;
    value = kept + h;
    const double above = loss();
    value = kept - h;
    const double below_it = loss();
    value = kept;
    return (above - below_it) / (2 * h);
  };
  for (const auto& parameter : machine.coupling.parameters())
    for (std::size_t k = 0; k < 4; ++k) {
      const auto w = (37 * k + 5) % parameter.values.size();
      const double gradient = parameter.gradient[w];  // before anything is computed anew
      CHECK(gradient == Approx(slope(parameter.values[w])).epsilon(1e-4).margin(1e-6));
    }
  for (std::size_t l = 0; l < by_biases.size(); ++l)
    CHECK(by_biases[l][1] == Approx(slope(machine.biases[l][1])).epsilon(1e-4).margin(1e-6));
}

TEST_CASE("the focal loss and its derivatives agree", "[boltzmann]") {
  const double gamma = GENERATE(0.0, 2.0), heat = 3;
  std::vector<double> log_q = {-1.2, -0.7, -2.0}, by_log_q(3), unused(3);
  double by_heat = 0, ignored = 0;
  const auto loss = [&](double at_heat) {
    std::vector<double> q;
    for (const double l : log_q) q.push_back(std::exp(l));
    return completion_loss<double>(q, 2, at_heat, gamma, 0.7, unused, ignored);
  };
  std::vector<double> q;
  for (const double l : log_q) q.push_back(std::exp(l));
  completion_loss<double>(q, 2, heat, gamma, 0.7, by_log_q, by_heat);
  CHECK(by_heat == Approx((loss(heat + 1e-5) - loss(heat - 1e-5)) / 2e-5).epsilon(1e-6));
  for (std::size_t k = 0; k < 3; ++k) {
    const double kept = log_q[k];
    log_q[k] = kept + 1e-5;
    const double above = loss(heat);
    log_q[k] = kept - 1e-5;
    const double slope = (above - loss(heat)) / 2e-5;
    log_q[k] = kept;
    CHECK(by_log_q[k] == Approx(slope).epsilon(1e-6));
  }
}
