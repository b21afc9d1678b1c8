/// An event camera: pixels that say when their brightness has changed by a threshold, and in which direction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace spikeloom {

enum class Polarity : std::uint8_t { on, off };

struct CameraEvent {
  std::uint16_t bin = 0;
  std::uint8_t y = 0, x = 0;
  Polarity polarity = Polarity::on;

  friend bool operator==(const CameraEvent&, const CameraEvent&) = default;
};

/// Every pixel keeps the change that it has not told yet; where its magnitude exceeds the threshold an event is sent
/// and the threshold taken off. At most one event per pixel and bin.
class EventCamera {
 public:
  /// `first`: the image that changes are counted from, row by row. At most 256 x 256 pixels.
  EventCamera(std::span<const double> first, std::size_t width, double threshold);

  /// The image of the next bin; appends its events, pixels in order.
  void expose(std::span<const double> image, std::vector<CameraEvent>& events);

  std::span<const double> residual() const noexcept { return residual_; }

 private:
  std::size_t width_;
  double threshold_;
  std::vector<double> last_, residual_;
  std::uint16_t bin_ = 0;
};

}  // namespace spikeloom
