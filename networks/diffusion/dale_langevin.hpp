/// `dale_langevin`: a generative model whose noise multiplies, so that what is positive stays positive (Shetty, Prasath
/// & Seelamantula 2025, arXiv 2510.02730).
#pragma once

#include <string>
#include <string_view>

#include "core/param_table.hpp"
#include "networks/diffusion/reverse_sampler.hpp"
#include "networks/spec.hpp"

namespace spikeloom {

/// As the user sees them; the defaults are those published, with the sampler as the plain reverse process.
struct DaleLangevinParams {
  double sigma = 0.8, drift = 0;
  std::string sampler = "dale";
  int steps = 1000, repeats = 1;
  double grid = 1, step = 1, anneal = 1, polish = 0;

  static constexpr std::string_view module = "dale_langevin";
  static const ParamTable<DaleLangevinParams>& table();

  GeometricNoise noise() const { return {sigma, drift}; }
  SamplerOptions sampling() const;
};

ModuleInfo dale_langevin_module();

}  // namespace spikeloom
