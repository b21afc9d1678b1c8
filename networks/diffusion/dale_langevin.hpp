/// `dale_langevin`: a generative model whose noise multiplies, so that what is positive stays positive (Shetty, Prasath
/// & Seelamantula 2025, arXiv 2510.02730); its network learns the score from samples.
#pragma once

#include <string>
#include <string_view>

#include "core/param_table.hpp"
#include "networks/diffusion/noise_field.hpp"
#include "networks/diffusion/reverse_sampler.hpp"
#include "networks/diffusion/score_network.hpp"
#include "networks/training/generator.hpp"
#include "networks/training/learner.hpp"
#include "plasticity/layers/descent.hpp"

namespace spikeloom {

/// As the user sees them; process and sampler are by default those published, as the plain reverse process.
struct DaleLangevinParams {
  double sigma = 0.8, drift = 0, offset = 1;
  std::string sampler = "dale";
  int steps = 1000, repeats = 1;
  double grid = 1, step = 1, anneal = 1, polish = 0;
  bool bounded = true;
  std::string network = "dense", activation = "elu", estimate = "direct";
  std::vector<double> hidden = {512, 512, 512};
  bool conditional = true;
  double unlabelled = 0.1, guidance = 0;
  std::string loss = "denoising", weighting = "published", schedule = "constant";
  double eta = 1e-3, eta_end = 0, clip = 0, average = 0.999;

  static constexpr std::string_view module = "dale_langevin";
  static const ParamTable<DaleLangevinParams>& table();

  GeometricNoise noise() const { return {sigma, drift}; }
  SamplerOptions sampling() const;
};

/// Learns h of positive numbers x = offset + data, and makes more of them. With y = log x, times t_k as the sampler's
/// and E = E[y_0 | y_t] the network's estimate, h = -1 - (y - E - drift t) / (sigma^2 t), and the published loss
///
///     | sigma^2 t h + y_t - y_0 - mu t + 3/2 sigma^2 t |^2  =  | E - y_0 |^2
///
/// or, without clean numbers, (sigma^2 t)^2 (h^2 / 2 + h + v dh/dv) with derivatives along random signs v (Hyvarinen
/// 2007, Comput Stat Data Anal 51:2499; Pang et al. 2020, arXiv 2007.03317).
class DaleLangevin final : public Learner, public Generator {
 public:
  DaleLangevin(const DaleLangevinParams& params, const LearningProblem& problem, std::uint64_t seed);

  /// The published loss of one noisy form of every sample, named by the first sample's number: the same ones every
  /// time.
  void evaluate(const Batch& batch, std::span<Answer> answers, int threads) override;
  void update(const Batch& batch, std::span<Answer> answers, int threads) override;
  void set_rate(double factor) override { rate_ = factor; }
  void end_epoch() override { ++counters_[0]; }
  std::vector<StateArray> state() override;
  std::vector<NamedArray> arrays() const override;
  void arrays_loaded() override;

  bool takes_labels() const override { return params_.conditional; }
  Matrix<float> generate(std::span<const std::int32_t> labels, std::uint64_t seed, int threads,
                         const std::function<bool(double share)>& go_on) override;
  /// h of y = log x at time t of the grid, with averaged weights; labels as in `generate`.
  void score(const Matrix<float>& y, double t, std::span<const std::int32_t> labels, Matrix<float>& h, int threads);

 private:
  struct Noisy {
    Matrix<float> clean, noisy;  // logarithms
    std::vector<double> times, clocks;
    std::vector<std::int32_t> labels;
  };

  void read(const Batch& batch, std::uint64_t update, int threads);
  void add_noise(NoiseStream stream, std::uint64_t first_row, std::uint32_t step, int threads);
  void learn_moments(const DenseData& data);
  void denoising_loss(std::span<Answer> answers, int threads);
  void hyvarinen_loss(std::span<Answer> answers, int threads);
  double weight_of(double variance) const;
  const Matrix<float>& clean_of(const Matrix<float>& y, double t, std::span<const std::int32_t> labels, int threads);
  double clock(double t) const;
  void take_step(int threads);
  void swap_average();

  DaleLangevinParams params_;
  LearningProblem problem_;
  std::uint64_t seed_;
  GeometricNoise noise_;
  ScoreNetwork network_;
  std::vector<Parameter<float>> parameters_;
  Descent<float> descent_;
  std::vector<LayerColumn<float>> columns_;     // what the optimiser remembers
  std::vector<aligned_vector<float>> average_;  // of each parameter, over updates
  std::vector<std::string> average_names_;
  std::vector<double> moments_ = {0, 1};          // mean and deviation of the logarithms
  std::vector<std::uint64_t> counters_ = {0, 0};  // epochs, updates
  double rate_ = 1;
  Noisy batch_;
  Matrix<float> by_clean_, normal_, shifted_, without_label_;
};

ModuleInfo dale_langevin_module();
LearnerInfo dale_langevin_learner();

}  // namespace spikeloom
