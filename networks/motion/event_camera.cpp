/// Change detection, pixel by pixel.
#include "networks/motion/event_camera.hpp"

#include <cmath>

namespace spikeloom {

EventCamera::EventCamera(std::span<const double> first, std::size_t width, double threshold)
    : width_(width), threshold_(threshold), last_(first.begin(), first.end()), residual_(first.size()) {}

void EventCamera::expose(std::span<const double> image, std::vector<CameraEvent>& events) {
  for (std::size_t k = 0; k < image.size(); ++k) {
    double& residual = residual_[k];
    residual += image[k] - last_[k];
    last_[k] = image[k];
    if (std::abs(residual) <= threshold_) continue;
    const bool on = residual > 0;
    residual -= on ? threshold_ : -threshold_;
    events.push_back({bin_, static_cast<std::uint8_t>(k / width_), static_cast<std::uint8_t>(k % width_),
                      on ? Polarity::on : Polarity::off});
  }
  ++bin_;
}

}  // namespace spikeloom
