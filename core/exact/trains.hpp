/// Spike trains in the making: many independent ones, each visited only when it emits.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/exact/exact_slice.hpp"
#include "core/exact/wheel.hpp"
#include "core/state_archive.hpp"

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

  /// Saves or restores where every train is after step `now`; `name` begins the names of columns.
  void state(StateArchive& archive, const std::string& name, Step now) {
    std::vector<std::uint64_t> ordinals;
    std::vector<Step> steps;
    std::vector<double> befores;
    for (const auto& train : trains_) {
      ordinals.push_back(train.ordinal);
      steps.push_back(train.next.step);
      befores.push_back(train.next.before);
    }
    archive.column(name + "ordinal", ordinals);
    archive.column(name + "next_step", steps);
    archive.column(name + "next_before", befores);
    if (!archive.restores()) return;
    wheel_ = {};
    for (std::size_t id = 0; id < trains_.size(); ++id) {
      trains_[id].ordinal = ordinals[id];
      trains_[id].next = {steps[id], befores[id]};
      if (steps[id] < end_of_time.step) wheel_.enter(now, steps[id] + delay_, static_cast<std::uint32_t>(id));
    }
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
