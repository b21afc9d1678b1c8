/// Accuracy, pruning, shortening, kernels.
#include "experiments/protocols/motion_analysis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/parallel.hpp"

namespace spikeloom::experiments {
namespace {

/// Counts over movies; integers, so that their order does not matter.
struct Counts {
  std::uint64_t right = 0, all = 0, settled_right = 0, settled = 0, additions = 0, bins = 0;
};

void count(const MotionMovie& movie, std::span<const std::size_t> answers, std::size_t delays, Counts& counts) {
  const auto settled = settled_bins(movie, delays);
  for (std::size_t t = 0; t < answers.size(); ++t) {
    const bool right = answers[t] == movie.labels[t];
    ++counts.all, counts.right += right;
    if (settled[t]) ++counts.settled, counts.settled_right += right;
  }
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

CompressedAccuracy compressed(const MotionLayer<float>& layer, double full_weights, std::span<const MotionMovie> movies,
                              int threads, double fraction, const std::function<void()>& between) {
  const SparseMotionLayer sparse(layer);
  const auto& shape = layer.shape();
  std::vector<Counts> counts(movies.size());
  for_each_index(static_cast<std::size_t>(threads), movies.size(), [&](std::size_t k) {
    if (between) between();
    const auto& movie = movies[k];
    const auto evidence = sparse.respond(movie.events, movie.labels.size(), counts[k].additions);
    count(movie, largest_of_rows(evidence, shape.classes), shape.delays, counts[k]);
    counts[k].bins = movie.labels.size();
  });
  Counts sum;
  std::uint64_t events = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    sum.right += counts[k].right, sum.all += counts[k].all;
    sum.additions += counts[k].additions, sum.bins += counts[k].bins;
    events += movies[k].events.size();
  }
  const auto bins = static_cast<double>(sum.bins);
  return {.fraction = fraction,
          .accuracy = percent(sum.right, sum.all),
          .additions = static_cast<double>(sum.additions) / bins,
          .expected = fraction * static_cast<double>(events) / bins * full_weights / 2};
}

/// Weights of both polarities that the mask allows.
double allowed_weights(const MotionLayer<float>& layer) {
  const auto& shape = layer.shape();
  const int r = static_cast<int>(shape.radius);
  std::size_t places = 0;
  for (std::size_t dt = 0; dt < shape.delays; ++dt)
    for (int dy = -r; dy <= r; ++dy) places += static_cast<std::size_t>(std::max(0, 2 * layer.reach(dt, dy) + 1));
  return static_cast<double>(2 * places * shape.classes);
}

}  // namespace

MotionAccuracy accuracy_of(const MotionDetector& detector, std::span<const MotionMovie> movies, int threads,
                           const std::function<void()>& between) {
  std::vector<Counts> counts(movies.size());
  for_each_index(static_cast<std::size_t>(threads), movies.size(), [&](std::size_t k) {
    if (between) between();
    count(movies[k], detector.classify(movies[k]), detector.layer().shape().delays, counts[k]);
  });
  Counts sum;
  for (const auto& one : counts) {
    sum.right += one.right, sum.all += one.all;
    sum.settled_right += one.settled_right, sum.settled += one.settled;
  }
  return {percent(sum.right, sum.all), percent(sum.settled_right, sum.settled)};
}

SettledBins settled_of(const MotionDetector& detector, const MotionMovie& movie) {
  Counts counts;
  count(movie, detector.classify(movie), detector.layer().shape().delays, counts);
  return {static_cast<double>(counts.settled_right), static_cast<double>(counts.settled)};
}

CompressedAccuracy pruned_accuracy(const MotionDetector& detector, std::span<const MotionMovie> movies, int threads,
                                   double fraction, const std::function<void()>& between) {
  auto layer = detector.layer();
  const double allowed = allowed_weights(layer);
  prune(layer, fraction * allowed / static_cast<double>(layer.kernel().size()));
  return compressed(layer, allowed, movies, threads, fraction, between);
}

CompressedAccuracy shortened_accuracy(const MotionDetector& detector, std::span<const MotionMovie> movies, int threads,
                                      std::size_t delays, const std::function<void()>& between) {
  auto layer = detector.layer();
  shorten(layer, delays);
  return compressed(layer, allowed_weights(layer), movies, threads,
                    static_cast<double>(delays) / static_cast<double>(layer.shape().delays), between);
}

double half_saturation(std::span<const CompressedAccuracy> curve, double chance) {
  const double full = curve.back().accuracy;
  double best = std::numeric_limits<double>::infinity(), half = 1;
  for (double log_half = std::log(1e-5); log_half <= 0; log_half += 0.02)
    for (double k = 0.25; k <= 8; k *= 1.1) {
      double error = 0;
      for (const auto& point : curve) {
        const double expected = chance + (full - chance) / (1 + std::exp(-k * (std::log(point.fraction) - log_half)));
        error += (point.accuracy - expected) * (point.accuracy - expected);
      }
      if (error < best) best = error, half = std::exp(log_half);
    }
  return half;
}

MotionSet::Velocity kernel_velocity(const MotionLayer<float>& layer, std::size_t motion, double speed) {
  const auto& shape = layer.shape();
  const int r = static_cast<int>(shape.radius);
  double x = 0, y = 0, squares = 0;
  for (std::size_t dt = 1; dt < shape.delays && static_cast<double>(dt) * speed <= r; ++dt) {
    double weight = 0, mean_x = 0, mean_y = 0;
    for (int dy = -r; dy <= r; ++dy)
      for (int dx = -r; dx <= r; ++dx) {
        const double w =
            std::max(0.0, static_cast<double>(layer.kernel()[shape.place(Polarity::on, dt, dy, dx, motion)]));
        weight += w * w, mean_x += w * w * dx, mean_y += w * w * dy;
      }
    // weight * delay * centroid, summed; the centroid's own division by weight cancels
    const auto delay = static_cast<double>(dt);
    x += delay * mean_x, y += delay * mean_y, squares += weight * delay * delay;
  }
  return squares > 0 ? MotionSet::Velocity{x / squares, y / squares} : MotionSet::Velocity{};
}

double push_pull(const MotionLayer<float>& layer, std::size_t motion) {
  const auto& shape = layer.shape();
  const int r = static_cast<int>(shape.radius);
  double n = 0, u = 0, v = 0, uu = 0, vv = 0, uv = 0;
  for (std::size_t dt = 0; dt < shape.delays; ++dt)
    for (int dy = -r; dy <= r; ++dy)
      for (int dx = -layer.reach(dt, dy); dx <= layer.reach(dt, dy); ++dx) {
        const double on = static_cast<double>(layer.kernel()[shape.place(Polarity::on, dt, dy, dx, motion)]);
        const double off = static_cast<double>(layer.kernel()[shape.place(Polarity::off, dt, dy, dx, motion)]);
        n += 1, u += on, v += off, uu += on * on, vv += off * off, uv += on * off;
      }
  const double spread = (n * uu - u * u) * (n * vv - v * v);
  return spread > 0 ? (n * uv - u * v) / std::sqrt(spread) : 0;
}

}  // namespace spikeloom::experiments
