/// Accelerated gradient descent (Nesterov 1983) with the step that the largest curvature allows.
#include "networks/tasks/logistic_regression.hpp"

#include <Eigen/Dense>

#include <cmath>
#include <utility>

#include "core/models/exponential.hpp"

namespace spikeloom {
namespace {

using Values = Eigen::MatrixXd;

constexpr double penalty = 1e-3;

Values features_of(const FeatureData& data) {
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto rows = static_cast<Eigen::Index>(data.labels.size());
  return Eigen::Map<const RowMajor>(data.values.data(), rows, static_cast<Eigen::Index>(data.features));
}

/// Centres and scales both by the training samples, and appends a one for the bias.
std::pair<Values, Values> standardised(const FeatureData& train, const FeatureData& test) {
  Values x = features_of(train), y = features_of(test);
  const Eigen::RowVectorXd mean = x.colwise().mean();
  x.rowwise() -= mean;
  y.rowwise() -= mean;
  for (Eigen::Index column = 0; column < x.cols(); ++column) {
    const double sd = std::sqrt(x.col(column).squaredNorm() / static_cast<double>(x.rows()));
    const double scale = sd > 1e-12 ? 1 / sd : 0;
    x.col(column) *= scale;
    y.col(column) *= scale;
  }
  const auto with_bias = [](Values& m) {
    m.conservativeResize(Eigen::NoChange, m.cols() + 1);
    m.rightCols(1).setOnes();
  };
  with_bias(x);
  with_bias(y);
  return {std::move(x), std::move(y)};
}

double largest_eigenvalue(const Values& symmetric) {
  Eigen::VectorXd vector = Eigen::VectorXd::Ones(symmetric.rows());
  double value = 1;
  for (int k = 0; k < 50; ++k) {
    vector = symmetric * vector;
    value = vector.norm();
    if (value == 0) return 0;
    vector /= value;
  }
  return value;
}

/// Softmax over columns, minus one at the label: the gradient of the cross-entropy by the scores.
void to_errors(Values& scores, const std::vector<std::int32_t>& labels) {
  for (Eigen::Index row = 0; row < scores.rows(); ++row) {
    const double highest = scores.row(row).maxCoeff();
    for (Eigen::Index k = 0; k < scores.cols(); ++k) scores(row, k) = exponential(scores(row, k) - highest);
    scores.row(row) /= scores.row(row).sum();
    scores(row, labels[static_cast<std::size_t>(row)]) -= 1;
  }
}

}  // namespace

FeatureData spike_counts(const SpikeData& data) {
  FeatureData counts{data.units(), data.classes(), {}, {}};
  counts.values.assign(data.size() * data.units(), 0.0);
  for (std::size_t k = 0; k < data.size(); ++k) {
    const auto sample = data[k];
    for (const auto unit : sample.units) counts.values[k * data.units() + unit] += 1;
    counts.labels.push_back(sample.label);
  }
  return counts;
}

double logistic_regression_accuracy(const FeatureData& train, const FeatureData& test, int iterations) {
  const auto [x, y] = standardised(train, test);
  const double n = static_cast<double>(x.rows());
  // The Hessian of the softmax is at most one half.
  const double step = 1 / (0.5 * largest_eigenvalue(x.transpose() * x) / n + penalty);
  Values weights = Values::Zero(x.cols(), train.classes), ahead = weights;
  double momentum = 1;
  for (int k = 0; k < iterations; ++k) {
    Values errors = x * ahead;
    to_errors(errors, train.labels);
    const Values next = ahead - step * (x.transpose() * errors / n + penalty * ahead);
    const double grown = 0.5 * (1 + std::sqrt(1 + 4 * momentum * momentum));
    ahead = next + (momentum - 1) / grown * (next - weights);
    weights = next;
    momentum = grown;
  }
  const Values scores = y * weights;
  std::size_t right = 0;
  for (Eigen::Index row = 0; row < scores.rows(); ++row) {
    Eigen::Index best = 0;
    scores.row(row).maxCoeff(&best);
    right += best == test.labels[static_cast<std::size_t>(row)] ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(scores.rows());
}

}  // namespace spikeloom
