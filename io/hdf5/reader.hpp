/// Reads HDF5 files that may come from anywhere: checks before it believes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/hdf5/library.hpp"

namespace spikeloom::io::hdf5 {

/// A file open for reading. Only hard links are followed, no data is taken from other files, no filters but deflate,
/// shuffle and checksums run, and nothing is allocated that the file cannot hold. Throws FileError with the file, the
/// object, what is wrong and what to do.
class Reader {
 public:
  static Reader open(const std::filesystem::path& file);
  /// From the bytes of a file; `name` stands for it in messages.
  static Reader from_image(std::span<const std::byte> bytes, const std::string& name);

  const std::string& name() const noexcept { return name_; }
  bool has_group(const std::string& path) const;
  bool has_dataset(const std::string& path) const;
  /// Names of what lies in a group, sorted.
  std::vector<std::string> members(const std::string& group) const;
  /// Paths of all data sets at and below a group, sorted; at most `limit` of them.
  std::vector<std::string> datasets_below(const std::string& group, std::size_t limit = 1000) const;

  /// Lengths of the dimensions; empty for a scalar.
  std::vector<std::uint64_t> extent(const std::string& dataset) const;
  std::uint64_t length(const std::string& dataset) const;  // of one-dimensional data; an error otherwise

  /// All numbers, row-major, converted to T. Integers that do not fit and numbers that are no integers (for an
  /// integer T) are errors.
  template <class T>
  std::vector<T> read(const std::string& dataset) const {
    std::vector<T> values(count_checked(dataset, std::is_integral_v<T>, std::is_unsigned_v<T>, sizeof(T)));
    read_all(dataset, values.data(), values.size(), NumberType<T>::in_memory());
    return values;
  }
  /// Rows [first, first + rows) along the first dimension, row-major.
  template <class T>
  std::vector<T> read_rows(const std::string& dataset, std::uint64_t first, std::uint64_t rows) const {
    std::vector<T> values(rows_checked(dataset, std::is_integral_v<T>, first, rows));
    read_some(dataset, first, rows, values.data(), NumberType<T>::in_memory());
    return values;
  }
  template <class T>
  T scalar(const std::string& dataset) const {
    const auto values = read<T>(dataset);
    if (values.size() != 1) fail(dataset, "holds " + std::to_string(values.size()) + " numbers where one is due");
    return values.front();
  }
  /// One list of numbers per row of a one-dimensional set of lists (variable-length type), converted to T.
  template <class T>
  std::vector<std::vector<T>> read_lists(const std::string& dataset) const {
    std::vector<std::vector<T>> lists;
    const auto take = [&](const void* values, std::size_t count) {
      const auto* numbers = static_cast<const T*>(values);
      lists.emplace_back(numbers, numbers + count);
    };
    for_each_list(dataset, std::is_integral_v<T>, NumberType<T>::in_memory(), take);
    return lists;
  }
  std::vector<std::string> texts(const std::string& dataset) const;

  /// Attributes; empty if there is none of that name. A text may be stored as text of any kind or as an enumeration.
  std::optional<std::string> text_attribute(const std::string& path, const std::string& name) const;
  std::optional<double> number_attribute(const std::string& path, const std::string& name) const;
  std::optional<std::int64_t> integer_attribute(const std::string& path, const std::string& name) const;
  std::optional<std::uint64_t> unsigned_attribute(const std::string& path, const std::string& name) const;

  [[noreturn]] void fail(
      const std::string& path, const std::string& what,
      const std::string& remedy = "the file is damaged, or not what is expected; give another one") const;

 private:
  Reader(Handle file, std::string name, std::uint64_t size)
      : file_(std::move(file)), name_(std::move(name)), file_size_(size) {}
  enum class Kind { none, group, dataset };
  Kind kind(const std::string& path) const;
  Handle open_dataset(const std::string& path) const;
  std::size_t count_checked(const std::string& dataset, bool integers, bool is_unsigned, std::size_t width) const;
  std::size_t rows_checked(const std::string& dataset, bool integers, std::uint64_t first, std::uint64_t rows) const;
  void check_storage(hid_t dataset, const std::string& path) const;
  void check_class(hid_t dataset, const std::string& path, bool integers) const;
  void check_sign(hid_t dataset, const std::string& path, std::uint64_t count) const;
  void read_all(const std::string& dataset, void* values, std::size_t count, hid_t type) const;
  void read_some(const std::string& dataset, std::uint64_t first, std::uint64_t rows, void* values, hid_t type) const;
  void for_each_list(const std::string& dataset, bool integers, hid_t type,
                     const std::function<void(const void* values, std::size_t count)>& take) const;
  template <class T>
  std::optional<T> numeric_attribute(const std::string& path, const std::string& name) const;
  Handle open_attribute(const std::string& path, const std::string& name) const;

  Handle file_;
  std::string name_;
  std::uint64_t file_size_ = 0;
};

}  // namespace spikeloom::io::hdf5
