/// Levels of a dense network with ways around them, and of a convolutional one that shrinks images and blows them up.
#include "networks/diffusion/score_network.hpp"

#include <algorithm>

#include "core/errors.hpp"
#include "core/parallel.hpp"

namespace spikeloom {
namespace {

class Builder {
 public:
  Builder(const ScoreArchitecture& architecture, std::uint64_t seed) : architecture_(architecture), seed_(seed) {}

  /// Levels of equal width have a way around them.
  std::vector<Block<float>> dense(Shape input, Shape output) {
    std::vector<Block<float>> blocks;
    auto below = input;
    for (const auto width : architecture_.hidden) {
      const Shape level{1, 1, width};
      Block<float> layer(below);
      layer.add(make_dense<float>(below, level, next(Start::orthogonal)));
      layer.add(make_activation<float>(level, architecture_.curve));
      blocks.push_back(below == level ? around(std::move(layer)) : std::move(layer));
      below = level;
    }
    blocks.emplace_back(below);
    blocks.back().add(make_dense<float>(below, output, next(Start::zero)));
    return blocks;
  }

  std::vector<Block<float>> convolutional(Shape input, Shape output) {
    std::vector<Block<float>> blocks;
    blocks.emplace_back(input);
    convolve(blocks.back(), architecture_.hidden.front(), 1);
    const auto first = blocks.back().output();
    blocks.emplace_back(first);
    add_level(blocks.back(), 0);
    blocks.emplace_back(first);
    blocks.back().add(make_convolution<float>(first, output.channels, 1, next(Start::zero)));
    return blocks;
  }

 private:
  LinearOptions next(Start start) { return {.start = start, .seed = seed_, .stream = stream_++}; }

  Block<float> around(Block<float> inner) {
    Block<float> block(inner.input());
    block.add(make_residual<float>(std::move(inner)));
    return block;
  }
  void convolve(Block<float>& block, std::size_t channels, std::size_t stride) {
    block.add(make_convolution<float>(block.output(), channels, stride, next(Start::orthogonal)));
    block.add(make_activation<float>(block.output(), architecture_.curve));
  }
  /// Half the size and back, around which there is a way; then a convolution, likewise.
  void add_level(Block<float>& block, std::size_t level) {
    const auto shape = block.output();
    if (level + 1 < architecture_.hidden.size()) {
      Block<float> inner(shape);
      convolve(inner, architecture_.hidden[level + 1], 2);
      add_level(inner, level + 1);
      inner.add(make_upsampling<float>(inner.output(), shape.height, shape.width));
      convolve(inner, shape.channels, 1);
      block.add(make_residual<float>(std::move(inner)));
    }
    Block<float> last(shape);
    convolve(last, shape.channels, 1);
    block.add(make_residual<float>(std::move(last)));
  }

  const ScoreArchitecture& architecture_;
  std::uint64_t seed_;
  std::uint32_t stream_ = 0;
};

Stack<float> stack_of(const ScoreArchitecture& architecture, Shape shape, std::size_t told, std::uint64_t seed) {
  Builder builder(architecture, seed);
  if (!architecture.convolutional) return {"score", builder.dense({1, 1, shape.size() + told}, {1, 1, shape.size()})};
  for (std::size_t level = 1, side = std::min(shape.height, shape.width); level < architecture.hidden.size();
       ++level, side = (side + 1) / 2)
    if (side < 2)
      throw SpecError("module.params.hidden",
                      "images of " + std::to_string(shape.height) + " x " + std::to_string(shape.width) +
                          " pixels cannot be halved " + std::to_string(architecture.hidden.size() - 1) + " times",
                      "give fewer levels, or network: dense");
  return {"score", builder.convolutional({shape.height, shape.width, shape.channels + told}, shape)};
}

}  // namespace

ScoreNetwork::ScoreNetwork(const ScoreArchitecture& architecture, Shape shape, std::size_t classes, std::uint64_t seed)
    : shape_(shape),
      classes_(classes),
      sines_(architecture.sines),
      convolutional_(architecture.convolutional),
      corrects_(architecture.corrects),
      stack_(stack_of(architecture, shape, architecture.sines + classes, seed)) {}

ScoreNetwork::Scales ScoreNetwork::scales(const LogMoments& moments, double variance) const {
  const double square = moments.deviation * moments.deviation, all = square + variance;
  if (!corrects_) return {0, moments.deviation, 1 / std::sqrt(all)};
  return {square / all, std::sqrt(square * variance / all), 1 / std::sqrt(all)};
}

void ScoreNetwork::tell(std::size_t row, const Scales& scales, double shift, double clock, std::int32_t label,
                        std::span<const float> y) {
  std::vector<float> told(sines_ + classes_);
  for (std::size_t s = 0; s < sines_; ++s) {
    const double angle = M_PI * static_cast<double>(s / 2 + 1) * clock;
    told[s] = static_cast<float>(s % 2 == 0 ? std::sin(angle) : std::cos(angle));
  }
  if (label >= 0 && classes_ > 0) told[sines_ + static_cast<std::size_t>(label)] = 1;
  const auto factor = static_cast<float>(scales.input), less = static_cast<float>(shift);
  const auto to = inputs_.row(row);
  const auto places = convolutional_ ? shape_.pixels() : 1, at_place = y.size() / places;
  auto next = to.begin();
  for (std::size_t place = 0; place < places; ++place) {
    for (std::size_t k = 0; k < at_place; ++k) *next++ = (y[place * at_place + k] - less) * factor;
    next = std::copy(told.begin(), told.end(), next);
  }
}

const Matrix<float>& ScoreNetwork::denoise(const Matrix<float>& y, const GeometricNoise& noise,
                                           const LogMoments& moments, std::span<const double> times,
                                           std::span<const double> clocks, std::span<const std::int32_t> labels,
                                           const Pass& pass) {
  const auto rows = y.rows();
  inputs_.resize(rows, shape_.size() + (sines_ + classes_) * (convolutional_ ? shape_.pixels() : 1));
  clean_.resize(rows, y.columns());
  network_scales_.resize(rows);
  const auto workers = static_cast<std::size_t>(pass.threads);
  for_each_index(workers, rows, [&](std::size_t i) {
    const double shift = noise.drift * times[i] + moments.mean;
    tell(i, scales(moments, noise.variance(times[i])), shift, clocks[i], labels[i], y.row(i));
  });
  const auto& said = stack_.forward(inputs_, pass);
  for_each_index(workers, rows, [&](std::size_t i) {
    const auto of = scales(moments, noise.variance(times[i]));
    const auto mean = static_cast<float>(moments.mean), around = static_cast<float>(of.around),
               shift = static_cast<float>(noise.drift * times[i] + moments.mean);
    const float network = network_scales_[i] = static_cast<float>(of.network);
    const float* __restrict from = y.row(i).data(), * __restrict f = said.row(i).data();
    float* __restrict to = clean_.row(i).data();
    for (std::size_t k = 0; k < y.columns(); ++k) to[k] = mean + around * (from[k] - shift) + network * f[k];
  });
  return clean_;
}

void ScoreNetwork::learn(Matrix<float>& by_clean, const Pass& pass) {
  for (std::size_t i = 0; i < by_clean.rows(); ++i)
    for (auto& by : by_clean.row(i)) by *= network_scales_[i];
  auto* by = &by_clean;
  for (auto level = stack_.size(); level > 1; --level) {
    auto& below = by_below_[level % 2];
    stack_.learn_and_send(level, *by, below, pass);
    by = &below;
  }
  stack_.learn(1, *by, pass);
}

}  // namespace spikeloom
