/// Whole DCLS networks: gradients against a plain forward-mode reference, any number of threads, ring buffers.
#include "plasticity/dcls/network.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cmath>

#include "plasticity/dcls/inference.hpp"
#include "tests/plasticity/dcls/draws.hpp"

using namespace spikeloom;
using tests::number;
using tests::random_spikes;

namespace {

/// A value and its derivative by one parameter: the plain reference differentiates forwards.
struct Dual {
  double v = 0, d = 0;
  Dual() = default;
  Dual(double value, double derivative = 0) : v(value), d(derivative) {}  // NOLINT: numbers are duals
};
Dual operator+(Dual a, Dual b) { return {a.v + b.v, a.d + b.d}; }
Dual operator-(Dual a, Dual b) { return {a.v - b.v, a.d - b.d}; }
Dual operator*(Dual a, Dual b) { return {a.v * b.v, a.d * b.v + a.v * b.d}; }
Dual operator/(Dual a, Dual b) { return {a.v / b.v, (a.d * b.v - a.v * b.d) / (b.v * b.v)}; }
Dual exp(Dual a) { return {std::exp(a.v), std::exp(a.v) * a.d}; }
Dual log(Dual a) { return {std::log(a.v), a.d / a.v}; }
Dual sqrt(Dual a) { return {std::sqrt(a.v), a.d / (2 * std::sqrt(a.v))}; }

/// Mean loss of a batch, written from the specification with loops over everything; `which` of the parameters (weights,
/// positions, gamma, beta, one after the other) is the one by which is differentiated.
Dual reference_loss(const DclsNetwork<double>& network, const std::vector<std::vector<DclsSpike>>& batch,
                    const std::vector<std::int32_t>& labels, double sigma, std::size_t which) {
  const auto& config = network.config;
  const std::size_t synapses = network.weights.size(), channels = network.gamma.size(), n_batch = batch.size();
  const auto parameter = [&](const auto& column, std::size_t before, std::size_t k) {
    return Dual{column[k], which == before + k ? 1.0 : 0.0};
  };
  using Raster = std::vector<std::vector<Dual>>;  // [step][unit]
  std::vector<Raster> signals(n_batch);
  for (std::size_t b = 0; b < n_batch; ++b) {
    signals[b].assign(config.steps, std::vector<Dual>(config.units[0]));
    for (const auto& spike : batch[b]) signals[b][spike.step][spike.unit] = static_cast<double>(spike.count);
  }
  const double leak = 1 - 1 / config.tau;
  std::vector<Raster> potentials(n_batch);
  for (const auto& layer : network.layers) {
    const auto [sources, n, length, taps] = layer.shape;
    std::vector<Raster> drives(n_batch, Raster(layer.steps_out, std::vector<Dual>(n)));
    for (std::size_t i = 0; i < sources; ++i)
      for (std::size_t tap = 0; tap < taps; ++tap)
        for (std::size_t j = 0; j < n; ++j) {
          const auto s = layer.first_synapse + (i * taps + tap) * n + j;
          const Dual w = parameter(network.weights, 0, s);
          const Dual c = parameter(network.positions, synapses, s) + static_cast<double>(length / 2);
          Dual sum = 1e-7;
          std::vector<Dual> bump(length);
          for (std::size_t k = 0; k < length; ++k) {
            const Dual x = (Dual(static_cast<double>(k)) - c) / (sigma + 0.27);
            bump[k] = exp(Dual(-0.5) * x * x);
            sum = sum + bump[k];
          }
          for (std::size_t b = 0; b < n_batch; ++b)
            for (std::size_t t = 0; t < layer.steps_out; ++t)
              for (std::size_t k = 0; k < length; ++k) {
                const std::size_t back = length - 1 - k;
                if (t >= back && t - back < layer.steps_in)
                  drives[b][t][j] = drives[b][t][j] + w * bump[k] / sum * signals[b][t - back][i];
              }
        }
    if (layer.hidden && config.normalise)
      for (std::size_t j = 0; j < n; ++j) {
        const double count = static_cast<double>(n_batch * layer.steps_out);
        Dual mean, variance;
        for (const auto& drive : drives)
          for (const auto& row : drive) mean = mean + row[j] / count;
        for (const auto& drive : drives)
          for (const auto& row : drive) variance = variance + (row[j] - mean) * (row[j] - mean) / count;
        const Dual gamma = parameter(network.gamma, 2 * synapses, layer.first_channel + j);
        const Dual beta = parameter(network.beta, 2 * synapses + channels, layer.first_channel + j);
        for (auto& drive : drives)
          for (auto& row : drive) row[j] = gamma * (row[j] - mean) / sqrt(variance + 1e-5) + beta;
      }
    const bool counts = config.readout == DclsReadout::spike_count;
    const double v_th = layer.hidden ? config.v_th : counts ? config.v_th_out : 1e9;
    for (std::size_t b = 0; b < n_batch; ++b) {
      signals[b].assign(layer.steps_out, std::vector<Dual>(n));
      potentials[b] = signals[b];
      std::vector<Dual> v(n);
      for (std::size_t t = 0; t < layer.steps_out; ++t)
        for (std::size_t j = 0; j < n; ++j) {
          const Dual h = v[j] * leak + drives[b][t][j];
          const double x = M_PI * config.alpha * (h.v - v_th) / 2;
          const double slope = config.alpha / 2 / (1 + x * x), spike = h.v >= v_th ? 1 : 0;
          signals[b][t][j] = {spike, slope * h.d};
          potentials[b][t][j] = h;
          v[j] = h * Dual(1 - spike);  // the reset counts as a constant
        }
    }
  }
  Dual total;
  for (std::size_t b = 0; b < n_batch; ++b) {
    const auto& u = config.readout == DclsReadout::spike_count ? signals[b] : potentials[b];
    const std::size_t classes = config.units.back();
    std::vector<Dual> m(classes);
    for (std::size_t k = 0; k < classes; ++k) {
      if (config.readout == DclsReadout::maximum) m[k] = u[0][k];
      for (const auto& row : u) {
        Dual sum;
        for (const auto& value : row) sum = sum + exp(value);
        if (config.readout == DclsReadout::softmax_sum) m[k] = m[k] + exp(row[k]) / sum;
        if (config.readout == DclsReadout::mean) m[k] = m[k] + row[k] / static_cast<double>(u.size());
        if (config.readout == DclsReadout::spike_count) m[k] = m[k] + row[k];
        if (config.readout == DclsReadout::maximum && row[k].v > m[k].v) m[k] = row[k];
      }
    }
    Dual sum;
    for (const auto& value : m) sum = sum + exp(value);
    total = total + (log(sum) - m[static_cast<std::size_t>(labels[b])]) / static_cast<double>(n_batch);
  }
  return total;
}

DclsConfig small_config() {
  DclsConfig config;
  config.units = {3, 4, 3, 2};
  config.steps = 14;
  config.length = 5;
  config.taps = 2;
  config.tau = 1.8;
  return config;
}

template <class Real>
struct Trained {
  DclsGradient<Real> gradient;
  std::vector<DclsAnswer> answers;
};

template <class Real>
Trained<Real> trained(const DclsNetwork<Real>& network, const std::vector<std::vector<DclsSpike>>& batch,
                      const std::vector<std::int32_t>& labels, const typename DclsPass<Real>::Options& options) {
  std::vector<SpikeColumns<Real>> inputs;
  for (const auto& sample : batch) inputs.push_back(by_source<Real>(sample, network.config.units[0]));
  DclsPass<Real> pass(network);
  Trained<Real> result;
  result.answers.resize(batch.size());
  pass.forward(inputs, labels, options, result.answers);
  pass.backward(result.gradient);
  return result;
}

template <class Real>
typename DclsPass<Real>::Options training(double sigma, int threads = 1) {
  typename DclsPass<Real>::Options options;
  options.kernels.sigma = sigma;
  options.mode = DclsPass<Real>::Mode::training;
  options.threads = threads;
  return options;
}

}  // namespace

