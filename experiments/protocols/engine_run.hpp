/// A run of a network of its own: what it has in common with others of its kind.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "core/engine.hpp"
#include "experiments/protocols/stepped_runs.hpp"
#include "networks/build.hpp"

namespace spikeloom::experiments {

class EngineRun : public SteppedRun {
 public:
  std::vector<SavedColumn> saved_state() final { return engine_->saved_state(); }
  void restore_state(std::vector<SavedColumn> columns) final { engine_->restore_state(std::move(columns)); }

 protected:
  void build_network(ExperimentSpec experiment) {
    experiment_.emplace(std::move(experiment));
    engine_ = build(*experiment_, 1).engine;
  }
  /// Folds what the network ended with into hash_.
  void drop_network() {
    for (const auto& hash : engine_->hashes()) hash_ = hash_ * 0x9e3779b97f4a7c15ull + hash.hash;
    engine_.reset();
    experiment_.reset();
  }

  std::optional<ExperimentSpec> experiment_;  // and the engine: between begin() and end()
  std::unique_ptr<Engine> engine_;
  std::uint64_t hash_ = 0;
};

}  // namespace spikeloom::experiments
