/// Forward pass of a layer without recurrence, from event to event.
///
/// Where a spike arrives at all neurons together, arrivals are sorted once and the neurons advance side by side over
/// columns; only those that may reach the threshold before the next arrival are looked at one by one. Where synapses
/// have delays of their own, each neuron goes through its own sorted arrivals.
#include <algorithm>
#include <span>
#include <utility>

#include "plasticity/eventprop/passes.hpp"

namespace spikeloom {
namespace {

constexpr double dead = -1e300;  // potential and current of a neuron that has fired and must not again
constexpr std::size_t few_arrivals = 32;

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

/// How long before each arrival the one before it came, and by how much potential and current decay in between: the
/// exponentials of a neuron side by side.
void fill_gaps(const Membrane& membrane, const std::vector<LayerArrival>& arrivals, ForwardScratch& scratch) {
  const std::size_t n = arrivals.size();
  for (auto* column : {&scratch.gaps, &scratch.decay_m, &scratch.decay_s}) column->resize(n);
  double before = 0;
  for (std::size_t k = 0; k < n; ++k) {
    scratch.gaps[k] = arrivals[k].time - before;
    before = arrivals[k].time;
  }
  const double* __restrict gap = scratch.gaps.data();
  double* __restrict decay_m = scratch.decay_m.data();
  double* __restrict decay_s = scratch.decay_s.data();
  for (std::size_t k = 0; k < n; ++k) {
    decay_m[k] = exponential(-gap[k] / membrane.tau_m);
    decay_s[k] = exponential(-gap[k] / membrane.tau_s);
  }
}

void one_by_one(const EventPropNetwork& network, const EventPropProjection& projection, const std::vector<Emission>& in,
                ForwardScratch& scratch, std::vector<Emission>& out) {
  const auto& membrane = network.membrane;
  const auto& arrivals = scratch.arrivals;
  for (std::uint32_t j = 0; j < projection.targets; ++j) {
    collect_for(projection, network.duration, in, j, scratch.sort, scratch.arrivals);
    fill_gaps(membrane, arrivals, scratch);
    Membrane::State state;
    double now = 0;
    for (std::size_t k = 0; k < arrivals.size(); ++k) {
      if (state.i <= membrane.v_th)  // too little to reach the threshold
        state = Membrane::move(membrane.flow(scratch.gaps[k], scratch.decay_m[k], scratch.decay_s[k]), state);
      else
        state = advance(network, state, now, arrivals[k].time, j, out);
      state.i += arrivals[k].weight;
      now = arrivals[k].time;
    }
    advance(network, state, now, network.duration, j, out);
  }
}

void sort_stretch(std::span<LayerArrival> arrivals) {
  const auto before = [](const LayerArrival& a, const LayerArrival& b) { return a.time < b.time; };
  if (arrivals.size() > few_arrivals) return std::stable_sort(arrivals.begin(), arrivals.end(), before);
  for (std::size_t k = 1; k < arrivals.size(); ++k) {
    const auto arrival = arrivals[k];
    std::size_t place = k;
    for (; place > 0 && before(arrival, arrivals[place - 1]); --place) arrivals[place] = arrivals[place - 1];
    arrivals[place] = arrival;
  }
}

/// Stable. Arrivals are dealt out to as many equal stretches of the trial as there are of them, which leaves little to
/// sort within each.
void sort_by_time(double duration, SortScratch& scratch, std::vector<LayerArrival>& arrivals) {
  const std::size_t n = arrivals.size();
  if (n <= few_arrivals) return sort_stretch(arrivals);
  const double stretches_per_ms = static_cast<double>(n) / duration;
  scratch.stretches.resize(n);
  scratch.ends.assign(n, 0);
  for (std::size_t k = 0; k < n; ++k) {
    const auto stretch = std::min(static_cast<std::size_t>(arrivals[k].time * stretches_per_ms), n - 1);
    scratch.stretches[k] = static_cast<std::uint32_t>(stretch);
    ++scratch.ends[stretch];
  }
  std::uint32_t sum = 0;
  for (auto& end : scratch.ends) sum += std::exchange(end, sum);  // where each begins ..
  scratch.dealt.resize(n);
  for (std::size_t k = 0; k < n; ++k) scratch.dealt[scratch.ends[scratch.stretches[k]]++] = arrivals[k];
  std::swap(arrivals, scratch.dealt);
  std::size_t begin = 0;
  for (const auto end : scratch.ends) {  // .. and, once they are dealt out, ends
    if (end - begin > 1) sort_stretch(std::span(arrivals).subspan(begin, end - begin));
    begin = end;
  }
}

}  // namespace

void collect_common(const EventPropProjection& projection, double duration, const std::vector<Emission>& in,
                    SortScratch& sort, std::vector<LayerArrival>& arrivals) {
  arrivals.clear();
  for (const auto& spike : in) {
    const double time = spike.time + projection.effective[projection.delay_place(spike.neuron, 0)];
    if (time < duration) arrivals.push_back({time, spike.neuron, 0, 0});
  }
  if (projection.kind == DelayKind::axonal) sort_by_time(duration, sort, arrivals);
}

void collect_for(const EventPropProjection& projection, double duration, const std::vector<Emission>& in,
                 std::uint32_t target, SortScratch& sort, std::vector<LayerArrival>& arrivals) {
  arrivals.clear();
  for (const auto& spike : in) {
    const double time = spike.time + projection.effective[projection.delay_place(spike.neuron, target)];
    if (time < duration)
      arrivals.push_back(
          {time, spike.neuron, target, projection.weights[std::size_t{spike.neuron} * projection.targets + target]});
  }
  if (projection.kind == DelayKind::axonal || projection.kind == DelayKind::synaptic)
    sort_by_time(duration, sort, arrivals);
}

void forward_exact(const EventPropNetwork& network, std::size_t layer, const std::vector<Emission>& in,
                   ForwardScratch& scratch, std::vector<Emission>& out) {
  const auto& projection = network.forward[layer - 1];
  out.clear();
  if (projection.is_common()) {
    collect_common(projection, network.duration, in, scratch.sort, scratch.arrivals);
    CommonArrivals(network, projection, scratch, out).run(scratch.arrivals);
  } else {
    one_by_one(network, projection, in, scratch, out);
  }
  std::sort(out.begin(), out.end(), earlier);
}

}  // namespace spikeloom
