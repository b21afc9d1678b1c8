/// First crossings of random membranes against a dense scan in long double; sign changes likewise.
#include "core/exact/first_crossing.hpp"

#include <catch2/catch.hpp>

#include <vector>

#include "core/exact/synaptic_response.hpp"
#include "core/random.hpp"

using namespace spikeloom;

namespace {

struct Dice {
  std::uint64_t seed, count = 0;
  double operator()(double low, double high) {
    const auto bits = draw(seed, Purpose::task, 4, count++);
    return low + (high - low) * uniform(bits[0], bits[1]);
  }
};

long double sum_at(const std::vector<DecayingTerm>& terms, long double t) {
  long double sum = 0;
  for (const auto& term : terms)
    sum += (term.constant + term.slope * t) * std::exp(-static_cast<long double>(term.rate) * t);
  return sum;
}

/// Up to three terms by ascending rate, the first constant or not; some with equal or nearly equal rates.
std::vector<DecayingTerm> random_terms(Dice& dice) {
  std::vector<DecayingTerm> terms = {{dice(0, 1) < 0.7 ? 0 : dice(0, 0.2), dice(-1, 1), 0}};
  for (int k = 0; k < 2; ++k) {
    const double gap = dice(0, 1) < 0.1 ? 0 : std::pow(10, dice(-8, 0.5));
    terms.push_back({terms.back().rate + gap, dice(-3, 3), dice(0, 1) < 0.5 ? 0 : dice(-2, 2)});
  }
  return terms;
}

}  // namespace

TEST_CASE("sign changes of random sums of decaying terms are those of a dense scan", "[core][exact][numbers]") {
  Dice dice{5};
  for (int n = 0; n < 2000; ++n) {
    const auto terms = random_terms(dice);
    const double horizon = dice(1, 30);
    const auto found = sign_changes(terms, horizon);
    std::vector<double> expected;
    constexpr int points = 4000;
    for (int k = 0; k < points; ++k) {
      long double low = horizon * static_cast<long double>(k) / points,
                  high = horizon * static_cast<long double>(k + 1) / points;
      const bool positive = sum_at(terms, low) > 0;
      if (positive == (sum_at(terms, high) > 0)) continue;
      for (int round = 0; round < 60; ++round) {
        const auto middle = (low + high) / 2;
        (positive == (sum_at(terms, middle) > 0) ? low : high) = middle;
      }
      expected.push_back(static_cast<double>(high));
    }
    // What the scan finds is found. Two changes within one interval of the scan may be found beyond that.
    INFO("sum " << n);
    REQUIRE((found.size() - expected.size()) % 2 == 0);
    for (const double time : expected) {
      const auto distance = [time](double other) { return std::abs(other - time); };
      double nearest = 1e9;
      for (const double other : found) nearest = std::min(nearest, distance(other));
      REQUIRE(nearest < 1e-6 * horizon);
    }
    for (std::size_t k = 1; k < found.size(); ++k) REQUIRE(found[k - 1] < found[k]);
  }
}

