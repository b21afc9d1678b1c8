/// Field tables: every parameter and state variable is declared once, with name, unit, default, range and doc.
///
/// From these tables come YAML keys, defaults, checks, `describe`, the JSON schema, HDF5 metadata and docs.
#pragma once

#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace spikeloom {

/// What a number must satisfy, and how to say so ("must be positive").
struct Predicate {
  bool (*holds)(double) = nullptr;
  std::string_view wording;
};

inline constexpr Predicate finite{[](double x) { return std::isfinite(x); }, "must be a finite number"};
inline constexpr Predicate positive{[](double x) { return std::isfinite(x) && x > 0; }, "must be positive"};
inline constexpr Predicate non_negative{[](double x) { return std::isfinite(x) && x >= 0; }, "must not be negative"};
inline constexpr Predicate fraction{[](double x) { return x >= 0 && x <= 1; }, "must lie between 0 and 1"};
inline constexpr Predicate whole_positive{[](double x) { return std::isfinite(x) && x >= 1 && x == std::floor(x); },
                                          "must be a whole number of at least 1"};
inline constexpr Predicate not_nan{[](double x) { return !std::isnan(x); }, "must be a number"};

/// One number of a parameter or state struct. `unit` is "" for a dimensionless number.
template <class Struct, class Number = double>
struct Field {
  std::string_view name;
  Number Struct::*member;
  std::string_view unit;
  std::string_view doc;
  Predicate check = finite;
};
template <class Struct, class Number>
Field(std::string_view, Number Struct::*, std::string_view, std::string_view, Predicate = finite)
    -> Field<Struct, Number>;

/// What a parameter may be: one number per neuron (also given as a distribution, an expression of position or an
/// array), a list of numbers, one of a few words, some of a few words, or free text (a file name).
enum class ParamKind { number, list, choice, words, text };

/// A parameter as the user sees it, whatever struct it lives in.
struct ParamInfo {
  std::string name;
  std::string unit;  // of numbers and list entries; "" is dimensionless
  std::string doc;
  ParamKind kind = ParamKind::number;
  double default_number = 0;
  std::vector<double> default_list = {};
  std::string default_text = {};  // also the default choice
  std::vector<std::string> default_words = {};
  std::vector<std::string> choices = {};  // of a choice, and of words
  Predicate check = finite;               // holds for a number, and for every entry of a list
  bool required = false;                  // no default: the user must give it
  bool per_neuron = true;                 // false: only one value for the whole population makes sense
  std::string instead_of = {};            // another parameter that says the same in other words: only one is given
};

/// A state variable as the user sees it: recordable, and settable under `initial:` if so marked.
struct VariableInfo {
  std::string name;
  std::string unit;
  std::string doc;
  bool settable = true;
};

/// The user-facing table of a struct's numbers; defaults are those of a value-initialised struct.
template <class Struct, std::size_t n>
std::vector<ParamInfo> param_infos(const std::array<Field<Struct>, n>& fields) {
  const Struct defaults{};
  std::vector<ParamInfo> infos;
  for (const auto& field : fields)
    infos.push_back({.name = std::string(field.name),
                     .unit = std::string(field.unit),
                     .doc = std::string(field.doc),
                     .default_number = defaults.*field.member,
                     .check = field.check});
  return infos;
}

}  // namespace spikeloom
