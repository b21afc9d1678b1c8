/// The event camera: nothing moves, something jumps, time runs backwards; and what it is shown.
#include "networks/motion/event_camera.hpp"

#include <catch2/catch.hpp>

#include "networks/motion/stimuli.hpp"

using namespace spikeloom;

TEST_CASE("a still picture yields no events", "[motion]") {
  const auto image = whitened_texture(16, 1, 0);
  EventCamera camera(image, 16, 0.1);
  std::vector<CameraEvent> events;
  for (int k = 0; k < 10; ++k) camera.expose(image, events);
  CHECK(events.empty());
}

TEST_CASE("a step of 2.5 thresholds yields two ON events and leaves half a threshold", "[motion]") {
  std::vector<double> image(9, 1.0);
  EventCamera camera(image, 3, 0.4);
  std::vector<CameraEvent> events;
  image[5] += 1.0;
  for (int k = 0; k < 4; ++k) camera.expose(image, events);
  CHECK(events == std::vector<CameraEvent>{{0, 1, 2, Polarity::on}, {1, 1, 2, Polarity::on}});
  CHECK(camera.residual()[5] == Approx(0.2));
  CHECK(camera.residual()[4] == 0);
}

TEST_CASE("a movie backwards has the polarities exchanged", "[motion]") {
  constexpr std::size_t n = 32, frames = 60;
  const auto still = whitened_texture(n, 3, 1);
  const auto frame = [&](std::size_t t) {  // moves by one pixel per bin
    std::vector<double> image(n * n);
    for (std::size_t k = 0; k < image.size(); ++k) image[k] = still[k / n * n + (k % n + t) % n];
    return image;
  };
  const auto counts = [&](bool backwards) {
    const auto at = [&](std::size_t t) { return frame(backwards ? frames - t : t); };
    EventCamera camera(at(0), n, 0.4);
    std::vector<CameraEvent> events;
    for (std::size_t t = 1; t <= frames; ++t) camera.expose(at(t), events);
    const auto on = std::ranges::count(events, Polarity::on, &CameraEvent::polarity);
    return std::pair<double, double>(static_cast<double>(on),
                                     static_cast<double>(events.size()) - static_cast<double>(on));
  };
  const auto forwards = counts(false), backwards = counts(true);
  CHECK(forwards.first > 1000);
  CHECK(forwards.first == Approx(backwards.second).epsilon(0.02));
  CHECK(forwards.second == Approx(backwards.first).epsilon(0.02));
}

TEST_CASE("textures have mean 0 and variance 1, and movies the density and the motions that were asked for",
          "[motion]") {
  double sum = 0, squares = 0;
  for (const double value : whitened_texture(64, 2, 5)) sum += value, squares += value * value;
  CHECK(std::abs(sum) < 1e-6);
  CHECK(squares == Approx(64 * 64));

  const MotionSet motions;
  CameraView view;
  view.threshold = 2.5;
  const auto movie = natural_movie(motions, view, 1, 2);
  CHECK(movie.labels.size() == view.bins);
  CHECK(std::ranges::max(movie.labels) < motions.size());
  CHECK(std::ranges::is_sorted(movie.events, {}, &CameraEvent::bin));
  const double density =
      static_cast<double>(movie.events.size()) / static_cast<double>(view.bins * view.size * view.size);
  CHECK(density > 0.02);
  CHECK(density < 0.05);
  CHECK(motions.velocity(2).y == Approx(0.5));
  CHECK(motions.velocity(12).x == Approx(-1));
}

TEST_CASE("a Motion Cloud moves as it should", "[motion]") {
  const MotionSet motions;
  CameraView view;
  view.threshold = 1, view.bins = 31;
  MotionCloud cloud;
  cloud.b_v = 0.05;
  const auto movie = cloud_movie(motions, 8, cloud, view, 4, 0);  // one pixel per bin to the right
  // An ON event is followed by one a pixel further, a bin later, more often than by one on the other side.
  std::vector<char> on(view.bins * view.size * view.size);
  for (const auto& event : movie.events)
    if (event.polarity == Polarity::on) on[(event.bin * view.size + event.y) * view.size + event.x] = 1;
  int ahead = 0, behind = 0;
  for (const auto& event : movie.events) {
    if (event.polarity != Polarity::on || event.bin + 1u >= view.bins || event.x == 0 || event.x + 1u >= view.size)
      continue;
    const auto next = ((event.bin + 1) * view.size + event.y) * view.size + event.x;
    ahead += on[next + 1], behind += on[next - 1];
  }
  CHECK(ahead > 100);
  CHECK(ahead > 3 * behind);
}
