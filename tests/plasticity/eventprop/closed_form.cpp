/// The closed form of first spikes against the event-driven solution: times, derivatives, whole gradients.
#include "plasticity/eventprop/closed_form.hpp"

#include <catch2/catch.hpp>

#include "tests/plasticity/eventprop/small_network.hpp"

using namespace spikeloom;
using tests::SmallNetwork;

TEST_CASE("closed form and event-driven solution agree on spike times and gradients", "[eventprop][closed_form]") {
  const bool equal = GENERATE(false, true);
  const auto kind = GENERATE(LossKind::ttfs, LossKind::delta_mse);
  SmallNetwork net(DelayKind::synaptic, false, true, equal ? 8 : 10, equal ? 8 : 5);
  net.network.single_spike = true;
  net.network.membrane.least_slope = GENERATE(1e-6, 3.0);
  EventPropLoss loss;
  loss.kind = kind;
  EventPropTrial events(net.network);
  ClosedFormTrial closed(net.network);
  const auto a = events.forward(net.network, loss, net.times, net.units, 1);
  const auto b = closed.forward(net.network, loss, net.times, net.units, 1);
  CHECK(a.loss == Approx(b.loss).epsilon(1e-9));
  CHECK(a.label == b.label);
  for (const std::size_t layer : {1, 2}) {
    REQUIRE(events.spikes(layer).size() == closed.spikes(layer).size());
    REQUIRE(!closed.spikes(layer).empty());
    for (std::size_t k = 0; k < closed.spikes(layer).size(); ++k) {
      CHECK(events.spikes(layer)[k].neuron == closed.spikes(layer)[k].neuron);
      CHECK(events.spikes(layer)[k].time == Approx(closed.spikes(layer)[k].time).margin(1e-9));
    }
  }
  EventPropGradient from_events(net.network), from_closed(net.network);
  events.backward(net.network, loss, from_events);
  closed.backward(net.network, from_closed);
  for (std::size_t p = 0; p < 2; ++p) {
    for (std::size_t k = 0; k < from_closed.weights[p].size(); ++k)
      CHECK(from_events.weights[p][k] == Approx(from_closed.weights[p][k]).margin(1e-8));
    for (std::size_t k = 0; k < from_closed.delays[p].size(); ++k)
      CHECK(from_events.delays[p][k] == Approx(from_closed.delays[p][k]).margin(1e-8));
  }
}

TEST_CASE("a first spike has the derivatives of its time", "[eventprop][closed_form]") {
  const auto membrane = GENERATE(Membrane{10, 5, 1}, Membrane{8, 8, 1});
  std::vector<LayerArrival> arrivals = {
      {0.5, 0, 0, 0.9}, {2, 1, 0, 1.4}, {3.1, 2, 0, -0.3}, {4, 3, 0, 2.5}, {30, 4, 0, 3}};
  const auto spike = first_spike(membrane, arrivals, 40);
  REQUIRE(spike);
  CHECK(spike->causes == 4);
  for (std::size_t k = 0; k < spike->causes; ++k) {
    const auto moved = [&](double LayerArrival::*what, double by) {
      auto changed = arrivals;
      changed[k].*what += by;
      return first_spike(membrane, changed, 40)->time;
    };
    const auto derivatives = spike->of(membrane, arrivals[k]);
    const double step = 1e-6;
    CHECK(
        derivatives.weight ==
        Approx((moved(&LayerArrival::weight, step) - moved(&LayerArrival::weight, -step)) / (2 * step)).epsilon(1e-7));
    CHECK(derivatives.time ==
          Approx((moved(&LayerArrival::time, step) - moved(&LayerArrival::time, -step)) / (2 * step)).epsilon(1e-7));
  }
  arrivals.resize(2);
  arrivals[1].weight = 0.1;
  arrivals[0].weight = 0.2;
  CHECK(!first_spike(membrane, arrivals, 40));
}

TEST_CASE("crossings are found where the potential reaches the threshold, and only there", "[eventprop]") {
  const auto membrane = GENERATE(Membrane{20, 5, 1}, Membrane{10, 5, 1}, Membrane{8, 8, 1}, Membrane{5, 9, 1});
  int crossed = 0;
  for (std::uint64_t k = 0; k < 2000; ++k) {
    const Membrane::State state{-1 + 1.99 * tests::any(1, k), 12 * tests::any(2, k)};
    const double h = 15 * tests::any(3, k), t = membrane.crossing(state, h);
    double first = Membrane::never;
    for (int n = 1; n <= 3000 && first == Membrane::never; ++n)
      if (membrane.move(state, h * n / 3000).v >= 1) first = h * n / 3000;
    if (t < Membrane::never) {
      ++crossed;
      CHECK(membrane.move(state, t).v == Approx(1).epsilon(1e-12));
      CHECK(t <= first);
      CHECK(t <= h);
    } else {
      CHECK(first == Membrane::never);
    }
  }
  CHECK(crossed > 100);
}
