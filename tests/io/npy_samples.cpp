/// Labelled samples from .npy files, and the published Yin-Yang arrays against the generator.
#include <catch2/catch.hpp>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "core/errors.hpp"
#include "io/data_sets.hpp"
#include "io/npy_file.hpp"
#include "networks/tasks/yin_yang.hpp"

using namespace spikeloom;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("spikeloom_npy_test_" + std::to_string(::getpid()));
  Folder() {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }

  fs::path write(const std::string& name, const std::string& shape, const std::vector<double>& values) const {
    std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }";
    header += std::string(118 - header.size() - 1, ' ') + "\n";
    std::ofstream file(path / name, std::ios::binary);
    file << "\x93NUMPY" << '\x01' << '\0' << static_cast<char>(header.size()) << '\0' << header;
    file.write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof(double)));
    return path / name;
  }
};

std::string error_of(const fs::path& samples, const fs::path& labels) {
  try {
    io::read_npy_samples(samples, labels, 3);
  } catch (const FileError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("labelled samples are read from .npy files", "[io][npy]") {
  const Folder folder;
  const auto samples = folder.write("x.npy", "(2, 3)", {1, 2, 3, 4, 5, 6}),
             labels = folder.write("y.npy", "(2,)", {2, 0});
  const auto set = io::read_npy_samples(samples, labels, 3);
  REQUIRE(set.features == 3);
  REQUIRE(set.values == std::vector<double>{1, 2, 3, 4, 5, 6});
  REQUIRE(set.labels == std::vector<std::int32_t>{2, 0});
  CHECK_THAT(error_of(labels, labels), Catch::Contains("y.npy") && Catch::Contains("1 dimensions where two"));
  CHECK_THAT(error_of(samples, samples), Catch::Contains("x.npy") && Catch::Contains("2 dimensions where one"));
  CHECK_THAT(error_of(samples, folder.write("z.npy", "(3,)", {0, 0, 0})),
             Catch::Contains("3 labels for the 2 samples"));
  CHECK_THAT(error_of(samples, folder.write("z.npy", "(2,)", {0, 3})), Catch::Contains("label 1 is 3"));
  CHECK_THAT(error_of(samples, folder.write("z.npy", "(2,)", {0, 0.5})), Catch::Contains("whole numbers 0 to 2"));
  fs::resize_file(samples, fs::file_size(samples) - 4);
  CHECK_THAT(error_of(samples, labels), Catch::Contains("cut short"));
}

TEST_CASE("the published Yin-Yang arrays are what the generator draws", "[io][npy][yin_yang]") {
  fs::path folder;
  try {
    folder = io::find_data_set("yin_yang", {"train_samples.npy", "train_labels.npy"}, "Yin-Yang, .npy", "");
  } catch (const FileError&) {
    WARN("skipped: data set yin_yang is not here");
    return;
  }
  const auto set = io::read_npy_samples(folder / "train_samples.npy", folder / "train_labels.npy", 3);
  const auto drawn = make_yin_yang(5000, 42);
  REQUIRE(set.labels == drawn.labels);
  for (std::size_t k = 0; k < drawn.features.size(); ++k)
    for (std::size_t d = 0; d < 4; ++d) REQUIRE(set.values[4 * k + d] == drawn.features[k][d]);
}
