/// Exponentiated gradient: steps multiply, so that no weight ever changes its sign.
#include <cmath>

#include "core/models/exponential.hpp"
#include "plasticity/optimiser_columns.hpp"

namespace spikeloom {
namespace {

struct ExponentiatedGradient {
  static constexpr std::string_view name = "exponentiated_gradient";
  static constexpr std::string_view summary =
      "steps that multiply and keep signs, as Dale's law asks for (Kivinen & Warmuth 1997, Inf Comput 132:1; Cornford "
      "et al. 2024)";
  static constexpr std::string_view equations =
      "w = s |w|:  |w| *= exp(-eta s g)   s = +-1 stays; |w| stays above 1e-30";

  struct Params {
    double eta = 1e-2;
  };
  static constexpr std::array params = {
      Field{"eta", &Params::eta, "", "learning rate, of the logarithm", non_negative}};

  template <class Real>
  struct State {};
  template <class Real>
  static constexpr auto state() {
    return std::array<Field<State<Real>, Real>, 0>{};
  }

  template <class Real>
  struct Constants {
    Real eta;
  };
  template <class Real>
  static Constants<Real> prepare(const Params& p, double rate_factor, std::uint64_t, double) {
    return {static_cast<Real>(p.eta * rate_factor)};
  }
  template <class Real>
  static Real moved(const Constants<Real>& c, State<Real>&, Real gradient, Real weight) noexcept {
    constexpr Real least = static_cast<Real>(1e-30);
    const Real size = std::abs(weight) * exponential(-c.eta * std::copysign(Real{1}, weight) * gradient);
    return std::copysign(size > least ? size : least, weight);
  }
};

}  // namespace

OptimiserInfo exponentiated_gradient_optimiser() { return optimiser_info<ExponentiatedGradient>(); }

}  // namespace spikeloom
