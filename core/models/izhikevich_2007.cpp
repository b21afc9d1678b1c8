/// The loops of izhikevich_2007.
#include "core/models/izhikevich_2007.hpp"

#include "core/models/models.hpp"
#include "core/sweep.hpp"

namespace spikeloom {

ModelInfo izhikevich_2007_model() { return grid_model<Izhikevich2007>(); }

}  // namespace spikeloom
