/// Numbers and words of the report.
#include "io/report/format.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace spikeloom::io::report {
namespace {

static_assert(std::endian::native == std::endian::little, "the page unpacks little-endian numbers");

template <class Number>
std::string packed_bytes(const std::vector<Number>& values) {
  return base64({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number)});
}

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

/// Thousands set apart by a narrow space.
std::string grouped(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (auto at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), "\u202f");
  return digits;
}

std::string with_unit(double value, std::string_view unit) {
  return unit.empty() ? number_text(value) : number_text(value) + " " + std::string(unit);
}

}  // namespace

nlohmann::json rounded(double value, int digits) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::floor(value) && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
  return std::strtod(fmt::format("{:.{}g}", value, digits).c_str(), nullptr);
}

nlohmann::json rounded(const std::vector<double>& values, int digits) {
  auto list = nlohmann::json::array();
  for (const double value : values) list.push_back(rounded(value, digits));
  return list;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t k = 0; k < bytes.size(); k += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = k; i < k + 3; ++i)
      group = group << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i) text += k + i <= bytes.size() ? letters[group >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

std::string packed(const std::vector<std::uint32_t>& values) { return packed_bytes(values); }
std::string packed(const std::vector<std::uint16_t>& values) { return packed_bytes(values); }
std::string packed(const std::vector<float>& values) { return packed_bytes(values); }

std::string number_text(double value) {
  const double size = std::abs(value);
  if (size < 1e4 || size >= 1e15 || !std::isfinite(value)) return fmt::format("{:.4g}", value);
  const double unit = std::pow(10, std::floor(std::log10(size)) - 3);
  return (value < 0 ? "-" : "") + grouped(static_cast<std::uint64_t>(std::llround(size / unit) * std::llround(unit)));
}

std::string duration_text(double ms) {
  if (!(ms >= 1000)) return fmt::format("{:.4g} ms", ms);
  const double seconds = ms / 1000;
  if (seconds < 120) return fmt::format("{:.3g} s", seconds);
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 7200) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return grouped(count) + " " +
         (count == 1     ? std::string(one)
          : many.empty() ? std::string(one) + "s"
                         : std::string(many));
}

std::string value_text(const Value& value, std::string_view unit) {
  const auto of = [&](double x) { return with_unit(x, unit); };
  return std::visit(
      Overloaded{
          [&](const Constant& v) { return of(v.value); },
          [&](const Uniform& v) { return fmt::format("uniform, {} to {}", number_text(v.low), of(v.high)); },
          [&](const Normal& v) {
            const bool cut = std::isfinite(v.low) || std::isfinite(v.high);
            return fmt::format("{}normal, {} ± {}", cut ? "truncated " : "", number_text(v.mean), of(v.sd));
          },
          [&](const LogNormal& v) {
            return fmt::format("log-normal, median {}, σ {}", of(v.scale * std::exp(v.mu)), number_text(v.sigma));
          },
          [&](const Exponential& v) {
            return v.offset == 0 ? fmt::format("exponential, mean {}", of(v.mean))
                                 : fmt::format("{} + exponential, mean {}", number_text(v.offset), of(v.mean));
          },
          [&](const UniformInteger& v) {
            return fmt::format("whole numbers, {} to {}", number_text(static_cast<double>(v.low) * v.scale),
                               of(static_cast<double>(v.high) * v.scale));
          },
          [&](const Expression& v) { return v.unit == 1 ? v.text : fmt::format("({}) · {}", v.text, of(v.unit)); },
          [&](const Array& v) { return counted(v.values.size(), "given value"); }},
      value);
}

std::string rule_text(const ConnectRule& rule) {
  return std::visit(Overloaded{[](const OneToOne&) { return std::string("one to one"); },
                               [](const AllToAll&) { return std::string("all to all"); },
                               [](const FixedProbability& r) { return "probability " + number_text(r.p); },
                               [](const FixedIndegree& r) { return fmt::format("in-degree {}", r.indegree); },
                               [](const FixedOutdegree& r) { return fmt::format("out-degree {}", r.outdegree); },
                               [](const FixedTotalNumber&) { return std::string("total number"); },
                               [](const DistanceDependent& r) {
                                 const char* kernels[] = {"Gaussian", "exponential", "box"};
                                 return fmt::format("{} of distance, p ≤ {}, scale {} µm",
                                                    kernels[static_cast<int>(r.kernel)], number_text(r.p_max),
                                                    number_text(r.scale));
                               },
                               [](const SynapseList&) { return std::string("list"); }},
                    rule);
}

std::optional<double> expected_synapses(const ConnectRule& rule, double sources, double targets) {
  using Count = std::optional<double>;
  return std::visit(Overloaded{[&](const OneToOne&) -> Count { return std::min(sources, targets); },
                               [&](const AllToAll&) -> Count { return sources * targets; },
                               [&](const FixedProbability& r) -> Count { return r.p * sources * targets; },
                               [&](const FixedIndegree& r) -> Count { return r.indegree * targets; },
                               [&](const FixedOutdegree& r) -> Count { return r.outdegree * sources; },
                               [&](const FixedTotalNumber& r) -> Count { return static_cast<double>(r.number); },
                               [](const DistanceDependent&) -> Count { return std::nullopt; },
                               [&](const SynapseList& r) -> Count { return static_cast<double>(r.sources.size()); }},
                    rule);
}

}  // namespace spikeloom::io::report
