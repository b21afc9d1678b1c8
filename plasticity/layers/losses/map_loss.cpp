/// Distance of two images of features, and of their channels at equal mean and norm.
#include <algorithm>
#include <cmath>
#include <vector>

#include "core/parallel.hpp"
#include "plasticity/layers/local_loss.hpp"

namespace spikeloom {
namespace {

constexpr double least_norm = 1e-6;  // of a channel: flat ones stay flat

/// The channels of one image without their mean and at unit norm; and the way back.
template <class Real>
class NormalChannels {
 public:
  NormalChannels(std::span<const Real> image, std::size_t channels) : channels_(channels), values_(image.size()) {
    const auto means = sums(image);
    for (std::size_t k = 0; k < image.size(); ++k)
      values_[k] = image[k] - means[k % channels] / static_cast<Real>(pixels());
    std::vector<Real> squares(values_);
    for (auto& value : squares) value *= value;
    norms_ = sums(squares);
    for (auto& norm : norms_) norm = std::max(std::sqrt(norm), static_cast<Real>(least_norm));
    for (std::size_t k = 0; k < values_.size(); ++k) values_[k] /= norms_[k % channels];
  }

  const std::vector<Real>& values() const noexcept { return values_; }

  /// Adds to `by_image` what `by` (by the values) means for the image: of (g - u (u g)) / norm the part without mean.
  void hand_back(std::span<const Real> by, std::span<Real> by_image) const {
    std::vector<Real> change(by.begin(), by.end());
    for (std::size_t k = 0; k < change.size(); ++k) change[k] *= values_[k];
    const auto along = sums(change);
    for (std::size_t k = 0; k < change.size(); ++k)
      change[k] = (by[k] - values_[k] * along[k % channels_]) / norms_[k % channels_];
    const auto means = sums(change);
    for (std::size_t k = 0; k < change.size(); ++k)
      by_image[k] += change[k] - means[k % channels_] / static_cast<Real>(pixels());
  }

 private:
  std::size_t pixels() const { return values_.size() / channels_; }
  std::vector<Real> sums(std::span<const Real> image) const {
    std::vector<Real> all(channels_);
    for (std::size_t first = 0; first < image.size(); first += channels_)
      for (std::size_t c = 0; c < channels_; ++c) all[c] += image[first + c];
    return all;
  }

  std::size_t channels_;
  std::vector<Real> values_, norms_;
};

template <class Real>
class MapLoss final : public LocalLoss<Real> {
 public:
  MapLoss(Shape shape, bool normalised) : shape_(shape), normalised_(normalised) {}

  double compare(const Matrix<Real>& a, const Matrix<Real>& c, std::span<const std::int32_t>, Matrix<Real>* by_a,
                 Matrix<Real>* by_c, const Pass& pass) override {
    for (auto* by : {by_a, by_c})
      if (by) by->resize(a.rows(), a.columns());
    const double scale = static_cast<double>(shape_.height) / static_cast<double>(a.size());
    std::vector<double> sums(a.rows());
    for_each_index(static_cast<std::size_t>(pass.threads), a.rows(), [&](std::size_t i) {
      const auto row = [i](Matrix<Real>* by) { return by ? by->row(i) : std::span<Real>(); };
      sums[i] = one(a.row(i), c.row(i), static_cast<Real>(2 * scale), row(by_a), row(by_c));
    });
    double sum = 0;
    for (const double value : sums) sum += value;
    return scale * sum;
  }

 private:
  /// The summed squares of one sample; empty derivatives are not wanted.
  double one(std::span<const Real> a, std::span<const Real> c, Real weight, std::span<Real> by_a,
             std::span<Real> by_c) const {
    std::vector<Real> by(a.size());
    double sum = distance(a, c, weight, by);
    std::copy_n(by.begin(), by_a.size(), by_a.begin());
    std::transform(by.begin(), by.begin() + static_cast<std::ptrdiff_t>(by_c.size()), by_c.begin(), std::negate<>());
    if (!normalised_) return sum;
    const NormalChannels<Real> n_a(a, shape_.channels), n_c(c, shape_.channels);
    sum += distance(n_a.values(), n_c.values(), weight, by);
    if (!by_a.empty()) n_a.hand_back(by, by_a);
    for (auto& value : by) value = -value;
    if (!by_c.empty()) n_c.hand_back(by, by_c);
    return sum;
  }

  static double distance(std::span<const Real> a, std::span<const Real> c, Real weight, std::vector<Real>& by) {
    double sum = 0;
    for (std::size_t k = 0; k < a.size(); ++k) {
      const Real difference = a[k] - c[k];
      sum += static_cast<double>(difference) * static_cast<double>(difference);
      by[k] = weight * difference;
    }
    return sum;
  }

  Shape shape_;
  bool normalised_;
};

}  // namespace

template <class Real>
std::unique_ptr<LocalLoss<Real>> make_map_loss(Shape shape, bool normalised) {
  return std::make_unique<MapLoss<Real>>(shape, normalised);
}

template std::unique_ptr<LocalLoss<float>> make_map_loss(Shape, bool);
template std::unique_ptr<LocalLoss<double>> make_map_loss(Shape, bool);

}  // namespace spikeloom
