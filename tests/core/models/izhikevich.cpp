/// The neuron of 2003: the paper's scheme operation by operation, and the accurate scheme's order.
#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "tests/core/models/neurons.hpp"

using namespace spikeloom;
using namespace spikeloom::testing;

namespace {

/// The loop of the paper's program for one neuron, in its own order: reset, then two half steps of v, then u.
template <class Real>
struct PaperNeuron {
  Real a, b, c, d, v = -65, u = b * -65;
  bool spiked = false;
  void step(Real i, Real dt) {
    v += Real(0.5) * dt * (Real(0.04) * v * v + 5 * v + 140 - u + i);
    v += Real(0.5) * dt * (Real(0.04) * v * v + 5 * v + 140 - u + i);
    u += dt * a * (b * v - u);
    spiked = v >= 30;
    if (spiked) v = c, u += d;
  }
};

template <class Real>
void require_the_papers_bits(double dt) {
  constexpr std::uint32_t size = 700;
  Setup setup{.model = "izhikevich", .scheme = "published", .dt = dt, .size = size};
  setup.precision = sizeof(Real) == 4 ? Precision::single : Precision::double_;
  for (const auto* name : {"a", "b", "c", "d"}) setup.params[name].resize(size);
  std::vector<PaperNeuron<Real>> paper;
  for (std::uint32_t i = 0; i < size; ++i) {
    const double r = uniform(draw(1, Purpose::task, 0, i)[0]);
    const bool excites = i < 500;
    setup.params["a"][i] = excites ? 0.02 : 0.02 + 0.08 * r;
    setup.params["b"][i] = excites ? 0.2 : 0.25 - 0.05 * r;
    setup.params["c"][i] = excites ? -65 + 15 * r * r : -65;
    setup.params["d"][i] = excites ? 8 - 6 * r * r : 2;
    const auto real = [&](const char* name) { return static_cast<Real>(setup.params[name][i]); };
    paper.push_back({.a = real("a"), .b = real("b"), .c = real("c"), .d = real("d")});
    paper.back().u = static_cast<Real>(setup.params["b"][i] * -65);
  }
  Neurons neurons(setup);
  std::size_t spikes = 0;
  for (int k = 0; k < 1000; ++k) {
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < size; ++i) {
      const auto current =
          static_cast<float>(12 * uniform(draw(2, Purpose::task, 0, i, static_cast<std::uint32_t>(k))[0]));
      neurons.arrive(0, current, i);
      paper[i].step(static_cast<Real>(current), static_cast<Real>(dt));
      if (paper[i].spiked) expected.push_back(i);
    }
    REQUIRE(neurons.step() == expected);
    spikes += expected.size();
  }
  REQUIRE(spikes > 500);
  for (std::uint32_t i = 0; i < size; ++i) {
    REQUIRE(neurons("v_m", i) == static_cast<double>(paper[i].v));
    REQUIRE(neurons("u", i) == static_cast<double>(paper[i].u));
  }
}

}  // namespace

TEST_CASE("izhikevich, published scheme: the bits of the paper's loop", "[core][models][izhikevich][numbers]") {
  require_the_papers_bits<float>(1);
  require_the_papers_bits<double>(1);
  require_the_papers_bits<double>(0.5);
}

TEST_CASE("izhikevich, published scheme, converges with order 1", "[core][models][izhikevich]") {
  const auto v_at_end = [](const char* scheme, double dt) {
    Neurons neuron(
        {.model = "izhikevich", .params = {{"i_e", {2}}}, .initial = {{"v_m", {-58}}}, .scheme = scheme, .dt = dt});
    neuron.run(8);
    return neuron("v_m");
  };
  const double exact = v_at_end("accurate", 0.01);
  REQUIRE(measured_order([&](double dt) { return std::abs(v_at_end("published", dt) - exact); }, 0.1) ==
          Approx(1).margin(0.1));
}

TEST_CASE("izhikevich, accurate scheme, converges with order 4, spikes included", "[core][models][izhikevich]") {
  const bool spikes = GENERATE(false, true);
  const auto at_end = [=](double dt) {
    std::vector<double> values;
    Neurons neuron({.model = "izhikevich",
                    .params = {{"i_e", {spikes ? 20.0 : 0.0}}},
                    .initial = {{"v_m", {-58}}},
                    .scheme = "accurate",
                    .dt = dt});
    std::size_t count = 0;
    for (const double t : {9.0, 12.0, 20.0, 23.0, 30.0, 41.0, 48.0, 60.0}) {
      count += neuron.spike_times(t).size();
      values.push_back(neuron("v_m"));
      values.push_back(neuron("u"));
    }
    REQUIRE((count > 3) == spikes);
    return values;
  };
  const auto exact = at_end(1.0 / 512);
  const auto error = [&](double dt) {
    const auto values = at_end(dt);
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += std::abs(values[i] - exact[i]);
    return sum;
  };
  REQUIRE(measured_order(error, 0.125) == Approx(4).margin(0.4));
}

TEST_CASE("izhikevich, accurate scheme: an arrival is a jump of v_m, and can make it spike",
          "[core][models][izhikevich]") {
  Neurons still({.model = "izhikevich", .scheme = "accurate"}), lifted({.model = "izhikevich", .scheme = "accurate"});
  lifted.arrive(0, 4);
  still.step();
  REQUIRE(lifted.step().empty());
  REQUIRE(lifted("v_m") == Approx(still("v_m") + 4).margin(1e-12));
  const double u = lifted("u");
  lifted.arrive(0, 200);
  REQUIRE(lifted.step().size() == 1);
  REQUIRE(lifted("v_m") == -65);
  REQUIRE(lifted("u") == Approx(u + 8).margin(0.01));
}

TEST_CASE("izhikevich refuses steps that the accurate scheme cannot resolve", "[core][models][izhikevich]") {
  const auto* model = find_model("izhikevich");
  ModelArguments arguments;
  std::vector<Problem> problems;
  arguments.texts["scheme"] = "accurate";
  model->check(arguments, 1, problems);
  REQUIRE(problems.size() == 1);
  REQUIRE(problems.front().path == "scheme");
  arguments.texts["scheme"] = "published";
  model->check(arguments, 1, problems);
  REQUIRE(problems.size() == 1);
  arguments.numbers["c"] = {-65, 31};
  model->check(arguments, 1, problems);
  REQUIRE(problems.size() == 2);
  REQUIRE(problems.back().path == "c");
}
