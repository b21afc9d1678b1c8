/// Truncated normal numbers by inversion.
#include "networks/truncated_normal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/errors.hpp"
#include "core/random.hpp"

namespace spikeloom {

TruncatedNormal::TruncatedNormal(const Normal& normal) : normal_(normal), mirrored_(normal.low > normal.mean) {
  if (!std::isfinite(normal.mean) || !std::isfinite(normal.sd) || normal.sd < 0)
    throw SpecError("", "a normal distribution needs a finite mean and a standard deviation that is not negative");
  if (!(normal.low <= normal.high))
    throw SpecError("", fmt::format("the lower limit {} lies above the upper limit {}", normal.low, normal.high));
  const auto standard = [&](double limit) {
    if (normal.sd > 0) return (limit - normal.mean) / normal.sd;
    return limit <= normal.mean ? -HUGE_VAL : HUGE_VAL;
  };
  const double low = standard(normal.low);
  const double high = normal.sd == 0 && normal.high >= normal.mean ? HUGE_VAL : standard(normal.high);
  p_low_ = normal_cdf(mirrored_ ? -high : low);
  p_high_ = normal_cdf(mirrored_ ? -low : high);
  if (!(mass() > 1e-290))
    throw SpecError("",
                    fmt::format("next to nothing of a normal distribution with mean {} and standard deviation {} lies "
                                "between {} and {}",
                                normal.mean, normal.sd, normal.low, normal.high),
                    "move the limits closer to the mean");
}

double TruncatedNormal::operator()(double u) const noexcept {
  const double p = p_low_ + u * (p_high_ - p_low_);
  const double z = normal_quantile(std::clamp(p, 1e-300, 1 - 0x1p-53));
  return std::clamp(normal_.mean + normal_.sd * (mirrored_ ? -z : z), normal_.low, normal_.high);
}

}  // namespace spikeloom
