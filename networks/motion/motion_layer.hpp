/// A layer of motion detectors with many delays per input (Grimaldi & Perrinet 2023, Biol Cybern 117:373).
///
///     B[c,t,y,x] = sum over p, dt, dy, dx of K[c,p,dt,dy,dx] A[p, t - dt, y - dy, x - dx]
///     Pr(c | t,y,x) = 1 / (1 + exp(-(B[c,t,y,x] + b_c)))
///
/// One neuron per motion c and place; every event A reaches it by synapses of all delays dt, places and polarities p.
/// It is computed by events: each adds its row of weights to what is still to come. Trained by logistic regression,
/// class by class.
///
/// Which places count. A stationary movie has the same mean A at every offset whatever the motion, so a logistic
/// regression over all places, which is convex, has its optimum at K = 0 (but for densities): motion is in pairs of
/// events. So evidence is looked at where and when there is an event, the second of the pair: an ON event (Places::on),
/// whose past is ON along its path and not OFF, or any event (Places::active). Places::all is the ablation.
///
/// Weights lie as [p][dt][dy][dx][c], evidence as [t][y][x][c]: what an event adds, or reads in training, are runs of
/// contiguous numbers. A mask lets radius(dt) grow with the delay up to `radius`.
#pragma once

#include <span>
#include <vector>

#include "networks/motion/event_camera.hpp"

namespace spikeloom {

struct MotionLayerShape {
  std::size_t classes = 16, delays = 11, radius = 4, size = 32;  // size: pixels of the view, in x and y

  std::size_t width() const noexcept { return 2 * radius + 1; }
  std::size_t weights() const noexcept { return 2 * delays * width() * width() * classes; }
  std::size_t place(Polarity p, std::size_t dt, int dy, int dx, std::size_t c) const noexcept {
    const auto row = static_cast<std::size_t>(dy + static_cast<int>(radius)),
               column = static_cast<std::size_t>(dx + static_cast<int>(radius));
    return (((static_cast<std::size_t>(p) * delays + dt) * width() + row) * width() + column) * classes + c;
  }
};

/// Where and when evidence is looked at, in training and read-out.
enum class Places { on, active, all };

template <class Real>
class MotionLayer {
 public:
  /// `cone`: short delays reach less far (radius / 4 + ...); else every delay reaches `radius`, in a circle. Weights
  /// are 0, biases those of classes that are equally likely.
  explicit MotionLayer(const MotionLayerShape& shape, bool cone = false, Places places = Places::on);

  /// Evidence of every bin, place and class, without bias, into `evidence` [bins][size][size][classes].
  void respond(std::span<const CameraEvent> events, std::size_t bins, std::vector<Real>& evidence) const;

  /// Mean evidence over the places that count, bias included: [bins][classes].
  std::vector<Real> read_out(std::span<const CameraEvent> events, std::span<const Real> evidence,
                             std::size_t bins) const;

  /// Binary cross-entropy, mean over places that count, of all bins, and classes; labels: the class of every bin.
  double loss(std::span<const CameraEvent> events, std::span<const Real> evidence,
              std::span<const std::size_t> labels) const;

  /// Adds the gradient of the loss to `kernel` and `bias`. `evidence` is that of `events` and becomes the error.
  void add_gradient(std::span<const CameraEvent> events, std::span<const std::size_t> labels,
                    std::vector<Real>& evidence, std::span<Real> kernel, std::span<Real> bias) const;

  /// Sets what the mask forbids to 0.
  void apply_mask();
  /// Largest reach in x of a synapse with delay dt that reaches dy in y; negative: none.
  int reach(std::size_t dt, int dy) const noexcept;

  const MotionLayerShape& shape() const noexcept { return shape_; }
  Places places() const noexcept { return places_; }
  std::vector<Real>& kernel() noexcept { return kernel_; }
  const std::vector<Real>& kernel() const noexcept { return kernel_; }
  std::vector<Real>& bias() noexcept { return bias_; }
  const std::vector<Real>& bias() const noexcept { return bias_; }

 private:
  /// Places that count, as t * size * size + y * size + x.
  std::vector<std::size_t> places_of(std::span<const CameraEvent> events, std::size_t bins) const;
  template <class Run>
  void for_runs(std::span<const CameraEvent> events, std::size_t bins, Run run) const;

  MotionLayerShape shape_;
  Places places_;
  std::vector<Real> kernel_, bias_;
  std::vector<int> reach_;  // [dt][dy]
};

extern template class MotionLayer<float>;
extern template class MotionLayer<double>;

/// What an event-driven machine does with a layer: a list of synapses that are not 0, walked over by every event.
class SparseMotionLayer {
 public:
  explicit SparseMotionLayer(const MotionLayer<float>& layer);

  /// Mean evidence over places with ON events (with any, unless the layer looks at those), bias included:
  /// [bins][classes]. `additions` grows by the number of additions to evidence, those that fall outside of view or time
  /// included.
  std::vector<float> respond(std::span<const CameraEvent> events, std::size_t bins, std::uint64_t& additions) const;
  std::size_t synapses() const noexcept { return synapses_[0].size() + synapses_[1].size(); }

 private:
  struct Synapse {
    std::uint8_t delay;
    std::int8_t dy, dx;
    std::uint8_t motion;
    float weight;
  };
  MotionLayerShape shape_;
  bool on_only_;
  std::vector<float> bias_;
  std::vector<Synapse> synapses_[2];  // by polarity
};

/// Keeps the `fraction` of all weights that are largest in magnitude; the others become 0.
void prune(MotionLayer<float>& layer, double fraction);
/// Keeps delays 0 ... delays - 1.
void shorten(MotionLayer<float>& layer, std::size_t delays);

/// Events with polarities exchanged.
std::vector<CameraEvent> swapped(std::span<const CameraEvent> events);

}  // namespace spikeloom
