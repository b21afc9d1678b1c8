/// Leaky integrate-and-fire neuron with exponential synaptic currents whose threshold seeks a rate.
///
///     dv_m/dt = -(v_m - e_l) / tau_m + (i_syn_ex + i_syn_in + i_e + drive) / c_m     spike when v_m >= v_th + theta
///     dtheta/dt = eta (target train - rate),  theta_min <= theta <= theta_max
///
/// Intrinsic homeostasis: every spike raises theta by eta, and between spikes it falls so fast that it is at rest at
/// `rate` (Lazar, Pipa & Triesch 2009, Front Comput Neurosci 3:23, as a threshold in continuous time; Zhang & Linden
/// 2003, Nat Rev Neurosci 4:885). All else is lif_psc_exp, exact between grid points.
#pragma once

#include "core/models/common.hpp"
#include "core/models/lif_psc_exp.hpp"
#include "core/models/select.hpp"

namespace spikeloom {

struct LifHomeostatic {
  static constexpr std::string_view name = "lif_homeostatic";
  static constexpr std::string_view summary =
      "leaky integrate-and-fire, exponential currents, a threshold that seeks a rate (Lazar, Pipa & Triesch 2009)";
  static constexpr std::string_view equations =
      "dv_m/dt = -(v_m - e_l)/tau_m + (i_syn_ex + i_syn_in + i_e + drive)/c_m\n"
      "di_syn/dt = -i_syn/tau_syn;  i_syn += weight at each arrival\n"
      "dtheta/dt = -eta rate;  theta += eta at each spike of its own\n"
      "v_m >= v_th + theta: spike, then v_m = v_reset for t_ref";
  static constexpr int row_count = 2;

  struct Params {
    double tau_m = 10, c_m = 250, e_l = -70, v_th = -55, v_reset = -70, t_ref = 2, tau_syn_ex = 2, tau_syn_in = 2,
           i_e = 0, rate = 5, eta = 0.05, theta_min = -10, theta_max = 30;
  };
  static constexpr std::array params = {
      Field{"tau_m", &Params::tau_m, "ms", "membrane time constant", positive},
      Field{"c_m", &Params::c_m, "pF", "membrane capacitance", positive},
      Field{"e_l", &Params::e_l, "mV", "resting potential"},
      Field{"v_th", &Params::v_th, "mV", "spike threshold at theta = 0"},
      Field{"v_reset", &Params::v_reset, "mV", "v_m after a spike"},
      Field{"t_ref", &Params::t_ref, "ms", "absolute refractory period", non_negative},
      Field{"tau_syn_ex", &Params::tau_syn_ex, "ms", "decay time of excitatory currents", positive},
      Field{"tau_syn_in", &Params::tau_syn_in, "ms", "decay time of inhibitory currents", positive},
      Field{"i_e", &Params::i_e, "pA", "constant input current"},
      Field{"rate", &Params::rate, "Hz", "rate that the threshold seeks", non_negative},
      Field{"eta", &Params::eta, "mV", "rise of the threshold with each spike", non_negative},
      Field{"theta_min", &Params::theta_min, "mV", "smallest shift of the threshold"},
      Field{"theta_max", &Params::theta_max, "mV", "largest shift of the threshold"}};

  template <class Real, int>
  struct State {
    Real v_m, refractory, i_syn_ex, i_syn_in, theta;
  };
  template <class Real, int rows>
  static constexpr auto state() {
    using S = State<Real, rows>;
    return std::array{Field{"v_m", &S::v_m, "mV", "membrane potential"},
                      Field{"refractory", &S::refractory, "step", "steps left at v_reset", non_negative},
                      Field{"i_syn_ex", &S::i_syn_ex, "pA", "excitatory synaptic current"},
                      Field{"i_syn_in", &S::i_syn_in, "pA", "inhibitory synaptic current"},
                      Field{"theta", &S::theta, "mV", "shift of the threshold"}};
  }

