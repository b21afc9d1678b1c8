/// Neurons of one model, driven step by step without an engine: what the tests of models look at.
#pragma once

#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model.hpp"

namespace spikeloom::testing {

using Numbers = std::map<std::string, std::vector<double>, std::less<>>;

struct Setup {
  std::string model;
  Numbers params = {};
  Numbers initial = {};
  std::string scheme = "";
  double dt = 0.1;
  std::uint32_t size = 1, first = 0, count = 0;  // count 0: all
  Precision precision = Precision::double_;
};

/// An external current that is a function of the time at which the step begins [ms].
class TimeCurrent final : public Drive {
 public:
  TimeCurrent(std::function<double(double)> current, double dt) : current_(std::move(current)), dt_(dt) {}
  void add(Step step, std::uint32_t, std::span<float> row) const override {
    for (float& value : row) value += static_cast<float>(current_(static_cast<double>(step) * dt_));
  }

 private:
  std::function<double(double)> current_;
  double dt_;
};

class Neurons {
 public:
  explicit Neurons(const Setup& setup)
      : precision_(setup.precision), dt_(setup.dt), count_(setup.count == 0 ? setup.size : setup.count) {
    ModelArguments arguments{.numbers = setup.params, .lists = {}, .texts = {}, .spike_times = {}, .spike_neurons = {}};
    ModelArguments initial{.numbers = setup.initial, .lists = {}, .texts = {}, .spike_times = {}, .spike_neurons = {}};
    if (!setup.scheme.empty()) arguments.texts["scheme"] = setup.scheme;
    slice_ = find_model(setup.model)
                 ->make_slice({.arguments = arguments,
                               .initial = initial,
                               .population_size = setup.size,
                               .first = setup.first,
                               .count = count_,
                               .resolution = setup.dt,
                               .precision = setup.precision});
    input_.resize(static_cast<std::size_t>(slice_->row_count()) * count_);
  }

  /// What arrives at the next step, by receptor (0 excitatory, 1 inhibitory).
  void arrive(int receptor, float weight, std::uint32_t i = 0) {
    input_[static_cast<std::size_t>(slice_->row_of(receptor)) * count_ + i] += weight;
  }
  void drive(std::function<double(double)> current) {
    slice_->attach(-1, std::make_shared<TimeCurrent>(std::move(current), dt_));
  }
  /// One step; the neurons that spiked.
  const std::vector<std::uint32_t>& step() {
    spiked_.clear();
    slice_->advance(step_++, input_.data(), spiked_);
    return spiked_;
  }
  void run(double duration) {
    for (const auto steps = std::llround(duration / dt_); step_ < steps;) step();
  }
  /// Steps until the first spike of neuron 0 and it included; empty if there is none within `limit`.
  std::optional<Step> steps_to_spike(Step limit = 1000000) {
    for (Step n = 1; n <= limit; ++n)
      if (!step().empty()) return n;
    return std::nullopt;
  }
  /// Times [ms] at which neuron 0 spikes until `duration`.
  std::vector<double> spike_times(double duration) {
    std::vector<double> times;
    for (const auto steps = std::llround(duration / dt_); step_ < steps;)
      if (const auto& fired = step(); !fired.empty() && fired.front() == 0)
        times.push_back(static_cast<double>(step_) * dt_);
    return times;
  }

  bool keeps(std::string_view variable) { return find(variable).has_value(); }
  double operator()(std::string_view variable, std::size_t i = 0) { return value(find(variable).value(), i); }
  std::vector<NeuronSlice::StateColumn> columns() { return slice_->state_columns(); }
  double value(const NeuronSlice::StateColumn& column, std::size_t i) const {
    if (precision_ == Precision::double_) return load<double>(column, i);
    return static_cast<double>(load<float>(column, i));
  }
  bool is_finite() {
    for (const auto& column : columns())
      for (std::size_t i = 0; i < count_; ++i)
        if (!std::isfinite(value(column, i))) return false;
    return true;
  }
  NeuronSlice& slice() { return *slice_; }
  double time() const { return static_cast<double>(step_) * dt_; }

 private:
  template <class Real>
  static Real load(const NeuronSlice::StateColumn& column, std::size_t i) {
    Real value;
    std::memcpy(&value, column.bytes.data() + i * sizeof(Real), sizeof(Real));
    return value;
  }
  std::optional<NeuronSlice::StateColumn> find(std::string_view variable) {
    for (const auto& column : columns())
      if (column.name == variable) return column;
    return std::nullopt;
  }

  Precision precision_;
  double dt_;
  std::uint32_t count_;
  std::unique_ptr<NeuronSlice> slice_;
  std::vector<float> input_;
  std::vector<std::uint32_t> spiked_;
  Step step_ = 0;
};

/// How fast errors fall when the step is halved, for an error `error(dt)`: the mean order over two halvings.
template <class Error>
double measured_order(Error error, double coarse) {
  return std::log2(error(coarse) / error(coarse / 4)) / 2;
}

}  // namespace spikeloom::testing
