/// Compiles delta_rule.
#include "plasticity/rules/delta_rule.hpp"

#include "plasticity/event_rule.hpp"
#include "plasticity/rules/rules.hpp"

namespace spikeloom {

RuleInfo delta_rule() { return event_rule<DeltaRule>(); }

}  // namespace spikeloom
