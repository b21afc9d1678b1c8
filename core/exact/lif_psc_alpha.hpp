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
    double ex_kick, in_kick;  // slope of the current per arriving weight [1/(ms pF)]: its peak is the weight
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
            .ex_kick = std::numbers::e * ex.rate() / p.c_m,
            .in_kick = std::numbers::e * in.rate() / p.c_m,
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
        const double grown = exponential(-rate * after);
        j = (j + d * after) * grown;
        d *= grown;
      };
      back(c.ex.rate(), s.j_ex, s.d_ex);
      back(c.in.rate(), s.j_in, s.d_in);
    }
    return {c.v_inf + s.u, 0, c.c_m * s.d_ex, c.c_m * s.j_ex, c.c_m * s.d_in, c.c_m * s.j_in};
  }

  static void move(const Constants& c, State& s, double ms) noexcept {
    const Decays d(ms, c.decay, c.ex, c.in);
    s.u = potential(c, s, ms, d);
    run_currents(s, ms, d);
  }
  static void arrive(const Constants& c, State& s, int row, double weight) noexcept {
    (row == 0 ? s.d_ex : s.d_in) += weight * kick(c, row);
  }
  static void arrive_refractory(const Constants& c, State& s, int row, double weight, double ms) noexcept {
    const double d = weight * kick(c, row) * exponential(-(row == 0 ? c.ex : c.in).rate() * ms);
    (row == 0 ? s.d_ex : s.d_in) += d;
    (row == 0 ? s.j_ex : s.j_in) += d * ms;
  }
  /// At reset for some time, while the currents run on.
  static void hold(const Constants& c, State& s, double ms) noexcept {
    s.u = c.reset;
    run_currents(s, ms, {ms, c.decay, c.ex, c.in});
  }
  static double reset(const Constants& c, State& s) noexcept {
    hold(c, s, c.t_ref);
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
      State then = s;
      move(c, then, t);
      return {then.u - c.threshold, then.j_ex + then.j_in - c.rheobase,
              then.d_ex - c.ex.rate() * then.j_ex + then.d_in - c.in.rate() * then.j_in};
    };
    const double t = first_crossing(currents, horizon(c, s), c.decay, excess);
    return t == no_crossing ? Forecast{} : Forecast{t, true};
  }

 private:
  static double kick(const Constants& c, int row) noexcept { return row == 0 ? c.ex_kick : c.in_kick; }
  static double potential(const Constants& c, const State& s, double t, const Decays& d) noexcept {
    return s.u * d.membrane + s.j_ex * c.ex.to_exponential(t, d.membrane, d.ex) +
           s.d_ex * c.ex.to_ramp(t, d.membrane, d.ex) + s.j_in * c.in.to_exponential(t, d.membrane, d.in) +
           s.d_in * c.in.to_ramp(t, d.membrane, d.in);
  }
  static void run_currents(State& s, double t, const Decays& d) noexcept {
    s.j_ex = (s.j_ex + s.d_ex * t) * d.ex;
    s.j_in = (s.j_in + s.d_in * t) * d.in;
    s.d_ex *= d.ex;
    s.d_in *= d.in;
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
