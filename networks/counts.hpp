/// How many of many: binomial and hypergeometric numbers by inversion, one uniform number each.
#pragma once

#include <cstdint>

namespace spikeloom {

/// Number of successes of n trials with probability p each (0 <= p <= 1) at the uniform number u in (0, 1). Walks from
/// the mode outwards, so that it takes about as many steps as the standard deviation; the probability of the mode is
/// Loader's saddle-point expansion (2000), exact to rounding for any n.
std::uint64_t binomial_count(std::uint64_t n, double p, double u);

/// Number of successes among `drawn` of `all` things, `marked` of which are successes, drawn without replacement.
std::uint64_t hypergeometric_count(std::uint64_t all, std::uint64_t marked, std::uint64_t drawn, double u);

}  // namespace spikeloom
