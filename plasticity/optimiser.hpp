/// Optimisers: from gradients to changes of weights, over contiguous columns. Every rule that sums a gradient uses
/// them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model.hpp"
#include "core/state_archive.hpp"

namespace spikeloom {

/// Moves one column of weights; `Real` is float or double. Element k depends on element k alone, so that a column may
/// be cut anywhere and gives the same bits.
template <class Real>
class Optimiser {
 public:
  virtual ~Optimiser() = default;

  /// One update: weights[k] moves downhill, against gradient[k]. Both have the size given to `make_optimiser`.
  virtual void update(std::span<Real> weights, std::span<const Real> gradient) = 0;

  /// Multiplies the learning rate of later updates (schedules); 1 at the beginning.
  virtual void scale_rate(double factor) noexcept = 0;
  /// The same for a factor that is given as a whole, not multiplied onto the one before.
  virtual void set_rate_factor(double factor) noexcept = 0;
  virtual double rate_factor() const noexcept = 0;

  /// What the optimiser remembers: columns as long as the weights, in declaration order, and the number of updates.
  struct Column {
    std::string_view name;
    std::span<Real> values;
  };
  virtual std::vector<Column> columns() = 0;
  virtual std::uint64_t updates() const noexcept = 0;
  /// Goes on from a checkpoint whose columns were copied back.
  virtual void set_updates(std::uint64_t updates) noexcept = 0;

  /// Saves or restores all of it; `name` begins the names of columns.
  void state(StateArchive& archive, const std::string& name) {
    for (const auto& column : columns()) archive.column(name + std::string(column.name), column.values);
    auto count = updates();
    auto factor = rate_factor();
    archive.common(name + "updates", count);
    archive.common(name + "rate_factor", factor);
    set_updates(count);
    set_rate_factor(factor);
  }
};

/// One line of the catalogue.
struct OptimiserInfo {
  std::string name;
  std::string summary;    // one line, with the source
  std::string equations;  // for `describe`; g is the gradient, w the weight
  std::vector<ParamInfo> params;
  /// An optimiser of `size` weights that are updated every `interval` [ms]; what is absent has its default.
  std::unique_ptr<Optimiser<float>> (*make_float)(const ModelArguments&, std::size_t size, double interval) = nullptr;
  std::unique_ptr<Optimiser<double>> (*make_double)(const ModelArguments&, std::size_t size, double interval) = nullptr;

  template <class Real>
  std::unique_ptr<Optimiser<Real>> make(const ModelArguments& arguments, std::size_t size, double interval = 1) const {
    if constexpr (sizeof(Real) == sizeof(float))
      return make_float(arguments, size, interval);
    else
      return make_double(arguments, size, interval);
  }
};

/// Every optimiser, in the order of the documentation. One line each, in plasticity/optimiser.cpp.
const std::vector<OptimiserInfo>& optimiser_catalogue();
const OptimiserInfo* find_optimiser(std::string_view name);

OptimiserInfo sgd_optimiser();
OptimiserInfo momentum_optimiser();
OptimiserInfo adam_optimiser();
OptimiserInfo rmaxprop_optimiser();
OptimiserInfo exponentiated_gradient_optimiser();

}  // namespace spikeloom