TEST_CASE("no first crossing is missed, whatever the currents", "[core][exact]") {
  Dice dice{6};
  int crossed = 0, grazed = 0;
  for (int n = 0; n < 1000; ++n) {
    const double decay = dice(0.03, 0.3), start = dice(-10, 0);
    std::vector<DecayingTerm> currents = {{dice(0.05, 1), dice(-10, 10), dice(-5, 5)}};
    currents.push_back({currents[0].rate + (dice(0, 1) < 0.1 ? 0 : dice(0, 1)), dice(-10, 10), dice(-5, 5)});
    const SynapticResponse first(decay, currents[0].rate), second(decay, currents[1].rate);
    const auto u_at = [&](double t) {
      double u = start * std::exp(-decay * t);
      for (const auto& [response, term] : {std::pair{first, currents[0]}, std::pair{second, currents[1]}}) {
        const double membrane = std::exp(-decay * t), synapse = std::exp(-term.rate * t);
        u += term.constant * response.to_exponential(t, membrane, synapse) +
             term.slope * response.to_ramp(t, membrane, synapse);
      }
      return u;
    };
    // The threshold is drawn, or lies right below a local maximum: a grazing crossing.
    constexpr double horizon = 60;
    constexpr int points = 6000;
    double threshold = dice(0.1, 15);
    if (n % 2 == 0)
      for (int k = 1; k < points; ++k) {
        const double dt = horizon / points, t = dt * k;
        if (u_at(t) <= 0.1 || u_at(t) < u_at(t - dt) || u_at(t) < u_at(t + dt)) continue;
        double low = t - dt, high = t + dt;
        for (int round = 0; round < 80; ++round) {
          const double a = low + (high - low) / 3, b = high - (high - low) / 3;
          (u_at(a) < u_at(b) ? low : high) = u_at(a) < u_at(b) ? a : b;
        }
        threshold = u_at(low) - 1e-10;
        ++grazed;
        break;
      }
    double expected = no_crossing;
    for (int k = 1; k <= points && expected < 0; ++k)
      if (u_at(horizon / points * k) >= threshold) expected = horizon / points * k;

    const double rheobase = decay * threshold;
    std::vector<DecayingTerm> above = {{0, -rheobase, 0}, currents[0], currents[1]};
    const double t = first_crossing(above, horizon, decay, [&](double at) -> Excess {
      double current = -rheobase, slope = 0;
      for (const auto& term : currents) {
        current += term(at);
        slope += (term.slope - term.rate * (term.constant + term.slope * at)) * std::exp(-term.rate * at);
      }
      return {u_at(at) - threshold, current, slope};
    });
    INFO("membrane " << n << ", threshold " << threshold);
    if (expected > 0) REQUIRE(t > 0);
    if (t < 0) continue;
    ++crossed;
    REQUIRE(std::abs(u_at(t) - threshold) < 1e-11);
    if (expected > 0) REQUIRE(t <= expected);
    for (int k = 0; k < 1000; ++k) REQUIRE(u_at(t * k / 1000) < threshold);
  }
  REQUIRE(crossed > 300);
  REQUIRE(grazed > 150);
}

TEST_CASE("responses to decaying currents are those of the integral, also for close time constants", "[core][exact]") {
  Dice dice{8};
  for (int n = 0; n < 300; ++n) {
    const double decay = dice(0.02, 0.5), t = dice(0, 40);
    const double rate = n % 3 == 0 ? decay * (1 + std::pow(10, dice(-15, -0.5))) : n % 31 == 1 ? decay : dice(0.02, 3);
    const SynapticResponse response(decay, rate);
    long double exponential = 0, ramp = 0;  // Gauss-Legendre on short pieces
    constexpr int pieces = 400;
    for (int piece = 0; piece < pieces; ++piece)
      for (const auto& [x, w] :
           {std::pair{-std::sqrt(0.6L), 5 / 9.0L}, std::pair{0.0L, 8 / 9.0L}, std::pair{std::sqrt(0.6L), 5 / 9.0L}}) {
        const long double s = t * (piece + (1 + x) / 2) / pieces, weight = w * t / pieces / 2;
        const long double f = std::exp(-decay * (t - s) - rate * s);
        exponential += weight * f;
        ramp += weight * s * f;
      }
    const double membrane = std::exp(-decay * t), synapse = std::exp(-rate * t);
    INFO("decay " << decay << ", rate " << rate << ", t " << t);
    REQUIRE(std::abs(response.to_exponential(t, membrane, synapse) - static_cast<double>(exponential)) < 1e-11);
    REQUIRE(std::abs(response.to_ramp(t, membrane, synapse) - static_cast<double>(ramp)) <
            1e-10 * (1 + static_cast<double>(ramp)));
    REQUIRE(response.to_exponential(t, membrane, synapse) <= response.exponential_peak() * (1 + 1e-12));
    REQUIRE(response.to_ramp(t, membrane, synapse) <= response.ramp_bound() * (1 + 1e-12));
  }
}
