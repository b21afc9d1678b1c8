/// Writes HDF5 files whose bytes depend on their content alone: no times, fixed layouts, space allocated in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/hdf5/library.hpp"

namespace spikeloom::io::hdf5 {

/// Rows of a data set that are written one block after the other.
class RowWriter {
 public:
  RowWriter() = default;
  /// Appends whole rows; `values` is row-major.
  template <class T>
  void append(std::span<const T> values) {
    write(values.data(), values.size(), NumberType<T>::in_memory());
  }
  /// Reads rows that were written before.
  template <class T>
  void read(std::uint64_t first_row, std::span<T> values) const {
    read(first_row, values.data(), values.size(), NumberType<T>::in_memory());
  }

 private:
  friend class Writer;
  void write(const void* values, std::size_t count, hid_t type);
  void read(std::uint64_t first_row, void* values, std::size_t count, hid_t type) const;

  Handle dataset_;
  std::string where_;  // "results.h5: /spikes/exc/timestamps", for messages
  std::uint64_t rows_ = 0, width_ = 1;
  bool matrix_ = false;
};

/// A file that is being written, on disk or in memory. Groups of a path must exist before what lies in them. Throws
/// RunError with the file, the object, the system's words and what to do.
class Writer {
 public:
  static Writer on_disk(const std::filesystem::path& file);
  /// `name` stands for the file in messages.
  static Writer in_memory(const std::string& name);

  void group(const std::string& path);

  /// A whole one-dimensional data set; `unit` becomes the attribute `units` unless empty.
  template <class T>
  void dataset(const std::string& path, std::span<const T> values, const std::string& unit = "") {
    auto rows = this->rows<T>(path, values.size(), unit);
    if (!values.empty()) rows.append(values);
  }
  template <class T>
  void dataset(const std::string& path, const std::vector<T>& values, const std::string& unit = "") {
    dataset(path, std::span<const T>(values), unit);
  }
  template <class T>
  void scalar(const std::string& path, T value, const std::string& unit = "") {
    write_scalar(path, &value, NumberType<T>::in_memory(), NumberType<T>::in_file(), unit);
  }
  /// A whole data set of any shape (an empty one is a scalar); `values` is row-major.
  template <class T>
  void array(const std::string& path, const std::vector<std::uint64_t>& shape, std::span<const T> values) {
    write_array(path, shape, values.data(), NumberType<T>::in_memory(), NumberType<T>::in_file());
  }
  void text(const std::string& path, const std::string& value);
  void texts(const std::string& path, const std::vector<std::string>& values);

  /// A one-dimensional data set of `count` numbers to be appended to; its space is allocated now, in one piece.
  template <class T>
  RowWriter rows(const std::string& path, std::uint64_t count, const std::string& unit = "") {
    return create(path, {count}, {}, NumberType<T>::in_file(), unit);
  }
  /// A matrix [rows][width] to be appended to, in chunks of [chunk_rows][chunk_width], all allocated now.
  template <class T>
  RowWriter matrix(const std::string& path, std::uint64_t rows, std::uint64_t width, std::uint64_t chunk_rows,
                   std::uint64_t chunk_width, const std::string& unit = "") {
    return create(path, {rows, width}, {chunk_rows, chunk_width}, NumberType<T>::in_file(), unit);
  }

  template <class T>
  void attribute(const std::string& path, const std::string& name, T value) {
    write_attribute(path, name, &value, 0, NumberType<T>::in_memory(), NumberType<T>::in_file());
  }
  template <class T>
  void attribute(const std::string& path, const std::string& name, std::span<const T> values) {
    write_attribute(path, name, values.data(), values.size(), NumberType<T>::in_memory(), NumberType<T>::in_file());
  }
  void attribute(const std::string& path, const std::string& name, const std::string& value);
  /// The attribute `sorting` of a SONATA population: by_time.
  void sorted_by_time(const std::string& path);

  /// Everything so far as the bytes of a file.
  std::vector<std::byte> image();
  /// The same where they lie, in memory that HDF5 gives back when the file, made by in_memory(), is written to or
  /// closed.
  std::span<const std::byte> view();
  /// Writes what is buffered and closes; the file is whole afterwards.
  void close();

 private:
  Writer(Handle file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}
  RowWriter create(const std::string& path, const std::vector<hsize_t>& extent, const std::vector<hsize_t>& chunk,
                   hid_t type, const std::string& unit);
  void write_scalar(const std::string& path, const void* value, hid_t in_memory, hid_t in_file,
                    const std::string& unit);
  void write_array(const std::string& path, const std::vector<std::uint64_t>& shape, const void* values,
                   hid_t in_memory, hid_t in_file);
  void write_attribute(const std::string& path, const std::string& name, const void* values, std::size_t count,
                       hid_t in_memory, hid_t in_file);
  [[noreturn]] void fail(const std::string& path, const std::string& doing) const;
  hid_t need(hid_t id, const std::string& path, const std::string& doing) const;

  Handle file_;
  std::string name_;
  std::uint64_t failed_before_ = failed_closings();
};

}  // namespace spikeloom::io::hdf5
