/// Finding and reading data sets on disk.
#include "io/data_sets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

#include "core/errors.hpp"
#include "io/idx_file.hpp"

namespace spikeloom::io {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t image_classes = 10;

std::vector<fs::path> places(const std::string& data) {
  std::vector<fs::path> result;
  if (!data.empty()) result.emplace_back(data);
  if (const char* variable = std::getenv("SPIKELOOM_DATA"); variable != nullptr && *variable != '\0')
    result.emplace_back(variable);
  result.emplace_back("data");
  result.emplace_back("../shared/data");
  return result;
}

}  // namespace

fs::path file_in(const fs::path& folder, const std::string& file) {
  const auto whole = folder / file;
  if (!fs::exists(whole) && file.ends_with(".gz")) return folder / file.substr(0, file.size() - 3);
  return whole;
}

fs::path find_data_set(const std::string& name, const std::vector<std::string>& files, const std::string& about,
                       const std::string& data) {
  std::vector<std::string> tried;
  for (const auto& place : places(data))
    for (const auto& folder : {place / name, place}) {
      const auto is_there = [&](const std::string& file) { return fs::is_regular_file(file_in(folder, file)); };
      if (std::all_of(files.begin(), files.end(), is_there)) return folder;
      if (folder != place) tried.push_back(folder.string());
    }
  throw FileError(fmt::format(
      "data set '{}' was not found in {}\n    expected there: {} ({}); name the folder that holds {}/ with --data DIR "
      "or SPIKELOOM_DATA",
      name, fmt::join(tried, ", "), fmt::join(files, ", "), about, name));
}

LabelledImages read_labelled_images(const fs::path& images, const fs::path& labels, std::uint32_t classes) {
  auto pixels = read_idx(images, 3);
  auto answers = read_idx(labels, 1);
  if (pixels.shape[0] != answers.shape[0])
    throw FileError(fmt::format("{}: has {} labels for the {} images of {}\n    give two files of the same set",
                                labels.string(), answers.shape[0], pixels.shape[0], images.string()));
  for (std::size_t i = 0; i < answers.values.size(); ++i)
    if (answers.values[i] >= classes)
      throw FileError(
          fmt::format("{}: label {} is {}, but there are only the classes 0 to {}\n    give a set of {} "
                      "classes",
                      labels.string(), i, answers.values[i], classes - 1, classes));
  return {pixels.shape[0], pixels.shape[1], pixels.shape[2], std::move(pixels.values), std::move(answers.values)};
}

ImageSet read_image_set(const std::string& name, const std::string& data) {
  const std::vector<std::string> files = {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
                                          "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"};
  const auto folder = find_data_set(name, files, "IDX, with or without gzip", data);
  ImageSet set{read_labelled_images(file_in(folder, files[0]), file_in(folder, files[1]), image_classes),
               read_labelled_images(file_in(folder, files[2]), file_in(folder, files[3]), image_classes)};
  if (set.train.rows != set.test.rows || set.train.columns != set.test.columns)
    throw FileError(
        fmt::format("{}: training images have {} x {} pixels, test images {} x {}\n    give files of the "
                    "same set",
                    folder.string(), set.train.rows, set.train.columns, set.test.rows, set.test.columns));
  return set;
}

}  // namespace spikeloom::io
