/// The integrator of exact izhikevich neurons.
#include "core/exact/izhikevich.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/exact/models.hpp"

namespace spikeloom {
namespace {

constexpr double tolerance = 1e-9;         // mV (and units of u), and relative, per step
constexpr double shortest_length = 1e-10;  // ms: a step that is still too long here will never do
constexpr double largest_current = 1e6;    // as in the schemes on the grid

struct Point {
  double v, u;
  friend Point operator+(const Point& a, const Point& b) noexcept { return {a.v + b.v, a.u + b.u}; }
  friend Point operator-(const Point& a, const Point& b) noexcept { return {a.v - b.v, a.u - b.u}; }
  friend Point operator*(double x, const Point& a) noexcept { return {x * a.v, x * a.u}; }
};

/// Sign changes of a polynomial (coefficients from the constant on) in (0, 1), ascending: between those of its
/// derivative, by bisection.
std::size_t sign_changes(std::span<const double> polynomial, std::span<double> zeros) {
  const auto value = [&](double x) {
    double sum = 0;
    for (std::size_t k = polynomial.size(); k-- > 0;) sum = sum * x + polynomial[k];
    return sum;
  };
  if (polynomial.size() < 2) return 0;
  std::array<double, 5> derivative{}, turns{};
  for (std::size_t k = 1; k < polynomial.size(); ++k) derivative[k - 1] = static_cast<double>(k) * polynomial[k];
  std::size_t turn_count = sign_changes({derivative.data(), polynomial.size() - 1}, turns);
  turns[turn_count++] = 1;
  std::size_t count = 0;
  double low = 0;
  for (std::size_t k = 0; k < turn_count; ++k) {
    const bool rises = value(low) < 0;
    double below = low, above = turns[k];
    if (rises != (value(above) < 0)) {
      for (int round = 0; round < 60; ++round) {
        const double middle = 0.5 * (below + above);
        ((value(middle) < 0) == rises ? below : above) = middle;
      }
      zeros[count++] = above;
    }
    low = turns[k];
  }
  return count;
}

}  // namespace

void ExactIzhikevich::make_step(const Constants& c, State& s) {
  const double current = std::clamp(c.i_e, -largest_current, largest_current);
  const auto slope = [&](const Point& y) -> Point {
    return {(c.v_quadratic * y.v + c.v_linear) * y.v + c.v_constant - y.u + current,
            c.a * (c.b * (y.v - c.u_reference) - c.u_leak * y.u)};
  };
  const Point start{s.v, s.u}, k1 = slope(start);
  for (double h = s.next_length;;) {
    const Point k2 = slope(start + h * (1.0 / 5 * k1));
    const Point k3 = slope(start + h * (3.0 / 40 * k1 + 9.0 / 40 * k2));
    const Point k4 = slope(start + h * (44.0 / 45 * k1 - 56.0 / 15 * k2 + 32.0 / 9 * k3));
    const Point k5 =
        slope(start + h * (19372.0 / 6561 * k1 - 25360.0 / 2187 * k2 + 64448.0 / 6561 * k3 - 212.0 / 729 * k4));
    const Point k6 = slope(start + h * (9017.0 / 3168 * k1 - 355.0 / 33 * k2 + 46732.0 / 5247 * k3 + 49.0 / 176 * k4 -
                                        5103.0 / 18656 * k5));
    const Point moved =
        h * (35.0 / 384 * k1 + 500.0 / 1113 * k3 + 125.0 / 192 * k4 - 2187.0 / 6784 * k5 + 11.0 / 84 * k6);
    const Point end = start + moved, k7 = slope(end);
    const Point error = h * (71.0 / 57600 * k1 - 71.0 / 16695 * k3 + 71.0 / 1920 * k4 - 17253.0 / 339200 * k5 +
                             22.0 / 525 * k6 - 1.0 / 40 * k7);
    const auto share = [](double e, double from, double to) {
      return std::abs(e) / (tolerance * (1 + std::max(std::abs(from), std::abs(to))));
    };
    const double worst = std::max(share(error.v, start.v, end.v), share(error.u, start.u, end.u));
    const bool good = worst <= 1;
    const double factor =
        good ? std::min(5.0, 0.9 * std::pow(std::max(worst, 1e-10), -0.2)) : std::max(0.1, 0.9 * std::pow(worst, -0.2));
    if (!good) {
      h *= std::isfinite(worst) ? factor : 0.1;
      if (h > shortest_length) continue;
      throw RunError("an izhikevich neuron cannot be integrated from v_m = " + std::to_string(s.v) +
                     " mV, u = " + std::to_string(s.u) +
                     "\n    look at its parameters: rates of more than 1e9 per ms cannot be meant");
    }
    s.length = h;
    s.next_length = std::min(h * factor, longest_length);
    const Point bend = h * k1 - moved, twist = moved - h * k7 - bend;
    const Point rest =
        h * (-12715105075.0 / 11282082432 * k1 + 87487479700.0 / 32700410799 * k3 - 10690763975.0 / 1880347072 * k4 +
             701980252875.0 / 199316789632 * k5 - 1453857185.0 / 822651844 * k6 + 69997945.0 / 29380423 * k7);
    const std::array<Point, 4> coefficients = {moved + bend, twist + rest - bend, -1.0 * twist - 2.0 * rest, rest};
    for (std::size_t k = 0; k < 4; ++k) {
      s.v_coefficients[k] = coefficients[k].v;
      s.u_coefficients[k] = coefficients[k].u;
    }
    return;
  }
}

double ExactIzhikevich::first_reach(double v_th, const State& s) noexcept {
  double reach = s.v - v_th;
  for (const double c : s.v_coefficients) reach += std::max(c, 0.0);
  if (reach < 0) return -1;
  std::array<double, 5> polynomial = {s.v - v_th}, zeros{};
  std::copy(std::begin(s.v_coefficients), std::end(s.v_coefficients), polynomial.begin() + 1);
  return sign_changes(polynomial, zeros) == 0 ? -1 : zeros[0];
}

void ExactIzhikevich::check(const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto scheme = arguments.texts.find("scheme");
  if (scheme == arguments.texts.end() || scheme->second != Grid::scheme)
    problems.push_back({{},
                        "scheme",
                        "the scheme 'published' (the default) steps on a grid",
                        "write `scheme: accurate`, whose weights are jumps of v_m [mV], or `timing: grid`"});
}

ModelInfo with_exact_izhikevich(ModelInfo info) { return with_exact<ExactIzhikevich>(std::move(info)); }

}  // namespace spikeloom
