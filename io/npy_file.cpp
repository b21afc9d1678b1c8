/// The header is a Python dictionary of three known keys; the numbers follow as they lay in memory.
#include "io/npy_file.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/errors.hpp"
#include "io/text_table.hpp"

namespace spikeloom::io {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t most_dimensions = 32;

struct NpyHeader {
  char order = '<', kind = 'f';
  std::size_t width = 8;
  bool fortran = false;
  std::vector<std::size_t> shape = {};
  std::size_t begin = 0;  // of the numbers
};

[[noreturn]] void fail(const std::string& name, const std::string& what, const std::string& remedy) {
  throw FileError(name + ": " + what + "\n    " + remedy);
}

constexpr const char* save_again = "write it again with numpy.save(file, array)";

template <class T>
T little_endian(std::string_view bytes) {
  T value = 0;
  for (std::size_t i = sizeof(T); i-- > 0;) value = static_cast<T>((value << 8) | static_cast<unsigned char>(bytes[i]));
  return value;
}

/// The text after "'key':", without leading blanks.
std::string_view value_of(std::string_view header, const std::string& key, const std::string& name) {
  auto at = header.find("'" + key + "'");
  if (at == std::string_view::npos) at = header.find("\"" + key + "\"");
  const auto colon = at == std::string_view::npos ? at : header.find(':', at);
  const auto value = colon == std::string_view::npos ? colon : header.find_first_not_of(' ', colon + 1);
  if (value == std::string_view::npos) fail(name, "its header has no '" + key + "'", save_again);
  return header.substr(value);
}

void parse_type(std::string_view text, NpyHeader& header, const std::string& name) {
  const auto end = text.empty() || (text[0] != '\'' && text[0] != '"') ? std::string_view::npos : text.find(text[0], 1);
  if (end == std::string_view::npos)
    fail(name, "holds records, not numbers", "save one column: numpy.save(file, array['column'])");
  const auto type = text.substr(1, end - 1);
  std::size_t width = 0;
  if (type.size() == 3) std::from_chars(type.data() + 2, type.data() + 3, width);
  const bool known = type.size() == 3 && std::string_view("<>|=").find(type[0]) != std::string_view::npos &&
                     ((type[1] == 'f' && (width == 2 || width == 4 || width == 8)) ||
                      ((type[1] == 'i' || type[1] == 'u') && std::has_single_bit(width) && width <= 8) ||
                      (type[1] == 'b' && width == 1));
  if (!known)
    fail(name, "holds numbers of type '" + std::string(type) + "'",
         "save it as numbers: numpy.save(file, array.astype('f8'))");
  header.order = type[0];
  header.kind = type[1];
  header.width = width;
}

void parse_shape(std::string_view text, NpyHeader& header, const std::string& name) {
  const auto end = text.find(')');
  if (text.empty() || text[0] != '(' || end == std::string_view::npos)
    fail(name, "the shape in its header cannot be read", save_again);
  for (std::size_t at = 1; at < end;) {
    at = text.find_first_not_of(" ,", at);
    if (at >= end) break;
    std::size_t length = 0;
    const auto [stop, error] = std::from_chars(text.data() + at, text.data() + end, length);
    if (error != std::errc() || header.shape.size() == most_dimensions)
      fail(name, "the shape in its header cannot be read", save_again);
    header.shape.push_back(length);
    at = static_cast<std::size_t>(stop - text.data());
  }
}

NpyHeader parse_header(std::string_view bytes, const std::string& name) {
  if (!bytes.starts_with(magic) || bytes.size() < 12) fail(name, "is not a NumPy array", save_again);
  const int version = bytes[6];
  if (version < 1 || version > 3)
    fail(name, "is of .npy version " + std::to_string(version) + "; known are 1 to 3", save_again);
  const std::size_t prefix = version == 1 ? 10 : 12;
  const std::size_t length =
      version == 1 ? little_endian<std::uint16_t>(bytes.substr(8)) : little_endian<std::uint32_t>(bytes.substr(8));
  if (length > bytes.size() - prefix) fail(name, "is cut short within its header", "get a whole copy");
  const auto text = bytes.substr(prefix, length);
  NpyHeader header;
  header.begin = prefix + length;
  parse_type(value_of(text, "descr", name), header, name);
  parse_shape(value_of(text, "shape", name), header, name);
  header.fortran = value_of(text, "fortran_order", name).starts_with("True");
  return header;
}

double half(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31, mantissa = bits & 1023;
  const double size = exponent == 31  ? (mantissa ? std::nan("") : HUGE_VAL)
                      : exponent == 0 ? std::ldexp(mantissa, -24)
                                      : std::ldexp(mantissa + 1024, exponent - 25);
  return bits & 0x8000 ? -size : size;
}

double number(std::uint64_t bits, const NpyHeader& header) {
  if (header.kind == 'b') return bits != 0 ? 1 : 0;
  if (header.kind == 'u') return static_cast<double>(bits);
  if (header.kind == 'i') {
    const int unused = static_cast<int>(64 - 8 * header.width);
    return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
  }
  if (header.width == 2) return half(static_cast<std::uint16_t>(bits));
  return header.width == 4 ? std::bit_cast<float>(static_cast<std::uint32_t>(bits)) : std::bit_cast<double>(bits);
}

/// Column-major to row-major.
std::vector<double> transposed(const std::vector<double>& values, const std::vector<std::size_t>& shape) {
  std::vector<double> result(values.size());
  std::vector<std::size_t> index(shape.size(), 0);
  for (const auto value : values) {
    std::size_t place = 0;
    for (std::size_t d = 0; d < shape.size(); ++d) place = place * shape[d] + index[d];
    result[place] = value;
    for (std::size_t d = 0; d < shape.size() && ++index[d] == shape[d]; ++d) index[d] = 0;
  }
  return result;
}

}  // namespace

