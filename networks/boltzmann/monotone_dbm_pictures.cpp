/// What a trained machine has to show: weights, features as images, completions, energies on the way to them.
#include <algorithm>
#include <numeric>

#include "networks/boltzmann/monotone_dbm.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t features_shown = 40;
constexpr std::uint32_t shown_draw = 0x80000001;  // a draw of what is seen

/// Weights from pixels to the first map of features: how each changes from black to white, one image per feature.
NamedArray feature_images(const Parameter<float>& weights, Shape pixels, std::size_t levels) {
  const auto features = weights.values.size() / weights.inputs, shown = std::min(features, features_shown);
  const bool dense = weights.inputs == pixels.size();
  const std::size_t height = dense ? pixels.height : 3, width = dense ? pixels.width : 3;
  NamedArray images{
      "filters", "", "weights of some features, white less black", {"feature", "row", "column"}, {shown, height, width},
      {}};
  for (std::size_t f = 0; f < shown; ++f)
    for (std::size_t k = 0; k < height * width; ++k) {
      double sum = 0;
      for (std::size_t level = 0; level < levels; ++level) {
        const double grey = static_cast<double>(level) / static_cast<double>(levels - 1) - 0.5;
        sum += grey * static_cast<double>(weights.values[(k * pixels.channels + level) * features + f]);
      }
      images.values.push_back(sum);
    }
  return images;
}

}  // namespace

std::vector<NamedArray> MonotoneDbm::arrays() const {
  std::vector<NamedArray> all;
  for (const auto& parameter : parameters_)
    all.push_back({parameter.name,
                   "",
                   "after training (first seed)",
                   {"weight"},
                   {parameter.values.size()},
                   {parameter.values.begin(), parameter.values.end()}});
  for (std::size_t l = 0; l < centres_.size(); ++l)
    all.push_back({centre_names_[l],
                   "",
                   "what the weights of this layer take as nothing",
                   {"state"},
                   {centres_[l].size()},
                   {centres_[l].begin(), centres_[l].end()}});
  return all;
}

std::vector<ProtocolItem> MonotoneDbm::showcase(const Batch& batch, int threads) {
  std::vector<ProtocolItem> items;
  const auto& pixels = plan().layers.front().shape;
  const auto levels = static_cast<std::size_t>(params_.levels);
  if (pixels.channels == levels) {  // grey images
    items.push_back(feature_images(parameters_.front(), pixels, levels));
    items.push_back(Picture{.kind = Picture::Kind::images,
                            .name = "filters",
                            .title = "Features.",
                            .caption = "Weights from pixels to the features that couple groups, white less black.",
                            .z = {.label = "weight"},
                            .values = {"arrays/filters"},
                            .wide = true});
  }
  const auto images = partial(batch, params_.visible, shown_draw);
  TrialTable course{"inference",
                    "completion of the images shown, iteration by iteration",
                    {{"iteration", "", ""}, {"free_energy", "", "mean over images"}, {"change", "", "of it"}}};
  const auto completed = complete(images, threads, [&](const LayerStates<float>& q) {
    const auto energies = free_energy(q, threads);
    const double mean = std::accumulate(energies.begin(), energies.end(), 0.0) / static_cast<double>(energies.size());
    auto& of_all = course.columns[1].values;
    course.columns[2].values.push_back(of_all.empty() ? 0 : mean - of_all.back());
    of_all.push_back(mean);
    course.columns[0].values.push_back(static_cast<double>(of_all.size()));
  });
  NamedArray shown{"completions",
                   "",
                   "test images: what is seen, completed, true",
                   {"image", "row", "column"},
                   {3 * images.size(), pixels.height, pixels.width * (pixels.channels / levels)},
                   {}};
  const double unit = 1 / static_cast<double>(levels - 1);
  for (std::size_t i = 0; i < images.size(); ++i) {
    for (std::size_t k = 0; k < images.seen.columns(); ++k)
      shown.values.push_back(images.seen(i, k) != 0 ? images.levels(i, k) * unit : 0.5);
    const auto grey = completed.grey.row(i);
    shown.values.insert(shown.values.end(), grey.begin(), grey.end());
    for (std::size_t k = 0; k < images.seen.columns(); ++k) shown.values.push_back(images.levels(i, k) * unit);
  }
  items.push_back(std::move(course));
  items.push_back(std::move(shown));
  items.push_back(
      Picture{.name = "inference",
              .title = "Inference.",
              .caption = "Mean-field free energy of the images shown below, from uniform groups on.",
              .x = {"iteration"},
              .y = {"free energy"},
              .series = {{"mean over images", {"trials/inference/iteration"}, {"trials/inference/free_energy"}}}});
  items.push_back(
      Picture{.kind = Picture::Kind::images,
              .name = "completions",
              .title = "Completed images.",
              .caption = "Test images in threes: what is seen (the rest is grey), completed, and the truth.",
              .z = {.label = "grey", .low = 0, .high = 1},
              .values = {"arrays/completions"},
              .wide = true});
  return items;
}

}  // namespace spikeloom
