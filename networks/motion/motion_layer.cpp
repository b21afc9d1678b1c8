/// Evidence by events, its gradient, sparse inference.
#include "networks/motion/motion_layer.hpp"

#include <algorithm>
#include <cmath>

#include "core/models/exponential.hpp"

namespace spikeloom {

template <class Real>
MotionLayer<Real>::MotionLayer(const MotionLayerShape& shape, bool cone, Places places)
    : shape_(shape), places_(places), kernel_(shape.weights()), bias_(shape.classes) {
  const double prior = 1 / static_cast<double>(shape.classes);
  for (auto& bias : bias_) bias = static_cast<Real>(std::log(prior / (1 - prior)));
  const auto r = static_cast<double>(shape.radius);
  for (std::size_t dt = 0; dt < shape.delays; ++dt) {
    const double share = shape.delays > 1 ? static_cast<double>(dt) / static_cast<double>(shape.delays - 1) : 1;
    const double radius = cone ? 0.25 * r + 0.75 * r * share : r;
    for (int dy = -static_cast<int>(shape.radius); dy <= static_cast<int>(shape.radius); ++dy)
      reach_.push_back(std::abs(dy) <= radius ? static_cast<int>(std::sqrt(radius * radius - dy * dy)) : -1);
  }
}

template <class Real>
int MotionLayer<Real>::reach(std::size_t dt, int dy) const noexcept {
  return reach_[dt * shape_.width() + static_cast<std::size_t>(dy + static_cast<int>(shape_.radius))];
}

template <class Real>
void MotionLayer<Real>::apply_mask() {
  const int r = static_cast<int>(shape_.radius);
  for (const auto p : {Polarity::on, Polarity::off})
    for (std::size_t dt = 0; dt < shape_.delays; ++dt)
      for (int dy = -r; dy <= r; ++dy)
        for (int dx = -r; dx <= r; ++dx)
          if (std::abs(dx) > reach(dt, dy))
            std::fill_n(kernel_.begin() + static_cast<std::ptrdiff_t>(shape_.place(p, dt, dy, dx, 0)), shape_.classes,
                        Real{0});
}

/// Calls run(offset into evidence, offset into kernel, length) for every run of numbers that an event touches.
template <class Real>
template <class Run>
void MotionLayer<Real>::for_runs(std::span<const CameraEvent> events, std::size_t bins, Run run) const {
  const int r = static_cast<int>(shape_.radius), size = static_cast<int>(shape_.size);
  const auto classes = shape_.classes;
  for (const auto& event : events) {
    const int x = event.x, y = event.y;
    for (std::size_t dt = 0; dt < std::min(shape_.delays, bins - event.bin); ++dt)
      for (int dy = std::max(-r, -y); dy <= std::min(r, size - 1 - y); ++dy) {
        const int h = reach(dt, dy), low = std::max(-h, -x), high = std::min(h, size - 1 - x);
        if (high < low) continue;
        const auto at = ((event.bin + dt) * shape_.size + static_cast<std::size_t>(y + dy)) * shape_.size +
                        static_cast<std::size_t>(x + low);
        run(at * classes, shape_.place(event.polarity, dt, dy, low, 0),
            static_cast<std::size_t>(high - low + 1) * classes);
      }
  }
}

template <class Real>
void MotionLayer<Real>::respond(std::span<const CameraEvent> events, std::size_t bins,
                                std::vector<Real>& evidence) const {
  evidence.assign(bins * shape_.size * shape_.size * shape_.classes, Real{0});
  for_runs(events, bins, [&](std::size_t to, std::size_t from, std::size_t n) {
    Real* __restrict sum = evidence.data() + to;
    const Real* __restrict weight = kernel_.data() + from;
    for (std::size_t k = 0; k < n; ++k) sum[k] += weight[k];
  });
}

template <class Real>
std::vector<std::size_t> MotionLayer<Real>::places_of(std::span<const CameraEvent> events, std::size_t bins) const {
  const auto of_bin = shape_.size * shape_.size;
  std::vector<std::size_t> places;
  for (const auto& event : events)
    if (places_ == Places::active || (places_ == Places::on && event.polarity == Polarity::on))
      places.push_back(event.bin * of_bin + event.y * shape_.size + event.x);
  if (places_ == Places::all)
    for (std::size_t k = 0; k < bins * of_bin; ++k) places.push_back(k);
  return places;
}

template <class Real>
std::vector<Real> MotionLayer<Real>::read_out(std::span<const CameraEvent> events, std::span<const Real> evidence,
                                              std::size_t bins) const {
  const auto of_bin = shape_.size * shape_.size, classes = shape_.classes;
  std::vector<Real> means(bins * classes), counts(bins);
  for (const auto place : places_of(events, bins)) {
    const auto t = place / of_bin;
    counts[t] += 1;
    for (std::size_t c = 0; c < classes; ++c) means[t * classes + c] += evidence[place * classes + c];
  }
  for (std::size_t k = 0; k < means.size(); ++k)
    means[k] = means[k] / std::max(counts[k / classes], Real{1}) + bias_[k % classes];
  return means;
}

template <class Real>
double MotionLayer<Real>::loss(std::span<const CameraEvent> events, std::span<const Real> evidence,
                               std::span<const std::size_t> labels) const {
  const auto of_bin = shape_.size * shape_.size, classes = shape_.classes;
  const auto places = places_of(events, labels.size());
  double sum = 0;
  for (const auto place : places)
    for (std::size_t c = 0; c < classes; ++c) {
      const double z = static_cast<double>(evidence[place * classes + c] + bias_[c]);
      sum += std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z))) - (labels[place / of_bin] == c ? z : 0.0);
    }
  return places.empty() ? 0.0 : sum / static_cast<double>(places.size() * classes);
}

