/// Parses files of unknown origin in a child process: a damaged file may end the child, never the program.
#pragma once

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace spikeloom::io {

/// What the child hands back: numbers, texts and lists of them, taken out in the order they were put in.
class Parcel {
 public:
  Parcel() = default;
  explicit Parcel(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}
  const std::vector<std::byte>& bytes() const noexcept { return bytes_; }

  template <class T>
    requires std::is_trivially_copyable_v<T>
  void put(const std::vector<T>& values) {
    const std::uint64_t count = values.size();
    append(&count, sizeof count);
    append(values.data(), values.size() * sizeof(T));
  }
  void put(const std::string& text) { put(std::vector<char>(text.begin(), text.end())); }
  void put(const std::vector<std::string>& texts) {
    put(std::vector<std::uint64_t>{texts.size()});
    for (const auto& text : texts) put(text);
  }

  template <class T>
    requires std::is_trivially_copyable_v<T>
  void take(std::vector<T>& values) {
    std::uint64_t count = 0;
    extract(&count, sizeof count);
    values.resize(count);
    extract(values.data(), count * sizeof(T));
  }
  void take(std::string& text) {
    std::vector<char> letters;
    take(letters);
    text.assign(letters.begin(), letters.end());
  }
  void take(std::vector<std::string>& texts) {
    std::vector<std::uint64_t> count;
    take(count);
    texts.resize(count.at(0));
    for (auto& text : texts) take(text);
  }

 private:
  void append(const void* from, std::size_t size);
  void extract(void* to, std::size_t size);

  std::vector<std::byte> bytes_;
  std::size_t at_ = 0;
};

/// Calls `parse` in a child process whose memory and time are limited by the size of `file`, and returns what it
/// packed. A FileError of the child is thrown here; a child that crashes or runs out of its limits is a FileError too.
Parcel parse_isolated(const std::filesystem::path& file, const std::function<Parcel()>& parse);

}  // namespace spikeloom::io
