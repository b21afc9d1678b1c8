/// Training of motion detectors, and the module motion_layer.
#include "networks/motion/motion_detector.hpp"

#include <algorithm>

#include "core/parallel.hpp"

namespace spikeloom {
namespace {

constexpr const char* motion_detector_equations =
    "B[c,t,y,x] = sum over p, dt, dy, dx of K[c,p,dt,dy,dx] A[p, t - dt, y - dy, x - dx]    A: events, ON and OFF\n"
    "Pr(c | t,y,x) = 1 / (1 + exp(-(B + b_c))), at places with an ON event (`places`)\n"
    "loss: binary cross-entropy against the motion of the bin, mean over places and classes; Adam\n"
    "answer of a bin: the class of the largest mean of B + b_c\n";

MotionLayerShape shape_of(const MotionDetectorParams& params, std::size_t size) {
  const auto directions = static_cast<std::size_t>(params.directions);
  return {directions * params.speeds.size(), static_cast<std::size_t>(params.delays),
          static_cast<std::size_t>(params.radius), size};
}

Places places_named(const std::string& name) {
  if (name == "all") return Places::all;
  return name == "active" ? Places::active : Places::on;
}

std::unique_ptr<Optimiser<float>> adam(double eta, std::size_t size) {
  ModelArguments arguments;
  arguments.numbers["eta"] = {eta};
  return find_optimiser("adam")->make<float>(arguments, size);
}

}  // namespace

const ParamTable<MotionDetectorParams>& motion_detector_params() {
  using P = MotionDetectorParams;
  static const ParamTable<P> table{
      {"directions", &P::directions, "", "number of directions, equally spaced", whole_positive},
      {"speeds", &P::speeds, "", "pixels per bin", positive},
      {"delays", &P::delays, "", "delays of every input: 0 ... delays - 1 bins", whole_positive},
      {"radius", &P::radius, "", "reach of a neuron's inputs in pixels", whole_positive},
      {"cone", &P::cone, "", "short delays reach less far: a quarter of the radius at 0"},
      {"places",
       &P::places,
       "",
       "where evidence is looked at: places with an ON event, with any event, all",
       finite,
       {"on", "active", "all"}},
      {"invariant", &P::invariant, "",
       "OFF events are judged too, as ON events of the movie with exchanged polarities"},
      {"eta", &P::eta, "", "learning rate of Adam", positive}};
  return table;
}

ModuleInfo motion_layer_module() {
  return {.name = "motion_layer",
          .summary = "motion detectors with many delays per input (Grimaldi & Perrinet 2023)",
          .params = motion_detector_params().infos(),
          .equations = motion_detector_equations,
          .check = [](const ModelArguments& arguments, std::vector<Problem>& problems) {
            const auto p = motion_detector_params().read(arguments);
            const auto too_large = [&](const char* name, std::size_t value, std::size_t most) {
              if (value > most) problems.push_back({{}, name, "exceeds " + std::to_string(most), "lower it"});
            };
            too_large("delays", static_cast<std::size_t>(p.delays), 255);
            too_large("radius", static_cast<std::size_t>(p.radius), 100);
            too_large("directions", static_cast<std::size_t>(p.directions) * p.speeds.size(), 255);
            if (p.speeds.empty()) problems.push_back({{}, "speeds", "there is no speed", "give at least one"});
          }};
}

MotionDetector::MotionDetector(const MotionDetectorParams& params, std::size_t size)
    : params_(params),
      motions_{params.directions, params.speeds},
      layer_(shape_of(params, size), params.cone, places_named(params.places)),
      kernel_optimiser_(adam(params.eta, layer_.kernel().size())),
      bias_optimiser_(adam(params.eta, layer_.bias().size())) {}

void MotionDetector::train(std::span<const MotionMovie* const> movies, int threads) {
  struct Gradient {
    std::vector<float> kernel, bias;
  };
  std::vector<Gradient> gradients(movies.size());
  for_each_index(static_cast<std::size_t>(threads), movies.size(), [&](std::size_t k) {
    const auto& movie = *movies[k];
    auto& gradient = gradients[k];
    gradient.kernel.resize(layer_.kernel().size()), gradient.bias.resize(layer_.bias().size());
    std::vector<float> evidence;
    layer_.respond(movie.events, movie.labels.size(), evidence);
    layer_.add_gradient(movie.events, movie.labels, evidence, gradient.kernel, gradient.bias);
  });
  auto& sum = gradients.front();
  for (std::size_t k = 1; k < gradients.size(); ++k) {
    std::ranges::transform(sum.kernel, gradients[k].kernel, sum.kernel.begin(), std::plus<>());
    std::ranges::transform(sum.bias, gradients[k].bias, sum.bias.begin(), std::plus<>());
  }
  const float scale = 1 / static_cast<float>(movies.size());
  for (auto* column : {&sum.kernel, &sum.bias})
    for (auto& value : *column) value *= scale;
  kernel_optimiser_->update(layer_.kernel(), sum.kernel);
  bias_optimiser_->update(layer_.bias(), sum.bias);
  layer_.apply_mask();
}

std::vector<float> MotionDetector::evidence(const MotionMovie& movie) const {
  const auto bins = movie.labels.size(), classes = layer_.shape().classes;
  std::vector<float> field;
  const auto judge = [&](std::span<const CameraEvent> events) {
    layer_.respond(events, bins, field);
    return layer_.read_out(events, field, bins);
  };
  auto means = judge(movie.events);
  if (!params_.invariant) return means;
  const auto others = judge(swapped(movie.events));
  std::vector<float> on(bins), all(bins);
  for (const auto& event : movie.events) on[event.bin] += event.polarity == Polarity::on, all[event.bin] += 1;
  for (std::size_t k = 0; k < means.size(); ++k) {
    const auto t = k / classes;
    if (all[t] > 0) means[k] = (on[t] * means[k] + (all[t] - on[t]) * others[k]) / all[t];
  }
  return means;
}

std::vector<std::size_t> MotionDetector::classify(const MotionMovie& movie) const {
  return largest_of_rows(evidence(movie), layer_.shape().classes);
}

void MotionDetector::state(StateArchive& archive) {
  archive.column("kernel", std::span(layer_.kernel()));
  archive.column("bias", std::span(layer_.bias()));
  kernel_optimiser_->state(archive, "kernel_");
  bias_optimiser_->state(archive, "bias_");
}

std::vector<bool> settled_bins(const MotionMovie& movie, std::size_t delays) {
  std::vector<bool> settled(movie.labels.size());
  for (std::size_t t = 0, since = 0; t < settled.size(); ++t) {
    if (movie.labels[t] != movie.labels[since]) since = t;
    settled[t] = t - since + 1 >= delays;
  }
  return settled;
}

std::vector<std::size_t> largest_of_rows(std::span<const float> matrix, std::size_t columns) {
  std::vector<std::size_t> out;
  for (std::size_t first = 0; first < matrix.size(); first += columns) {
    const auto row = matrix.subspan(first, columns);
    out.push_back(static_cast<std::size_t>(std::ranges::max_element(row) - row.begin()));
  }
  return out;
}

}  // namespace spikeloom
