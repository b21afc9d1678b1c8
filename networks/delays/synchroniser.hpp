/// An axon bundle whose axons are given shifted copies of one spike train: what myelin plasticity makes of the shifts.
///
/// Every axon a has a fixed shift D_a; its total delay is D_a + tau_a. The bundle is in step when these agree, so the
/// order parameter is their standard deviation over axons, sigma_tau (Pajevic et al. 2023).
#pragma once

#include <string>
#include <vector>

#include "core/param_table.hpp"
#include "networks/protocol.hpp"
#include "plasticity/myelin_bundle.hpp"

namespace spikeloom {

/// `myelin_bundle`: the module's parameters.
struct MyelinBundleParams : MyelinParams {
  int axons = 10;
  std::string myelin = "filtered";
};
const ParamTable<MyelinBundleParams>& myelin_bundle_params();
ModuleInfo myelin_bundle_module();

/// What the axons are given. correlated: copies of one Poisson train; independent: a train each; mixed: the first half
/// of the axons copies of one train, the others a train each.
enum class BundleInput { correlated, independent, mixed };

struct SynchroniserTask {
  BundleInput input = BundleInput::correlated;
  double rate = 10;                  // Hz, of every axon
  double sigma_d = 10, sigma_j = 1;  // ms: standard deviations of shifts (exact) and of the jitter of every spike
};

class Synchroniser {
 public:
  Synchroniser(const MyelinBundleParams& params, const SynchroniserTask& task, std::uint64_t seed);

  /// Gives the axons `duration` ms more of input.
  void run(double duration);

  /// Standard deviation of shift + conduction time over axons [begin, end) [ms].
  double spread(std::size_t begin, std::size_t end) const;
  double spread() const { return spread(0, shifts_.size()); }
  double mean_conduction() const;
  std::size_t correlated_axons() const noexcept;
  MyelinBundle& bundle() noexcept { return bundle_; }
  const std::vector<double>& shifts() const noexcept { return shifts_; }
  /// Saves or restores everything that changes.
  void state(StateArchive& archive);

 private:
  struct Train {
    double next = 0;  // ms
    std::uint64_t count = 0;
  };
  void extend(std::uint32_t train, double end);
  std::size_t trains() const noexcept;

  SynchroniserTask task_;
  std::uint64_t seed_;
  MyelinBundle bundle_;
  std::vector<double> shifts_;  // ms
  double margin_;               // ms: no spike is that far from its train's
  std::vector<Train> trains_;
  std::vector<AxonSpike> out_;
  double time_ = 0;
};

}  // namespace spikeloom
