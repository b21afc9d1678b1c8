/// Multiplicative diffusion against its specification: the process, its score, both samplers, Dale's law, learning.
#include "networks/diffusion/dale_langevin.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/errors.hpp"
#include "experiments/protocols/training/training.hpp"
#include "networks/diffusion/log_normal_mixture.hpp"
#include "networks/training/sample_statistics.hpp"
#include "tests/experiments/collected.hpp"

using namespace spikeloom;
using namespace spikeloom::experiments;

namespace {

tests::Collected dale(const std::string& protocol, const std::string& params, int threads = 2,
                      const std::string& module = "") {
  return tests::run_protocol_text("experiment: {name: test}\nmodule: {name: dale_langevin, params: {" + module +
                                      "}}\nprotocol: {name: " + protocol + ", params: {" + params + "}}\n",
                                  threads);
}

std::unique_ptr<DaleLangevin> model_of(const DaleLangevinParams& params, Shape shape, std::uint32_t classes) {
  LearningProblem problem;
  problem.inputs = static_cast<std::uint32_t>(shape.size());
  problem.classes = classes;
  problem.shape = shape;
  return std::make_unique<DaleLangevin>(params, problem, 1);
}

const LogNormalMixture two_modes{{std::log(1.1), std::log(1.8)}, {0.6, 0.4}, 0.05};

/// How far a network with one hidden layer is from the score of the toy at t = 0.3 after learning from samples: squared
/// error over the variance of the denoising target.
double excess_of(const char* loss, std::size_t updates) {
  DaleLangevinParams params;
  params.loss = loss, params.hidden = {64}, params.activation = "tanh", params.eta = 0.01, params.conditional = false;
  const GeometricNoise noise = params.noise();
  DenseData data({1, 1, 1}, 0);
  for (const float y : two_modes.draw_logs(20000, 1)) data.add(std::vector<float>{std::exp(y) - 1}, 0);
  const auto model = model_of(params, data.shape(), 0);
  std::vector<std::uint32_t> samples(200);
  std::vector<Answer> answers(samples.size());
  for (std::size_t n = 0; n < updates; ++n) {
    for (std::size_t i = 0; i < samples.size(); ++i)
      samples[i] = static_cast<std::uint32_t>((n * samples.size() + i) % data.size());
    model->set_rate(1 - 0.95 * static_cast<double>(n) / static_cast<double>(updates));
    model->update({data, samples, n}, answers, 1);
  }
  const double t = 0.3;
  const auto clean = two_modes.draw_logs(2000, 2), other = two_modes.draw_logs(2000, 3);
  Matrix<float> y(clean.size(), 1), h;
  for (std::size_t k = 0; k < clean.size(); ++k)  // noise by the quantiles of the normal distribution, in mixed order
    y(k, 0) = static_cast<float>(noise.after(static_cast<double>(clean[k]), t,
                                             normal_quantile((static_cast<double>(k * 1237 % 2000) + 0.5) / 2000)));
  model->score(y, t, std::vector<std::int32_t>(clean.size(), -1), h, 1);
  double error = 0, variance = 0;
  for (std::size_t k = 0; k < clean.size(); ++k) {
    const auto at = static_cast<double>(y(k, 0));
    const double truth = two_modes.score(noise, at, t), d = static_cast<double>(h(k, 0)) - truth,
                 around = noise.score(at, static_cast<double>(clean[k]), t) - truth;
    error += d * d;
    variance += around * around;
  }
  return error / variance;
}

/// Images of a bright row or a bright column.
DenseData bright_lines(std::size_t count) {
  DenseData data({6, 6, 1}, 2);
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<float> image(36, 0.0f);
    for (std::size_t i = 0; i < 6; ++i) image[k % 2 == 0 ? k / 2 % 6 * 6 + i : i * 6 + k / 2 % 6] = 1;
    data.add(image, static_cast<std::int32_t>(k % 2));
  }
  return data;
}

DaleLangevinParams small_model(const char* network) {
  DaleLangevinParams params;
  params.network = network;
  params.hidden = params.network == "dense" ? std::vector<double>{64, 64} : std::vector<double>{8, 12};
  params.sigma = 3, params.grid = 2, params.steps = 40, params.polish = 1;
  if (params.network == "convolutional") params.weighting = "even", params.estimate = "corrected";
  params.eta = params.network == "dense" ? 0.004 : 0.01, params.average = 0.98, params.guidance = 0.3;
  return params;
}

