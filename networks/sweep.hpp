/// The runs of a sweep: which values each of them has.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "networks/spec.hpp"

namespace spikeloom {

/// Paths and values as YAML text, in order of the file.
using SweepRun = std::vector<std::pair<std::string, std::string>>;

class Sweep {
 public:
  /// `experiment` must have a sweep.
  explicit Sweep(const ExperimentSpec& experiment);

  std::size_t size() const noexcept { return points_ * seeds_; }
  /// Runs are counted from 0: the last path of a grid varies faster than those before it, seeds fastest of all.
  SweepRun run(std::size_t index) const;
  /// Whether seeds were asked for, so that runs of one point may be averaged.
  bool has_seeds() const noexcept { return seeds_ > 1; }
  const SweepSpec& spec() const noexcept { return spec_; }

 private:
  SweepRun point(std::size_t index) const;

  SweepSpec spec_;
  std::uint64_t seed_;
  std::size_t points_ = 0, seeds_ = 1;
  std::vector<std::vector<double>> drawn_;  // random: [axis][point], in the axis's unit
};

}  // namespace spikeloom
