/// Motion detectors: dense against event-driven, gradients, masks, compression.
#include "networks/motion/motion_layer.hpp"

#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "networks/checkpoint.hpp"
#include "networks/motion/motion_detector.hpp"

using namespace spikeloom;

namespace {

double normal(std::uint32_t stream, std::uint64_t k) {
  const auto bits = draw(9, Purpose::task, stream, k);
  return normal_quantile(uniform(bits[0], bits[1]));
}

/// Events at random places, `density` of all pixels and bins.
std::vector<CameraEvent> random_events(std::size_t bins, std::size_t size, double density) {
  std::vector<CameraEvent> events;
  for (std::size_t k = 0; k < bins * size * size; ++k) {
    const auto bits = draw(9, Purpose::task, 60, k);
    if (uniform(bits[0]) < density)
      events.push_back({static_cast<std::uint16_t>(k / size / size), static_cast<std::uint8_t>(k / size % size),
                        static_cast<std::uint8_t>(k % size), bits[1] % 2 == 0 ? Polarity::on : Polarity::off});
  }
  return events;
}

template <class Real>
void randomise(MotionLayer<Real>& layer) {
  for (std::size_t k = 0; k < layer.kernel().size(); ++k) layer.kernel()[k] = static_cast<Real>(normal(61, k));
  for (std::size_t k = 0; k < layer.bias().size(); ++k) layer.bias()[k] = static_cast<Real>(normal(62, k));
  layer.apply_mask();
}

}  // namespace

TEST_CASE("evidence by events is the convolution of the movie with the kernel", "[motion]") {
  const bool cone = GENERATE(false, true);
  constexpr MotionLayerShape shape{3, 4, 2, 12};
  constexpr std::size_t bins = 20;
  MotionLayer<float> layer(shape, cone);
  randomise(layer);
  const auto events = random_events(bins, shape.size, 0.03);
  std::vector<float> evidence;
  layer.respond(events, bins, evidence);

  const int size = static_cast<int>(shape.size), r = static_cast<int>(shape.radius);
  std::vector<int> movie(2 * bins * shape.size * shape.size);
  const auto at = [&](std::size_t p, int t, int y, int x) -> int& {
    return movie[((p * bins + static_cast<std::size_t>(t)) * shape.size + static_cast<std::size_t>(y)) * shape.size +
                 static_cast<std::size_t>(x)];
  };
  for (const auto& event : events) at(static_cast<std::size_t>(event.polarity), event.bin, event.y, event.x) = 1;
  double worst = 0;
  for (int t = 0; t < static_cast<int>(bins); ++t)
    for (int y = 0; y < size; ++y)
      for (int x = 0; x < size; ++x)
        for (std::size_t c = 0; c < shape.classes; ++c) {
          double sum = 0;
          for (const auto p : {Polarity::on, Polarity::off})
            for (int dt = 0; dt < std::min<int>(static_cast<int>(shape.delays), t + 1); ++dt)
              for (int dy = std::max(-r, y - size + 1); dy <= std::min(r, y); ++dy)
                for (int dx = std::max(-r, x - size + 1); dx <= std::min(r, x); ++dx)
                  sum += at(static_cast<std::size_t>(p), t - dt, y - dy, x - dx) *
                         static_cast<double>(layer.kernel()[shape.place(p, static_cast<std::size_t>(dt), dy, dx, c)]);
          const auto place =
              (static_cast<std::size_t>(t * size + y) * shape.size + static_cast<std::size_t>(x)) * shape.classes + c;
          worst = std::max(worst, std::abs(sum - static_cast<double>(evidence[place])));
        }
  CHECK(worst < 1e-4);
}

TEST_CASE("a list of synapses gives what the layer gives, and counts its additions", "[motion]") {
  constexpr MotionLayerShape shape{4, 5, 3, 16};
  constexpr std::size_t bins = 30;
  const auto places = GENERATE(Places::on, Places::active);
  MotionLayer<float> layer(shape, false, places);
  randomise(layer);
  const double kept = GENERATE(1.0, 0.1);
  prune(layer, kept);
  const auto events = random_events(bins, shape.size, 0.03);
  std::vector<float> field;
  layer.respond(events, bins, field);
  const auto expected = layer.read_out(events, field, bins);
  std::uint64_t additions = 0;
  const SparseMotionLayer sparse(layer);
  const auto found = sparse.respond(events, bins, additions);
  REQUIRE(found.size() == expected.size());
  for (std::size_t k = 0; k < found.size(); ++k) CHECK(std::abs(found[k] - expected[k]) < 1e-4f);
  CHECK(static_cast<double>(sparse.synapses()) <= kept * static_cast<double>(shape.weights()));
  CHECK(static_cast<double>(additions) ==
        Approx(0.5 * static_cast<double>(sparse.synapses() * events.size())).epsilon(0.05));
}

