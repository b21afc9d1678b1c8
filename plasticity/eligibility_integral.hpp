/// What a unit of eligibility, decaying with tau_c, makes of a modulator: the integral of their product.
///
///     F(a, b) = integral from a to b of exp(-(t - a) / tau_c) (m(t) - b0) dt = growth(a) (G(b) - G(a))
///     G(t) = integral from the block's begin to t of exp(-(u - begin) / tau_c) (m(u) - b0) du
///     growth(t) = exp((t - begin) / tau_c)
///
/// is exact for a modulator that decays exponentially between its events, whatever their number: one entry per step
/// serves all synapses, and a synapse pays for its own spikes alone. Time is cut into blocks of a few tau_c, so that
/// growth stays small; no interval crosses the border of a block.
///
/// Over an interval from a on, an eligibility is kept as what it was worth at a, c(t) exp((t - a) / tau_c): constant
/// between events, so that an event costs one look-up of G and one of the growth since a.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/plastic_projection.hpp"
#include "core/state_archive.hpp"

namespace spikeloom {

class EligibilityIntegral {
 public:
  EligibilityIntegral() = default;
  /// `tau`: of the eligibility [steps]; `resolution` [ms]; `offset`: b0; `span`: steps that are remembered.
  EligibilityIntegral(double tau, double resolution, double offset, std::int64_t span)
      : tau_(tau),
        resolution_(resolution),
        offset_(offset),
        block_(static_cast<std::int32_t>(std::clamp(std::floor(8 * tau), 1.0, 1e9))),
        mask_(static_cast<std::int32_t>(std::bit_ceil(static_cast<std::uint64_t>(span) + 2) - 1)),
        growth_(static_cast<std::size_t>(mask_) + 1, 1.0),
        begin_(growth_.size()),
        end_(growth_.size()) {
    const auto longest = std::min(span, std::int64_t{block_});
    for (std::int64_t n = 0; n <= longest; ++n)
      rise_.push_back(static_cast<float>(std::exp(static_cast<double>(n) / tau)));
  }

  /// Enters the modulator of the step [step, step + 1); steps in order from 0.
  void add(std::int32_t step, const ModulatorLevel& level) {
    const auto here = place(step), next = place(step + 1);
    const double together = tau_ * level.tau / (tau_ + level.tau);
    const double area = level.decaying * together * -std::expm1(-1 / together) +
                        (level.constant - offset_) * tau_ * -std::expm1(-1 / tau_);
    const double age = step % block_;
    end_[next] = begin_[here] + area * resolution_ * std::exp(-age / tau_);
    const bool border = (step + 1) % block_ == 0;
    begin_[next] = border ? 0 : end_[next];
    growth_[next] = border ? 1 : std::exp((age + 1) / tau_);
  }

  /// Saves or restores the steps up to now + 1 that are remembered, the last one first.
  void state(StateArchive& archive, std::int32_t now) {
    const auto exchange = [&](const char* name, std::vector<double>& column) {
      std::vector<double> values;
      for (std::int32_t step = now + 1; step > std::max(now - mask_, -1); --step) values.push_back(column[place(step)]);
      archive.longest(name, values);
      const auto known =
          std::min({static_cast<std::int64_t>(values.size()), std::int64_t{mask_} + 1, now + std::int64_t{2}});
      for (std::int64_t k = 0; k < known; ++k)
        column[place(now + 1 - static_cast<std::int32_t>(k))] = values[static_cast<std::size_t>(k)];
    };
    exchange("integral_growth", growth_);
    exchange("integral_begin", begin_);
    exchange("integral_end", end_);
  }

  /// First border after `step`.
  std::int32_t border_after(std::int32_t step) const noexcept { return (step / block_ + 1) * block_; }

  /// Index of a step in the columns; G(b) of an interval that ends inside its block is begin()[b], and end()[b] where
  /// b may be its border.
  std::size_t place(std::int32_t step) const noexcept { return static_cast<std::size_t>(step & mask_); }
  std::int32_t mask() const noexcept { return mask_; }
  const double* growth() const noexcept { return growth_.data(); }
  const double* begin() const noexcept { return begin_.data(); }
  const double* end() const noexcept { return end_.data(); }
  /// growth by the length of an interval [steps].
  const float* rise() const noexcept { return rise_.data(); }

 private:
  double tau_ = 1, resolution_ = 1, offset_ = 0;
  std::int32_t block_ = 1, mask_ = 0;
  std::vector<double> growth_, begin_, end_;
  std::vector<float> rise_;
};

}  // namespace spikeloom
