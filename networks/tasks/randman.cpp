/// Smooth random manifolds: a sum of sines per hidden coordinate, their product is the time of a spike.
#include <algorithm>
#include <cmath>
#include <limits>

#include "networks/tasks/sine.hpp"
#include "networks/tasks/streams.hpp"

namespace spikeloom {
namespace {

/// f(x) = prod_d sum_i amplitude_{d,i} sin(2 pi (frequency_{d,i} x_d + phase_{d,i})), scaled to [0, 1].
class Manifold {
 public:
  Manifold(const Randman& task, std::uint64_t seed, std::uint64_t which)
      : dimensions_(static_cast<std::size_t>(task.dimensions)) {
    const auto components = static_cast<std::size_t>(randman_components(task.alpha));
    padded_ = (components + lanes - 1) / lanes * lanes;
    amplitude_.resize(dimensions_ * padded_);
    frequency_ = phase_ = amplitude_;
    auto random = definition_of(TaskStream::randman, seed, 1 + which);
    for (std::size_t d = 0; d < dimensions_; ++d)
      for (std::size_t i = 0; i < components; ++i) {
        const auto k = d * padded_ + i;
        const double n = static_cast<double>(i), theta = random.uniform();
        amplitude_[k] = i == 0 ? 0 : theta * std::exp(-task.alpha * std::log(n + 1));  // no constant part
        frequency_[k] = n * random.uniform();
        phase_[k] = random.uniform();
      }
  }

  double value(const std::vector<double>& x) const {
    double product = 1;
    for (std::size_t d = 0; d < dimensions_; ++d) {
      double sums[lanes] = {};
      for (std::size_t k = d * padded_; k < (d + 1) * padded_; k += lanes)
        for (std::size_t j = 0; j < lanes; ++j)
          sums[j] += amplitude_[k + j] * sine_of_turns(frequency_[k + j] * x[d] + phase_[k + j]);
      product *= ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    }
    return product;
  }

  /// Makes the values at these points fill [0, 1].
  void standardise(const std::vector<std::vector<double>>& points) {
    double high = -std::numeric_limits<double>::infinity();
    low_ = -high;
    for (const auto& point : points) {
      const double f = value(point);
      low_ = std::min(low_, f);
      high = std::max(high, f);
    }
    range_ = high - low_ + 1e-7;
  }
  double scaled(const std::vector<double>& x) const { return std::clamp((value(x) - low_) / range_, 0.0, 1 - 0x1p-20); }

 private:
  static constexpr std::size_t lanes = 8;  // sums of a fixed order that vectorise

  std::size_t dimensions_, padded_ = 0;
  std::vector<double> amplitude_, frequency_, phase_;
  double low_ = 0, range_ = 1;
};

std::vector<double> draw_point(DrawSequence& random, int dimensions) {
  std::vector<double> point(static_cast<std::size_t>(dimensions));
  for (auto& x : point) x = random.uniform();
  return point;
}

}  // namespace

int randman_components(double alpha) {
  return static_cast<int>(std::min(1000.0, std::ceil(std::exp(std::log(1e3) / alpha) - 1e-9)));
}

SpikeData make_randman(const Randman& task, std::uint64_t seed, Part part, std::size_t size) {
  SpikeData data(static_cast<std::uint32_t>(task.units), static_cast<std::uint32_t>(task.classes), task.duration);
  // Every class is standardised over the same thousand points, whatever the part.
  constexpr std::size_t n_points = 1000;
  std::vector<std::vector<double>> points;
  auto points_random = definition_of(TaskStream::randman, seed, 0);
  for (std::size_t k = 0; k < n_points; ++k) points.push_back(draw_point(points_random, task.dimensions));
  const auto per_class = static_cast<std::size_t>(task.units) * static_cast<std::size_t>(task.spikes);
  std::vector<Manifold> manifolds;
  for (std::size_t m = 0; m < per_class * data.classes(); ++m) {
    manifolds.emplace_back(task, seed, m);
    manifolds.back().standardise(points);
  }
  for (std::size_t k = 0; k < size; ++k) {
    auto random = sample_of(TaskStream::randman, seed, part, k);
    const auto label = random.below(data.classes());
    const auto point = draw_point(random, task.dimensions);
    Spikes spikes;
    for (std::size_t m = 0; m < per_class; ++m)
      spikes.emplace_back(task.duration * manifolds[label * per_class + m].scaled(point),
                          static_cast<std::uint32_t>(m) % data.units());
    add_sample(data, std::move(spikes), label);
  }
  return data;
}

}  // namespace spikeloom
