/// Plain oracle for `timing: exact`: lif neurons in long double, their crossings found by a fine scan and bisection,
/// alone or in a network that is run one neuron at a time.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace spikeloom::reference {

/// A leaky membrane driven by currents of two receptors; kind says what an arrival does.
struct LifNeuron {
  enum class Kind { delta, exponential, alpha } kind = Kind::exponential;
  long double tau_m = 10, c_m = 250, e_l = -70, v_th = -55, v_reset = -70, t_ref = 2, tau_ex = 2, tau_in = 2, i_e = 0;
};
struct LifArrival {
  long double time;  // ms
  long double weight;
  int receptor;
};

/// Spike times [ms] until `end`; arrivals ascend in time. Scans every `stride` ms, and looks for a maximum wherever
/// three points in a row could hide one.
class LifOracle {
 public:
  LifOracle(const LifNeuron& neuron, long double stride) : p_(neuron), stride_(stride), v_(neuron.e_l) {}

  /// The highest v_m after the last arrival, until `end`.
  long double highest(const std::vector<LifArrival>& arrivals, long double end) {
    const long double threshold = std::exchange(p_.v_th, 1e30L);
    run(arrivals, arrivals.back().time);
    p_.v_th = threshold;
    long double best = v_, at = 0;
    for (long double t = 0; now_ + t < end; t += stride_)
      if (v_after(t) > best) best = v_after(t), at = t;
    return v_after(maximum(std::max(at - stride_, 0.0L), at + stride_));
  }

  /// May be called again, with what comes after `end`; returns all spikes so far.
  const std::vector<long double>& run(const std::vector<LifArrival>& arrivals, long double end) {
    for (std::size_t k = 0; k < arrivals.size();) {
      const long double time = arrivals[k].time;
      advance_to(time);
      const bool held = now_ <= free_at_;
      for (; k < arrivals.size() && arrivals[k].time == time; ++k) arrive(arrivals[k], held);
      if (!held && v_ >= p_.v_th) spike();
    }
    advance_to(end);
    return spikes_;
  }

 private:
  struct Current {
    long double i = 0, d = 0;  // (i + d t) exp(-t/tau) [pA]
  };

  void arrive(const LifArrival& arrival, bool held) {
    const long double tau = arrival.receptor == 0 ? p_.tau_ex : p_.tau_in;
    auto& current = arrival.receptor == 0 ? ex_ : in_;
    if (p_.kind == LifNeuron::Kind::delta) v_ += held ? 0 : arrival.weight;
    if (p_.kind == LifNeuron::Kind::exponential) current.i += arrival.weight;
    if (p_.kind == LifNeuron::Kind::alpha) current.d += arrival.weight * std::exp(1.0L) / tau;
  }

  static Current later(const Current& c, long double tau, long double t) {
    const long double decay = std::exp(-t / tau);
    return {(c.i + c.d * t) * decay, c.d * decay};
  }
  /// What the current adds to v_m within t: the integral of exp(-(t-s)/tau_m) (i + d s) exp(-s/tau) / c_m over s.
  long double response(const Current& c, long double tau, long double t) const {
    const long double k = 1 / tau - 1 / p_.tau_m, leak = std::exp(-t / p_.tau_m);
    // integrals of exp(-x s) and s exp(-x s) over s from 0 to 1
    const long double x = k * t, even = x == 0 ? 1 : -std::expm1(-x) / x;
    long double ramp = (even - std::exp(-x)) / x;
    if (std::abs(x) < 0.1L) {
      ramp = 0;
      for (long double n = 0, term = 1; n < 30; ++n, term *= -x / n) ramp += term / (n + 2);
    }
    return leak * (c.i * t * even + c.d * t * t * ramp) / p_.c_m;
  }
  long double v_after(long double t) const {
    const long double v_inf = p_.e_l + p_.i_e * p_.tau_m / p_.c_m;
    return v_inf + (v_ - v_inf) * std::exp(-t / p_.tau_m) + response(ex_, p_.tau_ex, t) + response(in_, p_.tau_in, t);
  }
  void move(long double t) {
    v_ = v_after(t);
    ex_ = later(ex_, p_.tau_ex, t);
    in_ = later(in_, p_.tau_in, t);
    now_ += t;
  }

