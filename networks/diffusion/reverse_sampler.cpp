/// Both samplers over matrices, one update of every number at a time.
#include "networks/diffusion/reverse_sampler.hpp"

#include <atomic>

#include "networks/diffusion/noise_field.hpp"
#include "plasticity/layers/elementwise.hpp"

namespace spikeloom {
namespace {

constexpr float least = 1e-30f;

class ReverseChain {
 public:
  ReverseChain(const SamplerOptions& options, std::size_t rows, std::size_t columns, int threads)
      : ambient_(options.kind == SamplerOptions::Kind::unconstrained),
        threads_(threads),
        y_(rows, columns),
        z_(rows, columns),
        h_(rows, columns) {
    if (ambient_) x_.resize(rows, columns);
  }

  void begin(const LogNormalStart& start, std::uint64_t seed, std::uint64_t first_row) {
    fill_normal(seed, NoiseStream::start, first_row, 0, z_, threads_);
    const auto mean = static_cast<float>(start.mean), deviation = static_cast<float>(start.deviation);
    for (std::size_t k = 0; k < y_.size(); ++k) {
      y_.values()[k] = mean + deviation * z_.values()[k];
      if (ambient_) x_.values()[k] = std::exp(y_.values()[k]);
    }
  }

  /// `z` of this step, or none where the noise is 0.
  void update(const GeometricNoise::Step& step) {
    const auto by_score = static_cast<float>(step.score), constant = static_cast<float>(step.constant),
               by_noise = static_cast<float>(step.noise);
    float* __restrict y = y_.values().data();
    const float* __restrict h = h_.values().data(), * __restrict z = z_.values().data();
    if (!ambient_) {
      for_each_block(threads_, y_.size(), [=](std::size_t first, std::size_t end) {
        for (std::size_t k = first; k < end; ++k) y[k] += by_score * h[k] + constant + by_noise * z[k];
      });
      return;
    }
    float* __restrict x = x_.values().data();
    std::atomic<std::uint64_t> changes = 0;
    for_each_block(threads_, y_.size(), [=, &changes](std::size_t first, std::size_t end) {
      std::uint64_t changed = 0;
      for (std::size_t k = first; k < end; ++k) {
        const float factor = constant + by_score * h[k] + by_noise * z[k];
        changed += factor < 0 ? 1 : 0;
        const float moved = x[k] * factor, size = std::abs(moved);
        x[k] = size > least ? moved : std::copysign(least, moved);
        y[k] = std::log(std::abs(x[k]));
      }
      changes += changed;
    });
    sign_changes_ += changes;
  }

  Matrix<float>& log_size() noexcept { return y_; }
  Matrix<float>& score() noexcept { return h_; }
  Matrix<float>& noise() noexcept { return z_; }
  std::uint64_t sign_changes() const noexcept { return sign_changes_; }

 private:
  bool ambient_;
  int threads_;
  Matrix<float> y_, z_, h_, x_;
  std::uint64_t sign_changes_ = 0;
};

}  // namespace

const std::vector<std::string>& sampler_names() {
  static const std::vector<std::string> names = {"dale", "unconstrained"};
  return names;
}

ReverseSamples sample_reverse(const GeometricNoise& noise, const SamplerOptions& options, const LogNormalStart& start,
                              const HyvarinenScore& score, std::size_t rows, std::size_t columns, std::uint64_t seed,
                              std::uint64_t first_row, int threads, const std::function<bool(double share)>& go_on) {
  const auto step_of = [&](double length, double amplitude) {
    return options.kind == SamplerOptions::Kind::dale ? noise.dale_step(length, amplitude)
                                                      : noise.unconstrained_step(length, amplitude);
  };
  ReverseChain chain(options, rows, columns, threads);
  chain.begin(start, seed, first_row);
  double amplitude = 1;
  std::uint32_t drawn = 0;
  for (int k = options.steps; k > 0; --k) {
    const double t = options.time(k), length = options.step * (t - options.time(k - 1));
    for (int repeat = 0; repeat < options.repeats; ++repeat) {
      score(chain.log_size(), t, chain.score());
      fill_normal(seed, NoiseStream::sampling, first_row, drawn++, chain.noise(), threads);
      chain.update(step_of(length, amplitude));
    }
    amplitude *= options.anneal;
    if (go_on && !go_on(1 - static_cast<double>(k - 1) / options.steps)) break;
  }
  for (int k = 0; k < options.polish; ++k) {
    score(chain.log_size(), options.time(1), chain.score());
    chain.update(step_of(options.step * options.time(1), 0));
  }
  return {std::move(chain.log_size()), chain.sign_changes()};
}

}  // namespace spikeloom
