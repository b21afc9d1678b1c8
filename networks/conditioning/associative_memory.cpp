/// Writing and reading by each rule.
#include "networks/conditioning/associative_memory.hpp"

#include <algorithm>
#include <cmath>

#include "plasticity/readout/columns.hpp"

namespace spikeloom {
namespace {

constexpr const char* associative_memory_equations =
    "hebb     S <- S + beta v k^T\n"
    "decay    S <- gamma S + beta v k^T\n"
    "delta    S <- S + beta (v - S k) k^T\n"
    "oja      S <- S + beta (v k^T - (y^T y) S),  y = S k\n"
    "read     S q;  softmax: sum_i v_i exp(q.k_i / sqrt(d_key)) / sum_j exp(q.k_j / sqrt(d_key))\n";

using readout::dot;

}  // namespace

const ParamTable<AssociativeMemory::Params>& AssociativeMemory::params() {
  static const ParamTable<Params> table{
      {"rule",
       &Params::rule,
       "",
       "how pairs are written and read",
       finite,
       {"hebb", "decay", "delta", "oja", "softmax"}},
      {"d_key", &Params::d_key, "", "length of a key", whole_positive},
      {"d_value", &Params::d_value, "", "length of a value", whole_positive},
      {"beta", &Params::beta, "", "strength of writing", positive},
      {"gamma", &Params::gamma, "", "decay: what a write leaves of the matrix", fraction}};
  return table;
}

AssociativeMemory::AssociativeMemory(const Params& params)
    : params_(params),
      keys_(static_cast<std::size_t>(params.d_key)),
      values_(static_cast<std::size_t>(params.d_value)),
      matrix_(keys_ * values_, 0.0) {}

void AssociativeMemory::add_outer(double factor, std::span<const double> value, std::span<const double> key) {
  for (std::size_t a = 0; a < values_; ++a)
    for (std::size_t i = 0; i < keys_; ++i) matrix_[a * keys_ + i] += factor * value[a] * key[i];
}

std::vector<double> AssociativeMemory::product(std::span<const double> query) const {
  std::vector<double> y(values_);
  for (std::size_t a = 0; a < values_; ++a) y[a] = dot<double>({matrix_.data() + a * keys_, keys_}, query);
  return y;
}

void AssociativeMemory::write(std::span<const double> key, std::span<const double> value) {
  if (params_.rule == "softmax") {
    stored_keys_.insert(stored_keys_.end(), key.begin(), key.end());
    stored_values_.insert(stored_values_.end(), value.begin(), value.end());
    return;
  }
  std::vector<double> written(value.begin(), value.end());
  double keep = params_.rule == "decay" ? params_.gamma : 1;
  if (params_.rule == "delta" || params_.rule == "oja") {
    const auto y = product(key);
    if (params_.rule == "oja") keep = 1 - params_.beta * dot<double>(y, y);
    if (params_.rule == "delta")
      for (std::size_t a = 0; a < values_; ++a) written[a] -= y[a];
  }
  if (keep != 1)
    for (auto& s : matrix_) s *= keep;
  add_outer(params_.beta, written, key);
}

std::vector<double> AssociativeMemory::read(std::span<const double> query) const {
  return params_.rule == "softmax" ? attend(query) : product(query);
}

std::vector<double> AssociativeMemory::attend(std::span<const double> query) const {
  const std::size_t pairs = stored_keys_.size() / keys_;
  std::vector<double> scores(pairs), y(values_, 0.0);
  for (std::size_t i = 0; i < pairs; ++i)
    scores[i] = dot<double>({stored_keys_.data() + i * keys_, keys_}, query) / std::sqrt(static_cast<double>(keys_));
  const double highest = pairs ? *std::max_element(scores.begin(), scores.end()) : 0;
  double total = 0;
  for (std::size_t i = 0; i < pairs; ++i) {
    const double weight = std::exp(scores[i] - highest);
    total += weight;
    for (std::size_t a = 0; a < values_; ++a) y[a] += weight * stored_values_[i * values_ + a];
  }
  for (auto& component : y) component /= total;
  return y;
}

std::vector<StateArray> AssociativeMemory::state() {
  return {{"matrix", "", {values_, keys_}, std::span(matrix_)},
          {"stored_keys", "", {stored_keys_.size() / keys_, keys_}, std::span(stored_keys_)},
          {"stored_values", "", {stored_values_.size() / values_, values_}, std::span(stored_values_)}};
}

ModuleInfo associative_memory_module() {
  return {.name = std::string(AssociativeMemory::name),
          .summary = "pairs bound in a matrix and read by key: linear attention as conditioning (Qiao 2025)",
          .params = AssociativeMemory::params().infos(),
          .equations = associative_memory_equations};
}

}  // namespace spikeloom
