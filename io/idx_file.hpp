/// The IDX format of the MNIST family of image sets: big-endian shape, then bytes; plain or gzip-compressed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace spikeloom::io {

/// An array of unsigned bytes, row-major.
struct IdxArray {
  std::vector<std::uint32_t> shape;
  std::vector<std::uint8_t> values;
};

/// The bytes of a whole file, decompressed if they begin as gzip does. FileError if it cannot be read or is damaged.
std::string read_maybe_compressed(const std::filesystem::path& file);

/// `name` stands for the file in messages. FileError if the bytes are not IDX, of another type than unsigned bytes,
/// have another number of dimensions than `dimensions`, are cut short or go on after the last number.
IdxArray parse_idx(std::string_view bytes, std::size_t dimensions, const std::string& name);

/// Both of the above.
IdxArray read_idx(const std::filesystem::path& file, std::size_t dimensions);

}  // namespace spikeloom::io
