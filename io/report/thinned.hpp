/// Long traces cut down to what a screen can show.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace spikeloom::io::report {

/// Two values per stretch of `stretch` frames, its least and its greatest in the order in which they came, so that no
/// excursion is lost; all values if `stretch` is 1. Column-major: [column][point].
struct Thinned {
  std::size_t stretch = 1, points = 0;
  std::vector<float> values;
};

/// Frames [first, first + count), row-major.
using ReadFrames = std::function<std::vector<float>(std::uint64_t first, std::uint64_t count)>;

/// `columns` of a trace of `frames` rows of `width` numbers, with about `allowed` points each.
Thinned thinned(std::uint64_t frames, std::size_t width, const std::vector<std::size_t>& columns, std::size_t allowed,
                const ReadFrames& read);

}  // namespace spikeloom::io::report
