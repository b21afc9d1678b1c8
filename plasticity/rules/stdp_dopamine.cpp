/// Compiles stdp_dopamine.
#include "plasticity/rules/stdp_dopamine.hpp"

#include "plasticity/event_rule.hpp"
#include "plasticity/rules/rules.hpp"

namespace spikeloom {

RuleInfo stdp_dopamine_rule() { return event_rule<StdpDopamine>(); }

}  // namespace spikeloom
