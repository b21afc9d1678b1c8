/// Centralisation, clipping to a norm, decay and the update, parameter by parameter.
#include "plasticity/layers/descent.hpp"

#include <cmath>

#include "plasticity/layers/elementwise.hpp"

namespace spikeloom {
namespace {

template <class Real>
void centralise(const Parameter<Real>& parameter) {
  const auto units = parameter.gradient.size() / parameter.inputs;
  std::vector<Real> means(units);
  sum_columns(std::span<const Real>(parameter.gradient), std::span(means));
  for (auto& mean : means) mean /= static_cast<Real>(parameter.inputs);
  Real* __restrict gradient = parameter.gradient.data();
  for (std::size_t i = 0; i < parameter.inputs; ++i, gradient += units)
    for (std::size_t j = 0; j < units; ++j) gradient[j] -= means[j];
}

}  // namespace

template <class Real>
Descent<Real>::Descent(std::vector<Parameter<Real>> parameters, const DescentOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  const auto* optimiser = find_optimiser(options.optimiser);
  for (const auto& parameter : parameters_)
    optimisers_.push_back(optimiser->make<Real>(options.arguments, parameter.values.size()));
}

template <class Real>
double Descent<Real>::step(double rate, double scale, int threads) {
  std::vector<double> squares(parameters_.size());
  const auto workers = static_cast<std::size_t>(threads);
  for_each_index(workers, parameters_.size(), [&](std::size_t p) {
    if (options_.centralise && parameters_[p].inputs > 0) centralise(parameters_[p]);
    const Real* gradient = parameters_[p].gradient.data();
    squares[p] = ordered_sum(1, parameters_[p].gradient.size(), [gradient](std::size_t k) {
      return static_cast<double>(gradient[k]) * static_cast<double>(gradient[k]);
    });
  });
  double square = 0;
  for (const double one : squares) square += one;
  const double norm = std::abs(scale) * std::sqrt(square);
  const double kept = options_.clip > 0 && norm > options_.clip ? scale * options_.clip / norm : scale;
  const auto factor = static_cast<Real>(kept), decay = static_cast<Real>(options_.weight_decay);
  for_each_index(workers, parameters_.size(), [&](std::size_t p) {
    Real* __restrict gradient = parameters_[p].gradient.data();
    const Real* __restrict weight = parameters_[p].values.data();
    const auto size = parameters_[p].gradient.size();
    if (factor != 1 || decay != 0)
      for (std::size_t k = 0; k < size; ++k) gradient[k] = gradient[k] * factor + decay * weight[k];
    optimisers_[p]->set_rate_factor(rate);
    optimisers_[p]->update(parameters_[p].values, parameters_[p].gradient);
  });
  return norm;
}

template <class Real>
std::vector<LayerColumn<Real>> Descent<Real>::columns() {
  std::vector<LayerColumn<Real>> all;
  for (std::size_t p = 0; p < parameters_.size(); ++p)
    for (const auto& column : optimisers_[p]->columns())
      all.push_back({std::string(column.name) + "_" + parameters_[p].name, column.values});
  return all;
}

template <class Real>
void Descent<Real>::set_updates(std::uint64_t updates) noexcept {
  for (const auto& optimiser : optimisers_) optimiser->set_updates(updates);
}

template class Descent<float>;
template class Descent<double>;

}  // namespace spikeloom
