/// libFuzzer target: any bytes as an HDF5 file, parsed as array, spikes and synapses in this very process.
///
/// Runs find errors of ours and of the library alike; the program itself parses in a child (io/isolation.hpp).
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/errors.hpp"
#include "io/foreign_hdf5.hpp"

namespace {

template <class Parse>
void expect_answer_or_refusal(Parse parse) {
  try {
    parse();
  } catch (const spikeloom::FileError&) {
    // A refusal in words is what a damaged file deserves.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spikeloom::io;
  static const auto file =
      std::filesystem::temp_directory_path() / ("spikeloom_fuzz_" + std::to_string(::getpid()) + ".h5");
  std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  expect_answer_or_refusal([&] { parse_hdf5_array(file, ""); });
  expect_answer_or_refusal([&] { parse_hdf5_spikes(file, ""); });
  expect_answer_or_refusal([&] { parse_hdf5_edges(file, "", {}); });
  return 0;
}
