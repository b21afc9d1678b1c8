/// Formulas by muParser.
#include "networks/expression.hpp"

#include <muParser.h>

#include <algorithm>
#include <set>
#include <vector>

#include "core/errors.hpp"

namespace spikeloom {
namespace {

/// Position (from 1) of an assignment, which muParser would carry out, or 0: '=' that is not part of == != <= >=.
std::size_t assignment_in(const std::string& text) {
  for (std::size_t k = 0; k < text.size(); ++k) {
    if (text[k] != '=') continue;
    if (k + 1 < text.size() && text[k + 1] == '=') {
      ++k;
      continue;
    }
    if (k == 0 || std::string_view("!<>").find(text[k - 1]) == std::string_view::npos) return k + 1;
  }
  return 0;
}

std::string listed(std::span<const std::string_view> names) {
  std::string text;
  for (const auto name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

std::string worded(const mu::Parser::exception_type& error, std::span<const std::string_view> variables) {
  const std::string token = error.GetToken();
  const std::string at = " at character " + std::to_string(error.GetPos() + 1) + " of the formula";
  switch (error.GetCode()) {
    case mu::ecUNASSIGNABLE_TOKEN: return "unknown name '" + token + "'" + at + "; it may use " + listed(variables);
    case mu::ecMISSING_PARENS: return "a closing parenthesis is missing";
    case mu::ecUNEXPECTED_PARENS: return "unexpected parenthesis" + at;
    case mu::ecUNEXPECTED_OPERATOR: return "unexpected operator '" + token + "'" + at;
    case mu::ecUNEXPECTED_EOF: return "the formula ends too early";
    case mu::ecTOO_MANY_PARAMS: return "too many arguments for function '" + token + "'";
    case mu::ecTOO_FEW_PARAMS: return "too few arguments for function '" + token + "'";
    default: return token.empty() ? "cannot be understood" + at : "'" + token + "' was not expected" + at;
  }
}

}  // namespace

/// The parser holds addresses of `values`, so neither may move once compiled.
struct CompiledExpression::Compiled {
  mu::Parser parser;
  std::vector<double> values;
  std::set<std::string, std::less<>> used;

  Compiled(const std::string& text, std::span<const std::string_view> variables) : values(variables.size(), 0.5) {
    for (std::size_t k = 0; k < variables.size(); ++k) parser.DefineVar(std::string(variables[k]), &values[k]);
    parser.SetExpr(text);
    for (const auto& [name, address] : parser.GetUsedVar()) used.insert(name);
  }
};

std::optional<std::string> check_expression(const std::string& text, std::span<const std::string_view> variables) {
  if (text.find_first_not_of(" \t") == std::string::npos) return "the formula is empty";
  if (text.find('\0') != std::string::npos) return "the formula contains a zero byte";
  if (text.size() > 4096) return "the formula is longer than 4096 characters";
  if (const auto at = assignment_in(text); at > 0)
    return "'=' at character " + std::to_string(at) + " of the formula would assign; compare with '=='";
  try {
    mu::Parser parser;
    std::vector<double> values(variables.size(), 0.5);
    for (std::size_t k = 0; k < variables.size(); ++k) parser.DefineVar(std::string(variables[k]), &values[k]);
    parser.SetExpr(text);
    int results = 0;
    parser.Eval(results);
    if (results != 1)
      return "the formula has " + std::to_string(results) + " results; it must have one (',' only separates arguments)";
  } catch (const mu::Parser::exception_type& error) {
    return worded(error, variables);
  }
  return std::nullopt;
}

CompiledExpression::CompiledExpression(const std::string& text, std::span<const std::string_view> variables) {
  if (const auto fault = check_expression(text, variables)) throw SpecError("", "formula '" + text + "': " + *fault);
  compiled_ = std::make_unique<Compiled>(text, variables);
}

CompiledExpression::CompiledExpression(CompiledExpression&&) noexcept = default;
CompiledExpression& CompiledExpression::operator=(CompiledExpression&&) noexcept = default;
CompiledExpression::~CompiledExpression() = default;

double CompiledExpression::operator()(std::span<const double> values) {
  std::copy(values.begin(), values.end(), compiled_->values.begin());
  return compiled_->parser.Eval();
}

bool CompiledExpression::uses(std::string_view variable) const { return compiled_->used.contains(variable); }

}  // namespace spikeloom
