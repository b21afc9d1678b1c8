/// e-prop against backpropagation through time, its eligibility against explicit sums, threads against threads.
#include "plasticity/gradient/eprop.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <numeric>

#include "core/random.hpp"
#include "plasticity/gradient/eprop_learner.hpp"
#include "plasticity/gradient/loss.hpp"
#include "tests/reference/backpropagation.hpp"

using namespace spikeloom;

namespace {

double noise(std::uint64_t seed, std::uint64_t k) {
  const auto bits = draw(seed, Purpose::task, 77, k);
  return uniform(bits[0], bits[1]);
}

struct Task {
  EpropNetwork<double> network;
  SpikeRaster input;
  std::vector<double> target;  // [steps][outputs]
};

/// Random network and task; `recurrent` scales the recurrent weights, `beta` the adaptation of half of the neurons.
Task random_task(std::uint64_t seed, EpropShape shape, double recurrent, double beta, std::size_t steps) {
  EpropParams params;
  params.beta = beta;
  params.tau_a = 200;
  params.t_ref = 3;
  Task task{EpropNetwork<double>(shape, params, Surrogate::piecewise_linear, 1.0), {}, {}};
  auto& net = task.network;
  net.randomise(seed);
  const std::size_t in = std::size_t{shape.inputs} * shape.neurons;
  for (auto& w : net.synapses().subspan(in)) w *= recurrent;
  for (auto& b : net.bias()) b = 0.01;
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::uint32_t i = 0; i < shape.inputs; ++i)
      if (noise(seed, t * shape.inputs + i) < 0.08) task.input.add(i);
    task.input.end_step();
    for (std::size_t k = 0; k < shape.outputs; ++k)
      task.target.push_back(std::sin(0.05 * static_cast<double>(t + 10 * k) + static_cast<double>(seed)));
  }
  return task;
}

reference::RecurrentNetwork plain(const Task& task, const EpropParams& params) {
  const auto& net = task.network;
  const auto shape = net.shape;
  reference::RecurrentNetwork plain{
      params.tau_m, params.tau_out, params.tau_a, params.v_th, params.gamma, 3, {}, {}, {}, {}, {}};
  plain.beta.assign(net.beta.begin(), net.beta.end());
  plain.in = reference::zeros(shape.inputs, shape.neurons);
  plain.recurrent = reference::zeros(shape.neurons, shape.neurons);
  plain.out = reference::zeros(shape.neurons, shape.outputs);
  for (std::size_t i = 0; i < net.sources(); ++i)
    for (std::size_t j = 0; j < shape.neurons; ++j)
      (i < shape.inputs ? plain.in[i][j] : plain.recurrent[i - shape.inputs][j]) =
          net.synapses()[i * shape.neurons + j];
  for (std::size_t j = 0; j < shape.neurons; ++j)
    for (std::size_t k = 0; k < shape.outputs; ++k) plain.out[j][k] = net.out()[j * shape.outputs + k];
  plain.bias.assign(net.bias().begin(), net.bias().end());
  return plain;
}

reference::Matrix counts(const SpikeRaster& input, std::size_t inputs) {
  auto x = reference::zeros(input.steps(), inputs);
  for (std::size_t t = 0; t < input.steps(); ++t)
    for (const auto i : input.at(static_cast<std::ptrdiff_t>(t))) ++x[t][i];
  return x;
}

reference::Matrix rows(const std::vector<double>& column, std::size_t width) {
  auto m = reference::zeros(column.size() / width, width);
  for (std::size_t k = 0; k < column.size(); ++k) m[k / width][k % width] = column[k];
  return m;
}

std::vector<double> flat(const reference::Gradient& g) {
  std::vector<double> all;
  for (const auto* matrix : {&g.in, &g.recurrent, &g.out})
    for (const auto& row : *matrix) all.insert(all.end(), row.begin(), row.end());
  all.insert(all.end(), g.bias.begin(), g.bias.end());
  return all;
}

EpropParams reference_params() {
  EpropParams params;
  params.tau_a = 200;
  params.t_ref = 3;
  return params;
}

std::vector<double> eprop_gradient(const Task& task, EpropTraining training) {
  EpropLearner<double> learner(task.network, training, *find_optimiser("sgd"), {});
  const auto gradient = learner.gradient(
      {&task.input, 1}, [&](std::size_t, EpropHistory<double>& h) { return squared_loss<double>(task.target, h); }, 1);
  return {gradient.begin(), gradient.end()};
}