template <class Real>
void MotionLayer<Real>::add_gradient(std::span<const CameraEvent> events, std::span<const std::size_t> labels,
                                     std::vector<Real>& evidence, std::span<Real> kernel, std::span<Real> bias) const {
  const auto of_bin = shape_.size * shape_.size, classes = shape_.classes, bins = labels.size();
  const auto places = places_of(events, bins);
  const Real scale = Real{1} / static_cast<Real>(std::max<std::size_t>(1, places.size() * classes));
  std::vector<Real> errors(places.size() * classes);
  for (std::size_t k = 0; k < places.size(); ++k) {
    const Real* __restrict z = evidence.data() + places[k] * classes;
    Real* __restrict error = errors.data() + k * classes;
    for (std::size_t c = 0; c < classes; ++c) error[c] = scale / (1 + exponential(-(z[c] + bias_[c])));
    error[labels[places[k] / of_bin]] -= scale;
    for (std::size_t c = 0; c < classes; ++c) bias[c] += error[c];
  }
  std::ranges::fill(evidence, Real{0});
  for (std::size_t k = 0; k < places.size(); ++k)
    std::copy_n(errors.begin() + static_cast<std::ptrdiff_t>(k * classes), classes,
                evidence.begin() + static_cast<std::ptrdiff_t>(places[k] * classes));
  for_runs(events, bins, [&](std::size_t from, std::size_t to, std::size_t n) {
    const Real* __restrict error = evidence.data() + from;
    Real* __restrict sum = kernel.data() + to;
    for (std::size_t k = 0; k < n; ++k) sum[k] += error[k];
  });
}

template class MotionLayer<float>;
template class MotionLayer<double>;

