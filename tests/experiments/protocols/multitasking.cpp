/// The multitasking Hopfield network against theory: all eight criteria of its specification.
#include <catch2/catch.hpp>

#include "networks/hopfield/multitasking_hopfield.hpp"
#include "tests/experiments/collected.hpp"

using namespace spikeloom;
using Memory = MultitaskingHopfield;

namespace {

tests::Collected multitasking(const std::string& module, const std::string& protocol, int threads = 2) {
  return tests::run_protocol_text("experiment: {name: memory}\nmodule: {name: multitasking_hopfield, params: {" +
                                      module + "}}\nprotocol: {name: multitasking, params: {" + protocol + "}}\n",
                                  threads);
}

double spread(const std::vector<double>& m) {
  return *std::max_element(m.begin(), m.end()) - *std::min_element(m.begin(), m.end());
}

double deviation(double dilution, std::size_t patterns) {
  const auto theory = Memory::hierarchy(dilution, patterns), field = Memory::mean_field(dilution, 1000, theory);
  double worst = 0;
  for (std::size_t k = 0; k < patterns; ++k) worst = std::max(worst, std::abs(field[k] - theory[k]));
  return worst;
}

}  // namespace

TEST_CASE("one cue recalls a hierarchy of patterns, and energy never rises", "[protocols][hopfield]") {
  const auto run = multitasking("", "experiments: retrieval");
  CHECK(run.metric("retrieval_plain") == Approx(1).margin(1e-12));
  CHECK(run.metric("retrieval_m_1") == Approx(0.75).margin(0.03));
  CHECK(run.metric("retrieval_m_1") > run.metric("retrieval_m_2"));
  CHECK(run.metric("retrieval_m_2") > run.metric("retrieval_m_3"));
  CHECK(run.metric("energy_rise") <= 1e-12);
  CHECK(run.columns.at("relaxation/least_loss").back() < 0.3 * run.columns.at("relaxation/least_loss").front());
}

TEST_CASE("mean field is hierarchical up to the dilution that theory says, and parallel far beyond",
          "[networks][hopfield]") {
  for (const double d : {0.05, 0.25, 0.4, 0.6}) CHECK(deviation(d, 3) < 1e-3);
  CHECK(deviation(0.7, 3) > 0.005);
  for (const double d : {0.1, 0.3, 0.5, 0.7, 0.9}) CHECK(deviation(d, 2) < 1e-3);
  CHECK(spread(Memory::mean_field(0.9, 1000, Memory::hierarchy(0.9, 3))) < 0.03);
  CHECK(spread(Memory::mean_field(0.25, 1000, Memory::hierarchy(0.25, 3))) > 0.5);
}

TEST_CASE("noise ends the hierarchy from its last pattern on, and recall at T = 1 - d", "[protocols][hopfield][slow]") {
  const auto run = multitasking("", "experiments: noise, temperatures: [0.3, 0.6, 1.1]");
  const auto& field = run.columns.at("noise/mean_field_m_1");
  CHECK(field[0] > 0.95);
  CHECK(field[1] == Approx(0.907).margin(0.002));
  CHECK(std::abs(field[2]) < 1e-6);
  const auto& measured = run.columns.at("noise/measured_m_1");
  CHECK(measured[0] == Approx(field[0]).margin(0.02));
  CHECK(measured[1] == Approx(field[1]).margin(0.03));
  // Fluctuations are those of the finite size: 0.03 for 10,000 spins at this distance from the transition.
  const auto large = multitasking("neurons: 10000", "experiments: noise, temperatures: [1.1], draws: 2");
  for (const char* m : {"m_1", "m_2", "m_3"})
    CHECK(0.75 * large.columns.at(std::string("noise/measured_") + m)[0] < 0.1);
}

TEST_CASE("examples suffice, with and without a teacher", "[protocols][hopfield][slow]") {
  const auto run = multitasking("neurons: 800", "experiments: examples");
  for (const char* kind : {"supervised", "unsupervised"}) {
    const auto& m = run.columns.at(std::string("examples/") + kind);
    CHECK(std::is_sorted(m.begin(), m.end()));
    CHECK(m.back() > 0.7);
    CHECK(m.front() < 0.5);
  }
  CHECK(run.metric("examples_gap") < 0.06);
}

TEST_CASE("fields by way of overlaps are those of the couplings", "[networks][hopfield]") {
  // At T = 0 no spin stands against its field: J built entry by entry from overlaps of single-spin states.
  Memory::Params params;
  params.neurons = 40, params.dilution = 0.3;
  Memory memory(params, 5);
  while (memory.sweep() != 0) {}
  auto state = memory.state();
  const auto xi = std::get<std::span<float>>(state[0].values), spins = std::get<std::span<float>>(state[2].values);
  double energy = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    double h = 0;
    for (std::size_t j = 0; j < 40; ++j)
      for (std::size_t mu = 0; mu < 3 && i != j; ++mu)
        h += static_cast<double>(xi[i * 3 + mu] * xi[j * 3 + mu] * spins[j]) / 40;
    CHECK(h * static_cast<double>(spins[i]) >= -1e-12);
    energy -= 0.5 * h * static_cast<double>(spins[i]) / 40;
  }
  CHECK(memory.energy() == Approx(energy).epsilon(1e-12));
}

TEST_CASE("the multitasking protocol gives the same bits on any number of threads", "[protocols][hopfield]") {
  const std::string module = "neurons: 100",
                    small = "draws: 3, sweeps: 5, dilutions: [0.2, 0.7], temperatures: [0.5], examples: [5]";
  CHECK(multitasking(module, small, 1) == multitasking(module, small, 3));
}
