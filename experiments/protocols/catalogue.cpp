/// The catalogue of protocols: one line per protocol.
#include "experiments/protocols/protocols.hpp"

namespace spikeloom {

const std::vector<ProtocolInfo>& protocol_catalogue() {
  static const std::vector<ProtocolInfo> catalogue = {experiments::phenomena_protocol()};
  return catalogue;
}

}  // namespace spikeloom
