/// `current_noise`: white noise, Gaussian or uniform, an independent current into every target neuron.
#include <algorithm>
#include <array>

#include "core/aligned.hpp"
#include "core/normal_pairs.hpp"
#include "core/sources/current_drive.hpp"
#include "core/sources/sources.hpp"
#include "core/step_draws.hpp"
#include "core/sweep.hpp"

namespace spikeloom {
namespace {

/// The bits are a function of (seed, projection, target neuron, first step of the hold interval).
class NoiseDrive final : public Drive {
 public:
  explicit NoiseDrive(const DriveRequest& request)
      : seed_(request.seed),
        stream_(request.stream),
        delay_(request.delay),
        start_(nearest_step(value_or(request.arguments, "start", 0), request.resolution)),
        hold_(nearest_step(value_or(request.arguments, "dt", default_hold), request.resolution)),
        uniform_(is_uniform(request.arguments)),
        schedule_(schedule_of(request.arguments, std::array{0.0}, request.resolution, 0)),
        mean_(times_weight(request, "mean")),
        sd_(times_weight(request, "sd")) {}

  static constexpr double default_hold = 1;  // ms

  void add(Step step, std::uint32_t first, std::span<float> row) const override {
    const Step now = source_step(step, delay_);
    if (schedule_.at(now) == Schedule::no_piece) return;
    alignas(64) std::array<float, tile_size> unit;
    draw_tile(first / tile_size, now - (now - start_) % hold_, unit);
    const float* z = unit.data() + first % tile_size;
    if (mean_.size() == 1 && sd_.size() == 1) {
      const float mean = mean_.front(), sd = sd_.front();
      for (std::size_t i = 0; i < row.size(); ++i) row[i] += mean + sd * z[i];
    } else {
      for (std::size_t i = 0; i < row.size(); ++i) row[i] += value(mean_, first + i) + value(sd_, first + i) * z[i];
    }
  }

 private:
  using Column = aligned_vector<float>;  // one entry, or one per target neuron
  static float value(const Column& column, std::size_t i) { return column.size() == 1 ? column.front() : column[i]; }

  static Column times_weight(const DriveRequest& request, std::string_view name) {
    const auto found = request.arguments.numbers.find(name);
    const std::size_t numbers = found == request.arguments.numbers.end() ? 1 : found->second.size();
    Column column(std::max(numbers, request.weights.size()));
    for (std::size_t i = 0; i < column.size(); ++i)
      column[i] = static_cast<float>(value_or(request.arguments, name, 0, i) *
                                     double{request.weights[request.weights.size() == 1 ? 0 : i]});
    return column;
  }

  void draw_tile(std::uint32_t tile, Step step, std::span<float, tile_size> unit) const {
    alignas(64) std::array<std::uint32_t, tile_size> words;
    const std::uint64_t first_block = tile * (tile_size / 4) | static_cast<std::uint64_t>(step >> 32) << 32;
    step_draws(seed_, Purpose::noise, stream_, first_block, static_cast<std::uint32_t>(step), words);
    if (!uniform_) return normal_pairs(words, unit);
    constexpr float scale = 0x1p-32f * 3.46410162f;  // sqrt(12): unit variance
    for (std::size_t i = 0; i < words.size(); ++i)
      unit[i] = static_cast<float>(static_cast<std::int32_t>(words[i])) * scale;
  }

  static bool is_uniform(const ModelArguments& arguments) {
    const auto found = arguments.texts.find("distribution");
    return found != arguments.texts.end() && found->second == "uniform";
  }

  std::uint64_t seed_;
  std::uint32_t stream_;
  Step delay_, start_, hold_;
  bool uniform_;
  Schedule schedule_;
  Column mean_, sd_;
};

}  // namespace

ModelInfo current_noise_source() {
  ModelInfo info;
  info.name = "current_noise";
  info.summary = "noise current, Gaussian or uniform, independent for every target neuron (NEST: noise_generator)";
  info.equations =
      "I(t) = mean + sd z_k for start + k dt <= t < start + (k + 1) dt and t < stop, z_k of mean 0 and variance 1";
  info.kind = ModelKind::current_source;
  info.params = {{.name = "mean", .unit = "pA", .doc = "mean; one value, or one per target"},
                 {.name = "sd",
                  .unit = "pA",
                  .doc = "standard deviation; one value, or one per target",
                  .check = non_negative,
                  .required = true},
                 {.name = "dt",
                  .unit = "ms",
                  .doc = "how long each random value holds",
                  .default_number = NoiseDrive::default_hold,
                  .check = positive,
                  .per_neuron = false},
                 {.name = "distribution",
                  .unit = "",
                  .doc = "of the random values; uniform ones lie within sqrt(3) sd of the mean",
                  .kind = ParamKind::choice,
                  .default_text = "normal",
                  .choices = {"normal", "uniform"},
                  .per_neuron = false}};
  append_start_stop(info.params);
  info.check = [](const ModelArguments& arguments, double resolution, std::vector<Problem>& problems) {
    require_start_before_stop(arguments, problems);
    require_whole_steps(arguments, "dt", NoiseDrive::default_hold, resolution, problems);
  };
  info.make_drive = [](const DriveRequest& request) { return std::make_shared<const NoiseDrive>(request); };
  return info;
}

}  // namespace spikeloom
