/// Formulas in experiment files ("-65 + 15 * r^2"), checked once and evaluated per neuron or synapse.
///
/// Operators + - * / ^, comparisons, && || and c ? a : b; functions sin cos tan asin acos atan atan2 sinh cosh tanh
/// exp ln log (natural) log2 log10 sqrt abs sign rint min max sum avg; constants _pi and _e.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace spikeloom {

/// What a formula for a neuron's value may use: position [um], id in the population, random numbers in (0, 1).
inline constexpr std::array<std::string_view, 9> neuron_variables{"x", "y", "z", "i", "r", "r1", "r2", "r3", "r4"};
/// What a formula for a synapse's weight or delay may use: position and id `i` of the target, distance d [um], id j of
/// the source, random numbers.
inline constexpr std::array<std::string_view, 11> synapse_variables{"x", "y",  "z",  "i",  "d", "j",
                                                                    "r", "r1", "r2", "r3", "r4"};

/// What is wrong with a formula, worded for the user with the place inside the formula; nothing if it can be evaluated.
std::optional<std::string> check_expression(const std::string& text, std::span<const std::string_view> variables);

/// A compiled formula. Not for sharing between threads: each thread compiles its own.
class CompiledExpression {
 public:
  /// Throws SpecError (with an empty path) if check_expression finds a fault.
  CompiledExpression(const std::string& text, std::span<const std::string_view> variables);
  CompiledExpression(CompiledExpression&&) noexcept;
  CompiledExpression& operator=(CompiledExpression&&) noexcept;
  ~CompiledExpression();

  /// Value of the formula; `values` in the order of `variables`. May be infinite or not a number (1 / x at x = 0).
  double operator()(std::span<const double> values);
  /// Whether the formula mentions the variable.
  bool uses(std::string_view variable) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace spikeloom
