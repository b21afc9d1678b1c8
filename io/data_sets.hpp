/// Where data sets on disk are looked for, and the labelled image sets among them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace spikeloom::io {

/// The folder of data set `name` ("mnist"): the first of <data>, $SPIKELOOM_DATA, ./data, ../shared/data (`data` may be
/// empty) that has a subfolder of this name, or is it itself, with every file of `files`. A file named "a.gz" may also
/// lie there as "a". FileError if there is none: where was looked, what files are expected, and `about` them.
std::filesystem::path find_data_set(const std::string& name, const std::vector<std::string>& files,
                                    const std::string& about, const std::string& data);

/// `file` in `folder`, or without its ".gz".
std::filesystem::path file_in(const std::filesystem::path& folder, const std::string& file);

/// Grey images of one size, [image][row][column], 0 is black, with their classes.
struct LabelledImages {
  std::uint32_t count = 0, rows = 0, columns = 0;
  std::vector<std::uint8_t> pixels, labels;
};

/// Two IDX files. FileError if either is wrong, their numbers differ, or a label is not below `classes`.
LabelledImages read_labelled_images(const std::filesystem::path& images, const std::filesystem::path& labels,
                                    std::uint32_t classes);

/// The training and the test part of a set with MNIST's file names.
struct ImageSet {
  LabelledImages train, test;
};
ImageSet read_image_set(const std::string& name, const std::string& data);

}  // namespace spikeloom::io
