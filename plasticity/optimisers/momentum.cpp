/// Gradient descent with a velocity.
#include "plasticity/optimiser_columns.hpp"

namespace spikeloom {
namespace {

struct Momentum {
  static constexpr std::string_view name = "momentum";
  static constexpr std::string_view summary = "gradient descent with momentum (Polyak 1964)";
  static constexpr std::string_view equations = "v = mu v - eta g,  w += v";

  struct Params {
    double eta = 1e-3, mu = 0.9;
  };
  static constexpr std::array params = {Field{"eta", &Params::eta, "", "learning rate", non_negative},
                                        Field{"mu", &Params::mu, "", "share of the velocity that is kept", fraction}};

  template <class Real>
  struct State {
    Real velocity;
  };
  template <class Real>
  static constexpr auto state() {
    return std::array{Field{"velocity", &State<Real>::velocity, "", "last change of the weight"}};
  }

  template <class Real>
  struct Constants {
    Real eta, mu;
  };
  template <class Real>
  static Constants<Real> prepare(const Params& p, double rate_factor, std::uint64_t, double) {
    return {static_cast<Real>(p.eta * rate_factor), static_cast<Real>(p.mu)};
  }
  template <class Real>
  static Real change(const Constants<Real>& c, State<Real>& s, Real gradient) noexcept {
    s.velocity = c.mu * s.velocity - c.eta * gradient;
    return s.velocity;
  }
};

}  // namespace

OptimiserInfo momentum_optimiser() { return optimiser_info<Momentum>(); }

}  // namespace spikeloom
