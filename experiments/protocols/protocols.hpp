/// The protocols, one function each.
#pragma once

#include "networks/protocol.hpp"

namespace spikeloom::experiments {

ProtocolInfo phenomena_protocol();
ProtocolInfo real_time_protocol();
ProtocolInfo recall_protocol();
ProtocolInfo propagation_protocol();
ProtocolInfo meet_protocol();
ProtocolInfo pattern_generation_protocol();
ProtocolInfo evidence_accumulation_protocol();
ProtocolInfo spike_train_learning_protocol();
ProtocolInfo linear_track_protocol();
ProtocolInfo function_generation_protocol();
ProtocolInfo yin_yang_protocol();
ProtocolInfo latency_images_protocol();
ProtocolInfo sequence_detection_protocol();
ProtocolInfo pattern_detection_protocol();
ProtocolInfo direction_detection_protocol();
ProtocolInfo synchronisation_protocol();
ProtocolInfo temporal_task_protocol();
ProtocolInfo spoken_digits_protocol();
ProtocolInfo motion_detection_protocol();
ProtocolInfo multitasking_protocol();
ProtocolInfo image_learning_protocol();
ProtocolInfo gaussian_clusters_protocol();
ProtocolInfo mixture_sampling_protocol();
ProtocolInfo dale_law_protocol();
ProtocolInfo image_generation_protocol();
ProtocolInfo image_completion_protocol();
ProtocolInfo mean_field_inference_protocol();

}  // namespace spikeloom::experiments
