/// Properties that every neuron model of the catalogue has by way of the sweep: columns, slices, precision, extremes.
#include "core/sweep.hpp"

#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "tests/core/models/neurons.hpp"

using namespace spikeloom;
using namespace spikeloom::testing;

namespace {

/// Every neuron model, once per scheme.
std::vector<Setup> every_model() {
  std::vector<Setup> setups;
  for (const auto& model : model_catalogue()) {
    if (model.kind != ModelKind::neuron) continue;
    const auto* scheme = model.param("scheme");
    for (const auto& choice : scheme ? scheme->choices : std::vector<std::string>{""})
      setups.push_back({.model = model.name, .scheme = choice});
  }
  return setups;
}

/// All models do but the readout.
bool fires(const Setup& setup) { return setup.model != "leaky_readout"; }

/// What arrives at neuron `i` in step k: enough to make every model that fires do so irregularly.
void stimulate(Neurons& neurons, const Setup& setup, std::uint32_t count, std::uint32_t first, int k) {
  const auto& unit = find_model(setup.model)->receptors.front().weight_unit;
  const double scale = setup.model == "adex"        ? 250
                       : unit == "pA"               ? 250
                       : unit == "mV"               ? 3
                       : unit == "nS"               ? 60
                       : setup.scheme == "accurate" ? 4
                                                    : 40;
  const bool magnitude = find_model(setup.model)->receptors[1].magnitude;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto bits = draw(11, Purpose::task, 0, first + i, static_cast<std::uint32_t>(k));
    if (uniform(bits[0]) < 0.2) neurons.arrive(0, static_cast<float>(scale * uniform(bits[1])), i);
    if (uniform(bits[2]) < 0.05)
      neurons.arrive(1, static_cast<float>((magnitude ? 1 : -1) * scale * uniform(bits[3])), i);
  }
}

bool same_state(Neurons& a, std::size_t offset, Neurons& b, std::size_t count) {
  const auto left = a.columns(), right = b.columns();
  for (std::size_t k = 0; k < left.size(); ++k)
    for (std::size_t i = 0; i < count; ++i)
      if (a.value(left[k], offset + i) != b.value(right[k], i)) return false;
  return true;
}

}  // namespace

TEST_CASE("a column of equal parameters gives the bits of one parameter", "[core][sweep][slow]") {
  for (auto setup : every_model())
    for (const auto precision : {Precision::single, Precision::double_}) {
      CAPTURE(setup.model, setup.scheme);
      setup.size = 601;
      setup.precision = precision;
      auto columns = setup;
      columns.params["i_e"] = std::vector<double>(setup.size, 0.0);
      Neurons constant(setup), heterogeneous(columns);
      std::size_t spikes = 0;
      for (int k = 0; k < 400; ++k) {
        stimulate(constant, setup, setup.size, 0, k);
        stimulate(heterogeneous, setup, setup.size, 0, k);
        const auto& fired = constant.step();
        spikes += fired.size();
        REQUIRE(fired == heterogeneous.step());
      }
      if (fires(setup)) REQUIRE(spikes > 300);
      REQUIRE(same_state(constant, 0, heterogeneous, setup.size));
    }
}

TEST_CASE("slices cut anywhere have the bits of the whole population", "[core][sweep][slow]") {
  for (auto setup : every_model()) {
    CAPTURE(setup.model, setup.scheme);
    setup.size = 1300;
    setup.precision = Precision::single;
    setup.params["i_e"].resize(setup.size);
    for (std::uint32_t i = 0; i < setup.size; ++i) setup.params["i_e"][i] = 0.001 * i;
    auto part = setup;
    part.first = 137;  // no multiple of the tile
    part.count = 1000;
    Neurons whole(setup), cut(part);
    for (int k = 0; k < 200; ++k) {
      stimulate(whole, setup, setup.size, 0, k);
      stimulate(cut, setup, part.count, part.first, k);
      std::vector<std::uint32_t> expected;
      for (const auto i : whole.step())
        if (i >= part.first && i < part.first + part.count) expected.push_back(i - part.first);
      REQUIRE(cut.step() == expected);
    }
    REQUIRE(same_state(whole, part.first, cut, part.count));
  }
}

TEST_CASE("float and double fire at the same rate", "[core][sweep][slow]") {
  for (auto setup : every_model()) {
    CAPTURE(setup.model, setup.scheme);
    setup.size = 600;
    std::size_t spikes[2] = {};
    for (const auto precision : {Precision::single, Precision::double_}) {
      setup.precision = precision;
      Neurons neurons(setup);
      for (int k = 0; k < 1000; ++k) {
        stimulate(neurons, setup, setup.size, 0, k);
        spikes[precision == Precision::double_] += neurons.step().size();
      }
    }
    if (fires(setup)) REQUIRE(spikes[0] > 500);
    REQUIRE(static_cast<double>(spikes[0]) == Approx(static_cast<double>(spikes[1])).epsilon(0.01));
  }
}

TEST_CASE("every state variable can be set, for all neurons or for each", "[core][sweep]") {
  for (auto setup : every_model())
    for (const auto& variable : find_model(setup.model)->variables) {
      if (!variable.settable) continue;
      CAPTURE(setup.model, variable.name);
      setup.size = 3;
      setup.initial = {{variable.name, {1, 2, 3}}};
      Neurons each(setup);
      REQUIRE(each(variable.name, 2) == 3);
      setup.initial = {{variable.name, {5}}};
      Neurons all(setup);
      REQUIRE(all(variable.name, 2) == 5);
    }
}

TEST_CASE("no input, however extreme, makes a state infinite or not a number", "[core][sweep]") {
  for (auto setup : every_model())
    for (const auto precision : {Precision::single, Precision::double_})
      for (const float size : {1e3f, 1e6f, 1e12f, 1e30f}) {
        CAPTURE(setup.model, setup.scheme, size);
        setup.precision = precision;
        setup.size = 64;
        Neurons neurons(setup);
        const bool magnitude = find_model(setup.model)->receptors[1].magnitude;
        double current = 0;
        neurons.drive([&](double) { return current; });
        for (int k = 0; k < 300; ++k) {
          for (std::uint32_t i = 0; i < setup.size; ++i) {
            const auto bits = draw(5, Purpose::task, 1, i, static_cast<std::uint32_t>(k));
            if (bits[0] % 3 == 0) neurons.arrive(0, size, i);
            if (bits[1] % 4 == 0) neurons.arrive(1, magnitude ? size : -size, i);
          }
          current = k % 50 < 10 ? size : k % 50 < 25 ? -size : 0.0;
          neurons.step();
          REQUIRE(neurons.is_finite());
        }
      }
}

TEST_CASE("a choice outside the table never reaches a slice: the first scheme is the default", "[core][sweep]") {
  const auto* scheme = find_model("izhikevich")->param("scheme");
  REQUIRE(scheme->kind == ParamKind::choice);
  REQUIRE(scheme->choices == std::vector<std::string>{"published", "accurate"});
  REQUIRE(scheme->default_text == "published");
}
