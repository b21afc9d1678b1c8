/// Isolating sign changes by Rolle's theorem.
#include "core/exact/first_crossing.hpp"

#include <algorithm>

namespace spikeloom {
namespace {

double value_at(std::span<const DecayingTerm> terms, double t) noexcept {
  double sum = 0;
  for (const auto& term : terms) sum += term(t);
  return sum;
}

double slope_at(std::span<const DecayingTerm> terms, double t) noexcept {
  double sum = 0;
  for (const auto& term : terms)
    sum += (term.slope - term.rate * (term.constant + term.slope * t)) * exponential(-term.rate * t);
  return sum;
}

/// The zero between two times at which the sum has different signs and between which it is monotone.
double zero_between(std::span<const DecayingTerm> terms, double low, double high, bool rises) noexcept {
  double t = 0.5 * (low + high);
  for (int round = 0; round < 200; ++round) {
    const double value = value_at(terms, t);
    if (value == 0) break;
    ((value < 0) == rises ? low : high) = t;
    double next = t - value / slope_at(terms, t);
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    const double moved = std::abs(next - t);
    t = next;
    if (moved <= 1e-11 * t) break;  // F is flat there: this is more than enough to know its maximum to the last bit
  }
  return t;
}

/// (constant + slope t) exp(...) + constant exp(...) or less: a zero in closed form.
bool solve_in_closed_form(std::span<const DecayingTerm> terms, double horizon, Times& zeros) noexcept {
  const auto add = [&](double t) {
    if (t > 0 && t < horizon) zeros.push_back(t);
  };
  if (terms.empty()) return true;
  if (terms.size() == 1) {
    if (terms[0].slope != 0) add(-terms[0].constant / terms[0].slope);
    return true;
  }
  if (terms.size() > 2 || terms[0].slope != 0 || terms[1].slope != 0) return false;
  const double ratio = -terms[1].constant / terms[0].constant;
  if (ratio > 0) add(std::log(ratio) / (terms[1].rate - terms[0].rate));
  return true;
}

}  // namespace

bool is_positive(std::span<const DecayingTerm> terms, double t) noexcept {
  const auto slowest =
      std::find_if(terms.begin(), terms.end(), [](const auto& x) { return x.constant != 0 || x.slope != 0; });
  double sum = 0;
  for (auto term = slowest; term != terms.end(); ++term)
    sum += (term->constant + term->slope * t) * exponential((slowest->rate - term->rate) * t);
  return sum > 0;
}

Times sign_changes(std::span<const DecayingTerm> given, double horizon) {
  std::array<DecayingTerm, 3> storage;
  std::size_t count = 0;
  for (const auto& term : given) {
    if (term.constant == 0 && term.slope == 0) continue;
    if (count > 0 && storage[count - 1].rate == term.rate) {
      storage[count - 1].constant += term.constant;
      storage[count - 1].slope += term.slope;
    } else {
      storage[count++] = term;
    }
  }
  // Divided by the slowest exponential: the same signs, and nothing underflows.
  for (std::size_t k = count; k-- > 0;) storage[k].rate -= storage[0].rate;
  const std::span<const DecayingTerm> terms(storage.data(), count);
  Times zeros;
  if (solve_in_closed_form(terms, horizon, zeros)) return zeros;

  std::array<DecayingTerm, 3> derivative;
  for (std::size_t k = 0; k < count; ++k) {
    const auto& [rate, constant, slope] = terms[k];
    derivative[k] = {rate, slope - rate * constant, -rate * slope};
  }
  auto turns = sign_changes({derivative.data(), count}, horizon);
  turns.push_back(horizon);
  double low = 0, at_low = value_at(terms, 0);
  for (const double high : turns) {
    const double at_high = value_at(terms, high);
    // A zero that is itself a turn belongs to both stretches: counted where the sign has changed.
    if (at_low != 0 && at_high != 0 && (at_low < 0) != (at_high < 0))
      zeros.push_back(zero_between(terms, low, high, at_low < 0));
    if (at_high != 0) at_low = at_high, low = high;
  }
  return zeros;
}

}  // namespace spikeloom
