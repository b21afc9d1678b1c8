/// Holds the place of the file readers until they land; any other definition wins.
#include "core/errors.hpp"
#include "io/array_file.hpp"
#include "io/edge_file.hpp"
#include "io/spike_file.hpp"

namespace spikeloom::io {

[[gnu::weak]] std::vector<double> read_array(const std::filesystem::path& file, const std::string&) {
  throw FileError(file.string() + ": arrays cannot be read yet");
}
[[gnu::weak]] EdgeTable read_edges(const std::filesystem::path& file, const std::string&, const EdgeBounds&) {
  throw FileError(file.string() + ": tables of synapses cannot be read yet");
}
[[gnu::weak]] SpikeList read_spikes(const std::filesystem::path& file, const std::string&) {
  throw FileError(file.string() + ": spikes cannot be read yet");
}

}  // namespace spikeloom::io