SparseMotionLayer::SparseMotionLayer(const MotionLayer<float>& layer)
    : shape_(layer.shape()), on_only_(layer.places() == Places::on), bias_(layer.bias()) {
  const int r = static_cast<int>(shape_.radius);
  for (const auto p : {Polarity::on, Polarity::off})
    for (std::size_t dt = 0; dt < shape_.delays; ++dt)
      for (int dy = -r; dy <= r; ++dy)
        for (int dx = -r; dx <= r; ++dx)
          for (std::size_t c = 0; c < shape_.classes; ++c)
            if (const float weight = layer.kernel()[shape_.place(p, dt, dy, dx, c)]; weight != 0)
              synapses_[static_cast<std::size_t>(p)].push_back(
                  {static_cast<std::uint8_t>(dt), static_cast<std::int8_t>(dy), static_cast<std::int8_t>(dx),
                   static_cast<std::uint8_t>(c), weight});
}

std::vector<float> SparseMotionLayer::respond(std::span<const CameraEvent> events, std::size_t bins,
                                              std::uint64_t& additions) const {
  const int size = static_cast<int>(shape_.size);
  const auto of_bin = shape_.size * shape_.size, classes = shape_.classes;
  // Evidence of the bins that delays still reach, a ring.
  const auto ring = shape_.delays;
  std::vector<float> evidence(ring * of_bin * classes), sums(bins * classes), counts(bins);
  std::size_t event = 0;
  for (std::size_t t = 0; t < bins; ++t) {
    const auto first = event;
    for (; event < events.size() && events[event].bin == t; ++event) {
      const auto& now = events[event];
      const auto& synapses = synapses_[static_cast<std::size_t>(now.polarity)];
      additions += synapses.size();
      for (const auto& synapse : synapses) {
        const int y = now.y + synapse.dy, x = now.x + synapse.dx;
        if (y < 0 || y >= size || x < 0 || x >= size) continue;
        const auto place = (t + synapse.delay) % ring * of_bin + static_cast<std::size_t>(y * size + x);
        evidence[place * classes + synapse.motion] += synapse.weight;
      }
    }
    const auto now = t % ring * of_bin;
    for (auto k = first; k < event; ++k) {
      if (on_only_ && events[k].polarity != Polarity::on) continue;
      const auto place = now + events[k].y * shape_.size + events[k].x;
      for (std::size_t c = 0; c < classes; ++c) sums[t * classes + c] += evidence[place * classes + c];
      counts[t] += 1;
    }
    std::fill_n(evidence.begin() + static_cast<std::ptrdiff_t>(now * classes), of_bin * classes, 0.0f);
  }
  for (std::size_t k = 0; k < sums.size(); ++k)
    sums[k] = sums[k] / std::max(counts[k / classes], 1.0f) + bias_[k % classes];
  return sums;
}

void prune(MotionLayer<float>& layer, double fraction) {
  auto& kernel = layer.kernel();
  const auto kept = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(kernel.size())));
  if (kept >= kernel.size()) return;
  std::vector<float> magnitudes;
  for (const float weight : kernel) magnitudes.push_back(std::abs(weight));
  std::ranges::nth_element(magnitudes, magnitudes.begin() + static_cast<std::ptrdiff_t>(kept), std::greater<>());
  const float limit = magnitudes[kept];
  for (auto& weight : kernel)
    if (std::abs(weight) <= limit) weight = 0;
}

void shorten(MotionLayer<float>& layer, std::size_t delays) {
  const auto& shape = layer.shape();
  const auto of_delay = shape.width() * shape.width() * shape.classes;
  for (std::size_t p = 0; p < 2; ++p)
    for (std::size_t dt = delays; dt < shape.delays; ++dt)
      std::fill_n(layer.kernel().begin() + static_cast<std::ptrdiff_t>((p * shape.delays + dt) * of_delay), of_delay,
                  0.0f);
}

std::vector<CameraEvent> swapped(std::span<const CameraEvent> events) {
  std::vector<CameraEvent> out(events.begin(), events.end());
  for (auto& event : out) event.polarity = event.polarity == Polarity::on ? Polarity::off : Polarity::on;
  return out;
}

}  // namespace spikeloom
