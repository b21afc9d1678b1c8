/// The random numbers of one sample, one after the other: what a generator of spikes consumes.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/random.hpp"

namespace spikeloom {

/// Numbers number 0, 1, 2, .. of (seed, stream, id): two samples never share any, and each can be made alone.
class DrawSequence {
 public:
  DrawSequence(std::uint64_t seed, std::uint32_t stream, std::uint64_t id) : seed_(seed), id_(id), stream_(stream) {}

  /// In the open interval (0, 1), 52 bits.
  double uniform() {
    if (left_ == 0) {
      words_ = draw(seed_, Purpose::task, stream_, id_, step_++);
      left_ = 4;
    }
    left_ -= 2;
    return spikeloom::uniform(words_[left_ + 1], words_[left_]);
  }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(uniform() * n); }
  /// Normally distributed with mean 0.
  double normal(double sd) { return sd * normal_quantile(uniform()); }
  /// Exponentially distributed with mean 1.
  double waiting() { return -std::log(uniform()); }

 private:
  std::uint64_t seed_, id_;
  std::uint32_t stream_, step_ = 0, left_ = 0;
  Draw words_{};
};

}  // namespace spikeloom
