/// From an exact model (what one neuron does between events) to a slice: neurons jump from event to event.
///
/// An exact model is a struct like core/exact/lif_psc_exp.hpp, built around the grid model whose parameters, variables
/// and receptors it shares. For each neuron the slice keeps the state at a time of its own and an alarm: the next
/// spike, or a time before which there is none. Nothing here knows any model.
///
/// What happens at one time happens in this order:
///
///   1. arrivals of the same time are added together, then the threshold is tested: they cannot outrun each other
///   2. a spike that the neuron reaches by itself comes before arrivals of the same time, which find it refractory
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/exact/trains.hpp"
#include "core/models/common.hpp"

namespace spikeloom {

/// What is known of a neuron's next spike: it comes `after` ms from the state's time (`is_spike`), or not before.
struct Forecast {
  double after = std::numeric_limits<double>::infinity();
  bool is_spike = false;
};

/// What an exact model must have. Times are in ms; a state belongs to the neuron's own time.
template <class Model>
concept ExactModel = requires(const typename Model::Grid::Params& params, const typename Model::Constants& constants,
                              typename Model::State& state, const typename Model::Observed& observed, double ms) {
  { Model::prepare(params) } -> std::same_as<typename Model::Constants>;
  { Model::from_observed(constants, observed) } -> std::same_as<typename Model::State>;
  /// As the user sees it `ms` later; before the state's time (ms < 0) it is refractory.
  { Model::observe(constants, std::as_const(state), ms) } -> std::same_as<typename Model::Observed>;
  Model::move(constants, state, ms);  // on without events
  Model::arrive(constants, state, int{}, ms);
  /// An arrival `ms` before the state's time, while the neuron is refractory; ms >= 0.
  Model::arrive_refractory(constants, state, int{}, ms, ms);
  /// From the threshold to the end of refractoriness; returns how long that takes [ms].
  { Model::reset(constants, state) } -> std::same_as<double>;
  /// Cheap and sound: no spike is forecast too late.
  { Model::forecast(constants, state) } -> std::same_as<Forecast>;
  /// Called when a forecast without a spike has run out: the next forecast. Moves the state to that time first if
  /// `Model::moves_on`; otherwise the forecast is final.
  { Model::resume(constants, state) } -> std::same_as<Forecast>;
  { Model::moves_on } -> std::convertible_to<bool>;
};

template <ExactModel Model>
class ExactModelSlice final : public ExactSlice {
  using Grid = typename Model::Grid;
  using Constants = typename Model::Constants;
  using Observed = typename Model::Observed;

 public:
  explicit ExactModelSlice(const SliceRequest& request)
      : ExactSlice(request.count),
        first_(request.first),
        resolution_(request.resolution),
        uniform_(!is_heterogeneous(request.arguments)),
        neurons_(request.count) {
    for (std::uint32_t i = 0; i < request.count; ++i) {
      const auto params = params_of(Grid::params, request.arguments, first_ + i);
      if (i == 0 || !uniform_) constants_.push_back(Model::prepare(params));
      set_initial(i, params, request.initial);
    }
  }

  int row_count() const noexcept override { return Grid::row_count; }
  int row_of(int receptor) const noexcept override { return std::min(receptor, Grid::row_count - 1); }

  void attach(int row, std::shared_ptr<const ExactTrain> train, std::span<const float> weights, Step delay) override {
    Attached attached{Trains(std::move(train), first_, delay), row, {}};
    for (std::uint32_t i = 0; i < neurons_.size(); ++i) {
      attached.weights.push_back(weights.size() == 1 ? weights[0] : weights[first_ + i]);
      if (attached.weights.back() != 0) attached.trains.start(i);
    }
    attached_.push_back(std::move(attached));
  }

