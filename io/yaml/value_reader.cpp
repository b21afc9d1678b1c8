/// One function per form of a value; the key of the map chooses.
#include "io/yaml/value_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "io/array_file.hpp"
#include "io/spelling.hpp"
#include "networks/expression.hpp"

namespace spikeloom::io::yaml {
namespace {

constexpr double unreachable_sd = 8.5;   // a draw from 52 random bits stays within +- 8.2 standard deviations
constexpr double unreachable_mean = 37;  // ... and below 37 means of an exponential

/// Two quantities: "[low, high]".
std::optional<std::array<double, 2>> read_pair(const Located& at, std::string_view first_unit,
                                               std::string_view second_unit, std::string_view form, Reading& reading) {
  if (!at->is(Node::Kind::list) || at->values.size() != 2) {
    report(at, reading,
           {at->is(Node::Kind::list) ? fmt::format("has {} numbers instead of 2", at->values.size())
                                     : fmt::format("is {} instead of two numbers", at->description()),
            fmt::format("write {}", form)});
    return std::nullopt;
  }
  const auto first = read_quantity({&at->values[0], at.path + "[0]"}, first_unit, reading);
  const auto second = read_quantity({&at->values[1], at.path + "[1]"}, second_unit, reading);
  if (!first || !second) return std::nullopt;
  return std::array{*first, *second};
}

std::string with_unit(std::string_view number, std::string_view unit) {
  return unit.empty() ? std::string(number) : fmt::format("{} {}", number, unit);
}

/// The form of a distribution, with the unit in it: "{uniform: [1 ms, 2 ms]}".
std::string pair_form(std::string_view name, std::string_view unit) {
  return fmt::format("{{{}: [{}, {}]}}", name, with_unit("1", unit), with_unit("2", unit));
}

std::optional<Value> read_uniform(MapReader& map, const ValueDemand& demand, Reading& reading) {
  const auto at = map.optional("uniform");
  const auto pair = read_pair(at, demand.unit, demand.unit, pair_form("uniform", demand.unit), reading);
  if (!pair) return std::nullopt;
  if ((*pair)[0] >= (*pair)[1]) {
    report(at, reading,
           {fmt::format("the lower end {} does not lie below the upper end {}", (*pair)[0], (*pair)[1]),
            "write [low, high] with low < high"});
    return std::nullopt;
  }
  return Uniform{(*pair)[0], (*pair)[1]};
}

/// Probability that a normal number lies between the limits.
double mass(const Normal& n) {
  const auto below = [&](double x) { return 0.5 * std::erfc(-(x - n.mean) / (n.sd * std::sqrt(2.0))); };
  return below(n.high) - below(n.low);
}

std::optional<Value> read_normal(MapReader& map, const ValueDemand& demand, Reading& reading) {
  const auto at = map.optional("normal");
  const auto low = map.optional("min"), high = map.optional("max");
  const auto pair = read_pair(at, demand.unit, demand.unit, pair_form("normal", demand.unit), reading);
  Normal normal;
  bool good = pair.has_value();
  for (const auto& [limit, bound] : {std::pair{&low, &normal.low}, {&high, &normal.high}})
    if (*limit) {
      const auto value = read_quantity(*limit, demand.unit, reading);
      good &= value.has_value();
      *bound = value.value_or(0);
    }
  if (!good) return std::nullopt;
  normal.mean = (*pair)[0], normal.sd = (*pair)[1];
  if (normal.sd <= 0) {
    report(
        {&at->values[1], at.path + "[1]"}, reading,
        {fmt::format("the standard deviation {} is not positive", with_unit(fmt::format("{}", normal.sd), demand.unit)),
         fmt::format("write [mean, sd] with sd > 0, or the number {} alone",
                     with_unit(fmt::format("{}", normal.mean), demand.unit))});
    return std::nullopt;
  }
  if (normal.low >= normal.high) {
    report(low, reading, {fmt::format("min {} does not lie below max {}", normal.low, normal.high), "write min < max"});
    return std::nullopt;
  }
  if (mass(normal) < 1e-3) {
    report(
        low ? low : high, reading,
        {fmt::format("of a thousand numbers less than one falls between the limits [{}, {}]", normal.low, normal.high),
         "numbers outside are drawn again: widen the limits, or use uniform"});
    return std::nullopt;
  }
  return normal;
}

std::optional<Value> read_lognormal(MapReader& map, const ValueDemand& demand, Reading& reading) {
  const auto at = map.optional("lognormal");
  const auto shift = map.optional("mu");
  const auto form =
      fmt::format("{{lognormal: [{}, 0.5]}}: the median and the sd of the logarithm", with_unit("1", demand.unit));
  const auto pair = read_pair(at, demand.unit, "", form, reading);
  const auto mu = shift ? read_quantity(shift, "", reading) : std::optional(0.0);
  if (!pair || !mu) return std::nullopt;
  if ((*pair)[1] <= 0 || (*pair)[0] == 0) {
    report(
        at, reading,
        {"a log-normal needs a median other than 0 and a positive sd of the logarithm", fmt::format("write {}", form)});
    return std::nullopt;
  }
  return LogNormal{*mu, (*pair)[1], (*pair)[0]};
}

std::optional<Value> read_exponential(MapReader& map, const ValueDemand& demand, Reading& reading) {
  const auto at = map.optional("exponential");
  const auto shift = map.optional("offset");
  const auto mean = read_quantity(at, demand.unit, reading);
  const auto offset = shift ? read_quantity(shift, demand.unit, reading) : std::optional(0.0);
  if (!mean || !offset) return std::nullopt;
  if (*mean == 0) {
    report(at, reading,
           {"the mean is zero", fmt::format("write {{exponential: {}}}, the mean", with_unit("1", demand.unit))});
    return std::nullopt;
  }
  return Exponential{*mean, *offset};
}

/// {uniform_integer: [1, 20]}; with a dimension [1 ms, 20 ms] (whole numbers of that unit) or [1, 20] with `scale: 0.5
/// ms`.
std::optional<Value> read_uniform_integer(MapReader& map, const ValueDemand& demand, Reading& reading) {
  const auto at = map.optional("uniform_integer");
  const auto spacing = map.optional("scale");
  auto scale = spacing ? read_quantity(spacing, demand.unit, reading) : std::optional(1.0);
  const bool plain = spacing || demand.unit.empty();
  const auto form =
      plain ? "{uniform_integer: [1, 20]}" : fmt::format("{{uniform_integer: [1 {0}, 20 {0}]}}", demand.unit);
  const auto unit = plain ? std::string() : demand.unit;
  if (!read_pair(at, unit, unit, form, reading) || !scale) return std::nullopt;
  std::array<RawQuantity, 2> ends;
  for (std::size_t k = 0; k < 2; ++k) ends[k] = std::get<RawQuantity>(split_quantity(at->values[k].text));
  if (ends[0].unit != ends[1].unit) {
    report(at, reading, {"both ends need the same unit", fmt::format("write {}", form)});
    return std::nullopt;
  }
  if (!plain) scale = std::get<double>(parse_quantity("1 " + ends[0].unit, unit));
  for (std::size_t k = 0; k < 2; ++k)
    if (ends[k].number != std::round(ends[k].number) || std::abs(ends[k].number) > 1e9) {
      report({&at->values[k], fmt::format("{}[{}]", at.path, k)}, reading,
             {fmt::format("{} is not a whole number", with_unit(fmt::format("{}", ends[k].number), ends[k].unit)),
              fmt::format("write {}, or give the spacing: {{uniform_integer: [1, 20], scale: {}}}", form,
                          with_unit("0.5", demand.unit))});
      return std::nullopt;
    }
  if (ends[0].number > ends[1].number) {
    report(at, reading,
           {fmt::format("the lower end {} lies above the upper end {}", ends[0].number, ends[1].number),
            fmt::format("write {}", form)});
    return std::nullopt;
  }
  return UniformInteger{static_cast<std::int64_t>(ends[0].number), static_cast<std::int64_t>(ends[1].number), *scale};
}

/// The factor of a separate `unit:` key; 1 for plain numbers, which must not have one.
std::optional<double> read_unit_key(MapReader& map, std::string_view due, Reading& reading) {
  if (due.empty()) {
    const auto at = map.optional("unit");
    if (!at) return 1.0;
    if (at->is(Node::Kind::scalar) && at->text == "1") return 1.0;
    report(at, reading,
           {fmt::format("{} is given where a plain number is due", at->description()), "leave `unit` out"});
    return std::nullopt;
  }
  const auto at = map.required("unit", fmt::format("'unit: {}' beside it: {} is due", due, dimension_of(due)));
  if (!at) return std::nullopt;
  const auto text = read_text(at, fmt::format("a unit such as {}", due), reading);
  if (!text) return std::nullopt;
  auto factor = parse_quantity("1 " + *text, due);
  if (auto* trouble = std::get_if<Trouble>(&factor)) {
    report(at, reading, {std::move(trouble->what), fmt::format("write 'unit: {}'", due)});
    return std::nullopt;
  }
  return std::get<double>(factor);
}

std::optional<Value> read_expression(MapReader& map, const ValueDemand& demand, Reading& reading) {
  const auto at = map.optional("expression");
  const auto unit = read_unit_key(map, demand.unit, reading);
  const auto text = read_text(at, "a formula", reading);
  if (!text || !unit) return std::nullopt;
  if (text->size() > 10'000) {
    report(at, reading,
           {"the formula is longer than 10000 characters", "put the numbers into a file: {file: values.npy}"});
    return std::nullopt;
  }
  if (auto fault = check_expression(*text, demand.variables)) {
    std::string known;
    for (const auto name : demand.variables) known += fmt::format("{}{}", known.empty() ? "" : ", ", name);
    report(at, reading,
           {std::move(*fault),
            fmt::format("a formula may use {} and functions such as exp, sqrt, min; `describe distributions` shows all",
                        known)});
    return std::nullopt;
  }
  return Expression{*text, *unit};
}

std::optional<std::vector<double>> read_file_numbers(MapReader& map, std::string_view due, Reading& reading) {
  const auto at = map.optional("file");
  const auto inside = map.optional("dataset");
  const auto unit = read_unit_key(map, due, reading);
  const auto dataset =
      inside ? read_text(inside, "the path of a dataset such as /weights", reading) : std::optional(std::string());
  const auto file = read_file_name(at, reading);
  if (!file || !dataset || !unit) return std::nullopt;
  try {
    auto values = read_array(*file, *dataset);
    for (auto& value : values) value *= *unit;
    return values;
  } catch (const FileError& error) {
    report(at, reading, {error.what(), ""});
    return std::nullopt;
  }
}

/// The numbers of a list; plain ones are scaled by `factor` if a `unit:` key gives it.
std::optional<std::vector<double>> read_list(const Located& at, std::string_view unit, double factor,
                                             Reading& reading) {
  if (!at->is(Node::Kind::list)) {
    report(at, reading, {fmt::format("is {} where a list of numbers is due", at->description()), "write [1, 2, 3]"});
    return std::nullopt;
  }
  std::vector<double> values;
  values.reserve(at->values.size());
  constexpr std::size_t most_reported = 5;
  std::size_t wrong = 0;
  for (const auto& one : one_or_many(at)) {
    const auto value = read_quantity(one, unit, reading);
    if (value)
      values.push_back(*value * factor);
    else if (++wrong == most_reported)
      return std::nullopt;
  }
  if (wrong) return std::nullopt;
  return values;
}

std::optional<std::vector<double>> read_values(MapReader& map, std::string_view unit, Reading& reading) {
  const auto at = map.optional("values");
  const auto factor = read_unit_key(map, unit, reading);
  auto values = read_list(at, "", factor.value_or(1), reading);
  return factor ? std::move(values) : std::nullopt;
}

/// Reports the first number of an array that breaks the rule of what it is for.
bool check_numbers(const std::vector<double>& values, const Predicate& check, const Located& at, std::string_view unit,
                   Reading& reading) {
  for (std::size_t k = 0; k < values.size(); ++k)
    if (!check.holds(values[k])) {
      const bool is_inline = at->is(Node::Kind::list) && k < at->values.size();
      report(
          {is_inline ? &at->values[k] : at.node, fmt::format("{}[{}]", at.path, k)}, reading,
          {fmt::format("{} {}", with_unit(fmt::format("{}", values[k]), unit), check.wording), "correct this number"});
      return false;
    }
  return true;
}

std::optional<Value> checked_array(std::optional<std::vector<double>> values, const Located& at,
                                   const ValueDemand& demand, Reading& reading) {
  if (!values || !check_numbers(*values, demand.check, at, demand.unit, reading)) return std::nullopt;
  if (demand.count && values->size() != *demand.count) {
    report(at, reading,
           {fmt::format("has {} numbers for {} {}s", values->size(), *demand.count, demand.each),
            fmt::format("give one number for every {}", demand.each)});
    return std::nullopt;
  }
  return Array{std::move(*values)};
}

/// Whether the numbers that a distribution can give suit what they are for.
bool check_range(const Value& value, const Located& at, const ValueDemand& demand, Reading& reading) {
  const auto range = range_of(value);
  if (!range) return true;
  const double inside = range->low + 0.381966 * (range->high - range->low);
  for (const double x : {range->low, range->high, inside})
    if (!demand.check.holds(x)) {
      const bool is_constant = std::holds_alternative<Constant>(value);
      const auto number = with_unit(fmt::format("{:.6g}", x), demand.unit);
      if (is_constant)
        report(at, reading, {fmt::format("{} {}", number, demand.check.wording), "correct this number"});
      else if (std::holds_alternative<Normal>(value))
        report(at, reading,
               {fmt::format("this distribution reaches {} and {}", number, demand.check.wording),
                "draw such numbers again with `min:` and `max:`, for example {normal: [2, 1], min: 0.1}"});
      else
        report(at, reading,
               {fmt::format("this distribution reaches {} and {}", number, demand.check.wording),
                "narrow the distribution"});
      return false;
    }
  return true;
}

using Reader = std::optional<Value> (*)(MapReader&, const ValueDemand&, Reading&);
struct Form {
  std::string_view key;
  Reader read;
};
constexpr std::array forms = {Form{"uniform", read_uniform},
                              Form{"normal", read_normal},
                              Form{"lognormal", read_lognormal},
                              Form{"exponential", read_exponential},
                              Form{"uniform_integer", read_uniform_integer},
                              Form{"expression", read_expression}};

std::vector<std::string> form_keys() {
  std::vector<std::string> keys;
  for (const auto& form : forms) keys.emplace_back(form.key);
  keys.insert(keys.end(), {"values", "file"});
  return keys;
}

/// The forms that a map names ("uniform"); reports if it is not exactly one.
std::optional<std::string> form_of(const Located& at, Reading& reading) {
  const auto keys = form_keys();
  std::vector<std::string> given;
  for (const auto& key : at->keys)
    if (std::find(keys.begin(), keys.end(), key.text) != keys.end()) given.push_back(key.text);
  if (given.size() == 1) return given.front();
  if (given.size() > 1)
    report(at, reading, {fmt::format("both '{}' and '{}' are given", given[0], given[1]), "keep one of them"});
  else if (at->keys.empty())
    report(at, reading, {"is an empty map", fmt::format("write a number or one of {}", join_or(keys))});
  else
    report({&at->keys.front(), at.path}, reading,
           {fmt::format("unknown kind of value {}", at->keys.front().description()),
            suggestion(at->keys.front().text, keys)});
  return std::nullopt;
}

std::optional<Value> read_form(const Located& at, const ValueDemand& demand, Reading& reading) {
  const auto key = form_of(at, reading);
  if (!key) return std::nullopt;
  MapReader map(at, reading);
  std::optional<Value> value;
  if (*key == "values") {
    value = checked_array(read_values(map, demand.unit, reading), map.optional("values"), demand, reading);
  } else if (*key == "file") {
    value = checked_array(read_file_numbers(map, demand.unit, reading), map.optional("file"), demand, reading);
  } else {
    const auto form = std::find_if(forms.begin(), forms.end(), [&](const Form& f) { return f.key == *key; });
    value = form->read(map, demand, reading);
    if (value && !check_range(*value, map.optional(*key), demand, reading)) value.reset();
  }
  map.finish();
  return value;
}

}  // namespace

std::optional<Value> read_value(const Located& at, const ValueDemand& demand, Reading& reading) {
  if (demand.single && !at->is(Node::Kind::scalar)) {
    report(at, reading,
           {fmt::format("is {} where only one number makes sense", at->description()),
            fmt::format("write {}", with_unit("1", demand.unit))});
    return std::nullopt;
  }
  if (at->is(Node::Kind::map)) return read_form(at, demand, reading);
  if (at->is(Node::Kind::list)) return checked_array(read_list(at, demand.unit, 1, reading), at, demand, reading);
  const auto number = read_quantity(at, demand.unit, reading);
  if (!number || !check_range(Constant{*number}, at, demand, reading)) return std::nullopt;
  return Constant{*number};
}

std::optional<std::vector<double>> read_numbers(const Located& at, std::string_view unit, const Predicate& check,
                                                Reading& reading) {
  if (at->is(Node::Kind::list)) {
    auto values = read_list(at, unit, 1, reading);
    return values && check_numbers(*values, check, at, unit, reading) ? std::move(values) : std::nullopt;
  }
  if (at->is(Node::Kind::scalar)) {
    const auto one = read_quantity(at, unit, reading);
    if (!one || !check_numbers({*one}, check, at, unit, reading)) return std::nullopt;
    return std::vector{*one};
  }
  MapReader map(at, reading);
  if (!map.is_map()) return std::nullopt;
  const bool from_file = at->find("file") != nullptr;
  if (!from_file && !at->find("values")) {
    report(at, reading,
           {"is a map without `values` or `file`",
            "write a list, {values: [...], unit: ms} or {file: numbers.npy, unit: ms}"});
    return std::nullopt;
  }
  auto values = from_file ? read_file_numbers(map, unit, reading) : read_values(map, unit, reading);
  const auto shown_at = map.optional(from_file ? "file" : "values");
  map.finish();
  return values && check_numbers(*values, check, shown_at, unit, reading) ? std::move(values) : std::nullopt;
}

std::optional<Range> range_of(const Value& value) {
  struct Visitor {
    std::optional<Range> operator()(const Constant& c) const { return Range{c.value, c.value}; }
    std::optional<Range> operator()(const Uniform& u) const { return Range{u.low, u.high}; }
    std::optional<Range> operator()(const Normal& n) const {
      return Range{std::max(n.low, n.mean - unreachable_sd * n.sd), std::min(n.high, n.mean + unreachable_sd * n.sd)};
    }
    std::optional<Range> operator()(const LogNormal& l) const {
      const double a = l.scale * std::exp(l.mu - unreachable_sd * l.sigma),
                   b = l.scale * std::exp(l.mu + unreachable_sd * l.sigma);
      return Range{std::min(a, b), std::max(a, b)};
    }
    std::optional<Range> operator()(const Exponential& e) const {
      const double far = e.offset + unreachable_mean * e.mean;
      return Range{std::min(e.offset, far), std::max(e.offset, far)};
    }
    std::optional<Range> operator()(const UniformInteger& u) const {
      const double a = static_cast<double>(u.low) * u.scale, b = static_cast<double>(u.high) * u.scale;
      return Range{std::min(a, b), std::max(a, b)};
    }
    std::optional<Range> operator()(const Expression&) const { return std::nullopt; }
    std::optional<Range> operator()(const Array& a) const {
      if (a.values.empty()) return std::nullopt;
      const auto [low, high] = std::minmax_element(a.values.begin(), a.values.end());
      return Range{*low, *high};
    }
  };
  return std::visit(Visitor{}, value);
}

double typical(const Value& value) {
  if (const auto* normal = std::get_if<Normal>(&value)) return std::clamp(normal->mean, normal->low, normal->high);
  if (const auto* e = std::get_if<Exponential>(&value)) return e->offset + e->mean;
  if (const auto* l = std::get_if<LogNormal>(&value)) return l->scale * std::exp(l->mu);
  const auto range = range_of(value).value_or(Range{});
  return std::midpoint(range.low, range.high);
}

}  // namespace spikeloom::io::yaml
