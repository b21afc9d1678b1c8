/// Products with Phi by way of the features, its block diagonal, and the gradient of the free weights.
#include "networks/boltzmann/monotone_coupling.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <utility>

#include "core/parallel.hpp"
#include "plasticity/layers/elementwise.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t kernel_side = 3;

/// The largest eigenvalue of a symmetric matrix [size][size], which is destroyed, and its eigenvector: Jacobi's
/// rotations.
double largest_eigenvalue(std::vector<double>& a, std::size_t size, std::span<double> vector) {
  std::vector<double> vectors(size * size);
  for (std::size_t i = 0; i < size; ++i) vectors[i * size + i] = 1;
  for (int sweep = 0; sweep < 30; ++sweep) {
    double outside = 0, diagonal = 0;
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t j = 0; j < size; ++j) (i == j ? diagonal : outside) += a[i * size + j] * a[i * size + j];
    if (outside <= 1e-30 * diagonal) break;
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t j = i + 1; j < size; ++j) {
        if (a[i * size + j] == 0) continue;
        const double ratio = (a[j * size + j] - a[i * size + i]) / (2 * a[i * size + j]);
        const double tangent = (ratio < 0 ? -1 : 1) / (std::abs(ratio) + std::sqrt(ratio * ratio + 1));
        const double cosine = 1 / std::sqrt(tangent * tangent + 1), sine = tangent * cosine;
        const auto rotate = [&](double& x, double& y) {
          const double kept = x;
          x = cosine * kept - sine * y;
          y = sine * kept + cosine * y;
        };
        for (std::size_t k = 0; k < size; ++k) rotate(a[k * size + i], a[k * size + j]);
        for (std::size_t k = 0; k < size; ++k) rotate(a[i * size + k], a[j * size + k]);
        for (std::size_t k = 0; k < size; ++k) rotate(vectors[k * size + i], vectors[k * size + j]);
      }
  }
  std::size_t best = 0;
  for (std::size_t i = 1; i < size; ++i)
    if (a[i * size + i] > a[best * size + best]) best = i;
  for (std::size_t k = 0; k < size; ++k) vector[k] = vectors[k * size + best];
  return a[best * size + best];
}

template <class Real>
void resize_like(const LayerStates<Real>& q, LayerStates<Real>& to) {
  to.resize(q.size());
  for (std::size_t l = 0; l < q.size(); ++l) to[l].resize(q[l].rows(), q[l].columns());
}

template <class Real>
void add_onto(const Matrix<Real>& part, Matrix<Real>& to, int threads) {
  const Real* __restrict from = part.values().data();
  Real* __restrict sum = to.values().data();
  for_each_block(threads, part.size(), [&](std::size_t first, std::size_t end) {
    for (std::size_t k = first; k < end; ++k) sum[k] += from[k];
  });
}

}  // namespace

template <class Real>
MonotoneCoupling<Real>::MonotoneCoupling(CouplingPlan plan, const CouplingOptions& options)
    : plan_(std::move(plan)), options_(options) {
  for (const auto& layer : plan_.layers)
    if (layer.states < 2 || layer.groups() == 0 || layer.shape.channels % layer.states != 0)
      throw std::invalid_argument("layer '" + layer.name + "' does not consist of groups of states");
  for (const auto& link : plan_.links) {
    const auto& layer = plan_.layers.at(link.layer);
    const auto& map = plan_.maps.at(link.map);
    const LinearOptions start{.biases = false,
                              .scale = options_.scale,
                              .seed = options_.seed,
                              .stream = static_cast<std::uint32_t>(links_.size())};
    links_.push_back(link.stride == 0 ? make_dense<Real>(layer.shape, map, start)
                                      : make_convolution<Real>(layer.shape, map.channels, link.stride, start));
    if (!(links_.back()->output() == map)) throw std::invalid_argument("a link does not fit its map of features");
    auto weights = links_.back()->parameters().at(0);
    weights.name = "coupling_" + layer.name + "_" + std::to_string(link.map);
    parameters_.push_back(weights);
  }
  classes_.resize(plan_.layers.size());
  class_of_.resize(plan_.layers.size());
  for (std::size_t l = 0; l < plan_.layers.size(); ++l) classify(l);
  refresh();
}

