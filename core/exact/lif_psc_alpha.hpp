/// lif_psc_alpha at real-valued times: as lif_psc_exp, with currents that rise before they decay.
#pragma once

#include "core/exact/first_crossing.hpp"
#include "core/exact/model_slice.hpp"
#include "core/exact/synaptic_response.hpp"
#include "core/models/lif_psc_alpha.hpp"

namespace spikeloom {

struct ExactLifPscAlpha {
  using Grid = LifPscAlpha;
  using Observed = Grid::State<double, 2>;
  static constexpr bool moves_on = false;

  /// Potentials count from v_inf, where the membrane tends to without synaptic input; currents are over c_m [mV/ms].
  struct Constants {
    double decay, threshold, reset, t_ref, v_inf, c_m;
    double rheobase;          // decay * threshold
    double ex_peak, in_peak;  // largest potential per current
    double ex_ramp_bound, in_ramp_bound;
    SynapticResponse ex, in;
  };
  /// The current (j + d t) exp(-rate t) of a receptor.
  struct State {
    double u, d_ex, j_ex, d_in, j_in;
  };
  static constexpr std::array columns = {
      Field{"v_m", &State::u, "mV", "membrane potential from where it tends to"},
      Field{"di_syn_ex", &State::d_ex, "mV/ms^2", "rising part of the excitatory current over c_m"},
      Field{"i_syn_ex", &State::j_ex, "mV/ms", "excitatory current over c_m"},
      Field{"di_syn_in", &State::d_in, "mV/ms^2", "rising part of the inhibitory current over c_m"},
      Field{"i_syn_in", &State::j_in, "mV/ms", "inhibitory current over c_m"}};

  static Constants prepare(const Grid::Params& p) {
    const double decay = 1 / p.tau_m, v_inf = p.e_l + p.i_e * p.tau_m / p.c_m;
    const SynapticResponse ex(decay, 1 / p.tau_syn_ex), in(decay, 1 / p.tau_syn_in);
    return {.decay = decay,
            .threshold = p.v_th - v_inf,
            .reset = p.v_reset - v_inf,
            .t_ref = p.t_ref,
            .v_inf = v_inf,
            .c_m = p.c_m,
            .rheobase = decay * (p.v_th - v_inf),
            .ex_peak = ex.exponential_peak(),
            .in_peak = in.exponential_peak(),
            .ex_ramp_bound = ex.ramp_bound(),
            .in_ramp_bound = in.ramp_bound(),
            .ex = ex,
            .in = in};
  }

  static State from_observed(const Constants& c, const Observed& seen) {
    return {seen.v_m - c.v_inf, seen.di_syn_ex / c.c_m, seen.i_syn_ex / c.c_m, seen.di_syn_in / c.c_m,
            seen.i_syn_in / c.c_m};
  }
  static Observed observe(const Constants& c, const State& state, double after) {
    State s = state;
    if (after >= 0) {
      move(c, s, after);
    } else {  // currents run while v_m is held
      s.u = c.reset;
      const auto back = [after](double rate, double& j, double& d) {
        const double grown = std::exp(std::min(-rate * after, 700.0));
        j = (j + d * after) * grown;
        d *= grown;
      };
      back(c.ex.rate(), s.j_ex, s.d_ex);
      back(c.in.rate(), s.j_in, s.d_in);
    }
    return {c.v_inf + s.u, 0, c.c_m * s.d_ex, c.c_m * s.j_ex, c.c_m * s.d_in, c.c_m * s.j_in};
  }

  static void move(const Constants& c, State& s, double ms) noexcept {
    const double membrane = std::exp(-c.decay * ms), ex = std::exp(-c.ex.rate() * ms), in = std::exp(-c.in.rate() * ms);
    s.u = potential(c, s, ms, membrane, ex, in);
    run_currents(s, ms, ex, in);
  }
  static void arrive(const Constants& c, State& s, int row, double weight) noexcept {
    (row == 0 ? s.d_ex : s.d_in) += weight * kick(c, row);
  }
  static void arrive_refractory(const Constants& c, State& s, int row, double weight, double ms) noexcept {
    const double d = weight * kick(c, row) * std::exp(-(row == 0 ? c.ex : c.in).rate() * ms);
    (row == 0 ? s.d_ex : s.d_in) += d;
    (row == 0 ? s.j_ex : s.j_in) += d * ms;
  }
  static double reset(const Constants& c, State& s) noexcept {
    s.u = c.reset;
    run_currents(s, c.t_ref, std::exp(-c.ex.rate() * c.t_ref), std::exp(-c.in.rate() * c.t_ref));
    return c.t_ref;
  }

