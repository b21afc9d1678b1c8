/// Multiplicative diffusion against its specification: the process, its score, both samplers, Dale's law, learning.
#include <catch2/catch.hpp>

#include <cmath>

#include "networks/diffusion/geometric_noise.hpp"
#include "tests/experiments/collected.hpp"

using namespace spikeloom;

namespace {

tests::Collected dale(const std::string& protocol, const std::string& params, int threads = 2,
                      const std::string& module = "") {
  return tests::run_protocol_text("experiment: {name: test}\nmodule: {name: dale_langevin, params: {" + module +
                                      "}}\nprotocol: {name: " + protocol + ", params: {" + params + "}}\n",
                                  threads);
}

}  // namespace

TEST_CASE("log-normal noise has the moments of geometric Brownian motion, by one jump or a hundred",
          "[protocols][diffusion]") {
  const auto run = dale("mixture_sampling", "experiments: forward", 2, "drift: 0.1");
  CHECK(run.metric("forward_mean") == Approx(0.1).margin(0.005));
  CHECK(run.metric("forward_variance") == Approx(0.64).epsilon(0.01));
  CHECK(run.metric("forward_p") > 0.01);
}

TEST_CASE("the score given the clean number is the slope of its log density", "[networks][diffusion]") {
  const GeometricNoise noise{0.8, 0.07};
  for (const double t : {0.01, 0.3, 1.0})
    for (const double x : {0.6, 1.0, 2.5}) {
      const auto log_density = [&](double at) {
        const double d = std::log(at / 1.3) - noise.drift * t;
        return -std::log(at) - d * d / (2 * noise.variance(t));
      };
      const double h = 1e-4 * x, slope = (8 * (log_density(x + h) - log_density(x - h)) -
                                          (log_density(x + 2 * h) - log_density(x - 2 * h))) /
                                         (12 * h);
      CHECK(x * slope == Approx(noise.score(std::log(x), std::log(1.3), t)).epsilon(1e-6));
    }
}

TEST_CASE("the mean of the denoising target is the score", "[protocols][diffusion]") {
  CHECK(dale("mixture_sampling", "experiments: target").metric("target_worst") < 0.15);
}

TEST_CASE("both samplers give the mixture back, more exactly with more steps", "[protocols][diffusion]") {
  const auto run = dale("mixture_sampling", "experiments: convergence");
  for (const auto* name : {"dale", "unconstrained"}) {
    const auto& distances = run.columns.at("convergence/distance_" + std::string(name));
    CHECK(distances[2] <= 0.012);
    CHECK(distances[0] > 3 * distances[1]);
    CHECK(distances[1] > 3 * distances[2]);
    CHECK(run.metric("lower_" + std::string(name)) == Approx(0.6).margin(0.02));
  }
}

TEST_CASE("both samplers agree from the same noise as steps get short", "[protocols][diffusion]") {
  const auto run = dale("mixture_sampling", "experiments: agreement, steps: [20, 100, 500], samples: 10000");
  const auto& differences = run.columns.at("agreement/difference");
  for (std::size_t k = 0; k < 3; ++k)
    CHECK(differences[k] < 0.25 * std::sqrt(1 / run.columns.at("agreement/steps")[k]));
  CHECK(run.metric("agreement_distance") <= 0.005);
}

TEST_CASE("wrong scores are seen to be wrong", "[protocols][diffusion]") {
  const auto run = dale("mixture_sampling", "experiments: controls, steps: [200]");
  CHECK(run.metric("control_no_score") >= 0.3);
  CHECK(run.metric("control_stein") >= 5 * 0.012);
  CHECK(std::abs(run.metric("control_omitted_shift")) > 0.1);
}

TEST_CASE("steps that multiply by exponentials keep every sign, others lose as many as theory says",
          "[protocols][diffusion]") {
  const auto run = dale("dale_law", "experiments: signs, updates: 8e6, lengths: [0.3, 0.5, 1, 4]");
  CHECK(run.metric("signs_dale") == 0);
  CHECK(run.metric("signs_worst") < 0.2);
  CHECK(run.columns.at("signs/unconstrained").front() > 0.005);
}

TEST_CASE("exponentiated gradient finds sparse positive weights where clipped descent does not",
          "[protocols][diffusion]") {
  const auto run = dale("dale_law", "experiments: sparse");
  CHECK(run.metric("sparse_sign_changes") == 0);
  CHECK(run.metric("sparse_error") < 0.5 * run.metric("sparse_error_plain"));
  CHECK(std::abs(run.metric("sparse_skewness_log")) < 1);
  CHECK(run.metric("sparse_skewness") > 1);
}

TEST_CASE("multiplicative diffusion gives the same bits on any number of threads", "[protocols][diffusion][threads]") {
  const std::string params =
      "samples: 70000, steps: [20], paths: 100, pairs: 100, experiments: [convergence, agreement]";
  const auto one = dale("mixture_sampling", params, 1);
  for (const int threads : {2, 3, 8}) CHECK(dale("mixture_sampling", params, threads) == one);
}