TEST_CASE("the backward pass of a DCLS network agrees with a plain reference", "[dcls][gradient]") {
  auto config = small_config();
  config.readout =
      GENERATE(DclsReadout::softmax_sum, DclsReadout::mean, DclsReadout::maximum, DclsReadout::spike_count);
  config.normalise = GENERATE(true, false);
  config.right_padding = config.normalise;
  config.v_th_out = 0.3;
  DclsNetwork<double> network(config, 3);
  if (!config.normalise)
    for (auto& w : network.weights) w *= 2;
  for (std::size_t j = 0; j < network.gamma.size(); ++j) {
    network.gamma[j] = 1 + 0.1 * static_cast<double>(j);
    network.beta[j] = 0.05 * static_cast<double>(j);
  }
  const std::vector<std::vector<DclsSpike>> batch = {random_spikes(1, 3, 14, 0.4), random_spikes(2, 3, 14, 0.3),
                                                     random_spikes(3, 3, 14, 0.5)};
  const std::vector<std::int32_t> labels = {0, 1, 1};
  constexpr double sigma = 0.8;
  const auto result = trained(network, batch, labels, training<double>(sigma));
  const auto& g = result.gradient;
  std::vector<double> all(g.weights.begin(), g.weights.end());
  all.insert(all.end(), g.positions.begin(), g.positions.end());
  if (config.normalise) {
    all.insert(all.end(), g.gamma.begin(), g.gamma.end());
    all.insert(all.end(), g.beta.begin(), g.beta.end());
  }
  double largest = 0;
  for (std::size_t which = 0; which < all.size(); which += 3) {
    const auto expected = reference_loss(network, batch, labels, sigma, which);
    INFO("parameter " << which);
    REQUIRE(all[which] == Approx(expected.d).epsilon(1e-6).margin(1e-9));
    largest = std::max(largest, std::abs(expected.d));
    if (which == 0)
      REQUIRE((result.answers[0].loss + result.answers[1].loss + result.answers[2].loss) / 3 ==
              Approx(expected.v).epsilon(1e-9));
  }
  REQUIRE(largest > 1e-3);
}

