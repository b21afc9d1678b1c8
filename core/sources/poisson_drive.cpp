/// Poisson trains without a population: one number per target neuron and step, drawn where it is needed.
///
/// The bits are a function of (seed, projection, target neuron, emission step): the same for any partitioning.
#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <optional>

#include "core/aligned.hpp"
#include "core/sources/poisson_tile.hpp"
#include "core/sources/poisson_train.hpp"
#include "core/step_draws.hpp"

namespace spikeloom {
namespace {

/// Larger means are sums of independent draws from a table; beyond this many draws, numbers come one by one.
constexpr int most_parts = 4;

struct Stream {
  std::uint64_t seed;
  std::uint32_t stream;
  Step delay;
};

/// Ids of draws: the step's upper bits and the number of the draw above the 32 bits of block or neuron.
std::uint64_t draw_id(std::uint32_t low, Step step, int part) noexcept {
  return low | (static_cast<std::uint64_t>(step >> 32) * 8 + static_cast<std::uint64_t>(part)) << 32;
}

/// Neurons with equal rates: whole tiles by table.
class UniformDrive final : public Drive {
 public:
  UniformDrive(const DriveRequest& request, const RateCourse& course)
      : stream_{request.seed, request.stream, request.delay}, schedule_(course.schedule) {
    const bool alike = std::all_of(request.weights.begin(), request.weights.end(),
                                   [&](float weight) { return weight == request.weights.front(); });
    if (!alike) {
      weights_.assign(request.weights.begin(), request.weights.end());
      weights_.resize((weights_.size() + tile_size - 1) / tile_size * tile_size);
    }
    values_ = tile_values(alike ? request.weights.front() : 1.0f);
    for (const double mean : course.means) pieces_.push_back(piece(mean));
  }

  void add(Step step, std::uint32_t first, std::span<float> row) const override {
    const Step emission = step - stream_.delay;
    const int k = schedule_.at(emission);
    if (k == Schedule::no_piece || pieces_[static_cast<std::size_t>(k)].parts == 0) return;
    const Piece& piece = pieces_[static_cast<std::size_t>(k)];
    const std::uint32_t offset = first % tile_size;
    if (row.size() == tile_size) return add_parts(piece, emission, first, row.data());
    alignas(64) float tile[tile_size] = {};
    std::copy(row.begin(), row.end(), tile + offset);
    add_parts(piece, emission, first - offset, tile);
    std::copy_n(tile + offset, row.size(), row.begin());
  }

 private:
  struct Piece {
    int parts = 0;
    std::optional<PoissonTable> table;
  };

  static Piece piece(double mean) {
    const int parts = static_cast<int>(std::ceil(mean / PoissonTable::largest_mean));
    return parts == 0 ? Piece{} : Piece{parts, PoissonTable(mean / parts)};
  }

  void add_parts(const Piece& piece, Step step, std::uint32_t first, float* row) const {
    for (int part = 0; part < piece.parts; ++part) add_part(*piece.table, step, first, part, row);
  }

  void add_part(const PoissonTable& table, Step step, std::uint32_t first, int part, float* row) const {
    alignas(64) TileWords words;
    step_draws(stream_.seed, Purpose::poisson, stream_.stream, draw_id(first / 8, step, part),
               static_cast<std::uint32_t>(step), words);
    std::array<std::uint16_t, tile_size> rest;
    const std::uint32_t rest_count = find_rest(words, table.rest_from(), rest);
    const float* weights = weights_.empty() ? nullptr : weights_.data() + first;
    if (rest_count == 0) return add_tile(words, table, values_, weights, row);
    std::array<float, tile_size> before;
    for (std::uint32_t k = 0; k < rest_count; ++k) before[k] = row[rest[k]];
    add_tile(words, table, values_, weights, row);
    for (std::uint32_t k = 0; k < rest_count; ++k)
      row[rest[k]] =
          before[k] + rest_input(table, step, first + rest[k], part, weights ? weights[rest[k]] : values_[1]);
  }

  float rest_input(const PoissonTable& table, Step step, std::uint32_t neuron, int part, float weight) const {
    const Draw bits = draw(stream_.seed, Purpose::poisson_rest, stream_.stream, draw_id(neuron, step, part),
                           static_cast<std::uint32_t>(step));
    return static_cast<float>(table.rest(uniform(bits[0], bits[1]))) * weight;
  }

  Stream stream_;
  Schedule schedule_;
  std::vector<Piece> pieces_;
  TileValues values_;
  aligned_vector<float> weights_;  // in whole tiles; empty if all are alike
};

/// Neurons with rates of their own, or with more spikes per step than tables are good for: number by number.
class IndividualDrive final : public Drive {
 public:
  IndividualDrive(const DriveRequest& request, const RateCourse& course, std::vector<double> rates)
      : stream_{request.seed, request.stream, request.delay},
        schedule_(course.schedule),
        means_(course.means),
        rates_(std::move(rates)),
        weights_(request.weights.begin(), request.weights.end()) {}

  void add(Step step, std::uint32_t first, std::span<float> row) const override {
    const Step emission = step - stream_.delay;
    const int piece = schedule_.at(emission);
    if (piece == Schedule::no_piece) return;
    const double mean = means_[static_cast<std::size_t>(piece)];
    for (std::uint32_t i = 0; i < row.size(); ++i) {
      const std::uint32_t neuron = first + i;
      const auto number = poisson_number(rates_.empty() ? mean : mean * rates_[neuron], [&](std::uint32_t attempt) {
        return draw(stream_.seed, Purpose::poisson, stream_.stream,
                    draw_id(neuron, emission, 0) | static_cast<std::uint64_t>(attempt) << 52,
                    static_cast<std::uint32_t>(emission));
      });
      row[i] += static_cast<float>(number) * (weights_.size() == 1 ? weights_.front() : weights_[neuron]);
    }
  }

 private:
  Stream stream_;
  Schedule schedule_;
  std::vector<double> means_, rates_;
  std::vector<float> weights_;
};

}  // namespace

std::shared_ptr<const Drive> make_poisson_drive(const DriveRequest& request, const RateCourse& course,
                                                const std::vector<double>& rates) {
  const auto fits = [](double mean) { return mean <= most_parts * PoissonTable::largest_mean; };
  if (rates.empty() && std::all_of(course.means.begin(), course.means.end(), fits))
    return std::make_shared<UniformDrive>(request, course);
  return std::make_shared<IndividualDrive>(request, course, rates);
}

}  // namespace spikeloom
