/// Poisson trains whose rate is constant piece by piece: what `poisson` and `poisson_inhomogeneous` are made of.
#pragma once

#include <memory>
#include <vector>

#include "core/sources/schedule.hpp"

namespace spikeloom {

/// Rate over time: mean[k] spikes per neuron and step while the schedule says piece k (per Hz of the neuron's own rate,
/// where neurons differ).
struct RateCourse {
  Schedule schedule;  // of emission steps
  std::vector<double> means;
};

/// Spikes per step at a rate in Hz.
constexpr double mean_per_step(double rate, double resolution) noexcept { return rate * resolution * 1e-3; }

/// An independent train into every target neuron. `rates` is empty, or one rate [Hz] per target neuron.
std::shared_ptr<const Drive> make_poisson_drive(const DriveRequest& request, const RateCourse& course,
                                                const std::vector<double>& rates);

/// A population of independent trains. `rates` is empty, or one rate [Hz] per neuron of the population.
std::unique_ptr<NeuronSlice> make_poisson_slice(const SliceRequest& request, const RateCourse& course,
                                                const std::vector<double>& rates);

}  // namespace spikeloom
