/// One function per rule; each is compiled apart from the others.
#pragma once

#include "plasticity/rule.hpp"

namespace spikeloom {

RuleInfo stdp_pair_rule();
RuleInfo stdp_derivative_rule();
RuleInfo stdp_dopamine_rule();
RuleInfo delta_rule();
RuleInfo counterpart_delta_rule();
RuleInfo short_term_rule();
RuleInfo stdp_inhibitory_rule();
RuleInfo stdp_triplet_rule();
RuleInfo delay_stdp_rule();
RuleInfo myelin_rule();

}  // namespace spikeloom
