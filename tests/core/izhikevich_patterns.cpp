/// The 20 firing patterns of Izhikevich (2004, IEEE Trans Neural Netw 15:1063, figure 1): each has its published
/// character.
#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/core/models/neurons.hpp"

using namespace spikeloom;
using namespace spikeloom::testing;

namespace {

using Times = std::vector<double>;

struct Pattern {
  double a, b, c, d, v_start, u_start;
  std::function<double(double)> current;  // of time [ms]
  Numbers more = {};
};

struct Answer {
  Times spikes;
  std::vector<double> v;  // after every step
  double at(double t) const { return v[static_cast<std::size_t>(std::llround(t / 0.1)) - 1]; }
  Times between(double begin, double end) const {
    Times chosen;
    std::copy_if(spikes.begin(), spikes.end(), std::back_inserter(chosen),
                 [=](double t) { return t > begin && t <= end; });
    return chosen;
  }
};

Answer answer_of(const Pattern& pattern, double duration) {
  Setup setup{.model = "izhikevich", .params = pattern.more, .scheme = "accurate"};
  setup.params.insert({{"a", {pattern.a}}, {"b", {pattern.b}}, {"c", {pattern.c}}, {"d", {pattern.d}}});
  setup.initial = {{"v_m", {pattern.v_start}}, {"u", {pattern.u_start}}};
  setup.precision = GENERATE(Precision::double_, Precision::single);
  Neurons neuron(setup);
  neuron.drive(pattern.current);
  Answer answer;
  while (neuron.time() < duration - 0.05) {
    if (!neuron.step().empty()) answer.spikes.push_back(neuron.time());
    answer.v.push_back(neuron("v_m"));
  }
  return answer;
}

Times intervals(const Times& spikes) {
  Times result;
  for (std::size_t k = 1; k < spikes.size(); ++k) result.push_back(spikes[k] - spikes[k - 1]);
  return result;
}
/// Numbers of spikes in groups whose intervals are at most `gap`.
std::vector<int> bursts(const Times& spikes, double gap) {
  std::vector<int> sizes;
  for (std::size_t k = 0; k < spikes.size(); ++k)
    if (k > 0 && spikes[k] - spikes[k - 1] <= gap)
      ++sizes.back();
    else
      sizes.push_back(1);
  return sizes;
}

std::function<double(double)> step_at(double begin, double height, double before = 0) {
  return [=](double t) { return t >= begin - 1e-9 ? height : before; };
}
std::function<double(double)> pulses(Times begins, double length, double height, double rest = 0) {
  return [=](double t) {
    const auto inside = [=](double begin) { return t >= begin - 1e-9 && t < begin + length - 1e-9; };
    return std::any_of(begins.begin(), begins.end(), inside) ? height : rest;
  };
}
const Numbers class_1 = {{"v_linear", {4.1}}, {"v_constant", {108}}};

}  // namespace

TEST_CASE("pattern A: tonic spiking goes on at one rate", "[core][izhikevich_patterns]") {
  const auto answer = answer_of({.02, .2, -65, 6, -70, -14, step_at(10, 14)}, 250);
  REQUIRE(answer.between(0, 10).empty());
  const auto gaps = intervals(answer.spikes);
  REQUIRE(gaps.size() >= 7);
  for (std::size_t k = 4; k < gaps.size(); ++k) REQUIRE(gaps[k] == Approx(gaps.back()).epsilon(0.02));
}

TEST_CASE("pattern B: phasic spiking is one spike at the onset", "[core][izhikevich_patterns]") {
  const auto answer = answer_of({.02, .25, -65, 6, -64, -16, step_at(20, 0.5)}, 400);
  REQUIRE(answer.spikes.size() == 1);
  REQUIRE(answer.between(20, 45).size() == 1);
}

TEST_CASE("pattern C: tonic bursting repeats bursts", "[core][izhikevich_patterns]") {
  const auto sizes = bursts(answer_of({.02, .2, -50, 2, -70, -14, step_at(22, 15)}, 220).spikes, 10);
  REQUIRE(sizes.size() >= 4);
  for (std::size_t k = 0; k + 1 < sizes.size(); ++k) REQUIRE(sizes[k] >= 4);
  REQUIRE(sizes[1] == sizes[2]);
}

