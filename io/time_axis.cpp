/// The resolution as a decimal fraction.
#include "io/time_axis.hpp"

#include <array>
#include <charconv>
#include <string_view>

namespace spikeloom::io {
namespace {

constexpr int largest_exact_power = 22;  // 10^22 is the last power of ten that a double holds exactly

}  // namespace

TimeAxis::TimeAxis(double resolution) : resolution_(resolution) {
  std::array<char, 64> buffer;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), resolution, std::chars_format::scientific).ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const auto mark = text.find('e');
  if (mark == std::string_view::npos) return;  // not finite
  std::int64_t digits = 0;
  int places = 0;
  for (std::size_t i = 0; i < mark; ++i)
    if (text[i] != '.') {
      digits = digits * 10 + (text[i] - '0');
      places += i > 1;
    }
  int exponent = 0;
  std::from_chars(text.data() + mark + (text[mark + 1] == '+' ? 2 : 1), text.data() + text.size(), exponent);
  places -= exponent;
  for (; places < 0 && digits < std::numeric_limits<std::int64_t>::max() / 100; ++places) digits *= 10;
  if (places < 0 || places > largest_exact_power) return;
  digits_ = digits;
  for (int i = 0; i < places; ++i) divisor_ *= 10;
}

}  // namespace spikeloom::io
