/// Least and greatest of every stretch, read block by block.
#include "io/report/thinned.hpp"

#include <algorithm>

namespace spikeloom::io::report {

Thinned thinned(std::uint64_t frames, std::size_t width, const std::vector<std::size_t>& columns, std::size_t allowed,
                const ReadFrames& read) {
  constexpr std::uint64_t block = 1 << 14;  // frames read at once
  Thinned out;
  if (frames > allowed) out.stretch = 2 * static_cast<std::size_t>((frames + allowed - 1) / allowed);
  std::vector<std::vector<float>> lines(columns.size());
  const std::uint64_t step = out.stretch * std::max<std::uint64_t>(1, block / out.stretch);
  for (std::uint64_t first = 0; first < frames; first += step) {
    const auto count = static_cast<std::size_t>(std::min(step, frames - first));
    const auto rows = read(first, count);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const auto at = [&](std::size_t k) { return rows[k * width + columns[c]]; };
      for (std::size_t begin = 0; begin < count; begin += out.stretch) {
        std::size_t low = begin, high = begin;
        for (std::size_t k = begin; k < std::min(begin + out.stretch, count); ++k) {
          if (at(k) < at(low)) low = k;
          if (at(k) > at(high)) high = k;
        }
        lines[c].push_back(at(std::min(low, high)));
        if (out.stretch > 1) lines[c].push_back(at(std::max(low, high)));
      }
    }
  }
  for (const auto& line : lines) out.values.insert(out.values.end(), line.begin(), line.end());
  out.points = lines.empty() ? 0 : lines.front().size();
  return out;
}

}  // namespace spikeloom::io::report
