/// Hashing, naming and checking of such files.
#include "io/hashed_file.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <memory>

#include "core/errors.hpp"
#include "io/durable_file.hpp"

namespace spikeloom::io {
namespace {

std::string hash_of(std::span<const std::byte> bytes) {
  return fmt::format("{:016x}", XXH3_64bits(bytes.data(), bytes.size()));
}

std::vector<std::byte> bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  std::vector<std::byte> bytes(static_cast<std::size_t>(file.tellg()));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

}  // namespace

std::filesystem::path publish_hashed(const std::filesystem::path& directory, const std::string& kind,
                                     std::size_t number, std::span<const std::byte> image) {
  auto path = directory / fmt::format("{}-{:09}-{}.h5", kind, number, hash_of(image));
  write_durably(path, image);
  return path;
}

std::vector<std::filesystem::path> hashed_files(const std::filesystem::path& directory, const std::string& kind) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (entry.path().filename().string().starts_with(kind + "-")) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<std::size_t> number_of(const std::filesystem::path& file) {
  const auto name = file.filename().string();
  const auto begin = name.find('-') + 1, end = name.find('-', begin);
  if (begin == 0 || end == std::string::npos) return {};
  std::size_t number = 0;
  const auto [stop, error] = std::from_chars(name.data() + begin, name.data() + end, number);
  return error == std::errc() && stop == name.data() + end ? std::optional(number) : std::nullopt;
}

std::string hash_of_file(const std::filesystem::path& file) {
  constexpr std::size_t block = std::size_t{4} << 20;
  std::ifstream stream(file, std::ios::binary);
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), &XXH3_freeState);
  XXH3_64bits_reset(state.get());
  std::vector<char> bytes(block);
  while (stream) {
    stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    XXH3_64bits_update(state.get(), bytes.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream.eof()) throw FileError(file.string() + ": cannot be read\n    check the disk, and who may read the file");
  return fmt::format("{:016x}", XXH3_64bits_digest(state.get()));
}

bool has_its_hash(const std::filesystem::path& file) try {
  return std::filesystem::is_regular_file(file) && file.stem().string().ends_with("-" + hash_of_file(file));
} catch (const FileError&) {
  return false;
}

std::string problem_of_file(const std::filesystem::path& file, const std::string& hash) {
  if (!std::filesystem::exists(file)) return "is missing";
  return hash_of_file(file) == hash ? "" : "is damaged: its bytes are not those that the run has written";
}

std::optional<hdf5::Reader> open_hashed(const std::filesystem::path& file) {
  const auto bytes = bytes_of(file);
  if (!file.stem().string().ends_with("-" + hash_of(bytes))) return {};
  return hdf5::Reader::from_image(bytes, file.string());
}

}  // namespace spikeloom::io
