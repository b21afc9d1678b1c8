/// What the event camera is shown: textures that move along random paths, and Motion Clouds.
///
/// Images are periodic, so that a path never meets a border; the camera sees a part of them. All draws are functions of
/// the seed.
#pragma once

#include <cstdint>
#include <vector>

#include "networks/motion/event_camera.hpp"

namespace spikeloom {

/// Motions to be told apart: `directions` equally spaced ones at every speed.
struct MotionSet {
  int directions = 8;
  std::vector<double> speeds = {0.5, 1};  // pixels per bin

  std::size_t size() const noexcept { return static_cast<std::size_t>(directions) * speeds.size(); }
  struct Velocity {
    double x = 0, y = 0;  // pixels per bin
  };
  /// Of class k: direction k % directions, speed k / directions.
  Velocity velocity(std::size_t k) const noexcept;
};

/// A recording of the event camera, with the motion of every bin.
struct MotionMovie {
  std::vector<CameraEvent> events;  // bins ascending
  std::vector<std::size_t> labels;  // class of every bin
};

struct CameraView {
  std::size_t image = 64, size = 32;  // pixels: period of the image, width of the part that is seen
  std::size_t bins = 100;
  double threshold = 1.5;    // standard deviations of the image
  double mean_segment = 24;  // bins between changes of motion
};

/// A substitute for a natural image: 1/f noise and overlapping discs, whitened by f exp(-(f / 0.4)^4), mean 0 and
/// standard deviation 1. Row by row, n x n pixels, periodic; n is a power of 2.
std::vector<double> whitened_texture(std::size_t n, std::uint64_t seed, std::uint32_t id);

/// A texture that moves by segments of Poisson-distributed duration, motions independent and uniform.
MotionMovie natural_movie(const MotionSet& motions, const CameraView& view, std::uint64_t seed, std::uint32_t id);

/// Motion Clouds (Sanz Leon et al. 2012, J Neurophysiol 107:3217): random textures given by envelopes in Fourier space.
struct MotionCloud {
  double sf_0 = 0.125, b_sf = 0.1;  // cycles per pixel
  double b_v = 0.5;                 // pixels per bin
  double theta = 0, b_theta = 0;    // of the orientation's normal, and its bandwidth; 0: all orientations alike
};
MotionMovie cloud_movie(const MotionSet& motions, std::size_t motion, const MotionCloud& cloud, const CameraView& view,
                        std::uint64_t seed, std::uint32_t id);

}  // namespace spikeloom
