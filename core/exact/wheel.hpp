/// Alarms by step: what has to be looked at in a step, without looking at anything else.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/types.hpp"

namespace spikeloom {

/// A ring of lists. What is due beyond its reach is entered at the end of it and found to be early when taken; the
/// owner then enters it again, so that it costs a glance every `reach` steps. Windows are at most as long as the reach:
/// what is entered while a window is taken is not met again in it.
class Wheel {
 public:
  static constexpr Step reach = 1024;

  /// Returns the step at which `id` will be taken: min(due, now + reach). now < due.
  Step enter(Step now, Step due, std::uint32_t id) {
    const Step at = due - now < reach ? due : now + reach;
    slots_[index(at)].push_back(id);
    return at;
  }
  /// All that was entered for this step; valid until the next call.
  const std::vector<std::uint32_t>& take(Step step) {
    taken_.clear();
    std::swap(taken_, slots_[index(step)]);
    return taken_;
  }

 private:
  static std::size_t index(Step step) noexcept { return static_cast<std::size_t>(step) & (2 * reach - 1); }
  std::vector<std::vector<std::uint32_t>> slots_ = std::vector<std::vector<std::uint32_t>>(2 * reach);
  std::vector<std::uint32_t> taken_;
};

}  // namespace spikeloom