  void advance_to(long double end) {
    while (now_ < end) {
      if (now_ < free_at_) {  // held at v_reset
        const long double until = std::min(end, free_at_), t = until - now_;
        move(t);
        v_ = p_.v_reset;
        now_ = until;
        continue;
      }
      const long double t = first_crossing(end - now_);
      if (t < 0) {
        move(end - now_);
        now_ = end;
      } else {
        move(t);
        spike();
      }
    }
  }
  void spike() {
    spikes_.push_back(now_);
    v_ = p_.v_reset;
    free_at_ = now_ + p_.t_ref;
  }

  /// First t in (0, end] with v >= v_th, or -1.
  long double first_crossing(long double end) const {
    long double before = 0, here = 0, v_before = v_, v_here = v_;
    while (here < end) {
      const long double next = std::min(end, here + stride_), v_next = v_after(next);
      if (v_here >= v_before && v_here >= v_next) {  // a maximum between before and next
        const long double top = maximum(before, next);
        if (v_after(top) >= p_.v_th) return bisect(before, top);
      }
      if (v_next >= p_.v_th) return bisect(here, next);
      before = here;
      v_before = v_here;
      here = next;
      v_here = v_next;
    }
    return -1;
  }
  long double maximum(long double low, long double high) const {
    for (int k = 0; k < 120; ++k) {
      const long double a = low + (high - low) / 3, b = high - (high - low) / 3;
      (v_after(a) < v_after(b) ? low : high) = v_after(a) < v_after(b) ? a : b;
    }
    return (low + high) / 2;
  }
  long double bisect(long double low, long double high) const {
    for (int k = 0; k < 80; ++k) {
      const long double middle = (low + high) / 2;
      (v_after(middle) < p_.v_th ? low : high) = middle;
    }
    return high;
  }

  LifNeuron p_;
  long double stride_, v_, now_ = 0, free_at_ = -1;
  Current ex_, in_;
  std::vector<long double> spikes_;
};

/// The highest v_m after the last arrival.
inline long double highest_potential(const LifNeuron& neuron, const std::vector<LifArrival>& arrivals, long double end,
                                     long double stride) {
  return LifOracle(neuron, stride).highest(arrivals, end);
}

struct LifConnection {
  std::size_t source, target;  // sources count on from the neurons: their spikes are given
  long double delay, weight;
  int receptor;
};

/// Spike times of every neuron until `end`. Goes from shortest delay to shortest delay: what arrives before the next
/// of these instants has been sent before this one.
inline std::vector<std::vector<long double>> simulate(const std::vector<LifNeuron>& neurons,
                                                      const std::vector<std::vector<long double>>& sources,
                                                      const std::vector<LifConnection>& connections, long double end,
                                                      long double stride) {
  std::vector<LifOracle> oracles;
  for (const auto& neuron : neurons) oracles.emplace_back(neuron, stride);
  std::vector<std::vector<LifArrival>> arrivals(neurons.size());
  const auto send = [&](std::size_t source, long double time) {
    for (const auto& c : connections)
      if (c.source == source) arrivals[c.target].push_back({time + c.delay, c.weight, c.receptor});
  };
  for (std::size_t k = 0; k < sources.size(); ++k)
    for (const auto time : sources[k]) send(neurons.size() + k, time);
  long double window = end;
  for (const auto& c : connections) window = std::min(window, c.delay);

  std::vector<std::vector<long double>> spikes(neurons.size());
  for (long double until = 0; until < end;) {
    until = std::min(end, until + window);
    for (std::size_t n = 0; n < neurons.size(); ++n) {
      auto& waiting = arrivals[n];
      std::stable_sort(waiting.begin(), waiting.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
      const auto due =
          std::find_if(waiting.begin(), waiting.end(), [&](const auto& arrival) { return arrival.time > until; });
      const auto& all = oracles[n].run({waiting.begin(), due}, until);
      waiting.erase(waiting.begin(), due);
      for (; spikes[n].size() < all.size(); send(n, spikes[n].back())) spikes[n].push_back(all[spikes[n].size()]);
    }
  }
  return spikes;
}

}  // namespace spikeloom::reference
