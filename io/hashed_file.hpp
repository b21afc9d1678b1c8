/// Files whose names carry the hash of their bytes: whether one is whole shows without believing it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/hdf5/reader.hpp"

namespace spikeloom::io {

/// Writes `<kind>-<number>-<hash>.h5` durably and returns its path.
std::filesystem::path publish_hashed(const std::filesystem::path& directory, const std::string& kind,
                                     std::size_t number, std::span<const std::byte> image);
/// All files of a kind in order of their numbers, whole or not.
std::vector<std::filesystem::path> hashed_files(const std::filesystem::path& directory, const std::string& kind);
/// The number in such a file's name.
std::optional<std::size_t> number_of(const std::filesystem::path& file);
/// The hash of a file's bytes, 16 hex digits, read block by block. FileError if it cannot be read.
std::string hash_of_file(const std::filesystem::path& file);
/// Whether a file has the hash of its name; read block by block.
bool has_its_hash(const std::filesystem::path& file);
/// What is wrong with a file that should have this hash; "" if nothing is.
std::string problem_of_file(const std::filesystem::path& file, const std::string& hash);
/// Opens one; empty if its bytes do not have the hash of its name.
std::optional<hdf5::Reader> open_hashed(const std::filesystem::path& file);

}  // namespace spikeloom::io
