/// EventProp's gradients against central differences, against themselves by other roads, and on the grid.
#include <catch2/catch.hpp>

#include "tests/plasticity/eventprop/small_network.hpp"

using namespace spikeloom;
using tests::SmallNetwork;

namespace {

EventPropLoss loss_of(LossKind kind) {
  EventPropLoss loss;
  loss.kind = kind;
  loss.alpha = 0.1;
  loss.v_th = 5;  // no peak is at this kink of the tempotron's
  return loss;
}

struct Answered {
  EventPropGradient gradient;
  double loss;
  std::size_t spikes;
};

Answered answer(const SmallNetwork& net, const EventPropLoss& loss, double on_spike_times = 0) {
  EventPropTrial trial(net.network);
  double value = trial.forward(net.network, loss, net.times, net.units, 1).loss;
  auto& derivatives = trial.time_derivatives(1);
  for (std::size_t k = 0; k < derivatives.size(); ++k) {
    const double t = trial.spikes(1)[k].time;
    value += on_spike_times * t * t;
    derivatives[k] = 2 * on_spike_times * t;
  }
  EventPropGradient gradient(net.network);
  trial.backward(net.network, loss, gradient);
  return {std::move(gradient), value, net.spikes_of(trial)};
}

void check_differences(SmallNetwork& net, const EventPropLoss& loss, double on_spike_times, std::size_t least_spikes) {
  const auto whole = answer(net, loss, on_spike_times);
  REQUIRE(whole.spikes >= least_spikes);
  const auto result = tests::compare(net.network, whole.gradient, [&] {
    const auto moved = answer(net, loss, on_spike_times);
    REQUIRE(moved.spikes == whole.spikes);
    return moved.loss;
  });
  CHECK(result.largest_weight > 1e-3);
  if (!net.network.forward[0].is_common()) CHECK(result.largest_delay > 1e-4);  // a largest potential can be shifted
  CHECK(result.weights < 1e-6 * result.largest_weight + 1e-9);
  CHECK(result.delays < 1e-6 * result.largest_delay + 1e-9);
}

}  // namespace

TEST_CASE("gradients of a recurrent network with many spikes and all delays different match central differences",
          "[eventprop][gradient]") {
  const auto constants = GENERATE(std::pair{20.0, 5.0}, std::pair{10.0, 5.0}, std::pair{8.0, 8.0});
  SmallNetwork net(DelayKind::synaptic, true, false, constants.first, constants.second);
  check_differences(net, loss_of(LossKind::mean_voltage), 1e-3, 6);
}

TEST_CASE("every loss on potentials matches central differences", "[eventprop][gradient]") {
  const auto kind = GENERATE(LossKind::max_voltage, LossKind::tempotron, LossKind::mean_voltage, LossKind::sum_linear,
                             LossKind::sum_exp, LossKind::per_time);
  const bool recurrent = GENERATE(false, true);
  SmallNetwork net(DelayKind::synaptic, recurrent, false);
  check_differences(net, loss_of(kind), 0, 6);
}

TEST_CASE("losses on spike times match central differences", "[eventprop][gradient]") {
  const auto kind = GENERATE(LossKind::ttfs, LossKind::delta_mse);
  const bool single = GENERATE(false, true);
  SmallNetwork net(DelayKind::synaptic, false, true);
  net.network.single_spike = single;
  check_differences(net, loss_of(kind), 0, 6);
}

TEST_CASE("axonal, dendritic and common delays match central differences", "[eventprop][gradient]") {
  const auto kind = GENERATE(DelayKind::none, DelayKind::axonal, DelayKind::dendritic);
  const bool recurrent = GENERATE(false, true), spiking = GENERATE(false, true);
  SmallNetwork net(kind, recurrent, spiking);
  check_differences(net, loss_of(spiking ? LossKind::ttfs : LossKind::max_voltage), 0, 6);
}

