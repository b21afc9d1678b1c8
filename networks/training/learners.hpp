/// The learners, two functions each: the module's line and the learner's line of the catalogues.
#pragma once

#include "networks/training/learner.hpp"

namespace spikeloom {

ModuleInfo softmax_regression_module();
LearnerInfo softmax_regression_learner();
ModuleInfo eventprop_network_module();
LearnerInfo eventprop_network_learner();
ModuleInfo dcls_network_module();
LearnerInfo dcls_network_learner();
ModuleInfo counter_current_module();
LearnerInfo counter_current_learner();
ModuleInfo counter_current_spiking_module();
LearnerInfo counter_current_spiking_learner();
LearnerInfo dale_langevin_learner();
LearnerInfo monotone_dbm_learner();

}  // namespace spikeloom