/// Where the weights lie by which a pixel is seen: one row per link, or per position of a kernel over it.
template <class Real>
std::vector<typename MonotoneCoupling<Real>::Row> MonotoneCoupling<Real>::rows_of(std::size_t layer,
                                                                                  std::size_t pixel) const {
  const auto& shape = plan_.layers[layer].shape;
  std::vector<Row> rows;
  for (std::size_t k = 0; k < plan_.links.size(); ++k) {
    const auto& link = plan_.links[k];
    if (link.layer != layer) continue;
    if (link.stride == 0) {
      rows.push_back({k, pixel * shape.channels});
      continue;
    }
    const auto& map = plan_.maps[link.map];
    for (std::size_t tap = 0; tap < kernel_side * kernel_side; ++tap) {
      const auto y = pixel / shape.width + 1, x = pixel % shape.width + 1;  // counted from the border of zeros
      const auto down = tap / kernel_side, right = tap % kernel_side;
      if (y < down || x < right || (y - down) % link.stride != 0 || (x - right) % link.stride != 0) continue;
      if ((y - down) / link.stride >= map.height || (x - right) / link.stride >= map.width) continue;
      rows.push_back({k, tap * shape.channels});
    }
  }
  return rows;
}

template <class Real>
void MonotoneCoupling<Real>::classify(std::size_t l) {
  const auto& layer = plan_.layers[l];
  std::map<std::vector<std::pair<std::size_t, std::size_t>>, std::size_t> known;
  for (std::size_t pixel = 0; pixel < layer.shape.pixels(); ++pixel) {
    auto rows = rows_of(l, pixel);
    std::vector<std::pair<std::size_t, std::size_t>> key;
    for (const auto& row : rows) key.emplace_back(row.link, row.row);
    const auto [found, is_new] = known.try_emplace(std::move(key), classes_[l].size());
    if (is_new) {
      auto& added = classes_[l].emplace_back();
      const auto groups = layer.groups_per_pixel();
      added.rows = std::move(rows);
      added.blocks.resize(groups * layer.states * layer.states);
      added.factors.resize(groups);
      added.norms.resize(groups);
      added.vectors.resize(groups * layer.states);
    }
    classes_[l][found->second].pixels.push_back(pixel);
    class_of_[l].push_back(static_cast<std::uint32_t>(found->second));
  }
}

template <class Real>
const Real* MonotoneCoupling<Real>::weights(const Row& row, std::size_t channel) const {
  const auto& of_link = parameters_[row.link];
  const auto features = of_link.values.size() / of_link.inputs;
  return of_link.values.data() + (row.row + channel) * features;
}

template <class Real>
void MonotoneCoupling<Real>::refresh() {
  for (std::size_t l = 0; l < plan_.layers.size(); ++l)
    for (auto& pixels : classes_[l]) refresh(plan_.layers[l], pixels);
}

template <class Real>
void MonotoneCoupling<Real>::refresh(const GroupLayer& layer, PixelClass& pixels) {
  const auto states = layer.states;
  std::vector<double> block(states * states);
  for (std::size_t g = 0; g < layer.groups_per_pixel(); ++g) {
    std::fill(block.begin(), block.end(), 0.0);
    for (const auto& row : pixels.rows) {
      const auto features = parameters_[row.link].values.size() / parameters_[row.link].inputs;
      for (std::size_t a = 0; a < states; ++a)
        for (std::size_t b = 0; b <= a; ++b) {
          const Real* __restrict left = weights(row, g * states + a);
          const Real* __restrict right = weights(row, g * states + b);
          double sums[8] = {};
          for (std::size_t f = 0; f < features; ++f) sums[f % 8] += static_cast<double>(left[f] * right[f]);
          for (const double sum : sums) block[a * states + b] += sum;
        }
    }
    for (std::size_t a = 0; a < states; ++a)
      for (std::size_t b = a + 1; b < states; ++b) block[a * states + b] = block[b * states + a];
    for (std::size_t k = 0; k < block.size(); ++k) pixels.blocks[g * block.size() + k] = static_cast<Real>(block[k]);
    pixels.norms[g] = largest_eigenvalue(block, states, std::span(pixels.vectors).subspan(g * states, states));
    const bool bounded = options_.monotone && pixels.norms[g] > 1 - options_.margin;
    pixels.factors[g] = bounded ? static_cast<Real>(std::sqrt((1 - options_.margin) / pixels.norms[g])) : Real{1};
  }
}