TEST_CASE("without delays, synapses that could have them give the same bits", "[eventprop][gradient]") {
  const auto loss = loss_of(LossKind::max_voltage);
  SmallNetwork with(DelayKind::synaptic, false, false), without(DelayKind::none, false, false);
  for (auto* net : {&with, &without}) {
    for (auto* projection : net->network.projections())
      std::fill(projection->delays.begin(), projection->delays.end(), 0.0);
    net->network.prepare();
  }
  const auto a = answer(with, loss), b = answer(without, loss);
  CHECK(a.loss == b.loss);
  CHECK(a.gradient.weights == b.gradient.weights);
}

TEST_CASE("a common shift of all delays with the end of the trial changes no weight gradient",
          "[eventprop][gradient]") {
  const auto loss = loss_of(LossKind::max_voltage);
  SmallNetwork net(DelayKind::synaptic, true, false);
  const auto before = answer(net, loss);
  for (auto& delay : net.network.forward[0].delays) delay += 3.7;
  net.network.duration += 3.7;
  net.network.prepare();
  const auto after = answer(net, loss);
  for (std::size_t p = 0; p < 3; ++p)
    for (std::size_t k = 0; k < before.gradient.weights[p].size(); ++k)
      CHECK(after.gradient.weights[p][k] == Approx(before.gradient.weights[p][k]).margin(1e-9));
}

TEST_CASE("on ever finer grids the gradient converges at first order", "[eventprop][gradient]") {
  const auto loss = loss_of(LossKind::mean_voltage);
  const std::vector<double> resolutions = {1, 0.5, 0.25, 0.125, 0.0625};
  std::vector<std::vector<double>> errors(resolutions.size());
  for (std::uint32_t variant = 0; variant < 2000; ++variant) {
    SmallNetwork net(DelayKind::synaptic, true, false, 20, 5, variant);
    for (auto* projection : net.network.projections()) {
      for (auto& delay : projection->delays) delay = std::ceil(delay);  // on every grid
      for (auto& weight : projection->weights) weight *= 0.6;
    }
    for (auto& time : net.times) time = std::round(time);
    net.network.prepare();
    const auto exact = answer(net, loss);
    std::vector<double> differences;
    for (const double resolution : resolutions) {
      net.network.resolution = resolution;
      net.network.prepare();
      const auto on_grid = answer(net, loss);
      if (on_grid.spikes != exact.spikes) break;
      auto& sum = differences.emplace_back();
      for (std::size_t p = 0; p < 3; ++p)
        for (std::size_t k = 0; k < exact.gradient.weights[p].size(); ++k)
          sum += std::abs(on_grid.gradient.weights[p][k] - exact.gradient.weights[p][k]);
    }
    if (differences.size() < resolutions.size()) continue;
    for (std::size_t k = 0; k < errors.size(); ++k) errors[k].push_back(differences[k]);
  }
  REQUIRE(errors[0].size() >= 40);
  std::vector<double> medians;  // where a spike all but fails, the derivative of its time has no bound
  for (auto& column : errors) {
    std::nth_element(column.begin(), column.begin() + static_cast<std::ptrdiff_t>(column.size() / 2), column.end());
    medians.push_back(column[column.size() / 2]);
  }
  for (std::size_t k = 1; k < medians.size(); ++k) {
    CAPTURE(resolutions[k], medians[k - 1], medians[k]);
    CHECK(medians[k - 1] / medians[k] >= 1.6);
    CHECK(medians[k - 1] / medians[k] <= 2.4);
  }
}

TEST_CASE("the backward pass needs memory for spikes, not for steps", "[eventprop]") {
  const auto loss = loss_of(LossKind::mean_voltage);
  const auto bytes = [&](double resolution) {
    SmallNetwork net(DelayKind::synaptic, true, false);
    net.network.resolution = resolution;
    net.network.prepare();
    EventPropTrial trial(net.network);
    trial.forward(net.network, loss, net.times, net.units, 1);
    EventPropGradient gradient(net.network);
    trial.backward(net.network, loss, gradient);
    return static_cast<double>(trial.backward_bytes()) / static_cast<double>(net.spikes_of(trial));
  };
  CHECK(bytes(0.1) == Approx(bytes(1)).epsilon(0.1));
}
