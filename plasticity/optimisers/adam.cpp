/// Adam: every weight has a rate of its own, from running moments of its gradient.
#include <cmath>

#include "plasticity/optimiser_columns.hpp"

namespace spikeloom {
namespace {

/// x^n by squaring: the same bits everywhere, unlike a library's pow.
double power(double x, std::uint64_t n) {
  double result = 1;
  for (; n > 0; n >>= 1, x *= x)
    if ((n & 1) != 0) result *= x;
  return result;
}

struct Adam {
  static constexpr std::string_view name = "adam";
  static constexpr std::string_view summary = "adaptive moments (Kingma & Ba 2015, arXiv 1412.6980, algorithm 1)";
  static constexpr std::string_view equations =
      "m = beta_1 m + (1 - beta_1) g,  v = beta_2 v + (1 - beta_2) g^2\n"
      "w -= eta m / (1 - beta_1^n) / (sqrt(v / (1 - beta_2^n)) + epsilon)   in update n = 1, 2, ...";

  struct Params {
    double eta = 1e-3, beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-8;
  };
  static constexpr std::array params = {
      Field{"eta", &Params::eta, "", "learning rate", non_negative},
      Field{"beta_1", &Params::beta_1, "", "share of the first moment that is kept", fraction},
      Field{"beta_2", &Params::beta_2, "", "share of the second moment that is kept", fraction},
      Field{"epsilon", &Params::epsilon, "", "keeps weights without gradient from moving", positive}};

  template <class Real>
  struct State {
    Real m, v;
  };
  template <class Real>
  static constexpr auto state() {
    return std::array{Field{"m", &State<Real>::m, "", "first moment of the gradient"},
                      Field{"v", &State<Real>::v, "", "second moment of the gradient"}};
  }

  template <class Real>
  struct Constants {
    Real rate, keep_1, take_1, keep_2, take_2, correction_2, epsilon;
  };
  template <class Real>
  static Constants<Real> prepare(const Params& p, double rate_factor, std::uint64_t update, double) {
    const auto real = [](double x) { return static_cast<Real>(x); };
    return {real(p.eta * rate_factor / (1 - power(p.beta_1, update))),
            real(p.beta_1),
            real(1 - p.beta_1),
            real(p.beta_2),
            real(1 - p.beta_2),
            real(1 / std::sqrt(1 - power(p.beta_2, update))),
            real(p.epsilon)};
  }
  template <class Real>
  static Real change(const Constants<Real>& c, State<Real>& s, Real gradient) noexcept {
    s.m = c.keep_1 * s.m + c.take_1 * gradient;
    s.v = c.keep_2 * s.v + c.take_2 * (gradient * gradient);
    return -c.rate * s.m / (std::sqrt(s.v) * c.correction_2 + c.epsilon);
  }
};

}  // namespace

OptimiserInfo adam_optimiser() { return optimiser_info<Adam>(); }

}  // namespace spikeloom