TEST_CASE("gradients agree with central differences", "[motion]") {
  const auto places = GENERATE(Places::on, Places::active, Places::all);
  constexpr MotionLayerShape shape{3, 3, 2, 8};
  constexpr std::size_t bins = 12;
  MotionLayer<double> layer(shape, false, places);
  randomise(layer);
  const auto events = random_events(bins, shape.size, 0.05);
  std::vector<std::size_t> labels;
  for (std::size_t t = 0; t < bins; ++t) labels.push_back(t / 5 % shape.classes);
  const auto loss = [&] {
    std::vector<double> evidence;
    layer.respond(events, bins, evidence);
    return layer.loss(events, evidence, labels);
  };
  std::vector<double> evidence, kernel(layer.kernel().size()), bias(shape.classes);
  layer.respond(events, bins, evidence);
  layer.add_gradient(events, labels, evidence, kernel, bias);
  constexpr double h = 1e-5;
  const auto difference = [&](double& parameter) {
    const double at = parameter;
    parameter = at + h;
    const double above = loss();
    parameter = at - h;
    const double below = loss();
    parameter = at;
    return (above - below) / (2 * h);
  };
  double error = 0, size = 0;
  for (std::size_t k = 0; k < kernel.size(); k += 7) {
    const double expected = difference(layer.kernel()[k]);
    // What the mask forbids has no gradient.
    if (layer.kernel()[k] == 0) continue;
    error += (kernel[k] - expected) * (kernel[k] - expected), size += expected * expected;
  }
  CHECK(std::sqrt(error / size) < 1e-5);
  for (std::size_t c = 0; c < shape.classes; ++c) CHECK(bias[c] == Approx(difference(layer.bias()[c])).epsilon(1e-5));
}

TEST_CASE("pruning keeps the largest weights, shortening the shortest delays", "[motion]") {
  constexpr MotionLayerShape shape{2, 4, 1, 8};
  MotionLayer<float> layer(shape);
  for (std::size_t k = 0; k < layer.kernel().size(); ++k)
    layer.kernel()[k] = static_cast<float>(k % 2 == 0 ? k : -1.0 * static_cast<double>(k));
  auto shortened = layer;
  prune(layer, 0.25);
  CHECK(std::ranges::count(layer.kernel(), 0.0f) == static_cast<long>(layer.kernel().size() * 3 / 4));
  CHECK(layer.kernel().back() != 0);
  shorten(shortened, 1);
  CHECK(shortened.kernel()[shape.place(Polarity::off, 0, 1, 1, 1)] != 0);
  CHECK(shortened.kernel()[shape.place(Polarity::off, 1, -1, -1, 0)] == 0);
}

TEST_CASE("training on movies tells four motions apart, for any number of threads the same; all places do not",
          "[motion][slow]") {
  MotionDetectorParams params;
  params.directions = 4, params.speeds = {1}, params.delays = 4, params.radius = 3;
  CameraView view;
  view.size = 24, view.image = 32, view.bins = 40, view.threshold = 2.5;
  const auto accuracy = [&](const MotionDetectorParams& with, int threads) {
    MotionDetector detector(with, view.size);
    std::vector<MotionMovie> movies;
    for (std::uint32_t k = 0; k < 32; ++k) movies.push_back(natural_movie(detector.motions(), view, 1, k));
    for (int epoch = 0; epoch < 6; ++epoch)
      for (std::size_t first = 0; first < 24; first += 4) {
        std::vector<const MotionMovie*> batch;
        for (std::size_t k = first; k < first + 4; ++k) batch.push_back(&movies[k]);
        detector.train(batch, threads);
      }
    double right = 0, all = 0;
    for (std::size_t k = 24; k < movies.size(); ++k) {
      const auto answers = detector.classify(movies[k]);
      for (std::size_t t = 0; t < answers.size(); ++t) right += answers[t] == movies[k].labels[t], all += 1;
    }
    StateArchive state;
    detector.state(state);
    return std::pair(100 * right / all, state_hash(state.take()));
  };
  const auto one = accuracy(params, 1);
  CHECK(one.first >= 75);
  CHECK(accuracy(params, 3) == one);
  params.places = "all";
  CHECK(accuracy(params, 2).first <= 45);
}
