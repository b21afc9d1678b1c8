/// lif_psc_delta at real-valued times: v_m relaxes towards its rest, jumps at arrivals, and may drift to the threshold.
#pragma once

#include "core/exact/model_slice.hpp"
#include "core/models/exponential.hpp"
#include "core/models/lif_psc_delta.hpp"

namespace spikeloom {

struct ExactLifPscDelta {
  using Grid = LifPscDelta;
  using Observed = Grid::State<double, 1>;
  static constexpr bool moves_on = false;

  struct Constants {
    double v_inf, decay, tau_m, threshold, reset, t_ref;  // decay = 1/tau_m; threshold and reset from v_inf
  };
  struct State {
    double u;  // v_m - v_inf [mV]
  };
  static constexpr std::array columns = {Field{"v_m", &State::u, "mV", "membrane potential from where it tends to"}};

  static Constants prepare(const Grid::Params& p) {
    const double v_inf = p.e_l + p.i_e * p.tau_m / p.c_m;
    return {v_inf, 1 / p.tau_m, p.tau_m, p.v_th - v_inf, p.v_reset - v_inf, p.t_ref};
  }
  static State from_observed(const Constants& c, const Observed& seen) { return {seen.v_m - c.v_inf}; }
  static Observed observe(const Constants& c, const State& s, double after) {
    return {c.v_inf + (after < 0 ? c.reset : s.u * exponential(-c.decay * after)), 0};
  }

  static void move(const Constants& c, State& s, double ms) noexcept { s.u *= exponential(-c.decay * ms); }
  static void arrive(const Constants&, State& s, int, double weight) noexcept { s.u += weight; }
  /// Discarded.
  static void arrive_refractory(const Constants&, State&, int, double, double) noexcept {}
  /// At reset for some time.
  static void hold(const Constants& c, State& s, double) noexcept { s.u = c.reset; }
  static double reset(const Constants& c, State& s) noexcept {
    hold(c, s, c.t_ref);
    return c.t_ref;
  }

  /// u relaxes towards 0: below a threshold that lies above 0 there is no spike, else no earlier than at constant
  /// slope.
  static Forecast forecast(const Constants& c, const State& s) noexcept {
    if (s.u >= c.threshold) return {0, true};
    if (c.threshold >= 0) return {};
    return {(1 - 1e-12) * (c.threshold - s.u) / (-s.u * c.decay), false};
  }
  static Forecast resume(const Constants& c, const State& s) noexcept {
    return {c.tau_m * std::log(s.u / c.threshold), true};
  }
};

}  // namespace spikeloom
