/// Four bytes of magic (0, 0, type, dimensions), one big-endian length per dimension, the numbers.
#include "io/idx_file.hpp"

#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/device/array.hpp>
#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "core/errors.hpp"

namespace spikeloom::io {
namespace {

constexpr unsigned unsigned_bytes = 0x08;
constexpr std::string_view gzip_magic = "\x1f\x8b";

[[noreturn]] void fail(const std::string& name, const std::string& what, const std::string& remedy) {
  throw FileError(name + ": " + what + "\n    " + remedy);
}

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string decompressed(const std::string& bytes, const std::string& name) {
  namespace streams = boost::iostreams;
  std::string result;
  try {
    streams::filtering_istream in;
    in.push(streams::gzip_decompressor());
    in.push(streams::array_source(bytes.data(), bytes.size()));
    in.exceptions(std::ios::badbit);
    streams::copy(in, streams::back_inserter(result));
  } catch (const std::exception&) {
    fail(name, "is gzip-compressed, but damaged or cut short", "get a whole copy");
  }
  return result;
}

}  // namespace

std::string read_maybe_compressed(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) fail(file.string(), "cannot be opened", "check that it is there and readable");
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in.bad()) fail(file.string(), "cannot be read", "check the disk and the rights of the file");
  return bytes.starts_with(gzip_magic) ? decompressed(bytes, file.string()) : bytes;
}

IdxArray parse_idx(std::string_view bytes, std::size_t dimensions, const std::string& name) {
  if (bytes.size() < 4 || bytes[0] != 0 || bytes[1] != 0)
    fail(name, "is not an IDX file: it does not begin with two zero bytes", "give a file of the MNIST family");
  if (static_cast<unsigned char>(bytes[2]) != unsigned_bytes)
    fail(name, fmt::format("holds numbers of IDX type 0x{:02x}; known is 0x08 (unsigned bytes)", bytes[2]),
         "convert it to unsigned bytes");
  if (static_cast<unsigned char>(bytes[3]) != dimensions)
    fail(name, fmt::format("has {} dimensions, not {}", static_cast<unsigned char>(bytes[3]), dimensions),
         "images have three (number, rows, columns), labels one: are the two files swapped?");
  if (bytes.size() < 4 + 4 * dimensions) fail(name, "is cut short within its header", "get a whole copy");
  IdxArray array;
  std::uint64_t count = 1;
  for (std::size_t d = 0; d < dimensions; ++d) {
    array.shape.push_back(big_endian(bytes.substr(4 + 4 * d)));
    if (__builtin_mul_overflow(count, array.shape.back(), &count))
      fail(name, "claims more numbers than any file holds", "get a whole copy");
  }
  const auto data = bytes.substr(4 + 4 * dimensions);
  if (data.size() < count)
    fail(name, fmt::format("claims {} numbers but is cut short after {}", count, data.size()), "get a whole copy");
  if (data.size() > count)
    fail(name, fmt::format("goes on for {} bytes after its numbers", data.size() - count), "get a whole copy");
  array.values.assign(data.begin(), data.end());
  return array;
}

IdxArray read_idx(const std::filesystem::path& file, std::size_t dimensions) {
  return parse_idx(read_maybe_compressed(file), dimensions, file.string());
}

}  // namespace spikeloom::io
