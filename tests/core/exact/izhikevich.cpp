/// Exact Izhikevich neurons against a long double integrator with tiny steps, and as the limit of the grid.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "core/exact/exact_slice.hpp"
#include "core/random.hpp"

using namespace spikeloom;

namespace {

constexpr double resolution = 0.1;

struct Neuron {
  double a, b, c, d, i_e;
};
// regular spiking, intrinsically bursting, chattering, fast spiking, resonator
const std::vector<Neuron> kinds = {{0.02, 0.2, -65, 8, 10},
                                   {0.02, 0.2, -55, 4, 10},
                                   {0.02, 0.2, -50, 2, 10},
                                   {0.1, 0.2, -65, 2, 8},
                                   {0.1, 0.26, -65, 2, 1}};

ModelArguments arguments_of(const Neuron& neuron) {
  ModelArguments arguments;
  arguments.numbers = {
      {"a", {neuron.a}}, {"b", {neuron.b}}, {"c", {neuron.c}}, {"d", {neuron.d}}, {"i_e", {neuron.i_e}}};
  arguments.texts["scheme"] = "accurate";
  return arguments;
}

struct Kick {
  ExactTime time;
  double weight;
};

std::vector<Kick> random_kicks(std::uint64_t seed, double end) {
  std::vector<Kick> kicks;
  std::uint64_t count = 0;
  for (double t = 0;;) {
    const auto bits = draw(seed, Purpose::task, 6, count++);
    t += -4 * std::log(uniform(bits[0], bits[1]));
    if (t >= end) return kicks;
    kicks.push_back({later({}, t, resolution), static_cast<float>(-4 + 11 * uniform(bits[2], bits[3]))});
  }
}

double ms(const ExactTime& time) { return static_cast<double>(time.step) * resolution - time.before; }

std::vector<double> simulate(const Neuron& neuron, const std::vector<Kick>& kicks, Step end, Step window = 10) {
  const auto arguments = arguments_of(neuron);
  const auto slice =
      find_model("izhikevich")->make_exact({arguments, {}, 0, 1, 0, 1, 1, resolution, Precision::double_});
  std::vector<Spike> spikes;
  std::size_t next = 0;
  for (Step begin = 0; begin < end; begin += window) {
    const Step until = std::min(begin + window, end);
    for (; next < kicks.size() && kicks[next].time.step <= until; ++next)
      slice->arrivals.add(0, {kicks[next].time, static_cast<float>(kicks[next].weight), 0});
    slice->advance(begin, until, spikes);
  }
  std::vector<double> times;
  for (const auto& spike : spikes) times.push_back(ms({spike.step, spike.before}));
  return times;
}

/// Runge-Kutta of order 4 in long double; a spike is bisected to within the step it falls into.
class Reference {
 public:
  explicit Reference(const Neuron& neuron) : p_(neuron), v_(-65), u_(neuron.b * -65.0L) {}

  std::vector<long double> run(const std::vector<Kick>& kicks, long double end) {
    for (const auto& kick : kicks) {
      advance_to(ms(kick.time));
      v_ += kick.weight;
    }
    advance_to(end);
    return spikes_;
  }

 private:
  using Point = std::pair<long double, long double>;
  Point slope(const Point& y) const {
    return {0.04L * y.first * y.first + 5 * y.first + 140 - y.second + p_.i_e, p_.a * (p_.b * y.first - y.second)};
  }
  Point moved(long double h) const {
    const auto at = [&](const Point& k, long double x) { return Point{v_ + x * k.first, u_ + x * k.second}; };
    const auto k1 = slope({v_, u_}), k2 = slope(at(k1, h / 2)), k3 = slope(at(k2, h / 2)), k4 = slope(at(k3, h));
    return {v_ + h / 6 * (k1.first + 2 * k2.first + 2 * k3.first + k4.first),
            u_ + h / 6 * (k1.second + 2 * k2.second + 2 * k3.second + k4.second)};
  }
  void advance_to(long double end) {
    while (now_ < end) {
      if (v_ >= v_th) fire();
      long double h = std::min(0.002L, end - now_);
      if (const bool spikes = moved(h).first >= v_th; spikes) {
        long double low = 0;
        for (int round = 0; round < 60; ++round) {
          const long double middle = (low + h) / 2;
          (moved(middle).first >= v_th ? h : low) = middle;
        }
      }
      std::tie(v_, u_) = moved(h);
      now_ = end - now_ <= h ? end : now_ + h;
    }
  }
  void fire() {
    spikes_.push_back(now_);
    v_ = p_.c;
    u_ += p_.d;
  }

  static constexpr long double v_th = 30;
  Neuron p_;
  long double v_, u_, now_ = 0;
  std::vector<long double> spikes_;
};

}  // namespace

TEST_CASE("exact izhikevich neurons spike when a long double integrator says", "[core][exact][izhikevich]") {
  long double worst = 0;
  for (const auto& neuron : kinds)
    for (const bool with_input : {false, true}) {
      const auto kicks = with_input ? random_kicks(5, 150) : std::vector<Kick>{};
      const auto times = simulate(neuron, kicks, 1500);
      const auto expected = Reference(neuron).run(kicks, 150);
      INFO("a " << neuron.a << ", b " << neuron.b << ", c " << neuron.c << ", input " << with_input);
      REQUIRE(times.size() == expected.size());
      REQUIRE(times.size() > 2);
      for (std::size_t k = 0; k < times.size(); ++k) worst = std::max(worst, std::abs(times[k] - expected[k]));
    }
  REQUIRE(worst < 1e-6L);
}

TEST_CASE("windows do not matter to exact izhikevich neurons", "[core][exact][izhikevich]") {
  const auto kicks = random_kicks(7, 200);
  for (const auto& neuron : kinds)
    for (const Step window : {1, 7, 1000})
      REQUIRE(simulate(neuron, kicks, 2000, window) == simulate(neuron, kicks, 2000));
}

TEST_CASE("izhikevich on the grid tends to its exact self with order 4", "[core][exact][izhikevich]") {
  const auto& neuron = kinds[GENERATE(0u, 2u, 3u)];
  const auto arguments = arguments_of(neuron);
  const auto& model = *find_model("izhikevich");
  constexpr double end = 60;  // ms
  const std::vector<std::uint32_t> first = {0};
  std::vector<float> expected(1);
  const auto exact = model.make_exact({arguments, {}, 0, 1, 0, 1, 1, resolution, Precision::double_});
  std::vector<Spike> spikes;
  exact->advance(0, std::llround(end / resolution), spikes);
  exact->read(model.variable("u"), first, std::llround(end / resolution), expected);
  std::vector<double> errors;
  for (const double dt : {0.2, 0.1, 0.05}) {
    const auto grid = model.make_slice({arguments, {}, 0, 1, 0, 1, 1, dt, Precision::double_});
    std::vector<float> input(1), found(1);
    std::vector<std::uint32_t> spiked;
    for (Step step = 1; step <= std::llround(end / dt); ++step) grid->advance(step, input.data(), spiked);
    grid->read(model.variable("u"), first, found);
    REQUIRE(spiked.size() == spikes.size());
    errors.push_back(std::abs(static_cast<double>(found[0]) - static_cast<double>(expected[0])));
  }
  CAPTURE(errors);
  REQUIRE(errors[1] < errors[0] / 8);
  REQUIRE(errors[2] < errors[1] / 8);
}