/// A small data set of 28 x 28 images in MNIST's files, in a folder of its own.
struct ImageFiles {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("spikeloom_diffusion_test_" + std::to_string(::getpid()));
  ImageFiles() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path / "mnist");
    write("train", 60);
    write("t10k", 40);
  }
  ~ImageFiles() { std::filesystem::remove_all(path); }

  void write(const std::string& part, char count) const {
    std::string images = {0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28}, labels = {0, 0, 8, 1, 0, 0, 0, count};
    for (char k = 0; k < count; ++k) {
      labels += static_cast<char>(k % 10);
      for (int pixel = 0; pixel < 28 * 28; ++pixel)
        images += pixel / 28 / 3 == k % 10 || pixel % 28 == k ? '\xff' : '\0';
    }
    std::ofstream(path / "mnist" / (part + "-images-idx3-ubyte"), std::ios::binary) << images;
    std::ofstream(path / "mnist" / (part + "-labels-idx1-ubyte"), std::ios::binary) << labels;
  }
};

}  // namespace

TEST_CASE("log-normal noise has the moments of geometric Brownian motion, by one jump or a hundred",
          "[protocols][diffusion][numbers]") {
  const auto run = dale("mixture_sampling", "experiments: forward", 2, "drift: 0.1");
  CHECK(run.metric("forward_mean") == Approx(0.1).margin(0.005));
  CHECK(run.metric("forward_variance") == Approx(0.64).epsilon(0.01));
  CHECK(run.metric("forward_p") > 0.01);
}

TEST_CASE("the score given the clean number is the slope of its log density", "[networks][diffusion]") {
  const GeometricNoise noise{0.8, 0.07};
  for (const double t : {0.01, 0.3, 1.0})
    for (const double x : {0.6, 1.0, 2.5}) {
      const auto log_density = [&](double at) {
        const double d = std::log(at / 1.3) - noise.drift * t;
        return -std::log(at) - d * d / (2 * noise.variance(t));
      };
      const double h = 1e-4 * x, slope = (8 * (log_density(x + h) - log_density(x - h)) -
                                          (log_density(x + 2 * h) - log_density(x - 2 * h))) /
                                         (12 * h);
      CHECK(x * slope == Approx(noise.score(std::log(x), std::log(1.3), t)).epsilon(1e-6));
    }
}

TEST_CASE("the mean of the denoising target is the score", "[protocols][diffusion][numbers]") {
  CHECK(dale("mixture_sampling", "experiments: target").metric("target_worst") < 0.15);
}

TEST_CASE("both samplers give the mixture back, more exactly with more steps", "[protocols][diffusion][slow]") {
  const auto run = dale("mixture_sampling", "experiments: convergence");
  for (const auto* name : {"dale", "unconstrained"}) {
    const auto& distances = run.columns.at("convergence/distance_" + std::string(name));
    CHECK(distances[2] <= 0.012);
    CHECK(distances[0] > 3 * distances[1]);
    CHECK(distances[1] > 3 * distances[2]);
    CHECK(run.metric("lower_" + std::string(name)) == Approx(0.6).margin(0.02));
  }
}

TEST_CASE("both samplers agree from the same noise as steps get short", "[protocols][diffusion][numbers]") {
  const auto run = dale("mixture_sampling", "experiments: agreement, steps: [20, 100, 500], samples: 10000");
  const auto& differences = run.columns.at("agreement/difference");
  for (std::size_t k = 0; k < 3; ++k)
    CHECK(differences[k] < 0.25 * std::sqrt(1 / run.columns.at("agreement/steps")[k]));
  CHECK(run.metric("agreement_distance") <= 0.005);
}

TEST_CASE("wrong scores are seen to be wrong", "[protocols][diffusion][numbers]") {
  const auto run = dale("mixture_sampling", "experiments: controls, steps: [200]");
  CHECK(run.metric("control_no_score") >= 0.3);
  CHECK(run.metric("control_stein") >= 5 * 0.012);
  CHECK(std::abs(run.metric("control_omitted_shift")) > 0.1);
}

