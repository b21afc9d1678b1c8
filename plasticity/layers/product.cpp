/// Products by tiles: 14 x 32 sums in registers, a panel of `b` packed into the L1 cache, `a` read where it lies.
#include "plasticity/layers/product.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "core/parallel.hpp"
#include "plasticity/layers/lanes.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t panel_depth = 256;  // steps of k per packed panel: 32 KB with two registers of columns
constexpr std::size_t group_rows = 16 * tile_rows;
constexpr std::size_t small_product = 300'000;  // multiply-adds that are not worth waking a thread

template <class Real>
constexpr std::size_t panel_columns = 2 * lane_count<Real>;

/// One panel of `b`: `depth` rows of `width` columns (one or two registers), zeros where b has no column.
template <class Real>
struct Panel {
  alignas(64) std::array<Real, panel_depth * panel_columns<Real>> values;

  void pack(const MatrixView<const Real>& b, std::size_t first_row, std::size_t depth, std::size_t first_column,
            std::size_t columns, std::size_t width) {
    const Real* from = b.data + static_cast<std::ptrdiff_t>(first_row) * b.row_step +
                       static_cast<std::ptrdiff_t>(first_column) * b.column_step;
    if (columns < width) std::fill_n(values.begin(), depth * width, Real{0});
    if (b.column_step == 1)
      for (std::size_t k = 0; k < depth; ++k)
        std::copy_n(from + static_cast<std::ptrdiff_t>(k) * b.row_step, columns, values.data() + k * width);
    else
      for (std::size_t j = 0; j < columns; ++j) {
        const Real* column = from + static_cast<std::ptrdiff_t>(j) * b.column_step;
        for (std::size_t k = 0; k < depth; ++k)
          values[k * width + j] = column[static_cast<std::ptrdiff_t>(k) * b.row_step];
      }
  }
};

/// rows x (vectors * lanes) elements of c. `c` is [row][c_step], and holds what is to be added to.
template <class Real, int rows, int vectors>
void tile(const Real* a, std::ptrdiff_t a_row, std::ptrdiff_t a_column, const Real* b, std::size_t depth, Real* c,
          std::ptrdiff_t c_step) {
  constexpr auto lanes = static_cast<std::ptrdiff_t>(lane_count<Real>);
  constexpr int triples = (rows + 2) / 3;
  // Rows of `a` in triples: one pointer each and two common offsets, or there would not be registers for all.
  std::array<const Real*, static_cast<std::size_t>(triples)> base;
  for (int t = 0; t < triples; ++t) base[static_cast<std::size_t>(t)] = a + 3 * t * a_row;
  Lanes<Real> sums[rows][vectors];
  for (int i = 0; i < rows; ++i)
    for (int v = 0; v < vectors; ++v) sums[i][v] = load(c + i * c_step + v * lanes);
  for (std::size_t k = 0; k < depth; ++k) {
    Lanes<Real> right[vectors];
    for (int v = 0; v < vectors; ++v) right[v] = load(b + v * lanes);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const Real left = base[static_cast<std::size_t>(i / 3)][(i % 3) * a_row];
      for (int v = 0; v < vectors; ++v) sums[i][v] = fused(left, right[v], sums[i][v]);
    }
    for (auto& pointer : base) pointer += a_column;
    b += vectors * lanes;
  }
  for (int i = 0; i < rows; ++i)
    for (int v = 0; v < vectors; ++v) store(sums[i][v], c + i * c_step + v * lanes);
}

template <class Real>
using Tile = void (*)(const Real*, std::ptrdiff_t, std::ptrdiff_t, const Real*, std::size_t, Real*, std::ptrdiff_t);

/// The tiles of 1 ... tile_rows rows.
template <class Real, int vectors>
constexpr auto tiles() {
  return []<int... r>(std::integer_sequence<int, r...>) {
    return std::array<Tile<Real>, sizeof...(r)>{tile<Real, r + 1, vectors>...};
  }
  (std::make_integer_sequence<int, tile_rows>{});
}

template <class Real>
class Product {
 public:
  Product(MatrixView<const Real> a, MatrixView<const Real> b, MatrixView<Real> c, Onto onto)
      : a_(a), b_(b), c_(c), onto_(onto) {}

  /// Rows [first, first + rows) of the panel of columns that begins at `column`.
  void work(std::size_t first, std::size_t rows, std::size_t column) {
    const auto columns = std::min(panel_columns<Real>, c_.columns - column);
    const bool narrow = columns <= lane_count<Real>;
    const auto width = narrow ? lane_count<Real> : panel_columns<Real>;
    Panel<Real> panel;
    if (onto_ == Onto::zero)
      for (std::size_t i = first; i < first + rows; ++i) std::fill_n(at(i, column), columns, Real{0});
    for (std::size_t k = 0; k < a_.columns; k += panel_depth) {
      const auto depth = std::min(panel_depth, a_.columns - k);
      panel.pack(b_, k, depth, column, columns, width);
      for (std::size_t i = 0; i < rows; i += tile_rows)
        one(first + i, std::min<std::size_t>(tile_rows, rows - i), column, columns, width, k, depth, panel);
    }
  }

 private:
  Real* at(std::size_t row, std::size_t column) const {
    return c_.data + static_cast<std::ptrdiff_t>(row) * c_.row_step + column;
  }

  void one(std::size_t row, std::size_t rows, std::size_t column, std::size_t columns, std::size_t width, std::size_t k,
           std::size_t depth, const Panel<Real>& panel) {
    static constexpr auto narrow = tiles<Real, 1>(), wide = tiles<Real, 2>();
    const auto run = (width == lane_count<Real> ? narrow : wide)[rows - 1];
    const Real* a =
        a_.data + static_cast<std::ptrdiff_t>(row) * a_.row_step + static_cast<std::ptrdiff_t>(k) * a_.column_step;
    if (columns == width)
      return run(a, a_.row_step, a_.column_step, panel.values.data(), depth, at(row, column), c_.row_step);
    alignas(64) std::array<Real, tile_rows * panel_columns<Real>> edge{};
    for (std::size_t i = 0; i < rows; ++i) std::copy_n(at(row + i, column), columns, edge.data() + i * width);
    run(a, a_.row_step, a_.column_step, panel.values.data(), depth, edge.data(), static_cast<std::ptrdiff_t>(width));
    for (std::size_t i = 0; i < rows; ++i) std::copy_n(edge.data() + i * width, columns, at(row + i, column));
  }

  MatrixView<const Real> a_, b_;
  MatrixView<Real> c_;
  Onto onto_;
};

}  // namespace

template <class Real>
void multiply(MatrixView<const Real> a, MatrixView<const Real> b, MatrixView<Real> c, Onto onto, int threads) {
  assert(a.rows == c.rows && b.columns == c.columns && a.columns == b.rows && c.column_step == 1);
  const auto groups = (c.rows + group_rows - 1) / group_rows;
  const auto panels = (c.columns + panel_columns<Real> - 1) / panel_columns<Real>;
  const auto workers = c.rows * c.columns * a.columns < small_product ? 1 : threads;
  Product<Real> product(a, b, c, onto);
  for_each_index(static_cast<std::size_t>(workers), groups * panels, [&](std::size_t task) {
    const auto first = task / panels * group_rows, column = task % panels * panel_columns<Real>;
    product.work(first, std::min(group_rows, c.rows - first), column);
  });
}

template void multiply(MatrixView<const float>, MatrixView<const float>, MatrixView<float>, Onto, int);
template void multiply(MatrixView<const double>, MatrixView<const double>, MatrixView<double>, Onto, int);

}  // namespace spikeloom
