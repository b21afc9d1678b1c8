/// Spike trains in the making: many independent ones, each visited only when it emits.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/exact/exact_slice.hpp"
#include "core/exact/wheel.hpp"

namespace spikeloom {

/// Trains of one source. The owner's neuron k has the train `first + k` of the source.
class Trains {
 public:
  /// `delay` [steps] is added to every emission.
  Trains(std::shared_ptr<const ExactTrain> source, std::uint32_t first, Step delay)
      : source_(std::move(source)), first_(first), delay_(delay) {}

  /// Begins the train of a neuron.
  void start(std::uint32_t neuron) {
    Train train{neuron, 0, source_->next(first_ + neuron, 0, {})};
    trains_.push_back(train);
    if (train.next.step < end_of_time.step)
      wheel_.enter(0, train.next.step + delay_, static_cast<std::uint32_t>(trains_.size() - 1));
  }

  /// emit(neuron, time) for every emission whose delayed time falls into the steps (begin, end].
  template <class Emit>
  void advance(Step begin, Step end, Emit emit) {
    for (Step step = begin + 1; step <= end; ++step)
      for (const auto id : wheel_.take(step)) {
        auto& train = trains_[id];
        for (; train.next.step + delay_ <= end;
             train.next = source_->next(first_ + train.neuron, ++train.ordinal, train.next))
          emit(train.neuron, ExactTime{train.next.step + delay_, train.next.before});
        if (train.next.step < end_of_time.step) wheel_.enter(end, train.next.step + delay_, id);
      }
  }

 private:
  struct Train {
    std::uint32_t neuron;
    std::uint64_t ordinal;
    ExactTime next;
  };

  std::shared_ptr<const ExactTrain> source_;
  std::uint32_t first_;
  Step delay_;
  std::vector<Train> trains_;
  Wheel wheel_;
};

}  // namespace spikeloom
