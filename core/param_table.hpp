/// One table for a struct of parameters of any kind: numbers, flags, lists, choices, sets of words.
///
/// A `Field` (core/field.hpp) describes one number of a model that is advanced in a loop; modules and protocols, whose
/// parameters are read once, describe theirs with a `Param`. Names, defaults, YAML checks, `describe`, the schema and
/// the values in the struct all come from the same line.
#pragma once

#include <initializer_list>
#include <string>
#include <variant>
#include <vector>

#include "core/field.hpp"
#include "core/model.hpp"

namespace spikeloom {

/// One parameter: the member says what kind it is. A flag is a choice of false and true; a text with choices is one of
/// them; words are some of the choices, in the order in which the user writes them.
template <class Struct>
struct Param {
  using Member = std::variant<double Struct::*, int Struct::*, bool Struct::*, std::vector<double> Struct::*,
                              std::string Struct::*, std::vector<std::string> Struct::*>;
  std::string name;
  Member member;
  std::string unit;
  std::string doc;
  Predicate check = finite;
  std::vector<std::string> choices = {};
};

/// The table of a struct whose defaults are those of a value-initialised one. (`noinline`: gcc 12 would follow
/// constants of the table into members of another kind, and warn of what cannot happen.)
template <class Struct>
class ParamTable {
 public:
  ParamTable(std::initializer_list<Param<Struct>> params) : params_(params) {}

  /// And the numbers of a table of fields of this struct, or of a base of it.
  template <class Base, std::size_t n>
  ParamTable&& with(const std::array<Field<Base>, n>& fields) && {
    for (const auto& field : fields) {
      double Struct::*const member = field.member;
      params_.push_back(
          {std::string(field.name), member, std::string(field.unit), std::string(field.doc), field.check});
    }
    return std::move(*this);
  }

  /// And those of the table of a base of this struct.
  template <class Base>
  [[gnu::noinline]] ParamTable&& with(const ParamTable<Base>& base) && {
    using Member = typename Param<Struct>::Member;
    const auto of_struct = []<class T>(T Base::*member) -> Member {
      T Struct::*const own = member;
      return own;
    };
    for (const auto& param : base.lines())
      params_.push_back(
          {param.name, std::visit(of_struct, param.member), param.unit, param.doc, param.check, param.choices});
    return std::move(*this);
  }

  const std::vector<Param<Struct>>& lines() const noexcept { return params_; }

  /// As the user sees them.
  [[gnu::noinline]] std::vector<ParamInfo> infos() const {
    const Struct defaults{};
    std::vector<ParamInfo> infos;
    for (const auto& param : params_) {
      ParamInfo info{.name = param.name, .unit = param.unit, .doc = param.doc, .choices = param.choices};
      info.check = param.check;
      info.per_neuron = false;
      std::visit([&](auto member) { describe(defaults.*member, info); }, param.member);
      infos.push_back(std::move(info));
    }
    return infos;
  }

  /// The user's values, and defaults for what is absent.
  [[gnu::noinline]] Struct read(const ModelArguments& arguments) const {
    Struct values{};
    for (const auto& param : params_)
      std::visit([&](auto member) { take(arguments, param.name, values.*member); }, param.member);
    return values;
  }

 private:
  static void describe(double value, ParamInfo& info) { info.default_number = value; }
  static void describe(int value, ParamInfo& info) { info.default_number = value; }
  static void describe(bool value, ParamInfo& info) {
    info.kind = ParamKind::choice;
    info.choices = {"false", "true"};
    info.default_text = value ? "true" : "false";
  }
  static void describe(const std::vector<double>& value, ParamInfo& info) {
    info.kind = ParamKind::list;
    info.default_list = value;
  }
  static void describe(const std::string& value, ParamInfo& info) {
    info.kind = info.choices.empty() ? ParamKind::text : ParamKind::choice;
    info.default_text = value;
  }
  static void describe(const std::vector<std::string>& value, ParamInfo& info) {
    info.kind = ParamKind::words;
    info.default_words = value;
  }

  template <class Map, class Take>
  static void if_given(const Map& map, const std::string& name, Take take_it) {
    if (const auto found = map.find(name); found != map.end()) take_it(found->second);
  }
  static void take(const ModelArguments& from, const std::string& name, double& value) {
    if_given(from.numbers, name, [&](const auto& numbers) { value = numbers.front(); });
  }
  static void take(const ModelArguments& from, const std::string& name, int& value) {
    if_given(from.numbers, name, [&](const auto& numbers) { value = static_cast<int>(numbers.front()); });
  }
  static void take(const ModelArguments& from, const std::string& name, bool& value) {
    if_given(from.texts, name, [&](const auto& text) { value = text == "true"; });
  }
  static void take(const ModelArguments& from, const std::string& name, std::vector<double>& value) {
    if_given(from.lists, name, [&](const auto& list) { value = list; });
  }
  static void take(const ModelArguments& from, const std::string& name, std::string& value) {
    if_given(from.texts, name, [&](const auto& text) { value = text; });
  }
  static void take(const ModelArguments& from, const std::string& name, std::vector<std::string>& value) {
    if_given(from.words, name, [&](const auto& words) { value = words; });
  }

  std::vector<Param<Struct>> params_;
};

}  // namespace spikeloom
