/// Trial-level conditioning: Rescorla & Wagner (1972), with the associability of Pearce & Hall (1980) on request.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/param_table.hpp"
#include "networks/protocol.hpp"

namespace spikeloom {

/// One kind of trial: the stimuli that are there, one letter each ("AB"), and how strong the US is (lambda; 0: none).
struct TrialKind {
  std::string stimuli;
  double us = 0;
};

/// Associative strengths V_i and associabilities a_i of the stimuli A, B, C, ...
///
///     V_tot = sum_i x_i V_i        dV_i = alpha_i a_i beta (lambda - V_tot) x_i
///     a_i <- (1 - g) a_i + g |lambda - V_tot|   after dV_i, for x_i = 1, with `attention: pearce_hall`; else a_i = 1
///
/// beta is beta_us where the US is there and beta_none where it is not. `error: own` takes V_i for V_tot in dV_i: the
/// ablation without which there is no competition between stimuli.
class RescorlaWagner {
 public:
  static constexpr std::string_view name = "rescorla_wagner";

  struct Params {
    double alpha = 0.3, beta_us = 0.5, beta_none = 0.25, g = 0.3;
    std::string attention = "none", error = "summed";
  };
  static const ParamTable<Params>& params();

  /// `saliences` alpha_i, one per stimulus.
  RescorlaWagner(const Params& params, std::vector<double> saliences);

  void trial(const TrialKind& trial);
  /// V_tot of stimuli shown without learning.
  double strength(std::string_view stimuli) const;
  std::span<const double> strengths() const noexcept { return strengths_; }
  std::vector<StateArray> state();

 private:
  Params params_;
  std::vector<double> saliences_, strengths_, associabilities_;
};

ModuleInfo rescorla_wagner_module();

}  // namespace spikeloom
