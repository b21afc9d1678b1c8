/// What the protocols ask of a learner that can make samples like those it has learned from.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "plasticity/layers/matrix.hpp"

namespace spikeloom {

class Generator {
 public:
  virtual ~Generator() = default;

  /// Whether it can be told the class of what it makes.
  virtual bool takes_labels() const = 0;
  /// One row per label (-1: of any class), in the units of its data; sample i is a function of seed and i. `go_on`,
  /// called now and then with the share that is over, may end it by false: then the result is of no use.
  virtual Matrix<float> generate(std::span<const std::int32_t> labels, std::uint64_t seed, int threads,
                                 const std::function<bool(double share)>& go_on) = 0;
};

}  // namespace spikeloom
