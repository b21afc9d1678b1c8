/// The unit table, the strict reading of numbers, and the wording of everything that is not one.
#include "io/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "io/spelling.hpp"

namespace spikeloom::io {
namespace {

struct NamedUnit {
  std::string_view symbol;
  Unit unit;
};

// powers:                 s   V   A   m  step
constexpr std::array<int, 5> time{1, 0, 0, 0, 0}, rate{-1, 0, 0, 0, 0}, voltage{0, 1, 0, 0, 0}, current{0, 0, 1, 0, 0},
    conductance{0, -1, 1, 0, 0}, capacitance{1, -1, 1, 0, 0}, resistance{0, 1, -1, 0, 0}, length{0, 0, 0, 1, 0},
    charge{1, 0, 1, 0, 0}, steps{0, 0, 0, 0, 1};

constexpr std::array named_units = {
    NamedUnit{"ms", {time, -3}},         NamedUnit{"s", {time, 0}},           NamedUnit{"us", {time, -6}},
    NamedUnit{"ns", {time, -9}},         NamedUnit{"min", {time, 0, 1}},      NamedUnit{"h", {time, 0, 2}},
    NamedUnit{"Hz", {rate, 0}},          NamedUnit{"kHz", {rate, 3}},         NamedUnit{"MHz", {rate, 6}},
    NamedUnit{"mV", {voltage, -3}},      NamedUnit{"V", {voltage, 0}},        NamedUnit{"uV", {voltage, -6}},
    NamedUnit{"pA", {current, -12}},     NamedUnit{"nA", {current, -9}},      NamedUnit{"uA", {current, -6}},
    NamedUnit{"mA", {current, -3}},      NamedUnit{"A", {current, 0}},        NamedUnit{"fA", {current, -15}},
    NamedUnit{"nS", {conductance, -9}},  NamedUnit{"uS", {conductance, -6}},  NamedUnit{"mS", {conductance, -3}},
    NamedUnit{"S", {conductance, 0}},    NamedUnit{"pS", {conductance, -12}}, NamedUnit{"pF", {capacitance, -12}},
    NamedUnit{"nF", {capacitance, -9}},  NamedUnit{"uF", {capacitance, -6}},  NamedUnit{"F", {capacitance, 0}},
    NamedUnit{"fF", {capacitance, -15}}, NamedUnit{"MOhm", {resistance, 6}},  NamedUnit{"GOhm", {resistance, 9}},
    NamedUnit{"kOhm", {resistance, 3}},  NamedUnit{"Ohm", {resistance, 0}},   NamedUnit{"um", {length, -6}},
    NamedUnit{"mm", {length, -3}},       NamedUnit{"cm", {length, -2}},       NamedUnit{"m", {length, 0}},
    NamedUnit{"nm", {length, -9}},       NamedUnit{"fC", {charge, -15}},      NamedUnit{"pC", {charge, -12}},
    NamedUnit{"step", {steps, 0}}};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "µ" (both code points) and "Ω" as the table spells them.
std::string plain_letters(std::string_view text) {
  std::string plain(text);
  for (const auto& [sign, letters] : {std::pair{"\u00b5", "u"}, {"\u03bc", "u"}, {"\u03a9", "Ohm"}, {"\u2126", "Ohm"}})
    for (auto at = plain.find(sign); at != std::string::npos; at = plain.find(sign))
      plain.replace(at, std::string_view(sign).size(), letters);
  return plain;
}

/// One factor "ms", "mV^2" or "1", multiplied into `unit` with `sign` 1 or -1.
bool multiply(Unit& unit, std::string_view factor, int sign) {
  factor = trim(factor);
  if (factor == "1") return true;
  int power = 1;
  if (const auto caret = factor.find('^'); caret != std::string_view::npos) {
    const auto digits = factor.substr(caret + 1);
    if (digits.size() != 1 || digits[0] < '1' || digits[0] > '9') return false;
    power = digits[0] - '0';
    factor = factor.substr(0, caret);
  }
  const auto found =
      std::find_if(named_units.begin(), named_units.end(), [&](const auto& u) { return u.symbol == factor; });
  if (found == named_units.end()) return false;
  for (std::size_t k = 0; k < unit.powers.size(); ++k) unit.powers[k] += sign * power * found->unit.powers[k];
  unit.decade += sign * power * found->unit.decade;
  unit.minutes += sign * power * found->unit.minutes;
  return true;
}

/// Length of the decimal number at the start of `text`, 0 if there is none.
std::size_t number_length(std::string_view text) {
  std::size_t k = 0, digits = 0;
  if (k < text.size() && (text[k] == '+' || text[k] == '-')) ++k;
  while (k < text.size() && is_digit(text[k])) ++k, ++digits;
  if (k < text.size() && text[k] == '.')
    for (++k; k < text.size() && is_digit(text[k]); ++k) ++digits;
  if (digits == 0) return 0;
  if (k < text.size() && (text[k] == 'e' || text[k] == 'E')) {
    std::size_t e = k + 1;
    if (e < text.size() && (text[e] == '+' || text[e] == '-')) ++e;
    if (e < text.size() && is_digit(text[e])) {
      while (e < text.size() && is_digit(text[e])) ++e;
      k = e;
    }
  }
  return k;
}

std::string shown(std::string_view text) {
  constexpr std::size_t most = 60;
  if (text.size() <= most) return std::string(text);
  auto end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

bool is_not_finite_word(std::string_view text) {
  std::string word;
  for (char c : text)
    if (c != '.' && c != '+' && c != '-') word += static_cast<char>(c | 0x20);
  return word == "nan" || word == "inf" || word == "infinity";
}

/// Digits with the separators taken out: "1,000 ms" -> "1000 ms"; one comma before other than 3 digits is a decimal
/// point.
std::string without_separators(std::string_view text) {
  const auto is_separator = [](char c) { return c == ',' || c == '_' || c == '\'' || c == ' '; };
  const auto comma = text.find(',');
  std::size_t after = 0;
  if (comma != std::string_view::npos)
    while (comma + 1 + after < text.size() && is_digit(text[comma + 1 + after])) ++after;
  const bool decimal =
      comma != std::string_view::npos && after != 3 && text.find(',', comma + 1) == std::string_view::npos;
  std::string plain;
  for (std::size_t k = 0; k < text.size(); ++k) {
    const bool between = k > 0 && k + 1 < text.size() && is_digit(text[k - 1]) && is_digit(text[k + 1]);
    if (between && decimal && text[k] == ',')
      plain += '.';
    else if (!between || !is_separator(text[k]))
      plain += text[k];
  }
  return plain;
}

/// The ways to write a number that other languages know and this one refuses, each with the right way.
std::optional<Trouble> foreign_number(std::string_view text, std::string_view number, std::string_view rest) {
  const auto digits = number.substr(!number.empty() && (number[0] == '-' || number[0] == '+') ? 1 : 0);
  const auto sign = std::string(number.substr(0, number.size() - digits.size()));
  if (digits == "0" && !rest.empty() && std::string_view("xXoObB").find(rest[0]) != std::string_view::npos &&
      rest.size() > 1 && std::isxdigit(static_cast<unsigned char>(rest[1])))
    return Trouble{fmt::format("'{}' is not a decimal number", shown(text)),
                   "numbers are written in decimal, for example 16"};
  if (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])) {
    const auto first = digits.find_first_not_of('0');
    const auto plain = first == std::string_view::npos ? std::string_view("0") : digits.substr(first);
    return Trouble{fmt::format("'{}' looks like an octal number", shown(text)),
                   fmt::format("write {}{}{} without the leading zero", sign, plain[0] == '.' ? "0" : "", plain)};
  }
  if (rest.empty()) return std::nullopt;
  const auto unit = trim(rest);
  const bool is_unit = rest.front() == ' ' && (unit == "1" || unit.starts_with("1/"));
  const bool separator = !is_unit && rest.size() > 1 &&
                         std::string_view(",_' .").find(rest[0]) != std::string_view::npos && is_digit(rest[1]);
  if (text.find("..") != std::string_view::npos)
    return Trouble{fmt::format("'{}' is a range where a number is due", shown(text)),
                   "write {uniform: [low, high]} for a random number in a range, each with its unit"};
  if (separator && rest[0] == '.')
    return Trouble{fmt::format("'{}' has more than one decimal point", shown(text)),
                   "write 1000.5, without separators"};
  if (separator)
    return Trouble{
        fmt::format("'{}' has a separator between its digits", shown(text)),
        fmt::format("write {}, with a decimal point and without separators", shown(without_separators(text)))};
  return std::nullopt;
}

std::string example_of(std::string_view unit) {
  const auto units = units_like(unit);
  return units.size() == 1 ? std::string(unit) : fmt::format("{}: {}", dimension_of(unit), join_or(units));
}

}  // namespace

