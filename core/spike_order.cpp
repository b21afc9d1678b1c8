/// Two by two, until one list is left.
#include "core/spike_order.hpp"

#include <algorithm>
#include <cstddef>

namespace spikeloom {

void merge_sorted(std::span<const std::vector<Spike>* const> lists, std::vector<Spike>& out,
                  std::vector<Spike>& spare) {
  out.clear();
  std::vector<std::size_t> ends;
  for (const auto* list : lists) {
    if (list->empty()) continue;
    out.insert(out.end(), list->begin(), list->end());
    ends.push_back(out.size());
  }
  while (ends.size() > 1) {
    spare.resize(out.size());
    std::vector<std::size_t> merged_ends;
    for (std::size_t k = 0, begin = 0; k < ends.size(); k += 2) {
      const auto middle = ends[k], end = k + 1 < ends.size() ? ends[k + 1] : middle;
      const auto at = [&](std::size_t i) { return out.begin() + static_cast<std::ptrdiff_t>(i); };
      std::merge(at(begin), at(middle), at(middle), at(end), spare.begin() + static_cast<std::ptrdiff_t>(begin),
                 earlier);
      merged_ends.push_back(end);
      begin = end;
    }
    std::swap(out, spare);
    ends = std::move(merged_ends);
  }
}

}  // namespace spikeloom
