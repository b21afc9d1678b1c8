/// The bits of one network, pinned: compilers, instruction sets and build types all have to arrive at them.
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <xxhash.h>

#include <string>

#include "io/experiment_file.hpp"
#include "networks/build.hpp"

using namespace spikeloom;

namespace {

/// Every neuron model, kind of source, random connection rule and distribution, in one recurrent network.
constexpr auto* every_model = R"(
experiment: {name: bits, seed: 12, duration: 200 ms, resolution: 0.1 ms}
populations:
  delta: {model: lif_psc_delta, size: 90, initial: {v_m: {uniform: [-68 mV, -56 mV]}}}
  exp: {model: lif_psc_exp, size: 90, params: {tau_m: {lognormal: [10 ms, 0.2]}}}
  alpha: {model: lif_psc_alpha, size: 90, precision: double}
  cond: {model: lif_cond_exp, size: 90, params: {v_th: {normal: [-55 mV, 0.5 mV]}}}
  izh: {model: izhikevich, size: 90}
  izh7: {model: izhikevich_2007, size: 90}
  adex: {model: adex, size: 90}
  train: {model: poisson, size: 40, params: {rate: 80 Hz}}
  drive: {model: poisson, params: {rate: 9 kHz}}
  noise: {model: current_noise, params: {mean: 300 pA, sd: 60 pA, dt: 1 ms}}
projections:
  - {from: drive, to: [exp, alpha], weight: 60 pA, delay: 1 ms}
  - {from: drive, to: delta, weight: 0.25 mV, delay: 1 ms}
  - {from: drive, to: cond, weight: 4 nS, delay: 1 ms}
  - {from: noise, to: [izh7, adex], weight: 2, delay: 0.1 ms}
  - {from: train, to: [exp, alpha], connect: {rule: fixed_indegree, indegree: 9}, weight: {normal: [80 pA, 8 pA]}, delay: {uniform: [0.3 ms, 4 ms]}}
  - {from: train, to: izh, connect: {rule: fixed_probability, p: 0.4}, weight: {exponential: 12}, delay: {normal: [2 ms, 0.5 ms], min: 0.3 ms}}
  - {from: exp, to: adex, connect: {rule: fixed_outdegree, outdegree: 7}, weight: {lognormal: [5 nS, 0.4]}, delay: 1.1 ms}
  - {from: [delta, cond, izh], to: exp, connect: {rule: fixed_total_number, number: 400}, weight: {uniform: [-40 pA, -5 pA]}, delay: {uniform: [0.3 ms, 2 ms]}}
)";

std::string bits_of(const char* text) {
  const auto experiment = io::parse_experiment(text, "bits");
  auto network = build(experiment, 1);
  const auto stretch = network.engine->run_until(2000, false);
  std::string all;
  for (std::size_t p = 0; p + 3 < stretch.spike_counts.size(); ++p) {
    INFO("population " << p);
    CHECK(stretch.spike_counts[p] > 20);
  }
  for (const auto& hash : network.engine->hashes())
    all += fmt::format("{} {} {:x}\n", hash.population, hash.variable, hash.hash);
  return fmt::format("{:016x}", XXH3_64bits(all.data(), all.size()));
}

}  // namespace

TEST_CASE("compilers, instruction sets and build types give the same bits", "[networks][bits]") {
  CHECK(bits_of(every_model) == "e6bd1ff74eea869d");
}
