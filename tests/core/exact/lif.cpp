/// Exact lif neurons against a long double root finder, against analytic solutions, and at the edges.
#include <catch2/catch.hpp>

#include <cmath>

#include "core/exact/exact_slice.hpp"
#include "core/random.hpp"
#include "tests/reference/exact_oracle.hpp"

using namespace spikeloom;
using reference::LifArrival;
using reference::LifNeuron;
using Kind = LifNeuron::Kind;

namespace {

constexpr double resolution = 0.1;

std::string model_name(Kind kind) {
  return kind == Kind::delta ? "lif_psc_delta" : kind == Kind::exponential ? "lif_psc_exp" : "lif_psc_alpha";
}

std::unique_ptr<ExactSlice> slice_of(const std::vector<LifNeuron>& neurons, const ModelArguments& initial = {}) {
  ModelArguments arguments;
  const auto set = [&](const char* name, auto member) {
    for (const auto& neuron : neurons) arguments.numbers[name].push_back(static_cast<double>(neuron.*member));
  };
  set("tau_m", &LifNeuron::tau_m), set("c_m", &LifNeuron::c_m), set("e_l", &LifNeuron::e_l);
  set("v_th", &LifNeuron::v_th), set("v_reset", &LifNeuron::v_reset), set("t_ref", &LifNeuron::t_ref);
  set("i_e", &LifNeuron::i_e);
  if (neurons[0].kind != Kind::delta) set("tau_syn_ex", &LifNeuron::tau_ex), set("tau_syn_in", &LifNeuron::tau_in);
  const auto size = static_cast<std::uint32_t>(neurons.size());
  return find_model(model_name(neurons[0].kind))
      ->make_exact({arguments, initial, 0, size, 0, size, 1, resolution, Precision::double_});
}

/// Spike times of every neuron; arrivals per neuron, in windows of `window` steps.
std::vector<std::vector<double>> simulate(ExactSlice& slice, const std::vector<std::vector<LifArrival>>& arrivals,
                                          Step end, Step window) {
  std::vector<std::vector<double>> times(arrivals.size());
  std::vector<std::size_t> next(arrivals.size());
  std::vector<Spike> spikes;
  for (Step begin = 0; begin < end; begin += window) {
    const Step until = std::min(end, begin + window);
    for (std::uint32_t n = 0; n < arrivals.size(); ++n)
      for (; next[n] < arrivals[n].size(); ++next[n]) {
        const auto& arrival = arrivals[n][next[n]];
        const auto time = later({}, static_cast<double>(arrival.time), resolution);
        if (time.step > until) break;
        slice.arrivals.add(
            n, {time, static_cast<float>(arrival.weight), static_cast<std::uint32_t>(slice.row_of(arrival.receptor))});
      }
    spikes.clear();
    slice.advance(begin, until, spikes);
    std::sort(spikes.begin(), spikes.end(), [](const Spike& a, const Spike& b) {
      return ExactTime{a.step, a.before} < ExactTime{b.step, b.before};
    });
    for (const auto& s : spikes) times[s.neuron].push_back(static_cast<double>(s.step) * resolution - s.before);
  }
  return times;
}

std::vector<double> simulate(const LifNeuron& neuron, const std::vector<LifArrival>& arrivals, Step end = 2000) {
  const auto slice = slice_of({neuron});
  return simulate(*slice, {arrivals}, end, 10)[0];
}

struct Dice {
  std::uint64_t seed, count = 0;
  double operator()(double low, double high) {
    const auto bits = draw(seed, Purpose::task, 3, count++);
    return low + (high - low) * uniform(bits[0], bits[1]);
  }
};

LifNeuron random_neuron(Kind kind, Dice& dice) {
  LifNeuron n;
  n.kind = kind;
  n.tau_m = dice(5, 30), n.c_m = dice(100, 400), n.t_ref = dice(0, 1) < 0.2 ? 0 : dice(0, 5);
  n.tau_ex = dice(0.3, 12), n.tau_in = dice(0.3, 12);
  if (dice(0, 1) < 0.1) n.tau_in = n.tau_ex;
  if (dice(0, 1) < 0.1) n.tau_ex = n.tau_m;
  if (dice(0, 1) < 0.1) n.tau_in = n.tau_m * (1 + 1e-7L);
  n.v_reset = dice(-75, -60);
  n.i_e = dice(-0.3, 1.3) * static_cast<double>((n.v_th - n.e_l) * n.c_m / n.tau_m);  // below and above rheobase
  // The parameters are doubles on both sides.
  for (auto* x : {&n.tau_m, &n.c_m, &n.t_ref, &n.tau_ex, &n.tau_in, &n.v_reset, &n.i_e}) *x = static_cast<double>(*x);
  return n;
}

std::vector<LifArrival> random_arrivals(const LifNeuron& n, double end, Dice& dice) {
  std::vector<LifArrival> arrivals;
  const double interval = dice(0.3, 6), strength = dice(0.2, 1.5);
  for (double t = 0.01; t < end;) {
    const int receptor = dice(0, 1) < 0.65 ? 0 : 1;
    const double peak = strength * dice(0, 6);  // mV, about
    const long double scale = n.kind == Kind::delta ? 1 : n.c_m / (receptor == 0 ? n.tau_ex : n.tau_in);
    // Some arrive together.
    arrivals.push_back({t, static_cast<float>((receptor == 0 ? peak : -peak) * scale), receptor});
    if (dice(0, 1) < 0.95) t += -interval * std::log(dice(0, 1));
  }
  return arrivals;
}

}  // namespace

