/// Checkpoints in memory: every state that a protocol offers.
#pragma once

#include <functional>
#include <vector>

#include "networks/checkpoint.hpp"

namespace spikeloom::tests {

struct SavedStates final : Checkpoints {
  SavedState from;
  std::vector<SavedState> all;
  const SavedState& resumed() const noexcept override { return from; }
  bool is_due() const override { return true; }
  void write(const std::function<void(StateList&)>& list) override {
    StateList state;
    list(state);
    auto& copy = all.emplace_back();
    for (const auto& array : state.arrays())
      std::visit(
          [&](auto values) {
            using Element = typename decltype(values)::value_type;
            copy.push_back({std::string(array.name), array.shape, std::vector<Element>(values.begin(), values.end())});
          },
          array.values);
  }
};

}  // namespace spikeloom::tests
