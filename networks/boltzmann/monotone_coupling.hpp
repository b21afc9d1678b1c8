/// Couplings between groups of states that leave mean-field inference exactly one fixed point (Feng, Winston & Kolter
/// 2023, arXiv 2307.04990).
///
///     Phi = -S (A^T A - blkdiag(A^T A)) S,    s_i^2 = min(1, (1 - m) / |(A^T A)_ii|)
///
/// A is free: links from layers of groups to maps of features, dense or by convolution; S is one number per group.
/// Then I - Phi >= m I for every A. Phi itself is never formed: Phi q = -S (A^T (A S q) - blkdiag(A^T A) S q).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plasticity/layers/operation.hpp"

namespace spikeloom {

/// Groups of `states` on a grid: the channels of a pixel are its groups, one after another.
struct GroupLayer {
  std::string name;
  Shape shape;
  std::size_t states = 2;

  std::size_t groups() const noexcept { return shape.size() / states; }
  std::size_t groups_per_pixel() const noexcept { return shape.channels / states; }
};

/// From a layer to a map of features; stride 0: every number to every feature, else 3 x 3 kernels.
struct CouplingLink {
  std::size_t layer = 0, map = 0, stride = 0;
};

struct CouplingPlan {
  std::vector<GroupLayer> layers;
  std::vector<Shape> maps;
  std::vector<CouplingLink> links;
};

/// Rows of samples, one matrix per layer.
template <class Real>
using LayerStates = std::vector<Matrix<Real>>;

struct CouplingOptions {
  double margin = 0.1;   // m
  bool monotone = true;  // false: S = 1, and nothing is promised
  double scale = 1;      // of the initial weights, which are uniform within +-scale / sqrt(inputs of a feature)
  std::uint64_t seed = 0;
};

template <class Real>
class MonotoneCoupling {
 public:
  /// std::invalid_argument if a link does not fit its map or the groups their channels.
  MonotoneCoupling(CouplingPlan plan, const CouplingOptions& options);

  const CouplingPlan& plan() const noexcept { return plan_; }
  /// To be called when weights have changed.
  void refresh();
  /// to = Phi q.
  void apply(const LayerStates<Real>& q, LayerStates<Real>& to, int threads);
  /// The gradient of sum over samples of <y, Phi q>, into that of the parameters.
  void differentiate(const LayerStates<Real>& q, const LayerStates<Real>& y, int threads);
  /// A, link by link, [input][feature].
  std::vector<Parameter<Real>> parameters() { return parameters_; }
  /// s of a group.
  Real factor(std::size_t layer, std::size_t group) const;

 private:
  struct Row {  // a pixel's weights in a link begin at this row
    std::size_t link, row;
  };
  /// Pixels of a layer that see the same weights, and what their groups have in common.
  struct PixelClass {
    std::vector<Row> rows;
    std::vector<std::size_t> pixels;
    std::vector<Real> blocks;     // (A^T A)_ii [group][state][state]
    std::vector<Real> factors;    // s, and
    std::vector<double> norms;    // largest eigenvalue of each block, with
    std::vector<double> vectors;  // its eigenvector [group][state]
  };

  void classify(std::size_t layer);
  std::vector<Row> rows_of(std::size_t layer, std::size_t pixel) const;
  const Real* weights(const Row& row, std::size_t channel) const;
  void refresh(const GroupLayer& layer, PixelClass& pixels);
  void scale(const LayerStates<Real>& q, LayerStates<Real>& to, int threads) const;
  void features(const LayerStates<Real>& scaled, LayerStates<Real>& maps, int threads);
  void send_back(const LayerStates<Real>& scaled, const LayerStates<Real>& maps, LayerStates<Real>& to, int threads);
  void learn_links(const LayerStates<Real>& in, const LayerStates<Real>& maps, int threads, bool more);
  void learn_blocks(const LayerStates<Real>& q, const LayerStates<Real>& y, std::size_t layer, PixelClass& pixels);

  CouplingPlan plan_;
  CouplingOptions options_;
  std::vector<std::unique_ptr<Operation<Real>>> links_;
  std::vector<Parameter<Real>> parameters_;           // those of the links
  std::vector<std::vector<PixelClass>> classes_;      // per layer
  std::vector<std::vector<std::uint32_t>> class_of_;  // per layer and pixel
  LayerStates<Real> scaled_q_, scaled_y_, maps_q_, maps_y_, phi_q_, phi_y_;
  Matrix<Real> part_, by_map_;
  std::vector<aligned_vector<Real>> gradients_;  // of one half, while the other is computed
};

extern template class MonotoneCoupling<float>;
extern template class MonotoneCoupling<double>;

}  // namespace spikeloom
