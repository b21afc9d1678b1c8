/// Networks of layers and their mirror images, from a list of levels.
#pragma once

#include "plasticity/layers/rule.hpp"

namespace spikeloom {

/// Which operations lead from level to level.
struct Architecture {
  enum class Kind { dense, strided, pooled, autoencoder } kind = Kind::dense;
  std::vector<std::size_t> hidden = {};  // units, or channels, of the hidden levels; of an autoencoder: of its encoder
  Curve curve = Curve::elu;              // of all levels but the last of either direction
  bool biases = false, normalise = false;
  bool gains = false;  // of the normalisation, that learn
  Start start = Start::uniform;
};
/// The words for `kind` and `start`, in order.
const std::vector<std::string>& architecture_names();
const std::vector<std::string>& start_names();

/// Shapes of all levels, from the input to the answer: `classes` scores, or for 0 an image of the input's shape.
/// SpecError if the images do not fit (a side that pooling cannot halve).
std::vector<Shape> levels_of(const Architecture& architecture, Shape input, std::size_t classes);

/// Both directions, as functions that make them. From a level to a smaller image leads a strided convolution (or a
/// convolution and pooling), to a larger one upsampling and a convolution, to or from vectors a dense layer.
LayerProblem<float> networks_of(const Architecture& architecture, Shape input, std::size_t classes, std::uint64_t seed);

}  // namespace spikeloom
