/// The loops of izhikevich.
#include "core/models/izhikevich.hpp"

#include "core/models/models.hpp"
#include "core/sweep.hpp"

namespace spikeloom {

ModelInfo izhikevich_model() { return grid_model<IzhikevichPublished, IzhikevichAccurate>(); }

}  // namespace spikeloom
