/// What one step of one neuron costs, per model, scheme, precision and layout: one thread, 8,192 neurons, so that state
/// and input stay in the L2 cache. Checked: the neurons fire, and every state variable stays finite.
///
///     build/release/spikeloom_benchmarks --benchmark_filter=neuron
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstring>
#include <string>

#include "core/aligned.hpp"
#include "core/model.hpp"

namespace {

using namespace spikeloom;

constexpr std::uint32_t neurons = 8192;

struct Measured {
  const char* model;
  const char* scheme;  // "" if the model has none
  double i_e;          // lets it fire regularly
};
constexpr Measured measured[] = {{"lif_psc_delta", "", 500},      {"lif_psc_exp", "", 500},
                                 {"lif_psc_alpha", "", 500},      {"lif_cond_exp", "", 500},
                                 {"izhikevich", "published", 10}, {"izhikevich", "accurate", 10},
                                 {"izhikevich_2007", "", 200},    {"adex", "", 800}};

template <class Real>
bool is_finite(NeuronSlice& slice) {
  for (const auto& column : slice.state_columns())
    for (std::size_t i = 0; i < neurons; ++i) {
      Real value;
      std::memcpy(&value, column.bytes.data() + i * sizeof(Real), sizeof(Real));
      if (!std::isfinite(value)) return false;
    }
  return true;
}

/// `columns`: all parameters are columns, as when one of them differs between neurons. `noise`: a Poisson train is
/// drawn for every neuron.
void neuron_step(benchmark::State& state, const Measured& what, Precision precision, bool columns, bool noise) {
  const auto& model = *find_model(what.model);
  ModelArguments arguments;
  const ModelArguments initial;
  arguments.numbers["i_e"] = std::vector<double>(columns ? neurons : 1, what.i_e);
  if (*what.scheme != '\0') arguments.texts["scheme"] = what.scheme;
  const auto slice = model.make_slice({.arguments = arguments,
                                       .initial = initial,
                                       .population_size = neurons,
                                       .count = neurons,
                                       .precision = precision});
  const float weight = 1e-3f;
  ModelArguments rate;
  rate.numbers["rate"] = {16'000};
  if (noise)
    slice->attach(0, find_model("poisson")->make_drive({.arguments = rate, .weights = {&weight, 1}, .stream = 1}));
  aligned_vector<float> input(static_cast<std::size_t>(slice->row_count()) * neurons);
  std::vector<std::uint32_t> spiked;
  Step step = 0;
  std::size_t spikes = 0;
  for (; step < 2000; ++step) slice->advance(step, input.data(), spiked);
  for (auto _ : state) {
    spiked.clear();
    slice->advance(step++, input.data(), spiked);
    spikes += spiked.size();
    benchmark::ClobberMemory();
  }
  state.counters["ns_per_neuron_step"] = benchmark::Counter(static_cast<double>(state.iterations()) * neurons * 1e-9,
                                                            benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  if (state.iterations() > 5000 && spikes == 0) state.SkipWithError("no neuron fired");
  if (!(precision == Precision::single ? is_finite<float>(*slice) : is_finite<double>(*slice)))
    state.SkipWithError("a state variable is not finite");
}

const bool registered = [] {
  for (const auto& what : measured) {
    const std::string name = std::string("neuron/") + what.model + (*what.scheme ? "/" : "") + what.scheme;
    const auto add = [&](const char* suffix, Precision precision, bool columns, bool noise) {
      benchmark::RegisterBenchmark((name + suffix).c_str(), [=](benchmark::State& state) {
        neuron_step(state, what, precision, columns, noise);
      });
    };
    add("/float", Precision::single, false, false);
    add("/float/columns", Precision::single, true, false);
    add("/float/poisson", Precision::single, false, true);
    add("/double", Precision::double_, false, false);
  }
  return true;
}();

}  // namespace