const std::vector<UnitGroup>& unit_groups() {
  static const std::vector<UnitGroup> groups = {{"a time", "ms", {"ms", "s", "us", "ns", "min", "h"}},
                                                {"a rate", "Hz", {"Hz", "kHz", "MHz", "1/s", "1/ms"}},
                                                {"a voltage", "mV", {"mV", "V", "uV"}},
                                                {"a current", "pA", {"pA", "nA", "uA", "mA", "A", "fA"}},
                                                {"a conductance", "nS", {"nS", "uS", "mS", "S", "pS"}},
                                                {"a capacitance", "pF", {"pF", "nF", "uF", "F", "fF"}},
                                                {"a resistance", "MOhm", {"MOhm", "GOhm", "kOhm", "Ohm"}},
                                                {"a length", "um", {"um", "mm", "cm", "m", "nm"}},
                                                {"a charge", "fC", {"fC", "pC", "pA*ms"}},
                                                {"a number of steps", "step", {"step"}}};
  return groups;
}

std::optional<Unit> parse_unit(std::string_view text) {
  const auto plain = plain_letters(trim(text));
  Unit unit;
  if (plain.empty()) return unit;
  if (plain.size() > 64) return std::nullopt;
  std::string_view rest = plain;
  int sign = 1;
  if (rest.front() == '/') rest.remove_prefix(1), sign = -1;
  while (true) {
    const auto end = rest.find_first_of("*/");
    if (!multiply(unit, rest.substr(0, end), sign)) return std::nullopt;
    if (end == std::string_view::npos) return unit;
    sign = rest[end] == '/' ? -1 : 1;
    rest.remove_prefix(end + 1);
  }
}

