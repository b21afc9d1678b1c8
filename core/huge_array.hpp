/// Large arrays of plain records on huge pages (design section 4): fewer TLB misses on random rows.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace spikeloom {

/// Untyped, zero-initialised, 2 MiB-aligned memory that can give back its tail. Move-only.
class HugeMemory {
 public:
  HugeMemory() = default;
  /// Throws RunError if the system has no memory left.
  explicit HugeMemory(std::size_t bytes);
  HugeMemory(HugeMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  HugeMemory& operator=(HugeMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~HugeMemory();

  /// Keeps the first `bytes` and returns the rest to the system.
  void shrink(std::size_t bytes);
  std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return bytes_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace spikeloom
