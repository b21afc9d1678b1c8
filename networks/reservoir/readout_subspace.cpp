/// Principal components by way of the small matrix of products between conditions.
#include "networks/reservoir/readout_subspace.hpp"

#include <Eigen/Dense>

#include <cmath>

namespace spikeloom {
namespace {

constexpr Eigen::Index components = 3;

/// One part of the weights of all conditions, centred and scaled to unit total variance: [condition][weight].
Eigen::MatrixXd scaled_part(const std::vector<ReadoutCondition>& conditions,
                            std::vector<std::vector<double>> ReadoutCondition::*part) {
  const auto& first = conditions.front().*part;
  const auto neurons = static_cast<Eigen::Index>(first.front().size());
  Eigen::MatrixXd matrix(static_cast<Eigen::Index>(conditions.size()),
                         static_cast<Eigen::Index>(first.size()) * neurons);
  for (std::size_t i = 0; i < conditions.size(); ++i)
    for (std::size_t k = 0; k < first.size(); ++k)
      matrix.row(static_cast<Eigen::Index>(i)).segment(static_cast<Eigen::Index>(k) * neurons, neurons) =
          Eigen::Map<const Eigen::RowVectorXd>((conditions[i].*part)[k].data(), neurons);
  matrix.rowwise() -= matrix.colwise().mean().eval();
  const double variance = matrix.squaredNorm() / static_cast<double>(conditions.size());
  return variance > 0 ? Eigen::MatrixXd(matrix / std::sqrt(variance)) : matrix;
}

double cosine(const std::vector<double>& a, const std::vector<double>& b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

}  // namespace

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  const double n = static_cast<double>(a.size());
  double mean_a = 0, mean_b = 0, ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) mean_a += a[i] / n, mean_b += b[i] / n;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i] - mean_a, y = b[i] - mean_b;
    ab += x * y, aa += x * x, bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

ReadoutSubspace find_subspace(const std::vector<ReadoutCondition>& conditions) {
  const auto what = scaled_part(conditions, &ReadoutCondition::what),
             when = scaled_part(conditions, &ReadoutCondition::when);
  const Eigen::MatrixXd products = what * what.transpose() + when * when.transpose();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(products);
  std::vector<double> p, shift;
  ReadoutSubspace found;
  for (const auto& condition : conditions) {
    p.push_back(condition.p), shift.push_back(condition.shift);
    for (std::size_t k = 0; k < condition.what.size(); ++k)
      found.mean_cosine += std::abs(cosine(condition.what[k], condition.when[k])) /
                           static_cast<double>(conditions.size() * condition.what.size());
  }
  for (Eigen::Index c = 0; c < components; ++c) {
    const auto column = products.rows() - 1 - c;  // eigenvalues ascend
    const double value = std::max(solver.eigenvalues()(column), 0.0);
    std::vector<double> scores;
    for (Eigen::Index i = 0; i < products.rows(); ++i)
      scores.push_back(std::sqrt(value) * solver.eigenvectors()(i, column));
    if (pearson(scores, c == 0 ? p : shift) < 0)
      for (auto& score : scores) score = -score;
    found.share.push_back(value / products.trace());
    found.with_p.push_back(pearson(scores, p));
    found.with_shift.push_back(pearson(scores, shift));
    found.scores.push_back(std::move(scores));
  }
  return found;
}

}  // namespace spikeloom