TEST_CASE("pattern D: phasic bursting is one burst at the onset", "[core][izhikevich_patterns]") {
  const auto answer = answer_of({.02, .25, -55, .05, -64, -16, step_at(20, 0.6)}, 400);
  REQUIRE(bursts(answer.spikes, 10) == std::vector<int>{8});
  REQUIRE(answer.spikes.back() < 80);
}

TEST_CASE("pattern E: mixed mode is a burst, then single spikes", "[core][izhikevich_patterns]") {
  const auto sizes = bursts(answer_of({.02, .2, -55, 4, -70, -14, step_at(16, 10)}, 160).spikes, 10);
  REQUIRE(sizes == std::vector<int>{3, 1, 1, 1, 1});
}

TEST_CASE("pattern F: spike frequency adaptation lengthens the intervals", "[core][izhikevich_patterns]") {
  const auto gaps = intervals(answer_of({.01, .2, -65, 8, -70, -14, step_at(8.5, 30)}, 85).spikes);
  REQUIRE(gaps.size() == 5);
  REQUIRE(std::is_sorted(gaps.begin(), gaps.end()));
  REQUIRE(gaps.back() > 10 * gaps.front());
}

TEST_CASE("patterns G and H: class 1 starts firing slowly and speeds up, class 2 starts fast",
          "[core][izhikevich_patterns]") {
  const auto slow = intervals(
      answer_of({.02, -.1, -55, 6, -60, 6, [](double t) { return t > 30 ? 0.075 * (t - 30) : 0; }, class_1}, 300)
          .spikes);
  const auto fast = intervals(
      answer_of({.2, .26, -65, 0, -64, -16.64, [](double t) { return -0.5 + (t > 30 ? 0.015 * (t - 30) : 0); }}, 300)
          .spikes);
  REQUIRE(slow.size() >= 8);
  REQUIRE(slow.front() > 40);  // below 25 Hz
  REQUIRE(std::is_sorted(slow.rbegin(), slow.rend()));
  REQUIRE(fast.size() >= 14);
  REQUIRE(fast.front() < 20);  // above 50 Hz
}

TEST_CASE("pattern I: spike latency is a spike long after a short pulse", "[core][izhikevich_patterns]") {
  const auto answer = answer_of({.02, .2, -65, 6, -70, -14, pulses({10}, 3, 7.04)}, 100);
  REQUIRE(answer.spikes.size() == 1);
  REQUIRE(answer.spikes.front() > 13 + 3);
}

TEST_CASE("pattern J: subthreshold oscillations follow a spike", "[core][izhikevich_patterns]") {
  const auto answer = answer_of({.05, .26, -60, 0, -62, -16.12, pulses({20}, 5, 2)}, 300);
  REQUIRE(answer.spikes.size() == 1);
  std::vector<double> peaks;
  for (double t = 35; t < 299; t += 0.1)
    if (answer.at(t) > answer.at(t - 0.1) && answer.at(t) >= answer.at(t + 0.1)) peaks.push_back(answer.at(t));
  REQUIRE(peaks.size() >= 4);
  REQUIRE(std::is_sorted(peaks.rbegin(), peaks.rend()));  // it dies away
}

TEST_CASE("pattern K: a resonator answers pulses at its own period only", "[core][izhikevich_patterns]") {
  const auto answer = answer_of({.1, .26, -60, -1, -62, -16.12, pulses({40, 60, 280, 320}, 4, 0.65)}, 400);
  REQUIRE(answer.spikes.size() == 1);
  REQUIRE(answer.between(320, 340).size() == 1);
}

TEST_CASE("pattern L: an integrator answers pulses close together only", "[core][izhikevich_patterns]") {
  const auto answer = answer_of({.02, -.1, -55, 6, -60, 6, pulses({9.1, 14.1, 70, 80}, 2, 9), class_1}, 120);
  REQUIRE(answer.spikes.size() == 1);
  REQUIRE(answer.between(14, 25).size() == 1);
}