  static std::vector<VariableInfo> variables() { return variables_of(state<double, 2>()); }
  static std::vector<ReceptorInfo> receptors() { return {{"exc", "pA", 1}, {"inh", "pA", -1}}; }
  static void check(const ModelArguments& arguments, double, std::vector<Problem>& problems) {
    require_reset_below_threshold(params, arguments, problems);
    if (!for_every_neuron(params, arguments, [](const Params& p) { return p.v_th + p.theta_min > p.v_reset; }))
      problems.push_back({{}, "theta_min", "lowers the threshold to v_reset", "raise theta_min above v_reset - v_th"});
    if (!for_every_neuron(params, arguments, [](const Params& p) { return p.theta_min <= p.theta_max; }))
      problems.push_back({{}, "theta_max", "is smaller than theta_min", "raise theta_max, or lower theta_min"});
  }

  template <class Real>
  struct Propagator {
    Real v_inf, v_decay, v_from_ex, v_from_in, v_from_drive, ex_decay, in_decay, v_th, v_reset, steps_ref, eta, fall,
        theta_min, theta_max;
    static constexpr auto members() {
      using P = Propagator;
      return std::array{&P::v_inf,    &P::v_decay,  &P::v_from_ex, &P::v_from_in, &P::v_from_drive,
                        &P::ex_decay, &P::in_decay, &P::v_th,      &P::v_reset,   &P::steps_ref,
                        &P::eta,      &P::fall,     &P::theta_min, &P::theta_max};
    }
  };

  template <class Real>
  static Propagator<Real> prepare(const Params& p, double dt) {
    const auto real = [](double x) { return static_cast<Real>(x); };
    const auto plain = LifPscExp::prepare<Real>({.tau_m = p.tau_m,
                                                 .c_m = p.c_m,
                                                 .e_l = p.e_l,
                                                 .v_th = p.v_th,
                                                 .v_reset = p.v_reset,
                                                 .t_ref = p.t_ref,
                                                 .tau_syn_ex = p.tau_syn_ex,
                                                 .tau_syn_in = p.tau_syn_in,
                                                 .i_e = p.i_e},
                                                dt);
    return {plain.v_inf,        plain.v_decay,    plain.v_from_ex, plain.v_from_in,
            plain.v_from_drive, plain.ex_decay,   plain.in_decay,  plain.v_th,
            plain.v_reset,      plain.steps_ref,  real(p.eta),     real(p.eta * p.rate * 1e-3 * dt),
            real(p.theta_min),  real(p.theta_max)};
  }

  template <class Real, int rows>
  static State<Real, rows> initial(const Params& p) {
    State<Real, rows> s{};
    s.v_m = static_cast<Real>(p.e_l);
    return s;
  }

  /// One neuron, one step; returns whether it spiked. `arrived` [pA] per row, `drive` [pA] held over the step.
  template <class Real, int rows>
  [[gnu::always_inline]] static bool advance(const Propagator<Real>& h, State<Real, rows>& s,
                                             const std::array<Real, rows>& arrived, Real drive) noexcept {
    Real v = h.v_inf + (s.v_m - h.v_inf) * h.v_decay + h.v_from_drive * drive;
    v += h.v_from_ex * s.i_syn_ex + h.v_from_in * s.i_syn_in;
    s.i_syn_ex = s.i_syn_ex * h.ex_decay + arrived[0];
    s.i_syn_in = s.i_syn_in * h.in_decay + arrived[1];
    const bool held = s.refractory > 0;
    const bool spiked = !held & (v >= h.v_th + s.theta);
    s.v_m = (held | spiked) ? h.v_reset : v;
    s.refractory = spiked ? h.steps_ref : (held ? s.refractory - 1 : Real{0});
    const Real moved = s.theta - h.fall + (spiked ? h.eta : Real{0});
    s.theta = within(moved, h.theta_min, h.theta_max);
    return spiked;
  }
};

}  // namespace spikeloom
