/// Compiles stdp_derivative.
#include "plasticity/rules/stdp_derivative.hpp"

#include "plasticity/event_rule.hpp"
#include "plasticity/rules/rules.hpp"

namespace spikeloom {

RuleInfo stdp_derivative_rule() { return interval_rule<StdpDerivative>(); }

}  // namespace spikeloom
