/// The catalogue of protocols: one line per protocol.
#include "experiments/protocols/protocols.hpp"

namespace spikeloom {

const std::vector<ProtocolInfo>& protocol_catalogue() {
  using namespace experiments;
  static const std::vector<ProtocolInfo> catalogue = {
      // clang-format off
      phenomena_protocol(),
      real_time_protocol(),
      recall_protocol(),
      propagation_protocol(),
      meet_protocol(),
      pattern_generation_protocol(),
      evidence_accumulation_protocol(),
      spike_train_learning_protocol(),
      linear_track_protocol(),
      function_generation_protocol(),
      yin_yang_protocol(),
      latency_images_protocol(),
      sequence_detection_protocol(),
      pattern_detection_protocol(),
      direction_detection_protocol(),
      synchronisation_protocol(),
      temporal_task_protocol(),
      spoken_digits_protocol(),
      motion_detection_protocol(),
      multitasking_protocol(),
      image_learning_protocol(),
      gaussian_clusters_protocol(),
      mixture_sampling_protocol(),
      dale_law_protocol(),
      image_generation_protocol(),
      image_completion_protocol(),
      mean_field_inference_protocol(),
      // clang-format on
  };
  return catalogue;
}

}  // namespace spikeloom