TEST_CASE("steps that multiply by exponentials keep every sign, others lose as many as theory says",
          "[protocols][diffusion][numbers]") {
  const auto run = dale("dale_law", "experiments: signs, updates: 8e6, lengths: [0.3, 0.5, 1, 4]");
  CHECK(run.metric("signs_dale") == 0);
  CHECK(run.metric("signs_worst") < 0.2);
  CHECK(run.columns.at("signs/unconstrained").front() > 0.005);
}

TEST_CASE("exponentiated gradient finds sparse positive weights where clipped descent does not",
          "[protocols][diffusion][numbers]") {
  const auto run = dale("dale_law", "experiments: sparse");
  CHECK(run.metric("sparse_sign_changes") == 0);
  CHECK(run.metric("sparse_error") < 0.5 * run.metric("sparse_error_plain"));
  CHECK(std::abs(run.metric("sparse_skewness_log")) < 1);
  CHECK(run.metric("sparse_skewness") > 1);
}

TEST_CASE("multiplicative diffusion gives the same bits on any number of threads", "[protocols][diffusion][threads]") {
  const std::string params =
      "samples: 70000, steps: [20], paths: 100, pairs: 100, experiments: [convergence, agreement]";
  const auto one = dale("mixture_sampling", params, 1);
  for (const int threads : {2, 3, 8}) CHECK(dale("mixture_sampling", params, threads) == one);
}

TEST_CASE("a small network learns the score of the mixture, from clean numbers or from noisy ones alone",
          "[networks][diffusion][numbers]") {
  CHECK(excess_of("denoising", 1500) < 0.02);
  CHECK(excess_of("hyvarinen", 1500) < 0.02);
  CHECK(excess_of("denoising", 0) > 0.05);  // what it knows before
}

TEST_CASE("bright lines are learned, and made again as asked for", "[networks][diffusion][slow]") {
  const auto data = bright_lines(120);
  const auto model = model_of(small_model("dense"), data.shape(), 2);
  TrainingParams params;
  params.epochs = 1500, params.keep = "last";
  const Split<DenseData> split{data, data.part(0, 12), data.part(0, 12)};
  Training training(*model, split, params, 1, 2);
  while (!training.is_over()) training.epoch();
  const std::vector<std::int32_t> asked = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
  const auto made = model->generate(asked, 1, 2, {});
  Matrix<float> real(12, 36);
  for (std::size_t i = 0; i < 12; ++i) std::copy(data[i].begin(), data[i].end(), real.row(i).begin());
  const auto near = nearest_neighbours(made, real, 1);
  std::size_t right = 0;
  for (std::size_t i = 0; i < asked.size(); ++i) right += data.label(near.nearest[i]) == asked[i] ? 1 : 0;
  CHECK(right >= 13);
  CHECK(median(near.distances) < 1.2);  // two lines are at least 3.2 apart, a line and black 2.4
}

TEST_CASE("a convolutional network learns to take noise off bright lines", "[networks][diffusion][numbers]") {
  const auto data = bright_lines(120);
  const auto model = model_of(small_model("convolutional"), data.shape(), 2);
  TrainingParams params;
  params.epochs = 40, params.keep = "last";
  const Split<DenseData> split{data, data.part(0, 12), data};
  Training training(*model, split, params, 1, 2);
  training.epoch();
  const double before = training.evaluate(data).loss;
  while (!training.is_over()) training.epoch();
  CHECK(training.evaluate(data).loss < 0.85 * before);
}

TEST_CASE("diffusion is learned and run backwards to the same bits on any number of threads, and after resuming",
          "[networks][diffusion][threads]") {
  const auto data = bright_lines(64);
  const auto params = small_model(GENERATE("dense", "convolutional"));
  const Split<DenseData> split{data, data.part(0, 12), data.part(0, 12)};
  TrainingParams of_training;
  of_training.epochs = 2;
  const auto model = model_of(params, data.shape(), 2);
  Training whole(*model, split, of_training, 1, 1);
  while (!whole.is_over()) whole.epoch();
  const std::vector<std::int32_t> asked = {0, 1, -1};
  const auto made = model->generate(asked, 1, 1, {});
  for (const int threads : {2, 3, 8}) {
    const auto first = model_of(params, data.shape(), 2), second = model_of(params, data.shape(), 2);
    Training before(*first, split, of_training, 1, threads), after(*second, split, of_training, 1, threads);
    before.epoch();
    copy_state(before.state(), after.state());
    while (!after.is_over()) after.epoch();
    CHECK(state_hash(after.state()) == state_hash(whole.state()));
    const auto again = second->generate(asked, 1, threads, {});
    CHECK(std::equal(made.values().begin(), made.values().end(), again.values().begin()));
  }
}