std::vector<double> true_gradient(const Task& task, const std::vector<double>& per_spike) {
  const auto net = plain(task, reference_params());
  const auto x = counts(task.input, task.network.shape.inputs);
  const auto run = reference::run(net, x);
  return flat(reference::backpropagate(net, x, run, rows(task.target, task.network.shape.outputs), per_spike));
}

double norm(std::span<const double> x) { return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0)); }

double cosine(std::span<const double> x, std::span<const double> y) {
  return std::inner_product(x.begin(), x.end(), y.begin(), 0.0) / (norm(x) * norm(y));
}

}  // namespace

TEST_CASE("e-prop equals backpropagation through time where nothing is recurrent", "[plasticity][eprop]") {
  const std::uint64_t seed = GENERATE(1u, 2u, 3u);
  const double beta = GENERATE(0.0, 0.3);
  const auto task = random_task(seed, {12, 10, 3, beta > 0 ? 5u : 0u}, 0, beta, 150);
  const auto eprop = eprop_gradient(task, {});
  const auto exact = true_gradient(task, std::vector<double>(10, 0.0));
  REQUIRE(eprop.size() == exact.size());
  // recurrent weights are zero, but they have a gradient; without recurrence only inputs and readout are compared
  const std::size_t in = 12 * 10, recurrent = 10 * 10;
  double largest = 0;
  for (const double g : exact) largest = std::max(largest, std::abs(g));
  REQUIRE(largest > 0.1);
  for (std::size_t k = 0; k < exact.size(); ++k)
    if (k < in || k >= in + recurrent) REQUIRE(eprop[k] == Approx(exact[k]).epsilon(1e-6).margin(1e-9 * largest));
}

TEST_CASE("e-prop's regulariser is the gradient of the squared deviation of rates", "[plasticity][eprop]") {
  const auto task = random_task(4, {12, 10, 1, 5}, 0, 0.3, 200);
  EpropTraining training;
  training.rate_cost = 0.02;
  training.rate_target = 30;
  const auto with = eprop_gradient(task, training);
  const auto x = counts(task.input, 12);
  const auto run = reference::run(plain(task, reference_params()), x);
  std::vector<double> per_spike(10);
  for (std::size_t j = 0; j < 10; ++j) {
    double rate = 0;  // Hz
    for (const auto& z : run.z) rate += z[j] / 0.2;
    per_spike[j] = 0.02 * (rate - 30) / 0.2;
  }
  const auto exact = true_gradient(task, per_spike);
  for (std::size_t k = 0; k < 120; ++k) REQUIRE(with[k] == Approx(exact[k]).epsilon(1e-6).margin(1e-9));
}

TEST_CASE("e-prop points along the true gradient of a recurrent network, permuted learning signals do not",
          "[plasticity][eprop]") {
  double honest = 0, permuted = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto task = random_task(seed, {20, 20, 2, 10}, 1, 0.1, 100);
    // Errors without a mean over time: what a permutation cannot destroy is no credit for it.
    EpropHistory<double> history;
    run_forward(task.network, task.input, history);
    for (std::size_t k = 0; k < task.target.size(); ++k)
      task.target[k] = history.output[k] + std::sin(2 * M_PI / 50 * static_cast<double>(k / 2 + 10 * (k % 2)));
    const auto exact = true_gradient(task, std::vector<double>(20, 0.0));
    const std::size_t synapses = task.network.synapses().size();
    EpropTraining training;
    training.seed = seed;
    const auto eprop = eprop_gradient(task, training);
    training.permute_signals = true;
    const auto shuffled = eprop_gradient(task, training);
    honest += cosine(std::span(eprop).first(synapses), std::span(exact).first(synapses)) / 20;
    permuted += cosine(std::span(shuffled).first(synapses), std::span(exact).first(synapses)) / 20;
  }
  INFO("mean cosine " << honest << ", permuted " << permuted);
  REQUIRE(honest >= 0.5);
  REQUIRE(permuted < 0.2);
}