  void advance(Step begin, Step end, std::vector<Spike>& spikes) override {
    for (auto& [trains, row, weights] : attached_)
      trains.advance(begin, end,
                     [this, r = static_cast<std::uint32_t>(row), &w = weights](auto neuron, const ExactTime& time) {
                       arrivals.add(neuron, {time, w[neuron], r});
                     });
    for (Step step = begin + 1; step <= end; ++step)
      for (const auto i : wheel_.take(step)) {
        auto& neuron = neurons_[i];
        if (neuron.entered != step) continue;  // a later alarm than one that has been met since
        neuron.entered = end_of_time.step;
        if (neuron.alarm.step <= end)
          arrivals.touch(i);
        else
          enter(end, i);
      }
    const auto touched = arrivals.touched();
    for (std::size_t k = 0; k < touched.size(); ++k) {
      fetch_ahead_of(k, touched);
      work_off(touched[k], arrivals.of(touched[k]), {end, 0}, spikes);
      enter(end, touched[k]);
    }
    arrivals.clear();
  }

  bool read(int variable, std::span<const std::uint32_t> neurons, Step step, std::span<float> out) const override {
    const auto name = Grid::variables().at(static_cast<std::size_t>(variable)).name;
    for (std::size_t k = 0; k < neurons.size(); ++k) {
      const auto& neuron = neurons_[neurons[k]];
      const double after = ms_between(neuron.at, {step, 0}, resolution_);
      auto seen = Model::observe(constants_of(neurons[k]), neuron.state, after);
      if constexpr (requires { seen.refractory; }) seen.refractory = std::max(0.0, -after / resolution_);
      double value = 0;
      if (!find(seen, name, value)) {  // what the grid model keeps as one sum where it can
        double other = 0;
        if (!find(seen, name + "_ex", value) || !find(seen, name + "_in", other)) return false;
        value += other;
      }
      out[k] = static_cast<float>(value);
    }
    return true;
  }

  /// Alarms too: how far they have been looked for decides when the next look is due.
  void state(StateArchive& archive, Step now) override {
    constexpr std::size_t numbers = sizeof(typename Model::State) / sizeof(double);
    using Numbers = std::array<double, numbers>;
    static_assert(sizeof(Numbers) == sizeof(typename Model::State), "states are made of doubles");
    for (std::size_t k = 0; k < numbers; ++k)
      column(
          archive, "state_" + std::to_string(k), [k](Neuron& n) { return std::bit_cast<Numbers>(n.state)[k]; },
          [k](Neuron& n, double value) {
            auto all = std::bit_cast<Numbers>(n.state);
            all[k] = value;
            n.state = std::bit_cast<typename Model::State>(all);
          });
    const auto member = [&](const char* name, auto at) {
      column(
          archive, name, [at](Neuron& n) { return at(n); }, [at](Neuron& n, auto value) { at(n) = value; });
    };
    member("at_step", [](Neuron& n) -> Step& { return n.at.step; });
    member("at_before", [](Neuron& n) -> double& { return n.at.before; });
    member("alarm_step", [](Neuron& n) -> Step& { return n.alarm.step; });
    member("alarm_before", [](Neuron& n) -> double& { return n.alarm.before; });
    member("entered", [](Neuron& n) -> Step& { return n.entered; });
    column(
        archive, "spike_is_certain", [](Neuron& n) { return n.spike_is_certain ? 1u : 0u; },
        [](Neuron& n, unsigned value) { n.spike_is_certain = value != 0; });
    for (std::size_t k = 0; k < attached_.size(); ++k)
      attached_[k].trains.state(archive, "drive_" + std::to_string(k) + "_", now);
    if (!archive.restores()) return;
    wheel_ = {};
    for (std::uint32_t i = 0; i < neurons_.size(); ++i)
      if (neurons_[i].entered < end_of_time.step) wheel_.enter(now, neurons_[i].entered, i);
  }

