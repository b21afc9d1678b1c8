/// Reads `modulators:`: named signals, what drives them, how they decay.
#pragma once

#include "io/yaml/network_reader.hpp"

namespace spikeloom::io::yaml {

/// Needs the populations.
void read_modulators(const Located& at, NetworkDraft& draft, Reading& reading);

}  // namespace spikeloom::io::yaml
