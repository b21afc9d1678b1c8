/// Forward pass of a layer without recurrence, from event to event.
///
/// Where a spike arrives at all neurons together, arrivals are sorted once and the neurons advance side by side over
/// columns; only those that may reach the threshold before the next arrival are looked at one by one. Where synapses
/// have delays of their own, each neuron goes through its own sorted arrivals.
#include <algorithm>

#include "plasticity/eventprop/passes.hpp"

namespace spikeloom {
namespace {

constexpr double dead = -1e300;  // potential and current of a neuron that has fired and must not again

bool earlier(const Emission& a, const Emission& b) {
  return a.time < b.time || (a.time == b.time && a.neuron < b.neuron);
}

/// One neuron from `from` to `to`, firing where it does.
Membrane::State advance(const EventPropNetwork& network, Membrane::State state, double from, double to,
                        std::uint32_t neuron, std::vector<Emission>& out) {
  const auto& membrane = network.membrane;
  for (double left = to - from;;) {
    const double t = membrane.crossing(state, left);
    if (!(t < Membrane::never)) return membrane.move(state, left);
    const double current = membrane.move(state, t).i;
    left -= t;
    out.push_back({to - left, current, neuron});
    if (network.single_spike) return {dead, dead};
    state = {0, current};
  }
}

class CommonArrivals {
 public:
  CommonArrivals(const EventPropNetwork& network, const EventPropProjection& projection, ForwardScratch& scratch,
                 std::vector<Emission>& out)
      : network_(network),
        projection_(projection),
        out_(out),
        n_(projection.targets),
        peak_(network.membrane.response_peak()),
        most_(network.membrane.flow(peak_).from_i),
        may_fire_(scratch.may_fire) {
    scratch.v.assign(n_, 0.0);
    scratch.i.assign(n_, 0.0);
    may_fire_.assign(n_, 0);
    v_ = scratch.v.data();
    i_ = scratch.i.data();
  }

  void run(const std::vector<LayerArrival>& arrivals) {
    double now = 0;
    for (const auto& arrival : arrivals) {
      if (arrival.time > now) advance_all(now, arrival.time);
      now = arrival.time;
      add(projection_.weights.data() + std::size_t{arrival.source} * n_);
    }
    if (network_.duration > now) advance_all(now, network_.duration);
  }

 private:
  void advance_all(double from, double to) {
    const auto flow = network_.membrane.flow(to - from);
    fixes_.clear();
    if (mark(flow, to - from < peak_ ? flow.from_i : most_) > 0)
      for (std::uint32_t j = 0; j < n_; ++j)
        if (may_fire_[j] != 0) fixes_.push_back({j, advance(network_, {v_[j], i_[j]}, from, to, j, out_)});
    move(flow);
    for (const auto& [j, state] : fixes_) {
      v_[j] = state.v;
      i_[j] = state.i;
    }
  }

  /// Marks neurons whose potential may reach the threshold: it is there at the end, or it has a peak on the way and V
  /// stays below max(V, 0) + I * most. Only a current above threshold lifts it there.
  int mark(const Membrane::Flow& flow, double most) {
    const double* __restrict v = v_;
    const double* __restrict i = i_;
    std::uint8_t* __restrict marks = may_fire_.data();
    const double v_th = network_.membrane.v_th, nearly = v_th * (1 - 1e-12);
    int count = 0;
    for (std::uint32_t j = 0; j < n_; ++j) {
      const double v_end = flow.decay_m * v[j] + flow.from_i * i[j], i_end = flow.decay_s * i[j];
      const double bound = std::max(v[j], 0.0) + i[j] * most;
      const bool may = (i[j] > v_th) & ((v_end >= nearly) | ((i_end <= v_end) & (bound >= nearly)));
      marks[j] = may;
      count += may;
    }
    return count;
  }

  void move(const Membrane::Flow& flow) {
    double* __restrict v = v_;
    double* __restrict i = i_;
    const double decay_m = flow.decay_m, decay_s = flow.decay_s, from_i = flow.from_i;
    for (std::uint32_t j = 0; j < n_; ++j) {
      v[j] = decay_m * v[j] + from_i * i[j];
      i[j] = decay_s * i[j];
    }
  }

  void add(const double* __restrict weights) {
    double* __restrict i = i_;
    for (std::uint32_t j = 0; j < n_; ++j) i[j] += weights[j];
  }

  struct Fix {
    std::uint32_t neuron;
    Membrane::State state;
  };

  const EventPropNetwork& network_;
  const EventPropProjection& projection_;
  std::vector<Emission>& out_;
  std::uint32_t n_;
  double peak_, most_;
  std::vector<std::uint8_t>& may_fire_;
  double *v_ = nullptr, *i_ = nullptr;
  std::vector<Fix> fixes_;
};

void one_by_one(const EventPropNetwork& network, const EventPropProjection& projection, const std::vector<Emission>& in,
                std::vector<LayerArrival>& arrivals, std::vector<Emission>& out) {
  for (std::uint32_t j = 0; j < projection.targets; ++j) {
    collect_for(projection, network.duration, in, j, arrivals);
    Membrane::State state;
    double now = 0;
    for (const auto& arrival : arrivals) {
      state = advance(network, state, now, arrival.time, j, out);
      state.i += arrival.weight;
      now = arrival.time;
    }
    advance(network, state, now, network.duration, j, out);
  }
}

void sort_by_time(std::vector<LayerArrival>& arrivals) {
  const auto before = [](const LayerArrival& a, const LayerArrival& b) { return a.time < b.time; };
  constexpr std::size_t few = 32;
  if (arrivals.size() > few) return std::stable_sort(arrivals.begin(), arrivals.end(), before);
  for (std::size_t k = 1; k < arrivals.size(); ++k) {
    const auto arrival = arrivals[k];
    std::size_t place = k;
    for (; place > 0 && before(arrival, arrivals[place - 1]); --place) arrivals[place] = arrivals[place - 1];
    arrivals[place] = arrival;
  }
}

}  // namespace

void collect_common(const EventPropProjection& projection, double duration, const std::vector<Emission>& in,
                    std::vector<LayerArrival>& arrivals) {
  arrivals.clear();
  for (const auto& spike : in) {
    const double time = spike.time + projection.effective[projection.delay_place(spike.neuron, 0)];
    if (time < duration) arrivals.push_back({time, spike.neuron, 0, 0});
  }
  if (projection.kind == DelayKind::axonal) sort_by_time(arrivals);
}

void collect_for(const EventPropProjection& projection, double duration, const std::vector<Emission>& in,
                 std::uint32_t target, std::vector<LayerArrival>& arrivals) {
  arrivals.clear();
  for (const auto& spike : in) {
    const double time = spike.time + projection.effective[projection.delay_place(spike.neuron, target)];
    if (time < duration)
      arrivals.push_back(
          {time, spike.neuron, target, projection.weights[std::size_t{spike.neuron} * projection.targets + target]});
  }
  if (projection.kind == DelayKind::axonal || projection.kind == DelayKind::synaptic) sort_by_time(arrivals);
}

void forward_exact(const EventPropNetwork& network, std::size_t layer, const std::vector<Emission>& in,
                   ForwardScratch& scratch, std::vector<Emission>& out) {
  const auto& projection = network.forward[layer - 1];
  out.clear();
  if (projection.is_common()) {
    collect_common(projection, network.duration, in, scratch.arrivals);
    CommonArrivals(network, projection, scratch, out).run(scratch.arrivals);
  } else {
    one_by_one(network, projection, in, scratch.arrivals, out);
  }
  std::sort(out.begin(), out.end(), earlier);
}

}  // namespace spikeloom
