/// lif_psc_exp at real-valued times: membrane and currents in closed form, crossings by root isolation.
#pragma once

#include "core/exact/first_crossing.hpp"
#include "core/exact/model_slice.hpp"
#include "core/exact/synaptic_response.hpp"
#include "core/models/lif_psc_exp.hpp"

namespace spikeloom {

struct ExactLifPscExp {
  using Grid = LifPscExp;
  using Observed = Grid::State<double, 2>;
  static constexpr bool moves_on = false;

  /// Potentials count from v_inf, where the membrane tends to without synaptic input; currents are over c_m [mV/ms].
  struct Constants {
    double decay, threshold, reset, t_ref, v_inf, c_m;
    double rheobase;          // decay * threshold
    double ex_peak, in_peak;  // largest potential per current
    double inverse_c_m;
    SynapticResponse ex, in;
  };
  struct State {
    double u, j_ex, j_in;
  };
  static constexpr std::array columns = {Field{"v_m", &State::u, "mV", "membrane potential from where it tends to"},
                                         Field{"i_syn_ex", &State::j_ex, "mV/ms", "excitatory current over c_m"},
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
            .inverse_c_m = 1 / p.c_m,
            .ex = ex,
            .in = in};
  }

  static State from_observed(const Constants& c, const Observed& seen) {
    return {seen.v_m - c.v_inf, seen.i_syn_ex / c.c_m, seen.i_syn_in / c.c_m};
  }
  static Observed observe(const Constants& c, const State& state, double after) {
    State s = state;
    if (after >= 0) {
      move(c, s, after);
    } else {  // currents run while v_m is held
      s.u = c.reset;
      s.j_ex *= exponential(-c.ex.rate() * after);
      s.j_in *= exponential(-c.in.rate() * after);
    }
    return {c.v_inf + s.u, 0, c.c_m * s.j_ex, c.c_m * s.j_in};
  }

  static double potential(const Constants& c, const State& s, double t, const Decays& d) noexcept {
    return s.u * d.membrane + s.j_ex * c.ex.to_exponential(t, d.membrane, d.ex) +
           s.j_in * c.in.to_exponential(t, d.membrane, d.in);
  }

  static void move(const Constants& c, State& s, double ms) noexcept {
    const Decays d(ms, c.decay, c.ex, c.in);
    s = {potential(c, s, ms, d), s.j_ex * d.ex, s.j_in * d.in};
  }
  static void arrive(const Constants& c, State& s, int row, double weight) noexcept {
    (row == 0 ? s.j_ex : s.j_in) += weight * c.inverse_c_m;
  }
  static void arrive_refractory(const Constants& c, State& s, int row, double weight, double ms) noexcept {
    arrive(c, s, row, weight * exponential(-(row == 0 ? c.ex : c.in).rate() * ms));
  }
  /// At reset for some time, while the currents run on.
  static void hold(const Constants& c, State& s, double ms) noexcept {
    const Decays d(ms, c.decay, c.ex, c.in);
    s = {c.reset, s.j_ex * d.ex, s.j_in * d.in};
  }
  static double reset(const Constants& c, State& s) noexcept {
    hold(c, s, c.t_ref);
    return c.t_ref;
  }

  static Forecast forecast(const Constants& c, const State& s) noexcept {
    if (s.u >= c.threshold) return {0, true};
    const double j_ex = std::max(s.j_ex, 0.0), j_in = std::max(s.j_in, 0.0), j = j_ex + j_in;
    if (c.threshold < 0)  // u exp(-decay t) <= u (1 - decay t) for u < 0
      return {(1 - 1e-12) * (c.threshold - s.u) / (j - s.u * c.decay), false};
    if (j <= c.rheobase) return {};
    const double from = std::max(s.u, 0.0);
    if (from + j_ex * c.ex_peak + j_in * c.in_peak < (1 - 1e-12) * c.threshold) return {};
    return {(1 - 1e-12) * (c.threshold - from) / j, false};
  }

  static Forecast resume(const Constants& c, const State& s) noexcept {
    std::array<DecayingTerm, 3> currents = {DecayingTerm{0, -c.rheobase}, DecayingTerm{c.ex.rate(), s.j_ex},
                                            DecayingTerm{c.in.rate(), s.j_in}};
    if (currents[1].rate > currents[2].rate) std::swap(currents[1], currents[2]);
    const auto excess = [&](double t) -> Excess {
      const Decays d(t, c.decay, c.ex, c.in);
      const double j_ex = s.j_ex * d.ex, j_in = s.j_in * d.in;
      return {potential(c, s, t, d) - c.threshold, j_ex + j_in - c.rheobase, -c.ex.rate() * j_ex - c.in.rate() * j_in};
    };
    const double t = first_crossing(currents, horizon(c, s), c.decay, excess);
    return t == no_crossing ? Forecast{} : Forecast{t, true};
  }

 private:
  /// From here on the current stays on one side of the rheobase.
  static double horizon(const Constants& c, const State& s) noexcept {
    const double j = std::max(s.j_ex, 0.0) + std::max(s.j_in, 0.0), slowest = std::min(c.ex.rate(), c.in.rate());
    if (c.rheobase > 0) return std::log(j / c.rheobase) / slowest * (1 + 1e-12);
    return 800 / std::min(c.decay, slowest);  // all decays underflow
  }
};

}  // namespace spikeloom
