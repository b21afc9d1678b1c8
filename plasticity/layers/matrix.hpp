/// Matrices of layers: one row per sample, stored row after row; and views of them, possibly transposed.
#pragma once

#include <cstddef>
#include <span>

#include "core/aligned.hpp"

namespace spikeloom {

/// A matrix that lies somewhere else: element (i, j) at data[i * row_step + j * column_step].
template <class Real>
struct MatrixView {
  Real* data = nullptr;
  std::size_t rows = 0, columns = 0;
  std::ptrdiff_t row_step = 0, column_step = 1;

  MatrixView transposed() const noexcept { return {data, columns, rows, column_step, row_step}; }
  /// Rows [first, first + count).
  MatrixView part(std::size_t first, std::size_t count) const noexcept {
    return {data + static_cast<std::ptrdiff_t>(first) * row_step, count, columns, row_step, column_step};
  }
};

/// A matrix of its own. Its memory only grows: resizing keeps no values.
template <class Real>
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t columns) { resize(rows, columns); }

  void resize(std::size_t rows, std::size_t columns) {
    rows_ = rows;
    columns_ = columns;
    if (values_.size() < rows * columns) values_.resize(rows * columns);
  }

  std::size_t rows() const noexcept { return rows_; }
  std::size_t columns() const noexcept { return columns_; }
  std::size_t size() const noexcept { return rows_ * columns_; }
  std::span<Real> values() noexcept { return std::span(values_).first(size()); }
  std::span<const Real> values() const noexcept { return std::span(values_).first(size()); }
  std::span<Real> row(std::size_t i) noexcept { return values().subspan(i * columns_, columns_); }
  std::span<const Real> row(std::size_t i) const noexcept { return values().subspan(i * columns_, columns_); }
  Real& operator()(std::size_t i, std::size_t j) noexcept { return values_[i * columns_ + j]; }
  Real operator()(std::size_t i, std::size_t j) const noexcept { return values_[i * columns_ + j]; }

  MatrixView<Real> view() noexcept { return {values_.data(), rows_, columns_, static_cast<std::ptrdiff_t>(columns_)}; }
  MatrixView<const Real> view() const noexcept {
    return {values_.data(), rows_, columns_, static_cast<std::ptrdiff_t>(columns_)};
  }

 private:
  std::size_t rows_ = 0, columns_ = 0;
  aligned_vector<Real> values_;
};

}  // namespace spikeloom
