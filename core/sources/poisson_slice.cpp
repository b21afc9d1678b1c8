/// A population of Poisson sources: the cost is that of its spikes.
///
/// The spikes of a tile of neurons in one step are a Poisson number with the summed mean, each of them from a neuron
/// chosen in proportion to its rate; that is the same as a Poisson number for every neuron, without drawing the zeros.
/// The bits are a function of (seed, population, tile, step): a slice that holds part of a tile draws all of it.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/sources/poisson_number.hpp"
#include "core/sources/poisson_train.hpp"
#include "core/sources/source_slice.hpp"
#include "core/sweep.hpp"

namespace spikeloom {
namespace {

class PoissonSlice final : public SourceSlice {
 public:
  PoissonSlice(const SliceRequest& request, const RateCourse& course, const std::vector<double>& rates)
      : seed_(request.seed),
        population_(request.population),
        size_(request.population_size),
        first_(request.first),
        end_(request.first + request.count),
        course_(course) {
    if (rates.empty()) return;
    first_cumulative_ = first_ / tile_size * tile_size;
    double sum = 0;
    for (std::uint32_t i = first_cumulative_; i < tile_end((end_ - 1) / tile_size); ++i) {
      sum = (i % tile_size == 0 ? 0 : sum) + rates.at(i);
      cumulative_.push_back(sum);
    }
  }

 private:
  /// Whose 128 bits: of a tile and step; 0 and up for its number of spikes, from `picks` on to choose their neurons.
  static constexpr std::uint32_t picks = 1u << 16;
  static constexpr std::uint64_t few = 64;  // spikes: sorted; more are counted

  void emit(Step step, std::vector<std::uint32_t>& spiked) const override {
    const int piece = course_.schedule.at(step);
    if (piece == Schedule::no_piece) return;
    const double mean = course_.means[static_cast<std::size_t>(piece)];
    if (mean > 0 && end_ > first_)
      for (std::uint32_t tile = first_ / tile_size; tile <= (end_ - 1) / tile_size; ++tile)
        emit_tile(step, tile, mean, spiked);
  }

  void emit_tile(Step step, std::uint32_t tile, double mean, std::vector<std::uint32_t>& spiked) const {
    const auto bits = [&](std::uint32_t number) {
      return draw(seed_, Purpose::source, population_,
                  tile | static_cast<std::uint64_t>(step >> 32) << 23 | static_cast<std::uint64_t>(number) << 32,
                  static_cast<std::uint32_t>(step));
    };
    const double rate = cumulative_.empty() ? tile_end(tile) - tile * tile_size : tile_rates(tile).back();
    const auto spikes = poisson_number(mean * rate, bits);
    const auto for_each_pick = [&](auto act) {
      for (std::uint64_t k = 0; k < spikes; k += 2) {
        const Draw b = bits(picks + static_cast<std::uint32_t>(k / 2));
        act(pick(tile, b[0], b[1]));
        if (k + 1 < spikes) act(pick(tile, b[2], b[3]));
      }
    };
    const auto begin = spiked.size();
    if (spikes <= few) {
      for_each_pick([&](std::uint32_t neuron) { append(tile * tile_size + neuron, 1, spiked); });
      std::sort(spiked.begin() + static_cast<std::ptrdiff_t>(begin), spiked.end());
    } else {
      std::array<std::uint32_t, tile_size> count{};
      for_each_pick([&](std::uint32_t neuron) { ++count[neuron]; });
      for (std::uint32_t neuron = 0; neuron < tile_size; ++neuron)
        append(tile * tile_size + neuron, count[neuron], spiked);
    }
  }

  /// The neuron (in its tile) of one spike.
  std::uint32_t pick(std::uint32_t tile, std::uint32_t high, std::uint32_t low) const {
    if (cumulative_.empty()) return static_cast<std::uint32_t>(below(tile_end(tile) - tile * tile_size, high, low));
    const auto rates = tile_rates(tile);
    auto found = std::upper_bound(rates.begin(), rates.end(), uniform(high, low) * rates.back());
    if (found == rates.end()) found = std::lower_bound(rates.begin(), rates.end(), rates.back());  // rounded up
    return static_cast<std::uint32_t>(found - rates.begin());
  }

  void append(std::uint32_t neuron, std::uint32_t times, std::vector<std::uint32_t>& spiked) const {
    if (neuron >= first_ && neuron < end_) spiked.insert(spiked.end(), times, neuron - first_);
  }

  std::uint32_t tile_end(std::uint32_t tile) const { return std::min(size_, (tile + 1) * tile_size); }
  std::span<const double> tile_rates(std::uint32_t tile) const {
    return std::span(cumulative_).subspan(tile * tile_size - first_cumulative_, tile_end(tile) - tile * tile_size);
  }

  std::uint64_t seed_;
  std::uint32_t population_, size_, first_, end_;
  RateCourse course_;
  std::uint32_t first_cumulative_ = 0;
  std::vector<double> cumulative_;  // rates summed up within each tile; empty if all are alike
};

}  // namespace

std::unique_ptr<NeuronSlice> make_poisson_slice(const SliceRequest& request, const RateCourse& course,
                                                const std::vector<double>& rates) {
  return std::make_unique<PoissonSlice>(request, course, rates);
}

}  // namespace spikeloom