template <class Real>
Real MonotoneCoupling<Real>::factor(std::size_t layer, std::size_t group) const {
  const auto per_pixel = plan_.layers[layer].groups_per_pixel();
  return classes_[layer][class_of_[layer][group / per_pixel]].factors[group % per_pixel];
}

template <class Real>
void MonotoneCoupling<Real>::scale(const LayerStates<Real>& q, LayerStates<Real>& to, int threads) const {
  resize_like(q, to);
  for (std::size_t l = 0; l < q.size(); ++l) {
    const auto& layer = plan_.layers[l];
    std::vector<Real> factors;
    for (std::size_t g = 0; g < layer.groups(); ++g) factors.insert(factors.end(), layer.states, factor(l, g));
    for_each_index(static_cast<std::size_t>(threads), q[l].rows(), [&](std::size_t i) {
      const Real* __restrict from = q[l].row(i).data(), * __restrict by = factors.data();
      Real* __restrict scaled = to[l].row(i).data();
      for (std::size_t k = 0; k < factors.size(); ++k) scaled[k] = by[k] * from[k];
    });
  }
}

template <class Real>
void MonotoneCoupling<Real>::features(const LayerStates<Real>& scaled, LayerStates<Real>& maps, int threads) {
  maps.resize(plan_.maps.size());
  std::vector<bool> begun(maps.size());
  for (std::size_t k = 0; k < links_.size(); ++k) {
    const auto& link = plan_.links[k];
    auto& to = begun[link.map] ? part_ : maps[link.map];
    links_[k]->forward(scaled[link.layer], to, {threads, false});
    if (begun[link.map]) add_onto(part_, maps[link.map], threads);
    begun[link.map] = true;
  }
}

template <class Real>
void MonotoneCoupling<Real>::send_back(const LayerStates<Real>& scaled, const LayerStates<Real>& maps,
                                       LayerStates<Real>& to, int threads) {
  resize_like(scaled, to);
  std::vector<bool> begun(to.size());
  for (std::size_t k = 0; k < links_.size(); ++k) {
    const auto& link = plan_.links[k];
    by_map_ = maps[link.map];
    auto& sum = begun[link.layer] ? part_ : to[link.layer];
    links_[k]->backward(scaled[link.layer], maps[link.map], by_map_, &sum, {threads, false, false});
    if (begun[link.layer]) add_onto(part_, to[link.layer], threads);
    begun[link.layer] = true;
  }
  for (std::size_t l = 0; l < to.size(); ++l) {
    const auto& layer = plan_.layers[l];
    const auto states = layer.states, per_pixel = layer.groups_per_pixel();
    for_each_index(static_cast<std::size_t>(threads), to[l].rows(), [&](std::size_t i) {
      for (std::size_t g = 0; g < layer.groups(); ++g) {
        const auto& pixels = classes_[l][class_of_[l][g / per_pixel]];
        const Real* block = pixels.blocks.data() + g % per_pixel * states * states;
        const Real* from = scaled[l].row(i).data() + g * states;
        Real* result = to[l].row(i).data() + g * states;
        const Real s = pixels.factors[g % per_pixel];
        for (std::size_t a = 0; a < states; ++a) {
          Real own = 0;
          for (std::size_t b = 0; b < states; ++b) own += block[a * states + b] * from[b];
          result[a] = s * (own - (begun[l] ? result[a] : Real{0}));
        }
      }
    });
  }
}

template <class Real>
void MonotoneCoupling<Real>::apply(const LayerStates<Real>& q, LayerStates<Real>& to, int threads) {
  scale(q, scaled_q_, threads);
  features(scaled_q_, maps_q_, threads);
  send_back(scaled_q_, maps_q_, to, threads);
}

