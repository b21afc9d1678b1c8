/// RMaxProp: the rate of a weight follows the largest gradient it has seen lately.
#include <cmath>

#include "core/models/select.hpp"
#include "plasticity/optimiser_columns.hpp"

namespace spikeloom {
namespace {

struct RMaxProp {
  static constexpr std::string_view name = "rmaxprop";
  static constexpr std::string_view summary =
      "rate over a decaying maximum of the squared gradient (Zenke & Ganguli 2018, Neural Comput 30:1514)";
  static constexpr std::string_view equations =
      "u = max(u exp(-T/tau_rms), g^2),  w -= eta g / (sqrt(u) + epsilon)   every T";

  struct Params {
    double eta = 1e-3, tau_rms = 30'000, epsilon = 1e-12;
  };
  static constexpr std::array params = {
      Field{"eta", &Params::eta, "", "learning rate", non_negative},
      Field{"tau_rms", &Params::tau_rms, "ms", "time constant of the maximum", positive},
      Field{"epsilon", &Params::epsilon, "", "keeps weights without gradient from moving", positive}};

  template <class Real>
  struct State {
    Real maximum;
  };
  template <class Real>
  static constexpr auto state() {
    return std::array{Field{"maximum", &State<Real>::maximum, "", "decaying maximum of the squared gradient"}};
  }

  template <class Real>
  struct Constants {
    Real eta, keep, epsilon;
  };
  template <class Real>
  static Constants<Real> prepare(const Params& p, double rate_factor, std::uint64_t, double interval) {
    return {static_cast<Real>(p.eta * rate_factor), static_cast<Real>(std::exp(-interval / p.tau_rms)),
            static_cast<Real>(p.epsilon)};
  }
  template <class Real>
  static Real change(const Constants<Real>& c, State<Real>& s, Real gradient) noexcept {
    s.maximum = larger(s.maximum * c.keep, gradient * gradient);
    return -c.eta * gradient / (std::sqrt(s.maximum) + c.epsilon);
  }
};

}  // namespace

OptimiserInfo rmaxprop_optimiser() { return optimiser_info<RMaxProp>(); }

}  // namespace spikeloom
