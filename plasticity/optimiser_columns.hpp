/// From an optimiser (what one weight does in one update) to a loop over columns that the compiler vectorises.
///
/// An optimiser is a struct like plasticity/optimisers/adam.cpp: parameters, state per weight, constants of one update,
/// and `change`, the step of one weight; or `moved`, from a weight to the next, where the step depends on it.
#pragma once

#include <array>
#include <concepts>
#include <utility>

#include "core/aligned.hpp"
#include "core/sweep.hpp"
#include "plasticity/optimiser.hpp"

namespace spikeloom {

template <class Rule, class Real>
concept MovesWeights = requires(const typename Rule::template Constants<Real>& c,
                                typename Rule::template State<Real>& state, Real gradient) {
  { Rule::template moved<Real>(c, state, gradient, Real{1}) } -> std::same_as<Real>;
};

template <class Rule, class Real>
concept OptimiserRule = requires(const typename Rule::Params& params, const typename Rule::template Constants<Real>& c,
                                 typename Rule::template State<Real>& state, Real gradient) {
  {
    Rule::template prepare<Real>(params, 1.0, std::uint64_t{1}, 1.0)
    } -> std::same_as<typename Rule::template Constants<Real>>;
  requires MovesWeights<Rule, Real> || requires {
    { Rule::template change<Real>(c, state, gradient) } -> std::same_as<Real>;
  };
  Rule::template state<Real>();
};

template <class Rule, class Real>
  requires OptimiserRule<Rule, Real>
class OptimiserColumns final : public Optimiser<Real> {
  using State = typename Rule::template State<Real>;
  static constexpr auto fields = Rule::template state<Real>();
  static constexpr std::size_t n_state = std::size(fields);

 public:
  OptimiserColumns(const ModelArguments& arguments, std::size_t size, double interval)
      : params_(params_of(Rule::params, arguments, 0)), interval_(interval) {
    for (auto& column : state_) column.assign(size, Real{0});
  }

  void update(std::span<Real> weights, std::span<const Real> gradient) override {
    const auto constants = Rule::template prepare<Real>(params_, rate_factor_, ++updates_, interval_);
    sweep(constants, weights.data(), gradient.data(), weights.size(), std::make_index_sequence<n_state>{});
  }

  void scale_rate(double factor) noexcept override { rate_factor_ *= factor; }
  void set_rate_factor(double factor) noexcept override { rate_factor_ = factor; }
  double rate_factor() const noexcept override { return rate_factor_; }

  std::vector<typename Optimiser<Real>::Column> columns() override {
    std::vector<typename Optimiser<Real>::Column> all;
    for (std::size_t k = 0; k < n_state; ++k) all.push_back({fields[k].name, state_[k]});
    return all;
  }
  std::uint64_t updates() const noexcept override { return updates_; }
  void set_updates(std::uint64_t updates) noexcept override { updates_ = updates; }

 private:
  template <std::size_t... s>
  void sweep(const typename Rule::template Constants<Real>& constants, Real* __restrict weights,
             const Real* __restrict gradient, std::size_t size, std::index_sequence<s...>) {
    [[maybe_unused]] const std::array<Real*, n_state> state{state_[s].data()...};
    SPIKELOOM_INDEPENDENT
    for (std::size_t k = 0; k < size; ++k) {
      State one{};
      ((one.*std::get<s>(fields).member = state[s][k]), ...);
      if constexpr (MovesWeights<Rule, Real>)
        weights[k] = Rule::template moved<Real>(constants, one, gradient[k], weights[k]);
      else
        weights[k] += Rule::template change<Real>(constants, one, gradient[k]);
      ((state[s][k] = one.*std::get<s>(fields).member), ...);
    }
  }

  typename Rule::Params params_;
  double interval_;
  double rate_factor_ = 1;
  std::uint64_t updates_ = 0;
  std::array<aligned_vector<Real>, n_state> state_;
};

/// The catalogue line of an optimiser.
template <class Rule>
OptimiserInfo optimiser_info() {
  return {.name = std::string(Rule::name),
          .summary = std::string(Rule::summary),
          .equations = std::string(Rule::equations),
          .params = param_infos(Rule::params),
          .make_float = [](const ModelArguments& arguments, std::size_t size,
                           double interval) -> std::unique_ptr<Optimiser<float>> {
            return std::make_unique<OptimiserColumns<Rule, float>>(arguments, size, interval);
          },
          .make_double = [](const ModelArguments& arguments, std::size_t size,
                            double interval) -> std::unique_ptr<Optimiser<double>> {
            return std::make_unique<OptimiserColumns<Rule, double>>(arguments, size, interval);
          }};
}

}  // namespace spikeloom
