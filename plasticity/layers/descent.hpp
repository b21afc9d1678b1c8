/// One network's way downhill: centralised and clipped gradients, weight decay, an optimiser.
#pragma once

#include <memory>

#include "plasticity/layers/operation.hpp"
#include "plasticity/optimiser.hpp"

namespace spikeloom {

struct DescentOptions {
  std::string optimiser = "sgd";
  ModelArguments arguments = {};  // of the optimiser
  /// Subtract from the gradient of every unit's weights its mean over inputs (Yong et al. 2020, arXiv 2004.01461).
  bool centralise = false;
  double clip = 0;          // greatest norm of the gradient of all parameters together; 0: any
  double weight_decay = 0;  // this times the weights is added to the gradient, after clipping
};

template <class Real>
class Descent {
 public:
  /// Borrows the columns of `parameters`.
  Descent(std::vector<Parameter<Real>> parameters, const DescentOptions& options);

  /// One update with the learning rate times `rate`. `scale` multiplies the gradients first. Destroys them. Returns
  /// their norm after centralisation and before clipping.
  double step(double rate, double scale, int threads);

  /// What the optimisers remember: <column>_<parameter>; and the number of updates, to be set after a copy.
  std::vector<LayerColumn<Real>> columns();
  void set_updates(std::uint64_t updates) noexcept;

 private:
  std::vector<Parameter<Real>> parameters_;
  std::vector<std::unique_ptr<Optimiser<Real>>> optimisers_;  // one per parameter
  DescentOptions options_;
};

extern template class Descent<float>;
extern template class Descent<double>;

}  // namespace spikeloom