TEST_CASE("the eligibility of an adaptive neuron equals the explicit double sum", "[plasticity][eprop]") {
  // The gradient with a learning signal of 1 in one step t and kappa = 0 is e^t.
  const auto task = random_task(7, {6, 8, 1, 8}, 1, 0.4, 60);
  auto net = task.network;
  net.kappa = 0;
  EpropHistory<double> history;
  run_forward(net, task.input, history);
  const SpikeTrains input(task.input, 6), spikes(history.spikes, 8);
  const auto x = counts(task.input, 6), z = counts(history.spikes, 8);
  const double alpha = net.alpha, rho = net.rho, beta = 0.4;
  const auto trace = [&](std::size_t source, std::size_t t) {
    double sum = 0;
    for (std::size_t s = 0; s <= t; ++s)
      if (source < 6 || s < t)
        sum += std::pow(alpha, static_cast<double>(source < 6 ? t - s : t - s - 1)) *
               (source < 6 ? x[s][source] : z[s][source - 6]);
    return sum;
  };
  for (const std::size_t t : {std::size_t{5}, std::size_t{30}, std::size_t{59}}) {
    std::fill(history.signal.begin(), history.signal.end(), 0.0);
    for (std::size_t j = 0; j < 8; ++j) history.signal[t * history.stride + j] = 1;
    std::vector<double> gradient(net.weights.size());
    for (std::size_t block = 0; block < source_blocks(net); ++block)
      add_synapse_gradient<double>(net, input, spikes, history, {}, block, gradient);
    for (std::size_t i = 0; i < 14; ++i)
      for (std::size_t j = 0; j < 8; ++j) {
        if (i >= 6 && i - 6 == j) continue;
        const auto psi = [&](std::size_t s) { return history.psi[s * history.stride + j]; };
        double eps = 0;
        for (std::size_t s = 0; s < t; ++s) {
          double product = psi(s) * trace(i, s);
          for (std::size_t r = s + 1; r < t; ++r) product *= rho - psi(r) * beta;
          eps += product;
        }
        REQUIRE(gradient[i * 8 + j] == Approx(psi(t) * (trace(i, t) - beta * eps)).epsilon(1e-9).margin(1e-12));
      }
  }
}

TEST_CASE("an adaptive neuron with beta = 0 learns bit for bit like one without adaptation", "[plasticity][eprop]") {
  const auto adaptive = random_task(9, {15, 20, 2, 20}, 1, 0, 120), fixed = random_task(9, {15, 20, 2, 0}, 1, 0, 120);
  REQUIRE(eprop_gradient(adaptive, {}) == eprop_gradient(fixed, {}));
}

TEST_CASE("e-prop learns to the same bits on any number of threads", "[plasticity][eprop][threads]") {
  const auto trained = [](int threads) {
    EpropParams params;
    EpropNetwork<float> network({20, 37, 2, 17}, params, Surrogate::fast_sigmoid, 1.0);
    network.randomise(3);
    EpropTraining training;
    training.feedback = Feedback::adaptive;
    training.rate_cost = 1e-4;
    training.readout_decay = 1e-3;
    EpropLearner<float> learner(std::move(network), training, *find_optimiser("adam"), {});
    std::vector<SpikeRaster> inputs;
    for (std::uint64_t k = 0; k < 5; ++k) inputs.push_back(random_task(k, {20, 1, 1, 0}, 0, 0, 90).input);
    for (int n = 0; n < 5; ++n)
      learner.train(
          inputs, [](std::size_t k, EpropHistory<float>& h) { return softmax_loss(k % 2, 2, 60, 90, h).loss; },
          threads);
    auto all = learner.network().weights;
    all.insert(all.end(), learner.network().feedback.begin(), learner.network().feedback.end());
    return all;
  };
  const auto one = trained(1);
  for (const int threads : {2, 3, 8}) REQUIRE(trained(threads) == one);
}

TEST_CASE("surrogate shapes have their published values", "[plasticity][eprop]") {
  const auto value = [](Surrogate shape, double distance) {
    double result = 0;
    SurrogateShape<double>{shape, 0.3, 2.0, 0.6}.visit([&](const auto slope) { result = slope(distance); });
    return result;
  };
  REQUIRE(value(Surrogate::piecewise_linear, 0.15) == Approx(0.5 * (1 - 2 * 0.25)));
  REQUIRE(value(Surrogate::piecewise_linear, 0.31) == 0);
  REQUIRE(value(Surrogate::exponential, 0.15) == Approx(0.5 * std::exp(-0.5)));
  REQUIRE(value(Surrogate::fast_sigmoid, 0.15) == Approx(0.5 / 2.25));
  REQUIRE(value(Surrogate::arctan, 0.15) == Approx(0.5 / M_PI / (1 + std::pow(2 * M_PI * 0.25, 2))));
  for (std::size_t k = 0; k < 4; ++k) REQUIRE(surrogate_named(surrogate_names()[k]) == static_cast<Surrogate>(k));
}
