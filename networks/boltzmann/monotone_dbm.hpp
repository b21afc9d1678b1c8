/// `monotone_dbm`: a deep Boltzmann machine whose mean-field inference always converges to one fixed point; one net
/// completes images and says their class (Feng, Winston & Kolter 2023, arXiv 2307.04990).
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/param_table.hpp"
#include "networks/boltzmann/mean_field.hpp"
#include "networks/training/learner.hpp"
#include "plasticity/layers/descent.hpp"

namespace spikeloom {

struct MonotoneDbmParams {
  std::string network = "convolutional";
  int levels = 20, states = 4;
  std::vector<double> hidden = {40, 80};
  double features = 0;
  double margin = 0.01, scale = 1;
  bool monotone = true, centred = true;
  double alpha = 0.125, tolerance = 1e-2;
  int iterations = 50;
  double visible = 0.4, focus = 2, balance = 0.9999, heat = 10, label_weight = 0.5;
  double eta = 1e-3, eta_end = 1e-6;
  std::string schedule = "cosine";

  static constexpr std::string_view module = "monotone_dbm";
  static const ParamTable<MonotoneDbmParams>& table();
  /// Layers `pixels`, `hidden_1` ... and, with classes, `label`. Dense: one map of features that all are linked to;
  /// convolutional: a map as large as each layer, linked to it and to the layer before.
  CouplingPlan plan(Shape images, std::uint32_t classes) const;
};

/// Images of which some pixels are known, and perhaps the class.
struct PartialImages {
  Matrix<std::uint8_t> levels, seen;  // [sample][pixel]
  std::vector<std::int32_t> labels;   // the true ones
  bool labels_seen = false;

  std::size_t size() const noexcept { return labels.size(); }
};

/// What inference says of them.
struct CompletedImages {
  LayerStates<float> marginals;
  Matrix<std::uint8_t> levels;       // the likeliest, or the one that was seen
  Matrix<float> grey;                // expected, 0 to 1
  std::vector<std::int32_t> labels;  // the likeliest; -1 without classes
  Convergence convergence;
};

/// Pixels (one group of grey levels each), hidden groups, and one group for the class, coupled as in MonotoneCoupling.
/// Every training image shows a share of its pixels, drawn anew each time; the rest and the class are to be inferred.
class MonotoneDbm final : public Learner {
 public:
  MonotoneDbm(const MonotoneDbmParams& params, const LearningProblem& problem, std::uint64_t seed);

  /// Loss and class of every sample; what it shows is a function of seed and number.
  void evaluate(const Batch& batch, std::span<Answer> answers, int threads) override;
  void update(const Batch& batch, std::span<Answer> answers, int threads) override;
  void set_rate(double factor) override { rate_ = factor; }
  void end_epoch() override;
  std::vector<StateArray> state() override;
  void arrays_loaded() override { centres_known_[0] = 1; }
  std::vector<Measure> measures() const override;
  std::vector<NamedArray> arrays() const override;
  std::vector<ProtocolItem> showcase(const Batch& batch, int threads) override;

  /// The samples of a batch as levels of grey, of which each pixel is seen with probability `visible`: a function of
  /// seed, sample, pixel and `draw_number`.
  PartialImages partial(const Batch& batch, double visible, std::uint32_t draw_number) const;
  CompletedImages complete(const PartialImages& images, int threads,
                           const std::function<void(const LayerStates<float>&)>& watch = {});
  std::vector<double> free_energy(const LayerStates<float>& q, int threads) {
    return inference_.free_energy(q, threads);
  }
  /// Images drawn pixel by pixel: in every round a random part of what is left is drawn from its marginals given all
  /// before. Labels as in PartialImages; -1: of any class.
  Matrix<float> sample(std::span<const std::int32_t> labels, int rounds, std::uint64_t seed, int threads);
  /// Iterations may not have got there (Convergence); from the parameters, with what training has made of alpha.
  InferenceOptions inference_options() const;
  int levels() const noexcept { return params_.levels; }
  const CouplingPlan& plan() const noexcept { return coupling_.plan(); }
  MonotoneCoupling<float>& coupling() noexcept { return coupling_; }

 private:
  /// What is summed over the updates of an epoch.
  enum Sum : std::size_t { pixels, right, updates, forwards, backwards, stuck };
  using Sums = std::array<double, 6>;

  ClampedGroups clamp(const PartialImages& images, LayerStates<float>& q) const;
  double losses(const PartialImages& images, const LayerStates<float>& q, std::span<Answer> answers,
                LayerStates<float>& by_log_q, int threads);
  void read_out(const PartialImages& images, CompletedImages& completed) const;
  void count_levels(const DenseData& data, std::size_t batch);
  void centre(const DenseData& data);
  void take_step(int threads);
  bool has_labels() const { return problem_.classes > 0; }

  MonotoneDbmParams params_;
  LearningProblem problem_;
  std::uint64_t seed_;
  MonotoneCoupling<float> coupling_;
  std::vector<aligned_vector<float>> biases_, by_biases_, centres_;  // per layer
  std::vector<std::string> centre_names_;
  MeanField<float> inference_;
  aligned_vector<float> temperatures_, by_temperatures_;  // tau of pixels and of the class
  std::vector<Parameter<float>> parameters_;
  Descent<float> descent_;
  std::vector<LayerColumn<float>> columns_;
  std::vector<double> level_weights_, alpha_;
  std::vector<std::uint64_t> counters_ = {0, 0};  // epochs, updates
  std::vector<std::uint64_t> centres_known_ = {0};
  double rate_ = 1;
  Sums sums_{}, last_epoch_{};
  LayerStates<float> q_, by_log_q_;
};

ModuleInfo monotone_dbm_module();
LearnerInfo monotone_dbm_learner();

}  // namespace spikeloom
