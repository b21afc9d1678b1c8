/// Leaky integrate-and-fire neuron with an adaptive threshold, as e-prop trains it.
///
///     v_m = alpha v_m - v_th z + (1 - alpha) drive + arrivals,   a = rho a + z      (z: spiked in the last step)
///     spike when v_m >= v_th + beta a and not refractory
///
/// alpha = exp(-dt/tau_m), rho = exp(-dt/tau_a). Bellec et al. 2020 (Nat Commun 11:3625): potentials have no unit, a
/// spike lowers v_m by v_th in the next step, and v_m goes on integrating while the neuron is refractory. With beta = 0
/// this is their LIF neuron. plasticity/gradient/eprop.hpp trains the same equations; recurrent delays there are one
/// step.
#pragma once

#include "core/models/common.hpp"
#include "core/models/select.hpp"

namespace spikeloom {

struct Alif {
  static constexpr std::string_view name = "alif";
  static constexpr std::string_view summary =
      "integrate-and-fire with adaptive threshold, as trained by e-prop (Bellec et al. 2020)";
  static constexpr std::string_view equations =
      "dv_m/dt = -(v_m - drive)/tau_m,  v_m += weight at each arrival\n"
      "da/dt = -a/tau_a,  a += 1 and v_m -= v_th in the step after a spike\n"
      "v_m >= v_th + beta a: spike, then no other for t_ref";
  static constexpr int row_count = 1;
  static constexpr std::string_view current_unit = "";

  struct Params {
    double tau_m = 20, tau_a = 200, v_th = 0.6, beta = 0.07, t_ref = 5, i_e = 0;
  };
  static constexpr std::array params = {
      Field{"tau_m", &Params::tau_m, "ms", "membrane time constant", positive},
      Field{"tau_a", &Params::tau_a, "ms", "time constant of the threshold's adaptation", positive},
      Field{"v_th", &Params::v_th, "", "spike threshold, without adaptation", positive},
      Field{"beta", &Params::beta, "", "rise of the threshold per spike", non_negative},
      Field{"t_ref", &Params::t_ref, "ms", "absolute refractory period", non_negative},
      Field{"i_e", &Params::i_e, "", "constant drive: v_m tends to it"}};

  template <class Real, int>
  struct State {
    Real v_m, a, refractory, spiked;
  };
  template <class Real, int rows>
  static constexpr auto state() {
    using S = State<Real, rows>;
    return std::array{Field{"v_m", &S::v_m, "", "membrane potential, 0 at rest"},
                      Field{"a", &S::a, "", "adaptation: the threshold is v_th + beta a"},
                      Field{"refractory", &S::refractory, "step", "steps left without a spike", non_negative},
                      Field{"spiked", &S::spiked, "", "1 in the step of a spike", fraction}};
  }

  static std::vector<VariableInfo> variables() { return variables_of(state<double, 1>()); }
  static std::vector<ReceptorInfo> receptors() { return {{"exc", "", 1}, {"inh", "", -1}}; }
  static void check(const ModelArguments&, double, std::vector<Problem>&) {}

  template <class Real>
  struct Propagator {
    Real alpha, from_drive, v_inf, rho, v_th, beta, steps_ref;
    static constexpr auto members() {
      using P = Propagator;
      return std::array{&P::alpha, &P::from_drive, &P::v_inf, &P::rho, &P::v_th, &P::beta, &P::steps_ref};
    }
  };

  template <class Real>
  static Propagator<Real> prepare(const Params& p, double dt) {
    const auto real = [](double x) { return static_cast<Real>(x); };
    const double share = -std::expm1(-dt / p.tau_m);
    return {real(std::exp(-dt / p.tau_m)), real(share),  real(share * p.i_e),
            real(std::exp(-dt / p.tau_a)), real(p.v_th), real(p.beta),
            real(std::round(p.t_ref / dt))};
  }

  template <class Real, int rows>
  static State<Real, rows> initial(const Params&) {
    return {0, 0, 0, 0};
  }

  /// One neuron, one step; returns whether it spiked.
  template <class Real, int rows>
  [[gnu::always_inline]] static bool advance(const Propagator<Real>& h, State<Real, rows>& s,
                                             const std::array<Real, rows>& arrived, Real drive) noexcept {
    s.v_m = h.alpha * s.v_m - h.v_th * s.spiked + arrived[0] + (h.from_drive * drive + h.v_inf);
    s.a = h.rho * s.a + s.spiked;
    const bool spiked = !(s.refractory > 0) & (s.v_m >= h.v_th + h.beta * s.a);
    s.refractory = spiked ? h.steps_ref : larger(s.refractory - 1, Real{0});
    s.spiked = spiked ? Real{1} : Real{0};
    return spiked;
  }
};

}  // namespace spikeloom