TEST_CASE("black pixels are safe: a thousand steps of either sampler stay finite", "[networks][diffusion]") {
  const DenseData black = [] {
    DenseData data({4, 4, 1}, 0);
    for (int k = 0; k < 8; ++k) data.add(std::vector<float>(16, 0.0f), 0);
    return data;
  }();
  auto params = small_model("dense");
  params.sampler = GENERATE("dale", "unconstrained");
  params.steps = 1000, params.hidden = {8}, params.conditional = false, params.guidance = 0;
  const auto model = model_of(params, black.shape(), 0);
  std::vector<Answer> answers(4);
  model->update({black, std::vector<std::uint32_t>{0, 1, 2, 3}, 0}, answers, 1);
  const auto made = model->generate(std::vector<std::int32_t>(50, -1), 1, 2, {});
  CHECK(std::all_of(made.values().begin(), made.values().end(), [](float x) { return x >= 0 && x <= 1; }));
}

TEST_CASE("statistics of samples agree with what they were made of", "[networks][training]") {
  Matrix<float> samples(4000, 12);
  fill_normal(1, NoiseStream::truth, 0, 0, samples, 1);
  for (std::size_t i = 0; i < samples.rows(); ++i)
    for (std::size_t k = 0; k < 12; ++k) samples(i, k) = samples(i, k) * static_cast<float>(12 - k) + 3;
  const auto moments = column_moments(samples);
  CHECK(moments.means[11] == Approx(3).margin(0.1));
  CHECK(moments.deviations[0] == Approx(12).epsilon(0.05));
  const auto variances = leading_variances(samples, 3, 2);
  CHECK(variances[0] == Approx(144).epsilon(0.08));
  CHECK(variances[2] == Approx(100).epsilon(0.08));
  CHECK(correlation(moments.deviations, std::vector<double>{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}) > 0.99);
  const auto near = nearest_neighbours(samples, samples, 2);
  CHECK(near.nearest[17] == 17);
  CHECK(median(near.distances) == 0);
}

TEST_CASE("images are learned, made and judged; what does not fit is said before training", "[protocols][diffusion]") {
  const ImageFiles files;
  const auto run = [&](const std::string& module, const std::string& protocol, int threads) {
    const auto experiment = io::parse_experiment(
        "experiment: {name: test}\nmodule: {name: dale_langevin, params: {steps: 10, " + module +
            "}}\nprotocol: {name: image_generation, params: {epochs: 1, judge_epochs: 1, generated: 20, " + protocol +
            "}}\n",
        "test.yaml");
    const auto* info = find_protocol("image_generation");
    info->require(experiment, files.path.string());
    tests::Collected collected;
    info->run({experiment, threads, collected, [](std::uint64_t, std::uint64_t, const std::string&) { return true; },
               files.path.string()});
    return collected;
  };
  const auto one = run("hidden: [16]", "side: 8", 1);
  CHECK(one.metric("finite_share") == 1);
  CHECK(one.arrays.at("all_made").shape == std::vector<std::uint64_t>{20, 8, 8});
  CHECK(one.pictures.contains("made"));
  CHECK_FALSE(one.metrics.contains("test_accuracy"));
  CHECK(run("hidden: [16]", "side: 8", 3) == one);
  CHECK_THROWS_WITH(run("network: convolutional, hidden: [2, 2, 2, 2, 2, 2]", "side: 8", 1),
                    Catch::Contains("module.params.hidden") && Catch::Contains("cannot be halved"));
  CHECK_THROWS_WITH(run("hidden: [16], eta: .inf", "", 1), Catch::Contains("eta"));
  CHECK_THROWS_WITH(run("hidden: [16], guidance: 1, conditional: false", "", 1), Catch::Contains("guidance"));
  CHECK_THROWS_WITH(run("hidden: [16]", "images: fashion_mnist", 1),
                    Catch::Contains("fashion_mnist") && Catch::Contains("train-images"));
}
