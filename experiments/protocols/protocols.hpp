/// The protocols, one function each.
#pragma once

#include "networks/protocol.hpp"

namespace spikeloom::experiments {

ProtocolInfo phenomena_protocol();

}  // namespace spikeloom::experiments
