/// Compiles stdp_inhibitory.
#include "plasticity/rules/stdp_inhibitory.hpp"

#include "plasticity/event_rule.hpp"
#include "plasticity/rules/rules.hpp"

namespace spikeloom {

RuleInfo stdp_inhibitory_rule() { return event_rule<StdpInhibitory>(); }

}  // namespace spikeloom
