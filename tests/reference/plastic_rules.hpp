/// The other rules the slow way, each from its paper's equations.
#pragma once

#include "tests/reference/plastic_oracle.hpp"

namespace spikeloom::reference {

/// Pfister & Gerstner 2006, equations 3 and 4.
struct DenseTriplet final : DenseSynapse {
  double w, a2_plus, a2_minus, a3_plus, a3_minus;
  DenseTrace r_1, r_2, o_1, o_2;
  DenseBounds bounds;
  DenseTriplet(double weight, std::array<double, 4> amplitudes, std::array<double, 4> taus, bool nearest,
               DenseBounds limits)
      : w(weight),
        a2_plus(amplitudes[0]),
        a2_minus(amplitudes[1]),
        a3_plus(amplitudes[2]),
        a3_minus(amplitudes[3]),
        r_1{taus[0], 0, nearest},
        r_2{taus[1], 0, nearest},
        o_1{taus[2], 0, nearest},
        o_2{taus[3], 0, nearest},
        bounds(limits) {}
  void pass(double dt) override {
    for (auto* trace : {&r_1, &r_2, &o_1, &o_2}) trace->pass(dt);
  }
  double arrive() override {
    w = bounds.clip(w - o_1.value * (a2_minus + a3_minus * r_2.value));
    r_1.spike(), r_2.spike();
    return w;
  }
  void target_spike() override {
    w = bounds.clip(w + r_1.value * (a2_plus + a3_plus * o_2.value));
    o_1.spike(), o_2.spike();
  }
  double weight() const override { return w; }
};

/// Tsodyks, Pawelzik & Markram 1998, with explicit variables u and x.
struct DenseShortTerm final : DenseSynapse {
  double w, u_0, tau_recovery, tau_facilitation, u = 0, x = 1;
  DenseShortTerm(double weight, double rest, double recovery, double facilitation)
      : w(weight), u_0(rest), tau_recovery(recovery), tau_facilitation(facilitation) {}
  void pass(double dt) override {
    u *= std::exp(-dt / tau_facilitation);
    x += (1 - x) * (1 - std::exp(-dt / tau_recovery));
  }
  double arrive() override {
    u += u_0 * (1 - u);
    const double released = u * x;
    x -= released;
    return w * released;
  }
  double weight() const override { return w; }
};

/// Izhikevich 2006: a derivative that is applied once per interval.
struct DenseDerivative final : DenseSynapse {
  double w, a_plus, a_minus, keep, drift, derivative = 0;
  DenseTrace x, y;
  DenseBounds bounds;
  DenseDerivative(double weight, std::array<double, 4> numbers, DenseTrace x_trace, DenseTrace y_trace,
                  DenseBounds limits)
      : w(weight),
        a_plus(numbers[0]),
        a_minus(numbers[1]),
        keep(numbers[2]),
        drift(numbers[3]),
        x(x_trace),
        y(y_trace),
        bounds(limits) {}
  void pass(double dt) override { x.pass(dt), y.pass(dt); }
  void tick() override {
    derivative *= keep;
    w = bounds.clip(w + drift + derivative);
  }
  double arrive() override {
    derivative -= a_minus * y.value;
    x.spike();
    return w;
  }
  void target_spike() override {
    derivative += a_plus * x.value;
    y.spike();
  }
  double weight() const override { return w; }
};

/// Dopamine-modulated STDP by Heun's scheme in steps of 1 microsecond or of a thousandth of a grid step.
struct DenseDopamine final : DenseSynapse {
  double w, a_plus, a_minus, tau_c, tau_n, b, n_constant, c = 0, n = 0;
  int substeps;
  DenseTrace x, y;
  DenseBounds bounds;
  struct Numbers {
    double a_plus, a_minus, tau_c, tau_n, b, n_constant;
  };
  DenseDopamine(double weight, const Numbers& k, int parts, DenseTrace x_trace, DenseTrace y_trace, DenseBounds limits)
      : w(weight),
        a_plus(k.a_plus),
        a_minus(k.a_minus),
        tau_c(k.tau_c),
        tau_n(k.tau_n),
        b(k.b),
        n_constant(k.n_constant),
        substeps(parts),
        x(x_trace),
        y(y_trace),
        bounds(limits) {}
  void pass(double dt) override {
    const double h = dt / substeps, c_factor = 1 - h / tau_c + h * h / (2 * tau_c * tau_c),
                 n_factor = 1 - h / tau_n + h * h / (2 * tau_n * tau_n);
    for (int k = 0; k < substeps; ++k) {
      const double before = c * (n_constant + n - b);
      c *= c_factor, n *= n_factor;
      w += h * 0.5 * (before + c * (n_constant + n - b));
    }
    x.pass(dt), y.pass(dt);
  }
  double arrive() override {
    w = bounds.clip(w);
    c -= a_minus * y.value;
    x.spike();
    return w;
  }
  void target_spike() override {
    w = bounds.clip(w);
    c += a_plus * x.value;
    y.spike();
  }
  void modulate(double amount) override { n += amount; }
  double weight() const override { return bounds.clip(w); }
};

}  // namespace spikeloom::reference
