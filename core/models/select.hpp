/// Choices by value for loops that vectorise: std::min and std::max return references, which compilers turn into
/// branches on addresses.
#pragma once

namespace spikeloom {

template <class Real>
[[gnu::always_inline]] constexpr Real smaller(Real x, Real y) noexcept {
  return x < y ? x : y;
}

template <class Real>
[[gnu::always_inline]] constexpr Real larger(Real x, Real y) noexcept {
  return x > y ? x : y;
}

/// x, kept within [low, high]; a NaN becomes `high`.
template <class Real>
[[gnu::always_inline]] constexpr Real within(Real x, Real low, Real high) noexcept {
  return smaller(larger(x, low), high);
}

}  // namespace spikeloom
