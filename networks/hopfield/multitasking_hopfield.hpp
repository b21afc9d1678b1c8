/// An associative memory whose patterns have blanks, so that one state recalls several of them at once (Agliari et al.
/// 2012, Phys Rev Lett 109:268101; Agliari, Alessandrelli, Barra & Ricci-Tersenghi 2023, J Stat Mech 113401).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/param_table.hpp"
#include "networks/protocol.hpp"

namespace spikeloom {

/// N spins s_i = +-1 and K patterns xi of entries -1, 0, +1, of which a share `dilution` is blank.
///
///     J_ij = scale / N sum_p v_p,i v_p,j, i != j       vectors v: what the network has been shown
///     storage        v = xi                            scale = 1
///     supervised     v = mean of a pattern's examples  scale = 1 / R
///     unsupervised   v = every example                 scale = 1 / (R M)
///     examples       entries of a pattern, each kept with probability (1 + quality) / 2, else turned round
///     R = quality^2 (1 + rho),  rho = (1 - quality^2) / (M quality^2)
///
/// Fields are computed by way of the overlaps n_p of the vectors, so that a sweep costs N times their number.
class MultitaskingHopfield {
 public:
  static constexpr std::string_view name = "multitasking_hopfield";

  struct Params {
    int neurons = 1500, patterns = 3;
    double dilution = 0.25;
    std::string learning = "storage";
    double quality = 0.3;
    int examples = 100;  // M, of each pattern
  };
  static const ParamTable<Params>& params();

  /// Draws patterns and, for learning, examples.
  MultitaskingHopfield(const Params& params, std::uint64_t seed);

  /// Spins as `pattern` where it has entries, of which a share `flipped` is turned round, and random elsewhere.
  void cue(std::size_t pattern, double flipped = 0);
  void randomise();

  /// One update of every spin, in random order: to the sign of its field at temperature 0 (as it is where that is 0),
  /// else +1 with probability 1 / (1 + exp(-2 h / T)). Returns how many have changed.
  std::size_t sweep(double temperature = 0);

  /// m_mu = 1/N sum_i xi_mu,i s_i of the patterns; at most their share of entries, about 1 - dilution.
  std::vector<double> overlaps() const;
  /// -1/2 sum_ij J_ij s_i s_j per spin.
  double energy() const;
  /// |xi - s|^2 / (2 N) over the entries of a pattern, or of its opposite if that is nearer.
  double loss(std::size_t pattern) const;
  /// rho: how little the examples say; 0 for storage.
  double entropy() const;

  std::vector<StateArray> state();

  /// The fixed point of m_mu = E_xi[xi_mu tanh(beta sum_nu xi_nu m_nu)] that iteration reaches from `start`.
  static std::vector<double> mean_field(double dilution, double beta, std::vector<double> start);
  /// (1 - d) d^k, k = 0, 1, ...: each pattern has what the ones before it leave blank.
  static std::vector<double> hierarchy(double dilution, std::size_t patterns);

 private:
  double uniform_number();
  void learn();
  double field(std::size_t spin) const;
  void flip(std::size_t spin);
  void count_overlaps();

  Params params_;
  std::uint64_t seed_, drawn_ = 0;
  std::size_t neurons_, patterns_;
  double scale_ = 1;
  std::vector<float> entries_;  // of the patterns [spin][pattern]
  std::vector<float> vectors_;  // [spin][vector]
  std::size_t vector_count_ = 0;
  std::vector<float> squares_;  // sum of a spin's entries squared, over vectors
  std::vector<float> spins_;    // +-1
  std::vector<double> sums_;    // N n_p
};

ModuleInfo multitasking_hopfield_module();

}  // namespace spikeloom
