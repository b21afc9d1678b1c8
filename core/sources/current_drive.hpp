/// Currents that are one function of time for all targets, times the connection's weight.
#pragma once

#include <functional>
#include <memory>

#include "core/sources/schedule.hpp"

namespace spikeloom {

/// Amplitude [pA] from time step * resolution to the next grid point. Such a current acts on its target one delay
/// later.
using CurrentCourse = std::function<double(Step step)>;

/// `amplitudes` is empty, or holds a factor per target neuron.
std::shared_ptr<const Drive> make_current_drive(const DriveRequest& request, CurrentCourse course,
                                                const std::vector<double>& amplitudes = {});

/// The step of the source whose current acts during `step` of the target: both hold from a grid point to the next, and
/// the step that ends at grid point s began at s - 1.
constexpr Step source_step(Step step, Step delay) noexcept { return step - 1 - delay; }

/// A hold interval must be a whole number of steps, at least one.
void require_whole_steps(const ModelArguments& arguments, std::string_view name, double fallback, double resolution,
                         std::vector<Problem>& problems);

}  // namespace spikeloom