  static Forecast forecast(const Constants& c, const State& s) noexcept {
    if (s.u >= c.threshold) return {0, true};
    const auto above_0 = [](double x) { return std::max(x, 0.0); };
    const double j = largest_current(c, s);
    if (c.threshold < 0)  // u exp(-decay t) <= u (1 - decay t) for u < 0
      return {(1 - 1e-12) * (c.threshold - s.u) / (j - s.u * c.decay), false};
    if (j <= c.rheobase) return {};
    const double from = above_0(s.u);
    const double rise = above_0(s.j_ex) * c.ex_peak + above_0(s.d_ex) * c.ex_ramp_bound + above_0(s.j_in) * c.in_peak +
                        above_0(s.d_in) * c.in_ramp_bound;
    if (from + rise < (1 - 1e-12) * c.threshold) return {};
    return {(1 - 1e-12) * (c.threshold - from) / j, false};
  }

  static Forecast resume(const Constants& c, const State& s) noexcept {
    std::array<DecayingTerm, 3> currents = {DecayingTerm{0, -c.rheobase}, DecayingTerm{c.ex.rate(), s.j_ex, s.d_ex},
                                            DecayingTerm{c.in.rate(), s.j_in, s.d_in}};
    if (currents[1].rate > currents[2].rate) std::swap(currents[1], currents[2]);
    const auto excess = [&](double t) -> Excess {
      const double membrane = std::exp(-c.decay * t), ex = std::exp(-c.ex.rate() * t), in = std::exp(-c.in.rate() * t);
      State then = s;
      then.u = potential(c, s, t, membrane, ex, in);
      run_currents(then, t, ex, in);
      return {then.u - c.threshold, then.j_ex + then.j_in - c.rheobase,
              then.d_ex - c.ex.rate() * then.j_ex + then.d_in - c.in.rate() * then.j_in};
    };
    const double t = first_crossing(currents, horizon(c, s), c.decay, excess);
    return t == no_crossing ? Forecast{} : Forecast{t, true};
  }

 private:
  /// Slope of the current [1/ms] per arriving current over c_m, whose alpha function has that current as its peak.
  static double kick(const Constants& c, int row) noexcept {
    return std::exp(1.0) * (row == 0 ? c.ex : c.in).rate() / c.c_m;
  }
  static double potential(const Constants& c, const State& s, double t, double membrane, double ex,
                          double in) noexcept {
    return s.u * membrane + s.j_ex * c.ex.to_exponential(t, membrane, ex) + s.d_ex * c.ex.to_ramp(t, membrane, ex) +
           s.j_in * c.in.to_exponential(t, membrane, in) + s.d_in * c.in.to_ramp(t, membrane, in);
  }
  static void run_currents(State& s, double t, double ex, double in) noexcept {
    s.j_ex = (s.j_ex + s.d_ex * t) * ex;
    s.j_in = (s.j_in + s.d_in * t) * in;
    s.d_ex *= ex;
    s.d_in *= in;
  }
  /// At least as large as the current will ever be: t exp(-rate t) <= 1 / (e rate).
  static double largest_current(const Constants& c, const State& s) noexcept {
    constexpr double inverse_e = 0.36787944117144233;
    return std::max(s.j_ex, 0.0) + inverse_e * std::max(s.d_ex, 0.0) / c.ex.rate() + std::max(s.j_in, 0.0) +
           inverse_e * std::max(s.d_in, 0.0) / c.in.rate();
  }
  /// From here on the current stays on one side of the rheobase: t exp(-rate t) <= 2 / (e rate) exp(-rate t / 2).
  static double horizon(const Constants& c, const State& s) noexcept {
    const double slowest = std::min(c.ex.rate(), c.in.rate());
    if (c.rheobase > 0) return std::log(2 * largest_current(c, s) / c.rheobase) / (0.5 * slowest);
    return 800 / std::min(c.decay, slowest);  // all decays underflow
  }
};

}  // namespace spikeloom
