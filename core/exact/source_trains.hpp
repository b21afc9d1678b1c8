/// Sources at real-valued times.
#pragma once

#include <memory>

#include "core/exact/exact_slice.hpp"

namespace spikeloom {

/// `poisson`: exponential intervals, drawn by (seed, stream, train, number of the spike).
std::shared_ptr<const ExactTrain> exact_poisson_train(const TrainRequest& request);
/// `regular`: spikes at start + phase + k interval.
std::shared_ptr<const ExactTrain> exact_regular_train(const TrainRequest& request);
/// `spike_list`: spikes as listed; what is listed at time 0 comes in the first instant.
std::shared_ptr<const ExactTrain> exact_spike_list_train(const TrainRequest& request);

/// A source's catalogue line, with exact timing added.
ModelInfo with_exact_trains(ModelInfo info, std::shared_ptr<const ExactTrain> (*make)(const TrainRequest&));

/// Neurons [first, first + count) of a source population.
std::unique_ptr<ExactSlice> make_train_slice(std::shared_ptr<const ExactTrain> train, std::uint32_t first,
                                             std::uint32_t count);

}  // namespace spikeloom
