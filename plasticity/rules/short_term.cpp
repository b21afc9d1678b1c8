/// Compiles short_term.
#include "plasticity/rules/short_term.hpp"

#include "plasticity/event_rule.hpp"
#include "plasticity/rules/rules.hpp"

namespace spikeloom {

RuleInfo short_term_rule() { return event_rule<ShortTerm>(); }

}  // namespace spikeloom
