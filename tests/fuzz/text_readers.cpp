/// libFuzzer target: any bytes as .npy and as a text table.
#include <cstdint>
#include <string_view>

#include "core/errors.hpp"
#include "io/npy_file.hpp"
#include "io/text_table.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spikeloom;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    io::parse_npy(bytes, "input");
  } catch (const FileError&) {
    // A refusal in words is what a damaged file deserves.
  }
  for (const bool ragged : {false, true}) {
    io::FileProblems problems("input");
    const auto table = io::parse_text_table(bytes, ragged, problems);
    if (table.width != 0 && table.values.size() != table.width * table.rows()) __builtin_trap();
  }
  return 0;
}