double convert(double value, const Unit& from, const Unit& to) {
  constexpr std::array exact = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  for (int m = from.minutes - to.minutes; m != 0; m += m > 0 ? -1 : 1) value = m > 0 ? value * 60 : value / 60;
  int decade = from.decade - to.decade;
  for (; decade > 22; decade -= 22) value *= 1e22;
  for (; decade < -22; decade += 22) value /= 1e22;
  return decade >= 0 ? value * exact[static_cast<std::size_t>(decade)]
                     : value / exact[static_cast<std::size_t>(-decade)];
}

std::string dimension_of(std::string_view unit) {
  const auto parsed = parse_unit(unit);
  if (!parsed || parsed->is_number()) return "a plain number";
  for (const auto& group : unit_groups())
    if (parse_unit(group.coherent)->has_dimension_of(*parsed)) return std::string(group.dimension);
  return fmt::format("a quantity in {}", unit);
}

std::vector<std::string> units_like(std::string_view unit) {
  std::vector<std::string> units{std::string(unit)};
  const auto parsed = parse_unit(unit);
  for (const auto& group : unit_groups())
    if (parsed && parse_unit(group.coherent)->has_dimension_of(*parsed))
      for (const auto other : group.units)
        if (other != unit) units.emplace_back(other);
  return units;
}

