/// Reads a Value: a number, a distribution, an expression, or an array.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/field.hpp"
#include "io/yaml/map_reader.hpp"
#include "networks/value.hpp"

namespace spikeloom::io::yaml {

/// What a value is for.
struct ValueDemand {
  std::string unit;  // coherent; "" is a plain number
  Predicate check = finite;
  std::span<const std::string_view> variables = {};  // of expressions; none: expressions are refused
  std::optional<std::size_t> count = {};             // how many numbers an array must have
  std::string_view each = "neuron";                  // what an array has one number for
  bool single = false;                               // only one number makes sense
};

/// Reads and checks a value; what is wrong is reported and nothing returned.
std::optional<Value> read_value(const Located& at, const ValueDemand& demand, Reading& reading);

/// A list of quantities: inline, {values: [...], unit: ms} or {file: ..., dataset: ..., unit: ms}.
std::optional<std::vector<double>> read_numbers(const Located& at, std::string_view unit, const Predicate& check,
                                                Reading& reading);

/// The smallest and largest number that a value can give; a tail that no 52-bit draw reaches does not count.
/// Expressions could give anything: nothing is returned.
struct Range {
  double low = 0, high = 0;
};
std::optional<Range> range_of(const Value& value);

/// A number that stands for a value where a single one is needed (the mean, or the middle).
double typical(const Value& value);

}  // namespace spikeloom::io::yaml