TEST_CASE("1000 random neurons under random input spike when a long double root finder says", "[core][exact][slow]") {
  const auto kind = GENERATE(Kind::delta, Kind::exponential, Kind::alpha);
  Dice dice{static_cast<std::uint64_t>(kind) + 7};
  const double end = 100;
  std::vector<LifNeuron> neurons;
  std::vector<std::vector<LifArrival>> arrivals;
  for (int n = 0; n < 1000; ++n) {
    neurons.push_back(random_neuron(kind, dice));
    arrivals.push_back(random_arrivals(neurons.back(), end, dice));
    for (auto& a : arrivals.back()) {  // the time that the slice sees
      const auto time = later({}, static_cast<double>(a.time), resolution);
      a.time = time.step * static_cast<long double>(resolution) - time.before;
    }
  }
  const auto slice = slice_of(neurons);
  const auto times = simulate(*slice, arrivals, std::llround(end / resolution), 7);
  std::size_t spikes = 0;
  long double worst = 0;
  for (std::size_t n = 0; n < neurons.size(); ++n) {
    const auto expected = reference::LifOracle(neurons[n], 0.05L).run(arrivals[n], end);
    INFO("neuron " << n);
    REQUIRE(times[n].size() == expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) worst = std::max(worst, std::abs(times[n][k] - expected[k]));
    spikes += expected.size();
  }
  CAPTURE(spikes);
  REQUIRE(spikes > 2000);
  REQUIRE(worst < 1e-9L);
}