TEST_CASE("a batch pass gives the same bits on any number of threads", "[dcls][threads]") {
  DclsConfig config;
  config.units = {20, 40, 33, 5};
  config.steps = 30;
  config.length = 7;
  config.dropout = 0.3;
  const DclsNetwork<float> network(config, 1);
  std::vector<std::vector<DclsSpike>> batch;
  std::vector<std::int32_t> labels;
  for (std::uint32_t k = 0; k < 17; ++k) {
    batch.push_back(random_spikes(k, 20, 30, 0.2));
    labels.push_back(static_cast<std::int32_t>(k % 5));
  }
  const auto one = trained(network, batch, labels, training<float>(2));
  for (const int threads : {2, 3, 8}) {
    const auto many = trained(network, batch, labels, training<float>(2, threads));
    REQUIRE(many.gradient.weights == one.gradient.weights);
    REQUIRE(many.gradient.positions == one.gradient.positions);
    REQUIRE(many.gradient.gamma == one.gradient.gamma);
    REQUIRE(many.gradient.beta == one.gradient.beta);
    for (std::size_t k = 0; k < batch.size(); ++k) REQUIRE(many.answers[k].loss == one.answers[k].loss);
  }
  auto other = training<float>(2);
  other.update = 1;  // other neurons are dropped
  REQUIRE(trained(network, batch, labels, other).gradient.weights != one.gradient.weights);
}

TEST_CASE("ring buffers and convolution add up the same", "[dcls]") {
  DclsConfig config;
  config.units = {40, 25};  // 1000 synapses with delays of their own
  config.steps = 200;
  const DclsInference network{DclsNetwork<float>(config, 5)};
  REQUIRE(network.layers()[0].synapses.size() == 1000);
  const auto input = random_spikes(9, 40, 200, 0.1);
  const auto ring = network.run(input), convolution = network.run_by_convolution(input);
  REQUIRE(ring.potentials == convolution.potentials);  // bit for bit
  std::vector<double> drive(212 * 25, 0.0);
  for (const auto& spike : input)
    for (auto s = network.layers()[0].begin[spike.unit]; s < network.layers()[0].begin[spike.unit + 1]; ++s) {
      const auto& synapse = network.layers()[0].synapses[s];
      if (spike.step + synapse.delay < 212)
        drive[(spike.step + synapse.delay) * 25 + synapse.target] += static_cast<double>(synapse.weight * spike.count);
    }
  std::vector<double> v(25, 0.0);
  const double leak = 1 - 1 / config.tau;
  for (std::size_t t = 0; t < 212; ++t)
    for (std::size_t j = 0; j < 25; ++j) {
      v[j] = v[j] * leak + drive[t * 25 + j];
      REQUIRE(std::abs(static_cast<double>(ring.potentials[t * 25 + j]) - v[j]) < 1e-5);
    }
}

