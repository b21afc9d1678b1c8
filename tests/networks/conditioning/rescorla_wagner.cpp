/// The rule against its closed forms.
#include "networks/conditioning/rescorla_wagner.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikeloom;

TEST_CASE("acquisition follows 1 - (1 - alpha beta)^n to machine precision", "[networks][conditioning]") {
  const RescorlaWagner::Params params;
  RescorlaWagner model(params, {params.alpha});
  for (int n = 1; n <= 200; ++n) {
    model.trial({"A", 1});
    REQUIRE(model.strength("A") == Approx(1 - std::pow(1 - params.alpha * params.beta_us, n)).epsilon(1e-14));
  }
}

TEST_CASE("strengths of a compound always add up to one error, shared by salience", "[networks][conditioning]") {
  RescorlaWagner model({}, {0.4, 0.1, 0.25});
  for (int n = 0; n < 30; ++n) model.trial({n % 3 == 0 ? "AB" : n % 3 == 1 ? "BC" : "ABC", n % 2 == 0 ? 1.0 : 0.0});
  RescorlaWagner one({}, {0.4, 0.1});
  for (int n = 0; n < 30; ++n) one.trial({"AB", 1});
  CHECK(one.strength("A") == Approx(4 * one.strength("B")).epsilon(1e-12));
  CHECK(model.strength("ABC") ==
        Approx(model.strength("A") + model.strength("B") + model.strength("C")).epsilon(1e-14));
}

TEST_CASE("a stimulus shown alone loses associability and regains it with surprise", "[networks][conditioning]") {
  RescorlaWagner::Params params;
  params.attention = "pearce_hall";
  RescorlaWagner model(params, {params.alpha});
  const auto associability = [&] { return std::get<std::span<double>>(model.state()[1].values)[0]; };
  for (int n = 0; n < 20; ++n) model.trial({"A", 0});
  CHECK(associability() == Approx(std::pow(0.7, 20)).epsilon(1e-12));
  model.trial({"A", 1});
  CHECK(associability() == Approx(std::pow(0.7, 21) + 0.3).epsilon(1e-12));
}