TEST_CASE("a potential whose peak grazes the threshold crosses it if and only if it reaches it",
          "[core][exact][slow]") {
  const auto kind = GENERATE(Kind::exponential, Kind::alpha);
  Dice dice{static_cast<std::uint64_t>(kind) + 70};
  for (int n = 0; n < 100; ++n) {
    auto neuron = random_neuron(kind, dice);
    neuron.i_e = 0, neuron.v_reset = -75;
    std::vector<LifArrival> arrivals = {{1, static_cast<float>(neuron.c_m * dice(0.5, 1)), 0}};
    if (n % 2 == 0) arrivals.push_back({1, static_cast<float>(-neuron.c_m * dice(0.05, 0.4)), 1});
    const long double peak = reference::highest_potential(neuron, arrivals, 60, 0.05L);
    if (peak < neuron.e_l + 0.05L) continue;
    for (const double margin : {1e-3, 1e-7, 1e-11, -1e-11, -1e-7, -1e-3}) {  // mV; 1e-11 is a thousand roundings
      neuron.v_th = static_cast<double>(peak + margin);
      const auto times = simulate(neuron, arrivals, 600);
      INFO("neuron " << n << ", threshold above the peak by " << margin << " mV");
      REQUIRE(times.empty() == (margin > 0));
      if (margin > 0) continue;
      const auto expected = reference::LifOracle(neuron, 0.05L).run(arrivals, 60);
      REQUIRE(times.size() == expected.size());
      // A rounding of 1e-14 mV moves the crossing by that over the slope there, which is about sqrt(margin).
      REQUIRE(std::abs(times[0] - expected[0]) < 1e-12 / std::sqrt(-margin) + 1e-12);
    }
  }
}

TEST_CASE("an exact neuron under constant current fires at the analytic times", "[core][exact]") {
  const auto kind = GENERATE(Kind::delta, Kind::exponential, Kind::alpha);
  LifNeuron neuron;
  neuron.kind = kind;
  neuron.i_e = GENERATE(376.0, 400.0, 1000.0, 1e5);  // pA; rheobase is 375 pA
  neuron.t_ref = GENERATE(0.0, 2.0, 0.33);
  const auto times = simulate(neuron, {}, 20000);
  const double v_inf = static_cast<double>(neuron.i_e) * 10 / 250,
               until_threshold = 10 * std::log(v_inf / (v_inf - 15));
  REQUIRE(times.size() > 20);
  for (std::size_t k = 0; k < times.size(); ++k) {
    const double expected =
        static_cast<double>(k + 1) * until_threshold + static_cast<double>(k) * static_cast<double>(neuron.t_ref);
    REQUIRE(times[k] == Approx(expected).epsilon(1e-12));
  }
}