TEST_CASE("a network folded for inference does what the unfolded one does", "[dcls]") {
  DclsConfig config;
  config.units = {20, 30, 4};
  config.steps = 40;
  config.length = 9;
  config.taps = 2;
  DclsNetwork<float> network(config, 7);
  for (auto& p : network.positions) p = std::nearbyint(p);
  for (std::size_t j = 0; j < network.mean.size(); ++j) {
    network.mean[j] = 0.1 * number(1, 0, -1, 1, j);
    network.variance[j] = number(1, 1, 0.2, 2, j);
  }
  std::vector<std::vector<DclsSpike>> batch;
  for (std::uint32_t k = 0; k < 10; ++k) batch.push_back(random_spikes(k, 20, 40, 0.2));
  const std::vector<std::int32_t> labels(10, 1);
  std::vector<SpikeColumns<float>> inputs;
  for (const auto& sample : batch) inputs.push_back(by_source<float>(sample, 20));
  DclsPass<float> pass(network);
  DclsPass<float>::Options options;
  options.kernels.single_taps = true;
  std::vector<DclsAnswer> answers(10);
  pass.forward(inputs, labels, options, answers);
  const DclsInference inference(network);
  for (std::size_t k = 0; k < 10; ++k) {
    const auto response = inference.run(batch[k]);
    REQUIRE(!response.spikes[0].empty());
    REQUIRE(response.spikes == inference.run_by_convolution(batch[k]).spikes);
    REQUIRE(inference.answer(response, 1).loss == Approx(answers[k].loss).epsilon(1e-3));
    REQUIRE(inference.answer(response, 1).label == answers[k].label);
  }
}

TEST_CASE("afferents limit what a neuron of the first layer hears", "[dcls]") {
  DclsConfig config;
  config.units = {50, 6, 2};
  config.steps = 10;
  config.afferents = 10;
  const DclsNetwork<float> network(config, 1);
  for (std::size_t j = 0; j < 6; ++j) {
    int heard = 0;
    for (std::size_t i = 0; i < 50; ++i) heard += network.weights[i * 6 + j] != 0;
    REQUIRE(heard == 10);
  }
  const auto result =
      trained(network, {random_spikes(1, 50, 10, 0.3), random_spikes(2, 50, 10, 0.3)}, {0, 1}, training<float>(3));
  for (std::size_t s = 0; s < network.present.size(); ++s)
    if (network.present[s] == 0) REQUIRE((result.gradient.weights[s] == 0 && result.gradient.positions[s] == 0));
}

TEST_CASE("kernels cost memory per synapse and delay, ring buffers per neuron and delay", "[dcls]") {
  const auto bytes = [](std::size_t length) {
    DclsConfig config;
    config.units = {140, 64};
    config.steps = 10;
    config.length = length;
    const DclsNetwork<float> network(config, 1);
    DclsPass<float> pass(network);
    const std::vector<SpikeColumns<float>> inputs = {by_source<float>({}, 140)};
    std::vector<DclsAnswer> answers(1);
    pass.forward(inputs, std::vector<std::int32_t>{0}, {}, answers);
    const DclsInference inference(network);
    return std::array{pass.kernel_bytes(), inference.ring_bytes() + inference.synapse_bytes()};
  };
  const auto shortest = bytes(9), longest = bytes(65);
  REQUIRE(shortest[0] == 9 * 140 * 64 * sizeof(float));
  REQUIRE(longest[0] * 9 == shortest[0] * 65);
  REQUIRE(longest[1] - shortest[1] == (65 - 9) * 64 * sizeof(float));
  const auto ratio = [](const auto& b) { return static_cast<double>(b[0]) / static_cast<double>(b[1]); };
  REQUIRE(ratio(longest) / ratio(shortest) >= 6);
}
