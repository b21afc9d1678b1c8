/// Backpropagation: the yardstick of every layer-wise rule.
#include "plasticity/layers/rules/plain_network.hpp"

namespace spikeloom {

LayerRuleInfo backpropagation_rule() {
  return plain_rule<SentDown>("backpropagation", "errors go down through the transposed weights",
                              "dA_l = dZ_{l+1} W_l',  dZ_l = dA_l f'(Z_l),  dW_{l-1} = A_{l-1}' dZ_l\n");
}

}  // namespace spikeloom