TEST_CASE("currents at rheobase approach the threshold and never reach it", "[core][exact]") {
  LifNeuron neuron;
  neuron.kind = GENERATE(Kind::delta, Kind::exponential, Kind::alpha);
  neuron.i_e = 375;
  REQUIRE(simulate(neuron, {}, 200'000).empty());
  REQUIRE(simulate(neuron, {{5, 0.1, 0}}, 200'000).empty());
  REQUIRE(simulate(neuron, {{100, 1, 0}}, 200'000).size() == 1);
}

TEST_CASE("what arrives while an exact delta neuron is refractory is discarded, until the last instant",
          "[core][exact]") {
  LifNeuron neuron;
  neuron.kind = Kind::delta;
  REQUIRE(simulate(neuron, {{10, 16, 0}}) == std::vector{10.0});
  REQUIRE(simulate(neuron, {{10, 16, 0}, {12, 16, 0}}) == std::vector{10.0});
  REQUIRE(simulate(neuron, {{10, 16, 0}, {12.0001, 16, 0}}).size() == 2);
  REQUIRE(simulate(neuron, {{10, 14.9, 0}, {10, 16, 0}, {10, -20, 1}}).empty());
  REQUIRE(simulate(neuron, {{10, -20, 1}, {10, 35, 0}}) == std::vector{10.0});
  neuron.t_ref = 0;
  REQUIRE(simulate(neuron, {{10, 16, 0}, {10.05, 16, 0}}) == std::vector{10.0, 10.05});
}

TEST_CASE("currents run on while an exact neuron is refractory", "[core][exact]") {
  LifNeuron neuron;
  neuron.kind = GENERATE(Kind::exponential, Kind::alpha);
  neuron.tau_ex = 8;
  const std::vector<LifArrival> arrivals = {{1, 2000, 0}, {2.5, 900, 0}, {2.75, 500, 0}, {3, -100, 1}};
  const auto times = simulate(neuron, arrivals);
  const auto expected = reference::LifOracle(neuron, 0.01L).run(arrivals, 200);
  REQUIRE(expected.size() > 2);
  REQUIRE(times.size() == expected.size());
  for (std::size_t k = 0; k < times.size(); ++k) REQUIRE(std::abs(times[k] - expected[k]) < 1e-11);
}

TEST_CASE("windows do not matter to exact neurons", "[core][exact]") {
  const auto kind = GENERATE(Kind::delta, Kind::exponential, Kind::alpha);
  Dice dice{99};
  std::vector<LifNeuron> neurons;
  std::vector<std::vector<LifArrival>> arrivals;
  for (int n = 0; n < 50; ++n) {
    neurons.push_back(random_neuron(kind, dice));
    arrivals.push_back(random_arrivals(neurons.back(), 200, dice));
  }
  const auto expected = simulate(*slice_of(neurons), arrivals, 2000, 10);
  for (const Step window : {1, 3, 1000}) REQUIRE(simulate(*slice_of(neurons), arrivals, 2000, window) == expected);
}

TEST_CASE("an exact neuron that starts above its threshold fires at once", "[core][exact]") {
  const LifNeuron neuron;
  ModelArguments initial;
  initial.numbers["v_m"] = {-50};
  const auto times = simulate(*slice_of({neuron}, initial), {{}}, 100, 10);
  REQUIRE(times[0].size() == 1);
  REQUIRE(times[0][0] >= 0);
  REQUIRE(times[0][0] < 1e-12);
  initial.numbers["refractory"] = {5};
  REQUIRE(simulate(*slice_of({neuron}, initial), {{}}, 100, 10)[0].empty());
}

TEST_CASE("the grid approaches exact spikes as it is refined", "[core][exact]") {
  const auto kind = GENERATE(Kind::delta, Kind::exponential, Kind::alpha);
  Dice dice{static_cast<std::uint64_t>(kind) + 400};
  for (int n = 0; n < 30; ++n) {
    auto neuron = random_neuron(kind, dice);
    auto arrivals = random_arrivals(neuron, 100, dice);
    for (auto& a : arrivals) a.time = std::ceil(a.time * 10) / 10;  // on every grid below
    const auto exact = simulate(neuron, arrivals, 1000);
    for (const int refinement : {1, 2, 8}) {
      const double dt = resolution / refinement;
      ModelArguments arguments;
      const auto set = [&](const char* name, long double x) { arguments.numbers[name] = {static_cast<double>(x)}; };
      set("tau_m", neuron.tau_m), set("c_m", neuron.c_m), set("v_reset", neuron.v_reset), set("i_e", neuron.i_e);
      if (kind != Kind::delta) set("tau_syn_ex", neuron.tau_ex), set("tau_syn_in", neuron.tau_in);
      const auto grid =
          find_model(model_name(kind))->make_slice({arguments, {}, 0, 1, 0, 1, 1, dt, Precision::double_});
      std::vector<float> input(static_cast<std::size_t>(grid->row_count()));
      std::vector<std::uint32_t> spiked;
      std::size_t next = 0;
      Step step = 0;
      while (spiked.empty() && step < 1000 * refinement) {
        ++step;
        for (; next < arrivals.size() && std::llround(arrivals[next].time / static_cast<long double>(dt)) == step;
             ++next)
          input[static_cast<std::size_t>(grid->row_of(arrivals[next].receptor))] +=
              static_cast<float>(arrivals[next].weight);
        grid->advance(step, input.data(), spiked);
      }
      // The grid sees a crossing at the end of the step it lies in, and may miss one that is undone in the same step.
      const double found = spiked.empty() ? 1e9 : static_cast<double>(step) * dt;
      INFO("neuron " << n << ", step " << dt);
      if (exact.empty()) {
        REQUIRE(spiked.empty());
      } else {
        REQUIRE(found > exact[0] - 1e-9);
        if (refinement == 8 && exact[0] < 99) CHECK(found < exact[0] + dt + 1e-9);
      }
    }
  }
}
