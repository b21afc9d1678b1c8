/// Textures in Fourier space: whitening, shifts by phase ramps, Motion Clouds.
#include "networks/motion/stimuli.hpp"

#include <unsupported/Eigen/FFT>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "core/random.hpp"

namespace spikeloom {
namespace {

using Complex = std::complex<double>;
constexpr std::uint32_t noise_stream = 330, disc_stream = 331, segment_stream = 332, cloud_stream = 333;
constexpr double pi = std::numbers::pi;

/// Cycles per pixel (or per frame) of coefficient k of n.
double frequency(std::size_t k, std::size_t n) {
  const auto signed_k = static_cast<double>(k) - (2 * k > n ? static_cast<double>(n) : 0.0);
  return signed_k / static_cast<double>(n);
}

double normal(std::uint64_t seed, std::uint32_t stream, std::uint32_t id, std::uint64_t k) {
  const auto bits = draw(seed, Purpose::task, stream, k, id);
  return normal_quantile(uniform(bits[0], bits[1]));
}

/// Transforms along one axis of a row-major array whose last axis is contiguous.
void transform(std::vector<Complex>& data, std::size_t n, std::size_t stride, bool inverse, Eigen::FFT<double>& fft) {
  std::vector<Complex> line(n), out(n);
  for (std::size_t first = 0; first < data.size(); first += n * stride)
    for (std::size_t offset = 0; offset < stride; ++offset) {
      auto* at = data.data() + first + offset;
      for (std::size_t k = 0; k < n; ++k) line[k] = at[k * stride];
      inverse ? fft.inv(out, line) : fft.fwd(out, line);
      for (std::size_t k = 0; k < n; ++k) at[k * stride] = out[k];
    }
}

void transform_image(std::vector<Complex>& image, std::size_t n, bool inverse, Eigen::FFT<double>& fft) {
  transform(image, n, 1, inverse, fft);
  transform(image, n, n, inverse, fft);
}

std::vector<double> standardised(const std::vector<Complex>& values) {
  double sum = 0, squares = 0;
  for (const auto& value : values) sum += value.real();
  const double mean = sum / static_cast<double>(values.size());
  for (const auto& value : values) squares += (value.real() - mean) * (value.real() - mean);
  const double scale = 1 / std::sqrt(squares / static_cast<double>(values.size()));
  std::vector<double> out;
  out.reserve(values.size());
  for (const auto& value : values) out.push_back(scale * (value.real() - mean));
  return out;
}

/// Discs of random place, radius and brightness, later ones before earlier ones: sharp edges at all scales.
std::vector<Complex> discs(std::size_t n, std::uint64_t seed, std::uint32_t id) {
  constexpr std::uint64_t count = 60;
  std::vector<Complex> image(n * n);
  const auto size = static_cast<double>(n);
  for (std::uint64_t d = 0; d < count; ++d) {
    const auto bits = draw(seed, Purpose::task, disc_stream, d, id);
    const double x = size * uniform(bits[0]), y = size * uniform(bits[1]);
    const double radius = 2 + 0.25 * size * uniform(bits[2]) * uniform(bits[2]), brightness = 2 * uniform(bits[3]) - 1;
    const auto distance = [size](double a, double b) {
      const double apart = std::abs(a - b);
      return std::min(apart, size - apart);
    };
    for (std::size_t k = 0; k < image.size(); ++k) {
      const double dx = distance(static_cast<double>(k % n), x), dy = distance(static_cast<double>(k / n), y);
      if (dx * dx + dy * dy <= radius * radius) image[k] = brightness;
    }
  }
  return image;
}

/// The part of a periodic image that the camera sees.
void crop(const std::vector<Complex>& image, std::size_t n, std::size_t size, double scale, std::vector<double>& out) {
  out.clear();
  for (std::size_t y = 0; y < size; ++y)
    for (std::size_t x = 0; x < size; ++x) out.push_back(scale * image[y * n + x].real());
}

}  // namespace

MotionSet::Velocity MotionSet::velocity(std::size_t k) const noexcept {
  const auto n = static_cast<std::size_t>(directions);
  const double angle = 2 * pi * static_cast<double>(k % n) / static_cast<double>(n), speed = speeds[k / n];
  return {speed * std::cos(angle), speed * std::sin(angle)};
}

std::vector<double> whitened_texture(std::size_t n, std::uint64_t seed, std::uint32_t id) {
  Eigen::FFT<double> fft;
  std::vector<Complex> noise(n * n);
  for (std::size_t k = 0; k < noise.size(); ++k) noise[k] = normal(seed, noise_stream, id, k);
  auto edges = discs(n, seed, id);
  transform_image(noise, n, false, fft), transform_image(edges, n, false, fft);
  // Both parts have the spectrum of natural images, 1/f; each is given the same power before they are added.
  const auto radial = [n](std::size_t k) { return std::hypot(frequency(k % n, n), frequency(k / n, n)); };
  double noise_power = 0, edge_power = 0;
  for (std::size_t k = 1; k < noise.size(); ++k) {
    noise[k] /= radial(k);
    noise_power += std::norm(noise[k]), edge_power += std::norm(edges[k]);
  }
  noise[0] = edges[0] = 0;
  const double balance = std::sqrt(noise_power / edge_power);
  for (std::size_t k = 1; k < noise.size(); ++k) {
    const double f = radial(k), low_pass = f / 0.4;
    noise[k] = (noise[k] + balance * edges[k]) * f * std::exp(-low_pass * low_pass * low_pass * low_pass);
  }
  transform_image(noise, n, true, fft);
  return standardised(noise);
}

MotionMovie natural_movie(const MotionSet& motions, const CameraView& view, std::uint64_t seed, std::uint32_t id) {
  const auto n = view.image;
  const auto texture = whitened_texture(n, seed, id);
  Eigen::FFT<double> fft;
  std::vector<Complex> spectrum(texture.begin(), texture.end()), shifted(spectrum.size());
  transform_image(spectrum, n, false, fft);

  MotionMovie movie;
  for (std::uint64_t segment = 0; movie.labels.size() < view.bins; ++segment) {
    const auto bits = draw(seed, Purpose::task, segment_stream, segment, id);
    const auto motion = static_cast<std::size_t>(below(motions.size(), bits[0], bits[1]));
    // Exponential intervals that fit into the mean: a Poisson number of bins.
    std::size_t bins = 0;
    double sum = 0;
    for (std::uint32_t k = 0;; ++k) {
      sum -= std::log(uniform(draw(seed, Purpose::task, segment_stream + 16 + k, segment, id)[0]));
      if (sum > view.mean_segment) break;
      ++bins;
    }
    movie.labels.insert(movie.labels.end(), bins, motion);
  }
  movie.labels.resize(view.bins);

  std::vector<double> image;
  crop(std::vector<Complex>(texture.begin(), texture.end()), n, view.size, 1, image);
  EventCamera camera(image, view.size, view.threshold);
  double x = 0, y = 0;
  std::vector<Complex> ramp_x(n), ramp_y(n);
  for (const auto label : movie.labels) {
    const auto v = motions.velocity(label);
    x += v.x, y += v.y;
    for (std::size_t k = 0; k < n; ++k) {
      // The coefficient at half the sampling rate stands for both signs of its frequency.
      const bool nyquist = 2 * k == n;
      const auto ramp = [&](double shift) {
        const double phase = -2 * pi * frequency(k, n) * shift;
        return nyquist ? Complex(std::cos(phase)) : std::polar(1.0, phase);
      };
      ramp_x[k] = ramp(x), ramp_y[k] = ramp(y);
    }
    for (std::size_t k = 0; k < spectrum.size(); ++k) shifted[k] = spectrum[k] * ramp_x[k % n] * ramp_y[k / n];
    transform_image(shifted, n, true, fft);
    crop(shifted, n, view.size, 1, image);
    camera.expose(image, movie.events);
  }
  return movie;
}

MotionMovie cloud_movie(const MotionSet& motions, std::size_t motion, const MotionCloud& cloud, const CameraView& view,
                        std::uint64_t seed, std::uint32_t id) {
  const auto n = view.image;
  std::size_t frames = 1;
  while (frames < view.bins + 1) frames *= 2;
  const auto v = motions.velocity(motion);
  Eigen::FFT<double> fft;
  std::vector<Complex> data(frames * n * n);
  for (std::size_t k = 0; k < data.size(); ++k) data[k] = normal(seed, cloud_stream, id, k);
  const auto transform_all = [&](bool inverse) {
    transform(data, n, 1, inverse, fft), transform(data, n, n, inverse, fft),
        transform(data, frames, n * n, inverse, fft);
  };
  // Real noise has Hermitian coefficients with uniform phases; the envelope replaces their magnitude.
  transform_all(false);
  const double octaves = std::log((cloud.sf_0 + cloud.b_sf) / cloud.sf_0);
  for (std::size_t k = 0; k < data.size(); ++k) {
    const double fx = frequency(k % n, n), fy = frequency(k / n % n, n), ft = frequency(k / (n * n), frames);
    const double fr = std::hypot(fx, fy);
    if (fr == 0) {
      data[k] = 0;
      continue;
    }
    const double speed = (ft + v.x * fx + v.y * fy) / (cloud.b_v * fr), size = std::log(fr / cloud.sf_0) / octaves;
    double envelope = std::exp(-0.5 * (speed * speed + size * size)) / fr;
    if (cloud.b_theta > 0)
      envelope *=
          std::exp((std::cos(2 * (std::atan2(fy, fx) - cloud.theta)) - 1) / (4 * cloud.b_theta * cloud.b_theta));
    const double magnitude = std::abs(data[k]);
    data[k] *= magnitude > 0 ? envelope / magnitude : 0;
  }
  transform_all(true);
  const auto movie_values = standardised(data);

  MotionMovie movie;
  movie.labels.assign(view.bins, motion);
  std::vector<double> image;
  const auto frame = [&](std::size_t t) {
    image.clear();
    for (std::size_t y = 0; y < view.size; ++y)
      for (std::size_t x = 0; x < view.size; ++x) image.push_back(movie_values[(t * n + y) * n + x]);
  };
  frame(0);
  EventCamera camera(image, view.size, view.threshold);
  for (std::size_t t = 1; t <= view.bins; ++t) {
    frame(t);
    camera.expose(image, movie.events);
  }
  return movie;
}

}  // namespace spikeloom
