/// Learning rules the slow way: one synapse, one time step after the other, everything in double, nothing lazy.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace spikeloom::reference {

/// A synapse whose state is carried from grid step to grid step. At one time: arrival first, then the target's spike,
/// then the modulator.
class DenseSynapse {
 public:
  virtual ~DenseSynapse() = default;
  virtual void pass(double dt) = 0;  // dt: one grid step [ms]
  virtual double arrive() = 0;       // returns what is transmitted
  virtual void target_spike() {}
  virtual void modulate(double) {}
  virtual void tick() {}  // once per interval
  virtual double weight() const = 0;
};

/// A trace: all_to_all or nearest.
struct DenseTrace {
  double tau, value = 0;
  bool nearest = false;
  void pass(double dt) { value *= std::exp(-dt / tau); }
  void spike() { value = nearest ? 1 : value + 1; }
};

struct DenseBounds {
  double low = 0, high = std::numeric_limits<double>::infinity();
  double clip(double w) const { return std::min(std::max(w, low), high); }
};

/// stdp_pair.
struct DensePair final : DenseSynapse {
  DenseTrace x, y;
  DenseBounds bounds;
  std::function<double(double)> up, down;  // step of the weight for a trace of 1
  double w;

  DensePair(double weight, DenseTrace x_trace, DenseTrace y_trace, DenseBounds limits, std::function<double(double)> u,
            std::function<double(double)> d)
      : x(x_trace), y(y_trace), bounds(limits), up(std::move(u)), down(std::move(d)), w(weight) {}
  void pass(double dt) override { x.pass(dt), y.pass(dt); }
  double arrive() override {
    w = bounds.clip(w - down(w) * y.value);
    x.spike();
    return w;
  }
  void target_spike() override {
    w = bounds.clip(w + up(w) * x.value);
    y.spike();
  }
  double weight() const override { return w; }
};

/// Steps at which things happen to a synapse, as seen by the neurons and the modulator.
struct DenseEvents {
  std::set<int> source, target;
  std::map<int, double> modulator;
  int axonal = 0, dendritic = 1;
  int interval = 0;  // steps between ticks; 0: none
};

/// Runs a synapse until the begin of step `end` of the target: everything that happens at the synapse before
/// end - dendritic. `transmitted` is told the step at which each arrival acts on the target.
inline void run(DenseSynapse& synapse, const DenseEvents& events, double dt, int end,
                const std::function<void(int, double)>& transmitted) {
  for (int at = 0; at < end - events.dendritic; ++at) {
    if (at > 0) synapse.pass(dt);
    if (events.interval > 0 && at > 0 && (at + events.dendritic) % events.interval == 0) synapse.tick();
    if (events.source.contains(at - events.axonal)) transmitted(at + events.dendritic, synapse.arrive());
    if (events.target.contains(at - events.dendritic)) synapse.target_spike();
    if (const auto found = events.modulator.find(at); found != events.modulator.end()) synapse.modulate(found->second);
  }
  synapse.pass(dt);
}

}  // namespace spikeloom::reference
