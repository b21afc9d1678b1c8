/// Anonymous mappings with MADV_HUGEPAGE.
#include "core/huge_array.hpp"

#include <sys/mman.h>

#include <string>

#include "core/errors.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t small_page = 4096;

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

HugeMemory::HugeMemory(std::size_t bytes) : bytes_(round_up(bytes, small_page)) {
  if (bytes_ == 0) return;
  // Map one huge page more than asked for, then cut both ends, so that the start is aligned.
  const std::size_t mapped = bytes_ + huge_page;
  void* raw = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (raw == MAP_FAILED)
    throw RunError("no memory for a synapse table of " + std::to_string(bytes >> 20) +
                   " MiB\n    use fewer synapses, or a machine (or more ranks) with more memory");
  auto* begin = static_cast<std::byte*>(raw);
  const std::size_t lead =
      round_up(reinterpret_cast<std::size_t>(begin), huge_page) - reinterpret_cast<std::size_t>(begin);
  if (lead > 0) ::munmap(begin, lead);
  if (lead < huge_page) ::munmap(begin + lead + bytes_, huge_page - lead);
  data_ = begin + lead;
  ::madvise(data_, bytes_, MADV_HUGEPAGE);
}

HugeMemory::~HugeMemory() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
}

void HugeMemory::shrink(std::size_t bytes) {
  const std::size_t kept = round_up(bytes, small_page);
  if (kept >= bytes_) return;
  ::munmap(data_ + kept, bytes_ - kept);
  bytes_ = kept;
  if (kept == 0) data_ = nullptr;
}

}  // namespace spikeloom
