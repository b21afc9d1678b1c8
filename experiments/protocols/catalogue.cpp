/// The catalogue of protocols: one line per protocol.
#include "experiments/protocols/protocols.hpp"

namespace spikeloom {

const std::vector<ProtocolInfo>& protocol_catalogue() {
  static const std::vector<ProtocolInfo> catalogue = {experiments::phenomena_protocol(),
                                                      experiments::pattern_generation_protocol(),
                                                      experiments::evidence_accumulation_protocol(),
                                                      experiments::spike_train_learning_protocol(),
                                                      experiments::linear_track_protocol(),
                                                      experiments::function_generation_protocol()};
  return catalogue;
}

}  // namespace spikeloom