  /// Alarms follow from the state, as far as they have been looked for.
  std::vector<NeuronSlice::StateColumn> state_columns() override {
    columns_.clear();
    columns_.resize(Model::columns.size() + 2, std::vector<double>(neurons_.size()));
    for (std::size_t i = 0; i < neurons_.size(); ++i) {
      std::size_t k = 0;
      for (const auto& column : Model::columns) columns_[k++][i] = neurons_[i].state.*column.member;
      columns_[k++][i] = std::bit_cast<double>(neurons_[i].at.step);
      columns_[k++][i] = neurons_[i].at.before;
    }
    std::vector<NeuronSlice::StateColumn> named;
    const auto add = [&](std::string_view name) {
      named.push_back({name, std::as_writable_bytes(std::span(columns_[named.size()]))});
    };
    for (const auto& column : Model::columns) add(column.name);
    for (const auto name : {"at_step", "at_before"}) add(name);
    return named;
  }

 private:
  /// One number of every neuron.
  template <class Read, class Write>
  void column(StateArchive& archive, const std::string& name, Read read_from, Write write_to) {
    std::vector<std::decay_t<decltype(read_from(neurons_.front()))>> values;
    for (auto& neuron : neurons_) values.push_back(read_from(neuron));
    archive.column(name, values);
    if (archive.restores())
      for (std::size_t i = 0; i < neurons_.size(); ++i) write_to(neurons_[i], values[i]);
  }

  struct Neuron {
    typename Model::State state;
    ExactTime at;                     // of the state; the end of refractoriness after a spike
    ExactTime alarm = end_of_time;    // next spike, or before it
    Step entered = end_of_time.step;  // earliest place in the wheel
    bool spike_is_certain = false;    // the alarm is the spike
  };
  struct Attached {
    Trains trains;
    int row;
    std::vector<float> weights;  // per neuron
  };
  static constexpr int most_spikes_between_events = 1'000'000;

  void fetch_ahead_of(std::size_t k, std::span<const std::uint32_t> touched) const noexcept {
    constexpr std::size_t near = 3, far = 6;
    if (k + far < touched.size()) {
      arrivals.prefetch_chain(touched[k + far]);
      const auto* neuron = reinterpret_cast<const std::byte*>(&neurons_[touched[k + far]]);
      for (std::size_t line = 0; line < sizeof(Neuron); line += 64) fetch_ahead(neuron + line);
    }
    if (k + near < touched.size()) arrivals.prefetch_link(touched[k + near]);
  }

  const Constants& constants_of(std::uint32_t i) const noexcept { return constants_[uniform_ ? 0 : i]; }

  void set_initial(std::uint32_t i, const typename Grid::Params& params, const ModelArguments& initial) {
    auto observed = Grid::template initial<double, Grid::row_count>(params);
    for (const auto& field : Grid::template state<double, Grid::row_count>())
      if (const auto found = initial.numbers.find(field.name); found != initial.numbers.end())
        observed.*field.member = found->second.size() == 1 ? found->second.front() : found->second.at(first_ + i);
    auto& neuron = neurons_[i];
    neuron.state = Model::from_observed(constants_of(i), observed);
    if constexpr (requires { observed.refractory; })
      if (observed.refractory > 0) {
        neuron.at = later({}, observed.refractory * resolution_, resolution_);
        Model::hold(constants_of(i), neuron.state, observed.refractory * resolution_);
      }
    set_alarm(neuron, Model::forecast(constants_of(i), neuron.state));
    enter(0, i);
  }

  /// Alarms of the very start ring in the first instant of step 1: no spike is emitted at time 0.
  void set_alarm(Neuron& neuron, const Forecast& forecast) const noexcept {
    neuron.spike_is_certain = forecast.is_spike;
    neuron.alarm = forecast.after == std::numeric_limits<double>::infinity()
                       ? end_of_time
                       : later(neuron.at, forecast.after, resolution_);
    if (neuron.alarm.step <= 0) neuron.alarm = {1, std::nextafter(resolution_, 0.0)};
  }

  void enter(Step now, std::uint32_t i) {
    auto& neuron = neurons_[i];
    if (neuron.alarm.step < neuron.entered && neuron.alarm.step < end_of_time.step)
      neuron.entered = wheel_.enter(now, neuron.alarm.step, i);
  }