Parsed<RawQuantity> split_quantity(std::string_view text) {
  text = trim(text);
  if (text.empty()) return Trouble{"is empty where a number is due", "write a number"};
  if (is_not_finite_word(text))
    return Trouble{fmt::format("'{}' is not a finite number", shown(text)), "write a finite number"};
  const auto characters = number_length(text);
  const auto number = text.substr(0, characters);
  const auto rest = text.substr(characters);
  if (characters == 0)
    return Trouble{fmt::format("'{}' is not a number", shown(text)), "write a number, for example 0.5"};
  if (auto trouble = foreign_number(text, number, rest)) return std::move(*trouble);
  RawQuantity quantity{0, plain_letters(trim(rest))};
  const auto digits = number[0] == '+' ? number.substr(1) : number;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), quantity.number);
  if (error != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(quantity.number))
    return Trouble{fmt::format("'{}' is beyond the range of numbers", shown(text)),
                   "write a number between 1e-300 and 1e300"};
  return quantity;
}

Parsed<double> parse_quantity(std::string_view text, std::string_view unit) {
  auto split = split_quantity(text);
  if (auto* trouble = std::get_if<Trouble>(&split)) {
    if (!unit.empty() && trouble->remedy.starts_with("write a"))
      trouble->remedy += fmt::format(" and its unit ({})", example_of(unit));
    return std::move(*trouble);
  }
  const auto& [number, written] = std::get<RawQuantity>(split);
  const auto due = parse_unit(unit).value();
  const auto given = parse_unit(written);
  if (!due.is_number() && written.empty())
    return Trouble{fmt::format("{} has no unit", number),
                   fmt::format("write {} {} ({})", number, unit, example_of(unit))};
  if (!given && due.is_number())
    return Trouble{fmt::format("'{}' is not a plain number", shown(text)), fmt::format("write {} alone", number)};
  if (!given)
    return Trouble{
        fmt::format("unknown unit '{}'", shown(written)),
        fmt::format("write {} {} ({})", number,
                    closest(written, units_like(unit)).empty() ? std::string(unit) : closest(written, units_like(unit)),
                    example_of(unit))};
  if (!due.has_dimension_of(*given)) {
    if (due.is_number())
      return Trouble{fmt::format("'{}' is {} where a plain number is due", shown(text), dimension_of(written)),
                     fmt::format("write {} without a unit", number)};
    return Trouble{fmt::format("'{}' is {} where {} is due", shown(text), dimension_of(written), dimension_of(unit)),
                   fmt::format("write for example {} {} ({})", number, unit, example_of(unit))};
  }
  const double value = convert(number, *given, due);
  if (!std::isfinite(value))
    return Trouble{fmt::format("'{}' is beyond the range of numbers", shown(text)),
                   fmt::format("write a smaller number of {}", unit)};
  return value;
}

Parsed<std::uint64_t> parse_whole(std::string_view text) {
  auto split = split_quantity(text);
  if (auto* trouble = std::get_if<Trouble>(&split)) {
    if (trouble->remedy.starts_with("write a ")) trouble->remedy = "write a whole number, for example 100";
    return std::move(*trouble);
  }
  const auto& [number, unit] = std::get<RawQuantity>(split);
  if (!unit.empty())
    return Trouble{fmt::format("'{}' is not a whole number", shown(text)),
                   fmt::format("write {} without a unit", number)};
  if (number < 0) return Trouble{fmt::format("{} is negative", number), "write a whole number of at least 0"};
  if (number != std::floor(number))
    return Trouble{fmt::format("{} is not a whole number", number), fmt::format("write {}", std::round(number))};
  text = trim(text);
  if (text[0] == '+') text.remove_prefix(1);
  std::uint64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error == std::errc{} && end == text.data() + text.size()) return whole;
  if (number >= 9007199254740992.0)
    return Trouble{fmt::format("'{}' is too large", shown(text)), "write a whole number below 2^64 in plain digits"};
  return static_cast<std::uint64_t>(number);
}

}  // namespace spikeloom::io