/// With q' = S q, y' = S y: <y, Phi q> = -<A y', A q'> + sum over groups of <y'_i, (A^T A)_ii q'_i>. The first part is
/// that of the links; the second and what the factors do to both go through the blocks.
template <class Real>
void MonotoneCoupling<Real>::differentiate(const LayerStates<Real>& q, const LayerStates<Real>& y, int threads) {
  apply(y, phi_y_, threads);
  std::swap(scaled_q_, scaled_y_);
  std::swap(maps_q_, maps_y_);
  apply(q, phi_q_, threads);
  learn_links(scaled_q_, maps_y_, threads, false);
  learn_links(scaled_y_, maps_q_, threads, true);
  for (std::size_t l = 0; l < classes_.size(); ++l)
    for (auto& pixels : classes_[l]) learn_blocks(q, y, l, pixels);
}

template <class Real>
void MonotoneCoupling<Real>::learn_links(const LayerStates<Real>& in, const LayerStates<Real>& maps, int threads,
                                         bool more) {
  gradients_.resize(links_.size());
  for (std::size_t k = 0; k < links_.size(); ++k) {
    const auto& link = plan_.links[k];
    by_map_ = maps[link.map];
    links_[k]->backward(in[link.layer], maps[link.map], by_map_, nullptr, {threads, true});
    const auto gradient = parameters_[k].gradient;
    if (!more) {
      gradients_[k].assign(gradient.begin(), gradient.end());
      continue;
    }
    for (std::size_t w = 0; w < gradient.size(); ++w) gradient[w] = -gradient[w] - gradients_[k][w];
  }
}

template <class Real>
void MonotoneCoupling<Real>::learn_blocks(const LayerStates<Real>& q, const LayerStates<Real>& y, std::size_t l,
                                          PixelClass& pixels) {
  const auto& layer = plan_.layers[l];
  const auto states = layer.states, channels = layer.shape.channels;
  std::vector<Real> by_block(states * states);
  for (std::size_t g = 0; g < layer.groups_per_pixel(); ++g) {
    const Real s = pixels.factors[g];
    Real by_factor = 0;  // <y_i, (Phi q)_i> + <q_i, (Phi y)_i>, to be divided by s
    std::fill(by_block.begin(), by_block.end(), Real{0});
    for (std::size_t i = 0; i < q[l].rows(); ++i)
      for (const auto pixel : pixels.pixels) {
        const auto first = pixel * channels + g * states;
        for (std::size_t a = 0; a < states; ++a) {
          const Real q_a = scaled_q_[l](i, first + a), y_a = scaled_y_[l](i, first + a);
          for (std::size_t b = 0; b < states; ++b)
            by_block[a * states + b] += y_a * scaled_q_[l](i, first + b) + q_a * scaled_y_[l](i, first + b);
          by_factor += y[l](i, first + a) * phi_q_[l](i, first + a) + q[l](i, first + a) * phi_y_[l](i, first + a);
        }
      }
    if (s < 1) {
      const auto by_norm = -by_factor / static_cast<Real>(2 * pixels.norms[g]);  // ds = -s / (2 norm) d norm
      const double* vector = pixels.vectors.data() + g * states;
      for (std::size_t a = 0; a < states; ++a)
        for (std::size_t b = 0; b < states; ++b)
          by_block[a * states + b] += 2 * by_norm * static_cast<Real>(vector[a] * vector[b]);
    }
    for (const auto& row : pixels.rows) {
      const auto features = parameters_[row.link].values.size() / parameters_[row.link].inputs;
      for (std::size_t a = 0; a < states; ++a)
        for (std::size_t b = 0; b < states; ++b) {
          const Real* __restrict from = weights(row, g * states + b);
          Real* __restrict to = parameters_[row.link].gradient.data() + (row.row + g * states + a) * features;
          const Real by = by_block[a * states + b];
          for (std::size_t f = 0; f < features; ++f) to[f] += by * from[f];
        }
    }
  }
}

template class MonotoneCoupling<float>;
template class MonotoneCoupling<double>;

}  // namespace spikeloom
