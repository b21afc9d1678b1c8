/// Compiles stdp_triplet.
#include "plasticity/rules/stdp_triplet.hpp"

#include "plasticity/event_rule.hpp"
#include "plasticity/rules/rules.hpp"

namespace spikeloom {

RuleInfo stdp_triplet_rule() { return event_rule<StdpTriplet>(); }

}  // namespace spikeloom
