/// Batch normalisation as a layer's operation: moments of a mini-batch in training, running ones in evaluation.
#include "plasticity/dcls/batch_norm.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/parallel.hpp"
#include "plasticity/layers/operation.hpp"

namespace spikeloom {
namespace {

constexpr double momentum = 0.1;
constexpr std::size_t parts = 8;  // of a mini-batch that are summed by themselves, whatever the number of threads

template <class Real>
class BatchNorm final : public Operation<Real> {
 public:
  BatchNorm(Shape shape, bool gains)
      : shape_(shape),
        gains_learn_(gains),
        gains_(shape.channels, Real{1}),
        offsets_(shape.channels),
        by_gains_(shape.channels),
        by_offsets_(shape.channels),
        means_(shape.channels),
        variances_(shape.channels, Real{1}) {}

  Shape output() const override { return shape_; }

  void forward(const Matrix<Real>& in, Matrix<Real>& out, const Pass& pass) override {
    out.resize(in.rows(), in.columns());
    std::vector<double> means(means_.begin(), means_.end()), variances(variances_.begin(), variances_.end());
    if (pass.training) {
      const auto count = static_cast<double>(in.rows() * shape_.pixels());
      const auto sums = summed(pass, in.rows(), [&](std::size_t first, std::size_t rows, ChannelSums& part) {
        add_moments(part_of(in, first, rows), part);
      });
      for (std::size_t c = 0; c < means.size(); ++c) {
        means[c] = sums.a[c] / count;
        variances[c] = std::max(0.0, sums.b[c] / count - means[c] * means[c]);
        follow(means_[c], means[c]);
        follow(variances_[c], count > 1 ? variances[c] * count / (count - 1) : variances[c]);
      }
    }
    normaliser_ = Normaliser<Real>(means, variances, std::span<const Real>(gains_), std::span<const Real>(offsets_));
    for_each_part(pass, in.rows(), [&](std::size_t, std::size_t first, std::size_t rows) {
      normaliser_.apply(part_of(in, first, rows), part_of(out, first, rows));
    });
  }

  void backward(const Matrix<Real>& in, const Matrix<Real>&, Matrix<Real>& by_out, Matrix<Real>* by_in,
                const Pass& pass) override {
    const auto sums = summed(pass, in.rows(), [&](std::size_t first, std::size_t rows, ChannelSums& part) {
      normaliser_.add_gradients(part_of(in, first, rows), std::span<const Real>(part_of(by_out, first, rows)), part);
    });
    for (std::size_t c = 0; c < gains_.size(); ++c) {
      by_offsets_[c] = static_cast<Real>(sums.a[c]);
      by_gains_[c] = static_cast<Real>(sums.b[c]);
    }
    if (!by_in) return;
    by_in->resize(in.rows(), in.columns());
    for_each_part(pass, in.rows(), [&](std::size_t, std::size_t first, std::size_t rows) {
      const auto by = part_of(by_out, first, rows), to = part_of(*by_in, first, rows);
      std::copy(by.begin(), by.end(), to.begin());
      normaliser_.backwards(part_of(in, first, rows), sums, static_cast<double>(in.rows() * shape_.pixels()), to);
    });
  }

  std::vector<Parameter<Real>> parameters() override {
    if (!gains_learn_) return {};
    return {{"gains", gains_, by_gains_, 0}, {"offsets", offsets_, by_offsets_, 0}};
  }
  std::vector<LayerColumn<Real>> statistics() override { return {{"means", means_}, {"variances", variances_}}; }

 private:
  static void follow(Real& running, double now) {
    running = static_cast<Real>((1 - momentum) * static_cast<double>(running) + momentum * now);
  }

  template <class M>
  auto part_of(M& matrix, std::size_t first, std::size_t rows) const {
    return matrix.values().subspan(first * shape_.size(), rows * shape_.size());
  }

  /// body(part, first row, rows).
  template <class Body>
  static void for_each_part(const Pass& pass, std::size_t rows, const Body& body) {
    for_each_index(static_cast<std::size_t>(pass.threads), parts, [&](std::size_t part) {
      const auto first = part * rows / parts;
      body(part, first, (part + 1) * rows / parts - first);
    });
  }

  template <class Add>
  ChannelSums summed(const Pass& pass, std::size_t rows, const Add& add) const {
    std::vector<ChannelSums> sums(parts);
    for_each_part(pass, rows, [&](std::size_t part, std::size_t first, std::size_t count) {
      sums[part].reset(shape_.channels);
      add(first, count, sums[part]);
    });
    for (std::size_t part = 1; part < parts; ++part) sums[0].add(sums[part]);
    return sums[0];
  }

  Shape shape_;
  bool gains_learn_;
  std::vector<Real> gains_, offsets_, by_gains_, by_offsets_, means_, variances_;
  Normaliser<Real> normaliser_;
};

}  // namespace

template <class Real>
std::unique_ptr<Operation<Real>> make_batch_norm(Shape input, bool gains) {
  return std::make_unique<BatchNorm<Real>>(input, gains);
}

template std::unique_ptr<Operation<float>> make_batch_norm(Shape, bool);
template std::unique_ptr<Operation<double>> make_batch_norm(Shape, bool);

}  // namespace spikeloom
