/// The normal distribution between two limits, exactly: the quantile of a uniform number between their probabilities.
#pragma once

#include "networks/value.hpp"

namespace spikeloom {

/// Evaluated in the lower tail (mirrored if the limits lie above the mean), where probabilities keep their precision.
class TruncatedNormal {
 public:
  /// Throws SpecError (empty path) if the limits are in the wrong order or hold next to nothing of the distribution.
  explicit TruncatedNormal(const Normal& normal);

  /// The number whose share of the probability between the limits below it is `u`, 0 < u < 1.
  double operator()(double u) const noexcept;
  /// Probability between the limits.
  double mass() const noexcept { return p_high_ - p_low_; }
  /// Probability below the lower limit, of the distribution as it is (not mirrored).
  double p_below() const noexcept { return mirrored_ ? 1 - p_high_ : p_low_; }
  const Normal& normal() const noexcept { return normal_; }

 private:
  Normal normal_;
  bool mirrored_;
  double p_low_, p_high_;
};

}  // namespace spikeloom
