/// Linear attention as conditioning: values (US) are bound to keys (CS) in a matrix and read by queries (Qiao 2025,
/// arXiv 2508.08289; Schlag, Irie & Schmidhuber 2021, arXiv 2102.11174).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/param_table.hpp"
#include "networks/protocol.hpp"

namespace spikeloom {

/// S [value][key], written pair by pair:
///
///     hebb     S <- S + beta v k^T                         reads S q
///     decay    S <- gamma S + beta v k^T
///     delta    S <- S + beta (v - S k) k^T                 Rescorla & Wagner's rule for vectors
///     oja      S <- S + beta (v k^T - (y^T y) S), y = S k  bounded
///     softmax  keeps every pair; reads sum_i v_i exp(q.k_i / sqrt(d_k)) / sum_j exp(q.k_j / sqrt(d_k))
class AssociativeMemory {
 public:
  static constexpr std::string_view name = "associative_memory";

  struct Params {
    std::string rule = "hebb";
    int d_key = 64, d_value = 64;
    double beta = 1, gamma = 0.98;
  };
  static const ParamTable<Params>& params();

  explicit AssociativeMemory(const Params& params);

  void write(std::span<const double> key, std::span<const double> value);
  std::vector<double> read(std::span<const double> query) const;
  std::vector<StateArray> state();

 private:
  void add_outer(double factor, std::span<const double> value, std::span<const double> key);
  std::vector<double> product(std::span<const double> query) const;
  std::vector<double> attend(std::span<const double> query) const;

  Params params_;
  std::size_t keys_, values_;                        // lengths
  std::vector<double> matrix_;                       // [value][key]
  std::vector<double> stored_keys_, stored_values_;  // softmax: one after the other
};

ModuleInfo associative_memory_module();

}  // namespace spikeloom
