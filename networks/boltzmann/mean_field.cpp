/// The damped proximal iteration, forwards and for derivatives.
#include "networks/boltzmann/mean_field.hpp"

#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"
#include "networks/boltzmann/proximal_step.hpp"

namespace spikeloom {

/// The largest |now - before| / |now| of a row over all layers.
struct RowChange {
  double moved = 0, size = 0;

  template <class Real>
  void add(Real now, Real before) {
    const auto d = static_cast<double>(now - before), v = static_cast<double>(now);
    moved += d * d;
    size += v * v;
  }
  double relative() const { return size > 0 ? std::sqrt(moved / size) : 0; }
};

namespace {

/// visit(first number, clamped) of every group of a row.
template <class Visit>
void for_each_group(const GroupLayer& layer, std::span<const std::uint8_t> clamped, const Visit& visit) {
  for (std::size_t g = 0; g < layer.groups(); ++g) visit(g * layer.states, clamped[g] != 0);
}

double largest(const std::vector<RowChange>& rows) {
  double most = 0;
  for (const auto& row : rows) most = std::max(most, row.relative());
  return most;
}

}  // namespace

ClampedGroups no_group_clamped(const CouplingPlan& plan, std::size_t samples) {
  ClampedGroups clamped;
  for (const auto& layer : plan.layers) {
    auto& of_layer = clamped.emplace_back(samples, layer.groups());
    std::fill(of_layer.values().begin(), of_layer.values().end(), std::uint8_t{0});
  }
  return clamped;
}

template <class Real>
LayerStates<Real> MeanField<Real>::uniform(std::size_t samples) const {
  LayerStates<Real> q;
  for (const auto& layer : coupling_.plan().layers) {
    auto& of_layer = q.emplace_back(samples, layer.shape.size());
    std::fill(of_layer.values().begin(), of_layer.values().end(), 1 / static_cast<Real>(layer.states));
  }
  return q;
}

template <class Real>
Convergence MeanField<Real>::iterate(const InferenceOptions& options, const std::function<double(double)>& step) {
  Convergence result{0, options.alpha, 0, false};
  while (true) {
    for (int k = 0; k < options.most; ++k) {
      ++result.iterations;
      result.change = step(result.alpha);
      if (result.change < options.tolerance) {
        result.converged = true;
        return result;
      }
      if (!std::isfinite(result.change)) return result;
    }
    if (result.alpha <= options.alpha_least) return result;
    result.alpha = std::max(options.alpha_least, result.alpha / 2);
  }
}

template <class Real>
Convergence MeanField<Real>::solve(LayerStates<Real>& q, const ClampedGroups& clamped, const InferenceOptions& options,
                                   int threads, const std::function<void(int)>& watch) {
  int iteration = 0;
  find_potentials(threads);
  return iterate(options, [&](double alpha) {
    const double change = advance(q, clamped, alpha, threads);
    if (watch) watch(++iteration);
    return change;
  });
}

template <class Real>
void MeanField<Real>::find_potentials(int threads) {
  potentials_ = biases_;
  if (centres_.empty()) return;
  LayerStates<Real> common;
  for (const auto& centre : centres_) {
    auto& row = common.emplace_back(1, centre.size());
    std::copy(centre.begin(), centre.end(), row.values().begin());
  }
  coupling_.apply(common, field_, threads);
  for (std::size_t l = 0; l < potentials_.size(); ++l)
    for (std::size_t k = 0; k < potentials_[l].size(); ++k) potentials_[l][k] -= field_[l](0, k);
}

template <class Real>
double MeanField<Real>::advance(LayerStates<Real>& q, const ClampedGroups& clamped, double alpha, int threads) {
  coupling_.apply(q, field_, threads);
  const auto a = static_cast<Real>(alpha);
  const auto& layers = coupling_.plan().layers;
  std::vector<RowChange> changes(q.front().rows());
  for_each_index(static_cast<std::size_t>(threads), changes.size(), [&](std::size_t i) {
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const auto now = q[l].row(i), field = field_[l].row(i);
      for (std::size_t k = 0; k < now.size(); ++k) field[k] = (1 - a) * now[k] + a * (field[k] + potentials_[l][k]);
      proximal_step<Real>(field, layers[l].states, a, field);
      for_each_group(layers[l], clamped[l].row(i), [&](std::size_t first, bool is_clamped) {
        for (std::size_t k = first; k < first + layers[l].states; ++k) {
          const Real next = is_clamped ? now[k] : field[k];
          changes[i].add(next, now[k]);
          now[k] = next;
        }
      });
    }
  });
  return largest(changes);
}

