/// Steps and pieces of schedules; what all sources check in their arguments.
#include "core/sources/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace spikeloom {
namespace {

constexpr double forever = std::numeric_limits<double>::infinity();

}  // namespace

Step nearest_step(double time, double resolution) noexcept {
  const double steps = std::round(time / resolution);
  return steps < static_cast<double>(never) ? static_cast<Step>(steps) : never;
}

void Schedule::append(Step first, int piece) {
  first_.push_back(first);
  piece_.push_back(piece);
}

int Schedule::at(Step step) const noexcept {
  const auto after = std::upper_bound(first_.begin(), first_.end(), step);
  return after == first_.begin() ? no_piece : piece_[static_cast<std::size_t>(after - first_.begin()) - 1];
}

Schedule schedule_of(const ModelArguments& arguments, std::span<const double> times, double resolution, Step shift) {
  const Step start = nearest_step(value_or(arguments, "start", 0), resolution);
  const Step stop = nearest_step(value_or(arguments, "stop", forever), resolution);
  Schedule schedule;
  for (std::size_t k = 0; k < times.size(); ++k) {
    const Step first = std::max(nearest_step(times[k], resolution), start);
    if (first < stop) schedule.append(first + shift, static_cast<int>(k));
  }
  schedule.append(std::max(start, stop) + shift, Schedule::no_piece);
  return schedule;
}

double value_or(const ModelArguments& arguments, std::string_view name, double fallback, std::size_t neuron) {
  const auto found = arguments.numbers.find(name);
  if (found == arguments.numbers.end()) return fallback;
  return found->second.size() == 1 ? found->second.front() : found->second.at(neuron);
}

std::span<const double> list_of(const ModelArguments& arguments, std::string_view name) {
  const auto found = arguments.lists.find(name);
  return found == arguments.lists.end() ? std::span<const double>{} : found->second;
}

void append_start_stop(std::vector<ParamInfo>& params) {
  params.push_back(
      {.name = "start", .unit = "ms", .doc = "when it begins to act", .check = non_negative, .per_neuron = false});
  params.push_back({.name = "stop",
                    .unit = "ms",
                    .doc = "when it ceases to act; never unless given",
                    .default_number = forever,
                    .check = not_nan,
                    .per_neuron = false});
}

void require_start_before_stop(const ModelArguments& arguments, std::vector<Problem>& problems) {
  if (value_or(arguments, "start", 0) > value_or(arguments, "stop", forever))
    problems.push_back({{}, "stop", "stop must not lie before start", "raise stop, or lower start"});
}

void require_matching_times(const ModelArguments& arguments, std::string_view times, std::string_view values,
                            std::vector<Problem>& problems) {
  const auto t = list_of(arguments, times), v = list_of(arguments, values);
  const std::string name(times), other(values);
  if (t.size() != v.size())
    problems.push_back(
        {{},
         other,
         other + " has " + std::to_string(v.size()) + " entries, " + name + " has " + std::to_string(t.size()),
         "give one entry of " + other + " for every time in " + name});
  if (std::adjacent_find(t.begin(), t.end(), std::greater_equal<>()) != t.end())
    problems.push_back({{}, name, name + " must ascend", "sort them, and give each time once"});
}

}  // namespace spikeloom
