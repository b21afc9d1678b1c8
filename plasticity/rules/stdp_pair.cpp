/// Compiles stdp_pair.
#include "plasticity/rules/stdp_pair.hpp"

#include "plasticity/event_rule.hpp"
#include "plasticity/rules/rules.hpp"

namespace spikeloom {

RuleInfo stdp_pair_rule() { return event_rule<StdpPairAdditive, StdpPairMultiplicative, StdpPairPowerLaw>(); }

}  // namespace spikeloom