  void work_off(std::uint32_t i, std::span<const Arrival> due, const ExactTime& end, std::vector<Spike>& spikes) {
    auto& neuron = neurons_[i];
    const auto& constants = constants_of(i);
    for (std::size_t k = 0;;) {
      answer_alarms(i, k < due.size() ? due[k].time : end, spikes);
      if (k == due.size()) return;
      const ExactTime now = due[k].time;
      const double after = ms_between(neuron.at, now, resolution_);
      if (neuron.at < now) {
        Model::move(constants, neuron.state, after);
        neuron.at = now;
        for (; k < due.size() && due[k].time == now; ++k)
          Model::arrive(constants, neuron.state, static_cast<int>(due[k].row), due[k].weight);
      } else {
        for (; k < due.size() && due[k].time == now; ++k)
          Model::arrive_refractory(constants, neuron.state, static_cast<int>(due[k].row), due[k].weight,
                                   std::max(-after, 0.0));
      }
      set_alarm(neuron, Model::forecast(constants, neuron.state));
    }
  }

  /// Spikes up to and including `until`.
  void answer_alarms(std::uint32_t i, const ExactTime& until, std::vector<Spike>& spikes) {
    auto& neuron = neurons_[i];
    const auto& constants = constants_of(i);
    for (int count = 0; neuron.alarm <= until;) {
      if (!neuron.spike_is_certain) {
        if (postpone(neuron, constants, until)) return;
        if constexpr (Model::moves_on) neuron.at = neuron.alarm;
        set_alarm(neuron, Model::resume(constants, neuron.state));
        continue;
      }
      if (++count > most_spikes_between_events)
        throw RunError("a " + std::string(Grid::name) + " neuron fires a million times before anything else happens\n" +
                       "    give it a refractory time, or less input");
      spikes.push_back({neuron.alarm.step, i, neuron.alarm.before});
      Model::move(constants, neuron.state, ms_between(neuron.at, neuron.alarm, resolution_));
      neuron.at = later(neuron.alarm, Model::reset(constants, neuron.state), resolution_);
      set_alarm(neuron, Model::forecast(constants, neuron.state));
    }
  }

  /// Whether a second look, from where the neuron is when the alarm rings, says that nothing happens up to `until`:
  /// mostly its currents have decayed by then. Cheaper than resume() where that searches all that is to come.
  bool postpone(Neuron& neuron, const Constants& constants, const ExactTime& until) const {
    if constexpr (!Model::moves_on) {
      auto then = neuron.state;
      Model::move(constants, then, ms_between(neuron.at, neuron.alarm, resolution_));
      const Forecast forecast = Model::forecast(constants, then);
      const ExactTime alarm = forecast.is_spike ? neuron.alarm : later(neuron.alarm, forecast.after, resolution_);
      if (until < alarm) neuron.alarm = alarm;
      return until < alarm;
    }
    return false;
  }

  static bool find(const Observed& seen, const std::string& name, double& value) {
    for (const auto& field : Grid::template state<double, Grid::row_count>())
      if (field.name == name) {
        value = seen.*field.member;
        return true;
      }
    return false;
  }

  std::uint32_t first_;
  double resolution_;
  bool uniform_;
  std::vector<Constants> constants_;  // one, or one per neuron
  std::vector<Neuron> neurons_;
  std::vector<Attached> attached_;
  Wheel wheel_;
  std::vector<std::vector<double>> columns_;
};

/// A grid model's catalogue line, with exact timing added.
template <ExactModel Model>
ModelInfo with_exact(ModelInfo info) {
  info.exact = true;
  if constexpr (requires { &Model::check; }) info.check_exact = Model::check;
  info.make_exact = [](const SliceRequest& request) -> std::unique_ptr<ExactSlice> {
    return std::make_unique<ExactModelSlice<Model>>(request);
  };
  return info;
}

}  // namespace spikeloom
