/// Numbers and lists of them in and out of a message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace spikeloom {

using Bytes = std::vector<std::byte>;

/// Writes one after the other; lists with their length. All ranks are one program: bytes are as they lie in memory.
class ByteWriter {
 public:
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void put(const T& value) { append(std::as_bytes(std::span(&value, 1))); }
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void put_list(std::span<const T> values) {
    put(static_cast<std::uint64_t>(values.size()));
    append(std::as_bytes(values));
  }
  template <class T>
  void put_list(const std::vector<T>& values) {
    put_list(std::span<const T>(values));
  }
  void put_text(std::string_view text) { put_list(std::span(text.data(), text.size())); }
  Bytes take() { return std::move(bytes_); }

 private:
  void append(std::span<const std::byte> more) { bytes_.insert(bytes_.end(), more.begin(), more.end()); }
  Bytes bytes_;
};

/// Reads in the order of writing.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : left_(bytes) {}

  template <class T>
  T take() {
    T value;
    std::memcpy(&value, next(sizeof value).data(), sizeof value);
    return value;
  }
  template <class T>
  std::vector<T> take_list() {
    std::vector<T> values(take<std::uint64_t>());
    const auto bytes = next(values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  std::string take_text() {
    const auto text = take_list<char>();
    return {text.begin(), text.end()};
  }
  bool is_at_end() const noexcept { return left_.empty(); }

 private:
  std::span<const std::byte> next(std::size_t size) {
    if (size > left_.size()) throw std::logic_error("a message between ranks is too short");
    const auto bytes = left_.first(size);
    left_ = left_.subspan(size);
    return bytes;
  }
  std::span<const std::byte> left_;
};

}  // namespace spikeloom