template <class Real>
Convergence MeanField<Real>::differentiate(const LayerStates<Real>& q, const ClampedGroups& clamped,
                                           const LayerStates<Real>& by_log_q, const InferenceOptions& options,
                                           std::vector<aligned_vector<Real>>& by_biases, int threads) {
  const auto& layers = coupling_.plan().layers;
  const auto rows = q.front().rows();
  source_.resize(layers.size());
  Real source_alpha = 0;
  const auto derive_source = [&](Real alpha) {  // D by_q depends on alpha; so does u, which begins with it
    source_alpha = alpha;
    u_.resize(layers.size());
    for (std::size_t l = 0; l < layers.size(); ++l) {
      u_[l].resize(rows, q[l].columns());
      source_[l].resize(rows, q[l].columns());
    }
    for_each_index(static_cast<std::size_t>(threads), rows, [&](std::size_t i) {
      for (std::size_t l = 0; l < layers.size(); ++l)
        for_each_group(layers[l], clamped[l].row(i), [&](std::size_t first, bool is_clamped) {
          const auto states = layers[l].states;
          const auto to = source_[l].row(i).subspan(first, states);
          proximal_log_derivative<Real>(q[l].row(i).subspan(first, states), alpha,
                                        by_log_q[l].row(i).subspan(first, states), to);
          if (is_clamped) std::fill(to.begin(), to.end(), Real{0});
          std::copy(to.begin(), to.end(), u_[l].row(i).begin() + static_cast<std::ptrdiff_t>(first));
        });
    });
  };
  const auto result = iterate(options, [&](double alpha) {
    const auto a = static_cast<Real>(alpha);
    if (a != source_alpha) derive_source(a);
    coupling_.apply(u_, field_, threads);
    std::vector<RowChange> changes(rows);
    for_each_index(static_cast<std::size_t>(threads), rows, [&](std::size_t i) {
      for (std::size_t l = 0; l < layers.size(); ++l) {
        const auto u = u_[l].row(i), field = field_[l].row(i);
        for (std::size_t k = 0; k < u.size(); ++k) field[k] = (1 - a) * u[k] + a * field[k];
        for_each_group(layers[l], clamped[l].row(i), [&](std::size_t first, bool is_clamped) {
          if (is_clamped) return;
          const auto states = layers[l].states;
          const auto group = field.subspan(first, states);
          proximal_derivative<Real>(q[l].row(i).subspan(first, states), a, group, group);
          for (std::size_t k = first; k < first + states; ++k) {
            const Real next = source_[l](i, k) + field[k];
            changes[i].add(next, u[k]);
            u[k] = next;
          }
        });
      }
    });
    return largest(changes);
  });
  for (std::size_t l = 0; l < layers.size(); ++l) {
    for (auto& value : u_[l].values()) value *= static_cast<Real>(result.alpha);
    by_biases[l].assign(u_[l].columns(), Real{0});
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t k = 0; k < u_[l].columns(); ++k) by_biases[l][k] += u_[l](i, k);
  }
  if (centres_.empty()) {
    coupling_.differentiate(q, u_, threads);
    return result;
  }
  next_ = q;
  for_each_index(static_cast<std::size_t>(threads), rows, [&](std::size_t i) {
    for (std::size_t l = 0; l < layers.size(); ++l)
      for (std::size_t k = 0; k < next_[l].columns(); ++k) next_[l](i, k) -= centres_[l][k];
  });
  coupling_.differentiate(next_, u_, threads);
  return result;
}

template <class Real>
std::vector<double> MeanField<Real>::free_energy(const LayerStates<Real>& q, int threads) {
  find_potentials(threads);
  coupling_.apply(q, field_, threads);
  std::vector<double> energies(q.front().rows());
  for_each_index(static_cast<std::size_t>(threads), energies.size(), [&](std::size_t i) {
    for (std::size_t l = 0; l < q.size(); ++l)
      for (std::size_t k = 0; k < q[l].columns(); ++k) {
        const auto p = static_cast<double>(q[l](i, k));
        const auto field = static_cast<double>(field_[l](i, k)), bias = static_cast<double>(potentials_[l][k]);
        energies[i] += p * ((p > 0 ? std::log(p) : 0) - field / 2 - bias);
      }
  });
  return energies;
}

template <class Real>
double MeanField<Real>::residual(const LayerStates<Real>& q, const ClampedGroups& clamped, int threads) {
  find_potentials(threads);
  coupling_.apply(q, field_, threads);
  const auto& layers = coupling_.plan().layers;
  std::vector<double> worst(q.front().rows());
  for_each_index(static_cast<std::size_t>(threads), worst.size(), [&](std::size_t i) {
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const auto field = field_[l].row(i);
      for (std::size_t k = 0; k < field.size(); ++k) field[k] += potentials_[l][k];
      proximal_step<Real>(field, layers[l].states, Real{1}, field);
      for_each_group(layers[l], clamped[l].row(i), [&](std::size_t first, bool is_clamped) {
        for (std::size_t k = first; k < first + layers[l].states && !is_clamped; ++k)
          worst[i] = std::max(worst[i], std::abs(static_cast<double>(q[l](i, k) - field[k])));
      });
    }
  });
  return *std::max_element(worst.begin(), worst.end());
}

template class MeanField<float>;
template class MeanField<double>;

}  // namespace spikeloom
