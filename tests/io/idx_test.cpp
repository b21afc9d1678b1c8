/// IDX files: whole, damaged, foreign, compressed, missing.
#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <catch2/catch.hpp>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "core/errors.hpp"
#include "io/data_sets.hpp"
#include "io/idx_file.hpp"

using namespace spikeloom;
namespace fs = std::filesystem;

namespace {

std::string idx(std::initializer_list<unsigned char> shape, const std::string& values) {
  std::string bytes = {0, 0, 8, static_cast<char>(shape.size())};
  for (const auto length : shape) bytes += std::string(3, '\0') + static_cast<char>(length);
  return bytes + values;
}

std::string compressed(const std::string& bytes) {
  namespace streams = boost::iostreams;
  std::string result;
  streams::filtering_ostream out;
  out.push(streams::gzip_compressor());
  out.push(streams::back_inserter(result));
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.reset();
  return result;
}

template <class Work>
std::string file_error(const Work& work) {
  try {
    work();
  } catch (const FileError& error) {
    return error.what();
  }
  return "no error";
}

struct Folder {
  fs::path path = fs::temp_directory_path() / ("spikeloom_idx_test_" + std::to_string(::getpid()));
  Folder() {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  fs::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path / name, std::ios::binary) << bytes;
    return path / name;
  }
};

}  // namespace

TEST_CASE("an IDX array is read as it was written, plain or compressed", "[io][idx]") {
  const Folder folder;
  const auto bytes = idx({2, 3}, std::string("\0\1\2\xff\x80\5", 6));
  for (const auto& file : {folder.write("plain", bytes), folder.write("packed.gz", compressed(bytes))}) {
    const auto array = io::read_idx(file, 2);
    CHECK(array.shape == std::vector<std::uint32_t>{2, 3});
    CHECK(array.values == std::vector<std::uint8_t>{0, 1, 2, 255, 128, 5});
  }
}

TEST_CASE("damaged and foreign IDX files are named with what is wrong", "[io][idx]") {
  const auto whole = idx({2, 3}, "abcdef");
  const auto complaint = [](const std::string& bytes, std::size_t dimensions) {
    return file_error([&] { io::parse_idx(bytes, dimensions, "x.idx"); });
  };
  CHECK_THAT(complaint(whole.substr(0, 14), 2), Catch::Contains("x.idx: claims 6 numbers but is cut short after 2"));
  CHECK_THAT(complaint(whole.substr(0, 7), 2), Catch::Contains("cut short within its header"));
  CHECK_THAT(complaint(whole + "g", 2), Catch::Contains("goes on for 1 bytes"));
  CHECK_THAT(complaint(whole, 3), Catch::Contains("has 2 dimensions, not 3"));
  CHECK_THAT(complaint("GIF89a", 3), Catch::Contains("is not an IDX file"));
  CHECK_THAT(complaint("", 3), Catch::Contains("is not an IDX file"));
  auto floats = whole;
  floats[2] = 0x0d;
  CHECK_THAT(complaint(floats, 2), Catch::Contains("type 0x0d"));
  CHECK_THAT(complaint(std::string("\0\0\x08\x03", 4) + std::string(12, '\xff'), 3), Catch::Contains("more numbers"));
  const Folder folder;
  const auto packed = compressed(whole);
  const auto cut = folder.write("cut.gz", packed.substr(0, packed.size() - 9));
  CHECK_THAT(file_error([&] { io::read_idx(cut, 2); }), Catch::Contains("damaged or cut short"));
  CHECK_THAT(file_error([&] { io::read_idx(folder.path / "none", 2); }), Catch::Contains("cannot be opened"));
}

TEST_CASE("labels must be classes and as many as images", "[io][idx]") {
  const Folder folder;
  const auto images = folder.write("images", idx({2, 1, 1}, "ab"));
  const auto complaint = [&](const std::string& labels) {
    const auto file = folder.write("labels", labels);
    return file_error([&] { io::read_labelled_images(images, file, 10); });
  };
  CHECK(complaint(idx({2}, std::string("\0\x09", 2))) == "no error");
  CHECK_THAT(complaint(idx({2}, std::string("\0\x0a", 2))), Catch::Contains("label 1 is 10"));
  CHECK_THAT(complaint(idx({1}, std::string("\0", 1))), Catch::Contains("1 labels for the 2 images"));
}

TEST_CASE("a missing data set is asked for by its file names", "[io][idx]") {
  const Folder folder;
  const auto complaint = file_error([&] { io::find_data_set("no_such_set", {"a.gz", "b"}, "IDX", folder.path); });
  CHECK_THAT(complaint, Catch::Contains("no_such_set") && Catch::Contains("a.gz, b") && Catch::Contains("--data") &&
                            Catch::Contains(folder.path.string()));
  fs::create_directories(folder.path / "no_such_set");
  folder.write("no_such_set/a", "");
  folder.write("no_such_set/b", "");
  CHECK(io::find_data_set("no_such_set", {"a.gz", "b"}, "IDX", folder.path) == folder.path / "no_such_set");
}
