/// Forward pass of a recurrent layer at exact times: a queue of arrivals and of predicted spikes.
#include <algorithm>

#include "plasticity/eventprop/passes.hpp"

namespace spikeloom {
namespace {

/// Spikes come before arrivals of the same time; arrivals in the order in which they were queued.
struct Event {
  double time;
  std::uint64_t order;  // of a spike 0
  std::uint32_t neuron;
  std::uint32_t number;  // of a spike: the prediction that it belongs to
  double weight;
};
bool later(const Event& a, const Event& b) {
  if (a.time != b.time) return a.time > b.time;
  if (a.order != b.order) return a.order > b.order;
  return a.neuron > b.neuron;
}

class Queue {
 public:
  Queue(const EventPropNetwork& network, std::size_t layer, ForwardScratch& scratch, std::vector<Emission>& out)
      : network_(network), recurrent_(network.recurrent[layer - 1]), scratch_(scratch), out_(out) {
    const std::size_t n = recurrent_.targets;
    scratch_.v.assign(n, 0.0);
    scratch_.i.assign(n, 0.0);
    scratch_.clock.assign(n, 0.0);
    scratch_.prediction.assign(n, 0);
  }

  void run(const EventPropProjection& projection, const std::vector<Emission>& in) {
    for (const auto& spike : in) send(projection, spike);
    while (!events_.empty()) {
      std::pop_heap(events_.begin(), events_.end(), later);
      const auto event = events_.back();
      events_.pop_back();
      if (event.order > 0)
        arrive(event);
      else if (event.number == scratch_.prediction[event.neuron])
        fire(event);
    }
  }

 private:
  void push(const Event& event) {
    events_.push_back(event);
    std::push_heap(events_.begin(), events_.end(), later);
  }

  void send(const EventPropProjection& projection, const Emission& spike) {
    for (std::uint32_t m = 0; m < projection.targets; ++m) {
      const double time = spike.time + projection.effective[projection.delay_place(spike.neuron, m)];
      if (time < network_.duration)
        push({time, ++queued_, m, 0, projection.weights[std::size_t{spike.neuron} * projection.targets + m]});
    }
  }

  Membrane::State state_at(std::uint32_t m, double time) {
    const auto state = network_.membrane.move({scratch_.v[m], scratch_.i[m]}, time - scratch_.clock[m]);
    scratch_.clock[m] = time;
    return state;
  }

  void store(std::uint32_t m, const Membrane::State& state) {
    scratch_.v[m] = state.v;
    scratch_.i[m] = state.i;
    ++scratch_.prediction[m];
    const double t = network_.membrane.crossing(state, network_.duration - scratch_.clock[m]);
    if (t < Membrane::never) push({scratch_.clock[m] + t, 0, m, scratch_.prediction[m], 0});
  }

  void arrive(const Event& event) {
    auto state = state_at(event.neuron, event.time);
    state.i += event.weight;
    store(event.neuron, state);
  }

  void fire(const Event& event) {
    const double current = state_at(event.neuron, event.time).i;
    const Emission spike{event.time, current, event.neuron};
    out_.push_back(spike);
    constexpr double dead = -1e300;
    store(event.neuron, network_.single_spike ? Membrane::State{dead, dead} : Membrane::State{0, current});
    send(recurrent_, spike);
  }

  const EventPropNetwork& network_;
  const EventPropProjection& recurrent_;
  ForwardScratch& scratch_;
  std::vector<Emission>& out_;
  std::vector<Event> events_;
  std::uint64_t queued_ = 0;
};

}  // namespace

void forward_recurrent(const EventPropNetwork& network, std::size_t layer, const std::vector<Emission>& in,
                       ForwardScratch& scratch, std::vector<Emission>& out) {
  out.clear();
  Queue(network, layer, scratch, out).run(network.forward[layer - 1], in);
}

}  // namespace spikeloom
