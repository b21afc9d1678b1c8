/// Units and quantities: "20 ms", "45 pA", "0.04 1/ms", and what is wrong with those that are none.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spikeloom::io {

/// Powers of second, volt, ampere, metre and step, times 10^decade 60^minutes.
struct Unit {
  std::array<int, 5> powers{};
  int decade = 0;
  int minutes = 0;

  bool has_dimension_of(const Unit& other) const { return powers == other.powers; }
  bool is_number() const { return powers == std::array<int, 5>{} && decade == 0 && minutes == 0; }
};

/// A product of known units: "mV", "pA/mV", "1/ms", "pA*ms", "nS/mV^2"; "" and "1" are the plain number.
std::optional<Unit> parse_unit(std::string_view text);

/// `value` in `from`, expressed in `to` (same dimension): one rounding for powers of ten that doubles hold exactly.
double convert(double value, const Unit& from, const Unit& to);

/// "a time", "a voltage", ...; "a plain number"; for compounds "a quantity in mV/ms".
std::string dimension_of(std::string_view unit);

/// Known units of the same dimension, the usual one first; compounds know only themselves.
std::vector<std::string> units_like(std::string_view unit);

/// One row of the table that `describe units` prints.
struct UnitGroup {
  std::string_view dimension;  // "a time"
  std::string_view coherent;   // unit inside the simulator
  std::vector<std::string_view> units;
};
const std::vector<UnitGroup>& unit_groups();

/// What is wrong with a text, and what to write instead.
struct Trouble {
  std::string what;
  std::string remedy;
};

template <class T>
using Parsed = std::variant<T, Trouble>;

/// A number and the text of its unit, which may be empty.
struct RawQuantity {
  double number = 0;
  std::string unit;
};

/// Splits "20 ms" strictly: decimal numbers only, finite, no leading zeros, no separators.
Parsed<RawQuantity> split_quantity(std::string_view text);

/// A quantity in `unit` ("" for a plain number).
Parsed<double> parse_quantity(std::string_view text, std::string_view unit);

/// A whole number; "1e4" counts as whole. Range [0, 2^64) without a sign, `what` names it in messages.
Parsed<std::uint64_t> parse_whole(std::string_view text);

}  // namespace spikeloom::io
