/// From levels to layers: dense, convolutional, encoder and decoder.
#include "networks/counter_current/architecture.hpp"

#include "core/errors.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t feedback_stream = 0x40;
constexpr double quiet = 1e-3;  // factor on the initial weights of an autoencoder's second half

using Kind = Architecture::Kind;

/// What is special about one layer.
struct Place {
  bool last = false;   // linear, without normalisation
  bool dense = false;  // every input to every unit
  double scale = 1;    // of initial weights
  std::uint32_t stream = 0;
};

Block<float> layer(const Architecture& architecture, Shape from, Shape to, const Place& place, std::uint64_t seed) {
  const LinearOptions linear{.biases = architecture.biases,
                             .start = place.scale == 0 ? Start::zero : architecture.start,
                             .scale = place.scale,
                             .seed = seed,
                             .stream = place.stream};
  Block<float> block(from);
  if (place.dense) {
    block.add(make_dense<float>(from, to, linear));
  } else if (to.height < from.height) {
    const bool pools = architecture.kind == Kind::pooled;
    block.add(make_convolution<float>(from, to.channels, pools ? 1 : 2, linear));
    if (pools) block.add(make_max_pool<float>(block.output()));
  } else {
    block.add(make_upsampling<float>(from, to.height, to.width));
    block.add(make_convolution<float>(block.output(), to.channels, 1, linear));
  }
  if (place.last) return block;
  if (architecture.normalise) block.add(make_batch_norm<float>(block.output(), architecture.gains));
  block.add(make_activation<float>(block.output(), architecture.curve));
  return block;
}

/// `classes`: which of its layers has the classes at one end, if any.
Stack<float> stack(const Architecture& architecture, const std::vector<Shape>& levels, std::size_t classes,
                   std::string name, std::uint32_t stream, std::uint64_t seed) {
  const auto layers = levels.size() - 1;
  const bool autoencoder = architecture.kind == Kind::autoencoder;
  std::vector<Block<float>> blocks;
  for (std::size_t l = 0; l < layers; ++l) {
    Place place{.last = l + 1 == layers,
                .dense = architecture.kind == Kind::dense || (!autoencoder && l == classes),
                .stream = stream + static_cast<std::uint32_t>(l)};
    if (autoencoder && 2 * l >= layers) place.scale = place.last ? 0 : quiet;
    blocks.push_back(layer(architecture, levels[l], levels[l + 1], place, seed));
  }
  return {std::move(name), std::move(blocks)};
}

}  // namespace

const std::vector<std::string>& architecture_names() {
  static const std::vector<std::string> names = {"dense", "strided", "pooled", "autoencoder"};
  return names;
}

const std::vector<std::string>& start_names() {
  static const std::vector<std::string> names = {"uniform", "orthogonal"};
  return names;
}

std::vector<Shape> levels_of(const Architecture& architecture, Shape input, std::size_t classes) {
  std::vector<Shape> levels = {input};
  for (const auto width : architecture.hidden) {
    const auto& below = levels.back();
    if (architecture.kind == Kind::dense) {
      levels.push_back({1, 1, width});
      continue;
    }
    if (below.pixels() == 1 || (architecture.kind == Kind::pooled && (below.height % 2 != 0 || below.width % 2 != 0)))
      throw SpecError("module.params.hidden",
                      "level " + std::to_string(levels.size()) + " cannot halve an image of " +
                          std::to_string(below.height) + " x " + std::to_string(below.width) + " pixels",
                      "give fewer levels, or images of another side");
    levels.push_back({(below.height + 1) / 2, (below.width + 1) / 2, width});
  }
  if (architecture.kind == Kind::autoencoder)
    for (auto level = architecture.hidden.size(); level-- > 0;) levels.push_back(levels[level]);
  else
    levels.push_back({1, 1, classes});
  return levels;
}

LayerProblem<float> networks_of(const Architecture& architecture, Shape input, std::size_t classes,
                                std::uint64_t seed) {
  const auto levels = levels_of(architecture, input, classes);
  const std::vector<Shape> downwards(levels.rbegin(), levels.rend());
  return {.forward = [=] { return stack(architecture, levels, levels.size() - 2, "forward", 0, seed); },
          .feedback = [=] { return stack(architecture, downwards, 0, "feedback", feedback_stream, seed); },
          .classes = classes,
          .seed = seed};
}

}  // namespace spikeloom
