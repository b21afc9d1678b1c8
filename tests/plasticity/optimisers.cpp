/// Optimisers against their formulas, written out for one weight.
#include <catch2/catch.hpp>

#include <cmath>

#include "plasticity/optimiser.hpp"

using namespace spikeloom;

namespace {

double gradient_at(int update) { return std::sin(1.7 * update) + 0.3; }

/// The weight after 50 updates from 0.5, every 500 ms.
template <class Real>
Real after_50(const char* name, const ModelArguments& arguments = {}) {
  auto optimiser = find_optimiser(name)->make<Real>(arguments, 1, 500);
  Real weight = static_cast<Real>(0.5);
  for (int n = 1; n <= 50; ++n) {
    const Real g = static_cast<Real>(gradient_at(n));
    optimiser->update({&weight, 1}, {&g, 1});
  }
  return weight;
}

}  // namespace

TEST_CASE("optimisers follow their formulas", "[plasticity][optimiser]") {
  double sgd = 0.5, momentum = 0.5, adam = 0.5, rmaxprop = 0.5, velocity = 0, m = 0, v = 0, u = 0, exponentiated = 0.5;
  for (int n = 1; n <= 50; ++n) {
    const double g = gradient_at(n);
    sgd -= 1e-3 * g;
    velocity = 0.9 * velocity - 1e-3 * g;
    momentum += velocity;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    adam -= 1e-3 * m / (1 - std::pow(0.9, n)) / (std::sqrt(v / (1 - std::pow(0.999, n))) + 1e-8);
    u = std::max(u * std::exp(-500.0 / 30'000), g * g);
    exponentiated *= std::exp(-1e-2 * g);
    rmaxprop -= 1e-3 * g / (std::sqrt(u) + 1e-12);
  }
  REQUIRE(after_50<double>("sgd") == Approx(sgd).epsilon(1e-12));
  REQUIRE(after_50<double>("momentum") == Approx(momentum).epsilon(1e-12));
  REQUIRE(after_50<double>("adam") == Approx(adam).epsilon(1e-12));
  REQUIRE(after_50<double>("rmaxprop") == Approx(rmaxprop).epsilon(1e-12));
  REQUIRE(after_50<double>("exponentiated_gradient") == Approx(exponentiated).epsilon(1e-12));
  REQUIRE(after_50<float>("adam") == Approx(adam).epsilon(1e-5));
}

TEST_CASE("optimisers move each weight by its own gradient alone, wherever a column is cut",
          "[plasticity][optimiser]") {
  for (const auto& info : optimiser_catalogue()) {
    CAPTURE(info.name);
    auto whole = info.make<float>({}, 37, 1), first = info.make<float>({}, 5, 1), second = info.make<float>({}, 32, 1);
    std::vector<float> a(37, 1.0f), b(37, 1.0f), g(37);
    for (int n = 1; n <= 20; ++n) {
      for (std::size_t k = 0; k < g.size(); ++k) g[k] = static_cast<float>(gradient_at(n * static_cast<int>(k + 1)));
      whole->update(a, g);
      first->update(std::span(b).first(5), std::span<const float>(g).first(5));
      second->update(std::span(b).subspan(5), std::span<const float>(g).subspan(5));
    }
    REQUIRE(a == b);
  }
}

TEST_CASE("optimisers go on from copied columns to the same bits", "[plasticity][optimiser]") {
  for (const auto& info : optimiser_catalogue()) {
    CAPTURE(info.name);
    auto original = info.make<double>({}, 3, 1);
    std::vector<double> weights(3, 1.0), g = {0.5, -2, 1e-3};
    for (int n = 0; n < 7; ++n) original->update(weights, g);
    auto resumed = info.make<double>({}, 3, 1);
    const auto from = original->columns(), to = resumed->columns();
    for (std::size_t c = 0; c < from.size(); ++c)
      std::copy(from[c].values.begin(), from[c].values.end(), to[c].values.begin());
    resumed->set_updates(original->updates());
    auto copy = weights;
    original->update(weights, g);
    resumed->update(copy, g);
    REQUIRE(weights == copy);
  }
}

TEST_CASE("optimisers find the minimum of a badly scaled bowl", "[plasticity][optimiser]") {
  const auto info = GENERATE(from_range(optimiser_catalogue()));
  CAPTURE(info.name);
  ModelArguments arguments;
  arguments.numbers["eta"] = {info.name == "sgd" || info.name == "momentum" ? 0.02 : 0.01};
  auto optimiser = info.make<double>(arguments, 2, 100);
  // a step that multiplies cannot cross 0
  std::vector<double> w = {3, info.name == "exponentiated_gradient" ? 0.5 : -2}, g(2);
  for (int n = 0; n < 3000; ++n) {
    g = {20 * (w[0] - 1), 0.5 * (w[1] - 2)};
    optimiser->update(w, g);
  }
  REQUIRE(w[0] == Approx(1).margin(0.02));
  REQUIRE(w[1] == Approx(2).margin(0.02));
}
