/// Plain gradient descent.
#include "plasticity/optimiser_columns.hpp"

namespace spikeloom {
namespace {

struct Sgd {
  static constexpr std::string_view name = "sgd";
  static constexpr std::string_view summary = "plain gradient descent";
  static constexpr std::string_view equations = "w -= eta g";

  struct Params {
    double eta = 1e-3;
  };
  static constexpr std::array params = {Field{"eta", &Params::eta, "", "learning rate", non_negative}};

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
  static Real change(const Constants<Real>& c, State<Real>&, Real gradient) noexcept {
    return -c.eta * gradient;
  }
};

}  // namespace

OptimiserInfo sgd_optimiser() { return optimiser_info<Sgd>(); }

}  // namespace spikeloom