TEST_CASE("pattern M: a rebound spike follows inhibition", "[core][izhikevich_patterns]") {
  const auto answer = answer_of({.03, .25, -60, 4, -64, -16, pulses({20}, 5, -15)}, 400);
  REQUIRE(answer.spikes.size() == 1);
  REQUIRE(answer.spikes.front() > 25);
}

TEST_CASE("pattern N: a rebound burst follows inhibition", "[core][izhikevich_patterns]") {
  const auto answer = answer_of({.03, .25, -52, 0, -64, -16, pulses({20}, 5, -15)}, 400);
  const auto sizes = bursts(answer.spikes, 10);
  REQUIRE(sizes.size() == 1);
  REQUIRE(sizes.front() >= 5);
  REQUIRE(answer.spikes.front() > 25);
}

TEST_CASE("pattern O: inhibition lowers the threshold of what follows", "[core][izhikevich_patterns]") {
  const auto current = [](double t) {
    const auto in = [t](double begin) { return t > begin - 0.05 && t < begin + 4.95; };
    return in(10) || in(80) ? 1.0 : in(70) ? -6.0 : 0.0;
  };
  const auto answer = answer_of({.03, .25, -60, 4, -64, -16, current}, 150);
  REQUIRE(answer.spikes.size() == 1);
  REQUIRE(answer.between(80, 100).size() == 1);
}

TEST_CASE("pattern P: a pulse switches tonic spiking on, another switches it off", "[core][izhikevich_patterns]") {
  const auto answer = answer_of({.1, .26, -60, 0, -61, -15.86, pulses({37.5, 207}, 5, 1.24, 0.24)}, 500);
  REQUIRE(answer.between(0, 37.5).empty());
  REQUIRE(answer.between(37.5, 207).size() == 5);
  REQUIRE(answer.between(207, 500).empty());
}

TEST_CASE("pattern Q: a depolarizing after-potential follows the spike", "[core][izhikevich_patterns]") {
  const auto answer = answer_of({1, .2, -60, -19, -70, -14, pulses({9}, 2, 20)}, 50);
  REQUIRE(answer.spikes.size() == 1);
  const double peak = *std::max_element(answer.v.begin() + 115, answer.v.end());
  REQUIRE(peak > -60 + 2);  // above the reset, and above rest
  REQUIRE(answer.v.back() == Approx(-70).margin(0.5));
}

TEST_CASE("pattern R: accommodation ignores a slow ramp and answers a fast one", "[core][izhikevich_patterns]") {
  const auto ramps = [](double t) { return t < 200 ? t / 25 : t < 300 ? 0 : t < 312.5 ? (t - 300) / 12.5 * 4 : 0; };
  const auto answer = answer_of({.02, 1, -55, 4, -65, -16, ramps, {{"u_reference", {-65}}, {"u_leak", {0}}}}, 400);
  REQUIRE(answer.spikes.size() == 1);
  REQUIRE(answer.between(300, 315).size() == 1);
}

TEST_CASE("pattern S: inhibition induces spiking", "[core][izhikevich_patterns]") {
  const auto answer = answer_of({-.02, -1, -60, 8, -63.8, 63.8, pulses({50}, 200, 75, 80)}, 350);
  REQUIRE(answer.between(0, 50).empty());
  REQUIRE(answer.between(50, 250).size() == 3);
  REQUIRE(answer.between(260, 350).empty());
}

TEST_CASE("pattern T: inhibition induces bursting", "[core][izhikevich_patterns]") {
  const auto answer = answer_of({-.026, -1, -45, 0, -63.8, 63.8, pulses({50}, 200, 75, 80)}, 350);
  REQUIRE(answer.between(0, 50).empty());
  REQUIRE(bursts(answer.between(50, 250), 10) == std::vector<int>{10, 10});
  REQUIRE(answer.between(290, 350).empty());
}
