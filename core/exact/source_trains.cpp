/// Trains of poisson, regular and spike_list, and the slice that emits them.
#include "core/exact/source_trains.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "core/exact/trains.hpp"
#include "core/random.hpp"
#include "core/sources/schedule.hpp"

namespace spikeloom {
namespace {

constexpr double forever = std::numeric_limits<double>::infinity();

/// One number of the arguments per train, or one for all.
class PerTrain {
 public:
  PerTrain(const ModelArguments& arguments, std::string_view name, double fallback) : values_{fallback} {
    if (const auto found = arguments.numbers.find(name); found != arguments.numbers.end()) values_ = found->second;
  }
  double operator[](std::uint32_t train) const { return values_.size() == 1 ? values_[0] : values_.at(train); }

 private:
  std::vector<double> values_;
};

/// Spikes with start < t <= stop.
struct Span {
  explicit Span(const TrainRequest& request)
      : start(later({}, value_or(request.arguments, "start", 0), request.resolution)),
        stop(later({}, value_or(request.arguments, "stop", forever), request.resolution)) {}
  ExactTime until_stop(const ExactTime& time) const { return time <= stop ? time : end_of_time; }
  ExactTime start, stop;
};

class PoissonTrain final : public ExactTrain {
 public:
  explicit PoissonTrain(const TrainRequest& request)
      : rate_(request.arguments, "rate", 0),
        span_(request),
        purpose_(request.purpose),
        stream_(request.stream),
        seed_(request.seed),
        resolution_(request.resolution) {}

  ExactTime next(std::uint32_t train, std::uint64_t ordinal, const ExactTime& last) const override {
    const Draw bits =
        draw(seed_, purpose_, stream_, train | (ordinal >> 32) << 32, static_cast<std::uint32_t>(ordinal));
    const double rate = rate_[train] * 1e-3;  // per ms
    const double interval = rate > 0 ? -std::log(uniform(bits[0], bits[1])) / rate : forever;
    return span_.until_stop(later(ordinal == 0 ? span_.start : last, interval, resolution_));
  }

 private:
  PerTrain rate_;
  Span span_;
  Purpose purpose_;
  std::uint32_t stream_;
  std::uint64_t seed_;
  double resolution_;
};

class RegularTrain final : public ExactTrain {
 public:
  explicit RegularTrain(const TrainRequest& request)
      : rate_(request.arguments, "rate", -1),
        interval_(request.arguments, "interval", 100),
        phase_(request.arguments, "phase", 0),
        span_(request),
        start_(value_or(request.arguments, "start", 0)),
        resolution_(request.resolution) {}

  ExactTime next(std::uint32_t train, std::uint64_t ordinal, const ExactTime&) const override {
    const double rate = rate_[train], phase = phase_[train], interval = rate < 0 ? interval_[train] : 1000 / rate;
    const double number = static_cast<double>(ordinal) + (phase > 0 ? 0 : 1);  // none at start itself
    if (interval == forever) return end_of_time;
    return span_.until_stop(later({}, start_ + phase + number * interval, resolution_));
  }

 private:
  PerTrain rate_, interval_, phase_;
  Span span_;
  double start_, resolution_;
};

class SpikeListTrain final : public ExactTrain {
 public:
  explicit SpikeListTrain(const TrainRequest& request) : first_(request.population_size + std::size_t{1}) {
    const auto& times = request.arguments.spike_times;
    const auto& neurons = request.arguments.spike_neurons;
    for (const auto neuron : neurons) {
      if (neuron >= request.population_size)
        throw SpecError("spikes", "neuron " + std::to_string(neuron) + " does not exist",
                        "neurons of this population are 0 to " + std::to_string(request.population_size - 1));
      ++first_[neuron + 1];
    }
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    times_.resize(times.size());
    auto place = first_;
    for (std::size_t k = 0; k < times.size(); ++k) {
      auto time = later({}, times[k], request.resolution);
      if (time.step == 0) time = {1, std::nextafter(request.resolution, 0.0)};
      times_[place[neurons[k]]++] = time;
    }
    for (std::size_t neuron = 0; neuron < request.population_size; ++neuron)
      std::sort(times_.begin() + static_cast<std::ptrdiff_t>(first_[neuron]),
                times_.begin() + static_cast<std::ptrdiff_t>(first_[neuron + 1]));
  }

  ExactTime next(std::uint32_t train, std::uint64_t ordinal, const ExactTime&) const override {
    const auto index = first_[train] + ordinal;
    return index < first_[train + std::size_t{1}] ? times_[index] : end_of_time;
  }

 private:
  std::vector<std::size_t> first_;  // spike of each neuron, and the end
  std::vector<ExactTime> times_;
};

class TrainSlice final : public ExactSlice {
 public:
  TrainSlice(std::shared_ptr<const ExactTrain> train, std::uint32_t first, std::uint32_t count)
      : ExactSlice(0), trains_(std::move(train), first, 0) {
    for (std::uint32_t i = 0; i < count; ++i) trains_.start(i);
  }
  int row_count() const noexcept override { return 0; }
  int row_of(int) const noexcept override { return 0; }
  void attach(int, std::shared_ptr<const ExactTrain>, std::span<const float>, Step) override {
    assert(false && "a source takes no input");
  }
  void advance(Step begin, Step end, std::vector<Spike>& spikes) override {
    trains_.advance(begin, end, [&](std::uint32_t neuron, const ExactTime& time) {
      spikes.push_back({time.step, neuron, time.before});
    });
  }
  bool read(int, std::span<const std::uint32_t>, Step, std::span<float>) const override { return false; }
  void state(StateArchive& archive, Step now) override { trains_.state(archive, "train_", now); }
  std::vector<NeuronSlice::StateColumn> state_columns() override { return {}; }

 private:
  Trains trains_;
};

}  // namespace

std::shared_ptr<const ExactTrain> exact_poisson_train(const TrainRequest& request) {
  return std::make_shared<PoissonTrain>(request);
}
std::shared_ptr<const ExactTrain> exact_regular_train(const TrainRequest& request) {
  return std::make_shared<RegularTrain>(request);
}
std::shared_ptr<const ExactTrain> exact_spike_list_train(const TrainRequest& request) {
  return std::make_shared<SpikeListTrain>(request);
}

ModelInfo with_exact_trains(ModelInfo info, std::shared_ptr<const ExactTrain> (*make)(const TrainRequest&)) {
  info.exact = true;
  info.make_exact_train = make;
  return info;
}

std::unique_ptr<ExactSlice> make_train_slice(std::shared_ptr<const ExactTrain> train, std::uint32_t first,
                                             std::uint32_t count) {
  return std::make_unique<TrainSlice>(std::move(train), first, count);
}

}  // namespace spikeloom
