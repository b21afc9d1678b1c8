/// What ties several parts of an experiment together: sizes, delays, receptors, grids.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "networks/spec.hpp"

namespace spikeloom::io {

/// How the checks talk about an experiment: paths of its projections, and what is broken already.
struct CheckContext {
  std::vector<std::string> projection_paths;
  /// Whether something at or below a path has already been reported, so that what follows from it is not.
  std::function<bool(const std::string& path)> is_broken = [](const std::string&) { return false; };
  std::function<void(std::string path, std::string what, std::string remedy)> report;
};

/// Whether `whole` is `part` once or several times, but for rounding.
bool is_multiple(double whole, double part);

void check_experiment(const ExperimentSpec& experiment, const CheckContext& context);

}  // namespace spikeloom::io
