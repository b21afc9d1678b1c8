/// Leaky integrator that never spikes: the readout of a trained network.
///
///     v_m = kappa v_m + bias + (1 - kappa) drive + arrivals,   kappa = exp(-dt/tau_m)
///
/// The readout of Bellec et al. 2020: `bias` is added in every step of 1 ms (and in proportion to other steps).
#pragma once

#include "core/models/common.hpp"

namespace spikeloom {

struct LeakyReadout {
  static constexpr std::string_view name = "leaky_readout";
  static constexpr std::string_view summary = "leaky integrator without spikes: a readout (Bellec et al. 2020)";
  static constexpr std::string_view equations =
      "dv_m/dt = -(v_m - drive)/tau_m,  v_m += weight at each arrival\n"
      "v_m += bias dt/(1 ms) in every step; no spikes";
  static constexpr int row_count = 1;
  static constexpr std::string_view current_unit = "";

  struct Params {
    double tau_m = 20, bias = 0;
  };
  static constexpr std::array params = {Field{"tau_m", &Params::tau_m, "ms", "time constant", positive},
                                        Field{"bias", &Params::bias, "", "added per ms of time"}};

  template <class Real, int>
  struct State {
    Real v_m;
  };
  template <class Real, int rows>
  static constexpr auto state() {
    return std::array{Field{"v_m", &State<Real, rows>::v_m, "", "value of the readout, 0 at rest"}};
  }

  static std::vector<VariableInfo> variables() { return variables_of(state<double, 1>()); }
  static std::vector<ReceptorInfo> receptors() { return {{"exc", "", 1}, {"inh", "", -1}}; }
  static void check(const ModelArguments&, double, std::vector<Problem>&) {}

  template <class Real>
  struct Propagator {
    Real kappa, from_drive, bias;
    static constexpr auto members() {
      using P = Propagator;
      return std::array{&P::kappa, &P::from_drive, &P::bias};
    }
  };

  template <class Real>
  static Propagator<Real> prepare(const Params& p, double dt) {
    const auto real = [](double x) { return static_cast<Real>(x); };
    return {real(std::exp(-dt / p.tau_m)), real(-std::expm1(-dt / p.tau_m)), real(p.bias * dt)};
  }

  template <class Real, int rows>
  static State<Real, rows> initial(const Params&) {
    return {0};
  }

  /// One neuron, one step; it never spikes.
  template <class Real, int rows>
  [[gnu::always_inline]] static bool advance(const Propagator<Real>& h, State<Real, rows>& s,
                                             const std::array<Real, rows>& arrived, Real drive) noexcept {
    s.v_m = h.kappa * s.v_m + h.bias + arrived[0] + h.from_drive * drive;
    return false;
  }
};

}  // namespace spikeloom
