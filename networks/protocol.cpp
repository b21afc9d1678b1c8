/// What protocols share: hashing the state of a module, finding a protocol by name.
#include "networks/protocol.hpp"

#include <xxhash.h>

#include <algorithm>
#include <string>

namespace spikeloom {

std::uint64_t state_hash(std::span<const StateArray> state) {
  std::uint64_t hash = 0;
  const auto mix = [&](const void* bytes, std::size_t count) { hash = XXH3_64bits_withSeed(bytes, count, hash); };
  for (const auto& array : state) {
    mix(array.name.data(), array.name.size());
    mix(array.shape.data(), array.shape.size() * sizeof(array.shape[0]));
    std::visit([&](auto values) { mix(values.data(), values.size_bytes()); }, array.values);
  }
  return hash;
}

const ProtocolInfo* find_protocol(std::string_view name) {
  const auto& catalogue = protocol_catalogue();
  const auto found =
      std::find_if(catalogue.begin(), catalogue.end(), [&](const auto& protocol) { return protocol.name == name; });
  return found == catalogue.end() ? nullptr : &*found;
}

}  // namespace spikeloom
