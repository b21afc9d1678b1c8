/// Counting through grids, lists and draws.
#include "networks/sweep.hpp"

#include <fmt/format.h>

#include <charconv>

#include "networks/evaluate.hpp"

namespace spikeloom {
namespace {

/// Of draws: no population has this number, so that they are independent of all that a network draws.
constexpr PopulationId no_population = ~PopulationId{0};

std::string text_of(double value, const std::string& unit) {
  return unit.empty() ? fmt::format("{}", value) : fmt::format("{} {}", value, unit);
}

/// The seed that an assignment names, else `otherwise`.
std::uint64_t seed_of(const SweepRun& run, std::uint64_t otherwise) {
  for (const auto& [path, text] : run)
    if (path == "experiment.seed") std::from_chars(text.data(), text.data() + text.size(), otherwise);
  return otherwise;
}

}  // namespace

Sweep::Sweep(const ExperimentSpec& experiment)
    : spec_(*experiment.sweep), seed_(experiment.seed), seeds_(experiment.sweep->seeds) {
  switch (spec_.kind) {
    case SweepSpec::Kind::list: points_ = spec_.runs.size(); break;
    case SweepSpec::Kind::grid:
      points_ = 1;
      for (const auto& axis : spec_.axes) points_ *= axis.values.size();
      break;
    case SweepSpec::Kind::random:
      points_ = spec_.samples;
      for (const auto& axis : spec_.axes)
        drawn_.push_back(evaluate(*axis.distribution, {seed_, no_population, axis.path, spec_.samples}));
  }
}

SweepRun Sweep::point(std::size_t index) const {
  if (spec_.kind == SweepSpec::Kind::list) return {spec_.runs[index].begin(), spec_.runs[index].end()};
  SweepRun run(spec_.axes.size());
  for (std::size_t k = spec_.axes.size(); k-- > 0;) {
    const auto& axis = spec_.axes[k];
    if (spec_.kind == SweepSpec::Kind::random) {
      run[k] = {axis.path, text_of(drawn_[k][index], axis.unit)};
    } else {
      run[k] = {axis.path, axis.values[index % axis.values.size()]};
      index /= axis.values.size();
    }
  }
  return run;
}

SweepRun Sweep::run(std::size_t index) const {
  auto run = point(index / seeds_);
  if (!has_seeds()) return run;
  const auto seed = seed_of(run, seed_) + index % seeds_;
  std::erase_if(run, [](const auto& assignment) { return assignment.first == "experiment.seed"; });
  run.emplace_back("experiment.seed", std::to_string(seed));
  return run;
}

}  // namespace spikeloom
