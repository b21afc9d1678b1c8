/// Forward pass of a layer on the grid: what `lif_psc_exp` does in the engine, step for step.
///
/// In every step: the membrane moves with the current of the step before, the current decays and takes what arrives,
/// neurons at or above threshold fire and are reset. What arrives in later steps waits in a ring of rows.
#include <algorithm>
#include <cmath>

#include "plasticity/eventprop/passes.hpp"

namespace spikeloom {
namespace {

class Ring {
 public:
  Ring(std::uint32_t neurons, std::uint32_t longest, aligned_vector<double>& rows)
      : n_(neurons), length_(std::size_t{longest} + 1), rows_(rows) {
    rows_.assign(length_ * n_, 0.0);
  }
  double* row(std::size_t step) { return rows_.data() + step % length_ * n_; }

  void send(const EventPropProjection& projection, std::uint32_t source, std::size_t step) {
    const double* __restrict weights = projection.weights.data() + std::size_t{source} * n_;
    if (projection.is_common()) {
      double* __restrict to = row(step + projection.steps[projection.delay_place(source, 0)]);
      for (std::uint32_t m = 0; m < n_; ++m) to[m] += weights[m];
      return;
    }
    const auto* steps = projection.steps.data() + projection.delay_place(source, 0);
    for (std::uint32_t m = 0; m < n_; ++m) row(step + steps[m])[m] += weights[m];
  }

 private:
  std::size_t n_, length_;
  aligned_vector<double>& rows_;
};

std::uint32_t longest_of(const EventPropProjection& projection) {
  return projection.steps.empty() ? 0 : *std::max_element(projection.steps.begin(), projection.steps.end());
}

}  // namespace

void forward_grid(const EventPropNetwork& network, std::size_t layer, const std::vector<Emission>& in,
                  ForwardScratch& scratch, std::vector<Emission>& out) {
  const auto& projection = network.forward[layer - 1];
  const auto& recurrent = network.recurrent[layer - 1];
  const auto& membrane = network.membrane;
  const auto flow = membrane.flow(network.resolution);
  const auto n = projection.targets;
  const auto steps = static_cast<std::size_t>(std::llround(network.duration / network.resolution));
  constexpr double dead = -1e300;
  out.clear();
  scratch.v.assign(n, 0.0);
  scratch.i.assign(n, 0.0);
  scratch.may_fire.assign(n, 0);
  Ring ring(n, std::max(longest_of(projection), longest_of(recurrent)), scratch.ring);
  double* __restrict v = scratch.v.data();
  double* __restrict i = scratch.i.data();
  std::uint8_t* __restrict fired = scratch.may_fire.data();
  auto next = in.begin();
  for (std::size_t step = 0; step < steps; ++step) {
    double* __restrict arrived = ring.row(step);
    const auto before = out.size();
    int count = 0;
    for (std::uint32_t m = 0; m < n; ++m) {
      v[m] = flow.decay_m * v[m] + flow.from_i * i[m];
      i[m] = flow.decay_s * i[m];
      const bool spike = v[m] >= membrane.v_th;
      fired[m] = spike;
      count += spike;
    }
    for (std::uint32_t m = 0; count > 0 && m < n; ++m) {
      if (fired[m] == 0) continue;
      out.push_back({static_cast<double>(step) * network.resolution, i[m], m});
      v[m] = network.single_spike ? dead : 0;
      if (network.single_spike) i[m] = dead;
      --count;
    }
    for (std::uint32_t m = 0; m < n; ++m) {
      i[m] += arrived[m];
      arrived[m] = 0;
    }
    for (; next != in.end() && next->time <= static_cast<double>(step) * network.resolution; ++next)
      ring.send(projection, next->neuron, step);
    for (auto k = before; recurrent.sources > 0 && k < out.size(); ++k) ring.send(recurrent, out[k].neuron, step);
  }
}

}  // namespace spikeloom
