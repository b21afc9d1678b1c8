/// Surrogate derivatives of a spike: four shapes of one bell, over columns.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/models/exponential.hpp"
#include "core/models/select.hpp"

namespace spikeloom {

/// With x = |v - threshold| / v_scale: the shapes that NEST offers for e-prop, in units of 1 / v_scale.
enum class Surrogate { piecewise_linear, exponential, fast_sigmoid, arctan };

inline const std::vector<std::string>& surrogate_names() {
  static const std::vector<std::string> names = {"piecewise_linear", "exponential", "fast_sigmoid", "arctan"};
  return names;
}

/// The shape called `name`, one of `surrogate_names()`.
inline Surrogate surrogate_named(std::string_view name) {
  int k = 0;
  while (k < 3 && surrogate_names()[static_cast<std::size_t>(k)] != name) ++k;
  return static_cast<Surrogate>(k);
}

/// One shape with its height and sharpness: piecewise_linear gamma max(0, 1 - beta x), exponential gamma exp(-beta x),
/// fast_sigmoid gamma (1 + beta x)^-2, arctan (gamma / pi) / (1 + (beta pi x)^2).
template <class Real>
struct SurrogateShape {
  Surrogate shape = Surrogate::piecewise_linear;
  Real gamma = 0.3f, beta = 1, v_scale = 1;

  /// Calls body(slope) where slope(distance) is the derivative at |v - threshold| = distance: the choice of shape is
  /// made outside the loops of `body`, which vectorise.
  template <class Body>
  void visit(const Body& body) const {
    constexpr Real pi = static_cast<Real>(3.14159265358979323846);
    const Real height = gamma / v_scale, sharpness = beta / v_scale;
    switch (shape) {
      case Surrogate::piecewise_linear:
        return body([=](Real distance) { return height * larger(Real{0}, 1 - sharpness * distance); });
      case Surrogate::exponential:
        return body([=](Real distance) { return height * exponential(-sharpness * distance); });
      case Surrogate::fast_sigmoid:
        return body([=](Real distance) {
          const Real x = 1 + sharpness * distance;
          return height / (x * x);
        });
      case Surrogate::arctan:
        return body([=](Real distance) {
          const Real x = pi * sharpness * distance;
          return height / pi / (1 + x * x);
        });
    }
  }
};

}  // namespace spikeloom
