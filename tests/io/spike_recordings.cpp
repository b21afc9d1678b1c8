/// Spiking Heidelberg Digits in the layout of their publication: whole, foreign, damaged, missing.
#include "io/spike_recordings.hpp"

#include <catch2/catch.hpp>
#include <hdf5.h>
#include <unistd.h>

#include <fstream>

#include "core/errors.hpp"

using namespace spikeloom;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("spikeloom_recordings_test_" + std::to_string(::getpid()));
  Folder() {
    fs::remove_all(path);
    fs::create_directories(path / "shd");
  }
  ~Folder() { fs::remove_all(path); }
};

using Lists = std::vector<std::vector<double>>;

/// IEEE half precision, in which the published files keep their times.
hid_t half_precision() {
  const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

void write_lists(hid_t group, const char* name, const Lists& lists, hid_t stored) {
  const hsize_t rows = lists.size();
  const hid_t type = H5Tvlen_create(stored), memory = H5Tvlen_create(H5T_NATIVE_DOUBLE);
  const hid_t space = H5Screate_simple(1, &rows, nullptr);
  const hid_t dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  std::vector<hvl_t> values;
  auto copies = lists;
  for (auto& list : copies) values.push_back({list.size(), list.data()});
  H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Dclose(dataset);
  H5Sclose(space);
  H5Tclose(memory);
  H5Tclose(type);
}

void write_recording(const fs::path& file, const Lists& times, const Lists& units, const std::vector<double>& labels) {
  const hid_t id = H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t group = H5Gcreate2(id, "spikes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t half = half_precision();
  write_lists(group, "times", times, half);
  write_lists(group, "units", units, H5T_STD_U16LE);
  const hsize_t rows = labels.size();
  const hid_t space = H5Screate_simple(1, &rows, nullptr);
  const hid_t dataset = H5Dcreate2(id, "labels", H5T_STD_U16LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, labels.data());
  H5Dclose(dataset);
  H5Sclose(space);
  H5Tclose(half);
  H5Gclose(group);
  H5Fclose(id);
}

std::string error_of(const fs::path& file) {
  try {
    io::read_recording(file, io::heidelberg_digits(), 140, 1000);
  } catch (const FileError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("recorded digits are read in their published layout", "[io][recordings]") {
  const Folder folder;
  const Lists times = {{0.5, 0.25}, {}, {0.125, 1.25}}, units = {{699, 4}, {}, {5, 3}};
  write_recording(folder.path / "shd/shd_train.h5", times, units, {19, 0, 7});
  write_recording(folder.path / "shd/shd_test.h5", times, units, {1, 2, 3});
  const auto set = io::read_recordings(io::heidelberg_digits(), folder.path.string(), 140, 1000);
  REQUIRE(set.train.size() == 3);
  REQUIRE(set.validation.size() == 0);
  REQUIRE(set.test[2].label == 3);
  REQUIRE(set.train[0].label == 19);
  REQUIRE(std::vector(set.train[0].times.begin(), set.train[0].times.end()) == std::vector<double>{250, 500});
  REQUIRE(std::vector(set.train[0].units.begin(), set.train[0].units.end()) == std::vector<std::uint32_t>{0, 139});
  REQUIRE(set.train[1].times.empty());
  REQUIRE(set.train[2].times.size() == 1);  // the other one comes after the end
  REQUIRE(set.train[2].units[0] == 1);
}

TEST_CASE("foreign, damaged and missing recordings are refused by name", "[io][recordings]") {
  const Folder folder;
  const auto file = folder.path / "shd/shd_train.h5";
  write_recording(file, {{0.5}}, {{1}}, {20});
  CHECK_THAT(error_of(file), Catch::Contains("/labels") && Catch::Contains("label 0 is 20"));
  write_recording(file, {{0.5}}, {{700}}, {0});
  CHECK_THAT(error_of(file), Catch::Contains("channel 700"));
  write_recording(file, {{0.5, 0.6}}, {{7}}, {0});
  CHECK_THAT(error_of(file), Catch::Contains("2 times but 1 units"));
  write_recording(file, {{0.5}, {0.5}}, {{7}, {8}}, {0});
  CHECK_THAT(error_of(file), Catch::Contains("2 lists of times") && Catch::Contains("1 labels"));
  write_recording(file, {{-0.5}}, {{7}}, {0});
  CHECK_THAT(error_of(file), Catch::Contains("-0.5 s"));
  {
    const hid_t id = H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(id);
  }
  CHECK_THAT(error_of(file), Catch::Contains("/spikes/times") && Catch::Contains("expected are"));
  std::ofstream(file) << "no HDF5 at all";
  CHECK_THAT(error_of(file), Catch::Contains("shd_train.h5"));
  write_recording(file, Lists(200, {0.5, 0.6}), Lists(200, {1, 2}), std::vector<double>(200, 1));
  fs::resize_file(file, fs::file_size(file) / 2);
  CHECK_THAT(error_of(file), Catch::Contains("shd_train.h5"));
  try {
    io::find_recordings(io::heidelberg_digits(), folder.path.string());
    FAIL("shd_test.h5 is missing");
  } catch (const FileError& error) {
    CHECK_THAT(error.what(), Catch::Contains("shd_train.h5") && Catch::Contains("shd_test.h5"));
  }
}
