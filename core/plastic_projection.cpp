/// Rows of raw synapses: counted, placed, sorted by delay.
#include "core/plastic_projection.hpp"

#include <algorithm>
#include <utility>

namespace spikeloom {

void PlasticSynapseBuilder::allocate() {
  for (auto& end : ends_) total_ += std::exchange(end, total_);
  memory_ = HugeMemory(total_ * sizeof(RawSynapse));
}

void PlasticSynapseBuilder::finish() {
  std::uint64_t begin = 0;
  for (std::uint32_t source = 0; source < source_count(); begin = ends_[source++])
    std::stable_sort(raw() + begin, raw() + ends_[source],
                     [](const RawSynapse& a, const RawSynapse& b) { return a.delay < b.delay; });
}

}  // namespace spikeloom