NpyArray parse_npy_array(std::string_view bytes, const std::string& name) {
  constexpr double exact = 0x1p53;
  const auto header = parse_header(bytes, name);
  const auto data = bytes.substr(header.begin);
  std::size_t count = 1;
  for (const auto length : header.shape)
    if (__builtin_mul_overflow(count, length, &count))
      fail(name, "claims more numbers than any file holds", save_again);
  if (count > data.size() / header.width)
    fail(name, "claims " + std::to_string(count) + " numbers but is cut short", "get a whole copy");
  if (count * header.width != data.size())
    fail(name, "goes on for " + std::to_string(data.size() - count * header.width) + " bytes after its numbers",
         save_again);
  const bool big_endian = header.order == '>';
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t bits = 0;
    for (std::size_t k = 0; k < header.width; ++k) {
      const auto place = big_endian ? k : header.width - 1 - k;
      bits = (bits << 8) | static_cast<unsigned char>(data[i * header.width + place]);
    }
    values[i] = number(bits, header);
    if (!std::isfinite(values[i]))
      fail(name, "number " + std::to_string(i) + " is not finite", "replace what is missing before saving");
    if (header.kind != 'f' && std::abs(values[i]) > exact)
      fail(name, "number " + std::to_string(i) + " is beyond 2^53", "save it as float64");
  }
  if (header.fortran && header.shape.size() > 1) values = transposed(values, header.shape);
  return {header.shape, std::move(values)};
}

std::vector<double> parse_npy(std::string_view bytes, const std::string& name) {
  return parse_npy_array(bytes, name).values;
}

NpySamples read_npy_samples(const std::filesystem::path& samples, const std::filesystem::path& labels,
                            std::uint32_t classes) {
  auto matrix = parse_npy_array(read_text_file(samples), samples.string());
  const auto column = parse_npy_array(read_text_file(labels), labels.string());
  if (matrix.shape.size() != 2)
    fail(samples.string(), "has " + std::to_string(matrix.shape.size()) + " dimensions where two are due",
         "save a matrix with one row per sample");
  if (column.shape.size() != 1)
    fail(labels.string(), "has " + std::to_string(column.shape.size()) + " dimensions where one is due",
         "save a column with one class per sample");
  if (column.shape[0] != matrix.shape[0])
    fail(labels.string(),
         "has " + std::to_string(column.shape[0]) + " labels for the " + std::to_string(matrix.shape[0]) +
             " samples of " + samples.string(),
         "give two files of the same set");
  NpySamples result{matrix.shape[1], std::move(matrix.values), {}};
  for (std::size_t k = 0; k < column.values.size(); ++k) {
    const double label = column.values[k];
    if (!(label >= 0 && label < classes) || label != std::floor(label))
      fail(labels.string(), "label " + std::to_string(k) + " is " + std::to_string(label),
           "classes are the whole numbers 0 to " + std::to_string(classes - 1));
    result.labels.push_back(static_cast<std::int32_t>(label));
  }
  return result;
}

}  // namespace spikeloom::io
