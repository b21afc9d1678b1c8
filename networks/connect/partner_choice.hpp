/// Random partners of one neuron: with or without replacement, with or without the neuron itself.
#pragma once

#include <cstdint>
#include <vector>

#include "networks/connector.hpp"

namespace spikeloom {

/// Draws partners for the driving neurons of one projection; a function of (seed, projection, neuron).
class PartnerChoice {
 public:
  /// `others` is the size of the population that partners come from.
  PartnerChoice(const ConnectorRequest& request, std::uint32_t others);

  /// How many different partners a neuron can have.
  std::uint32_t available() const noexcept { return available_; }
  bool distinct() const noexcept { return distinct_; }
  /// Throws SpecError at `path` if no neuron can have `count` partners ("sources" or "targets").
  void require(std::uint64_t count, const char* path, const char* partners) const;

  /// `count` partners of `neuron`, each equally likely; distinct if the projection forbids multapses.
  void draw(std::uint32_t neuron, std::uint32_t count, std::vector<std::uint32_t>& partners) const;
  /// The same, always distinct.
  void draw_distinct(std::uint32_t neuron, std::uint32_t count, std::vector<std::uint32_t>& partners) const;
  /// One uniform number of `neuron` that no partner depends on (for a random count).
  double uniform_of(std::uint32_t neuron) const;

 private:
  void draw_few_distinct(std::uint32_t neuron, std::uint32_t count, std::vector<std::uint32_t>& partners) const;
  void skip_self(std::uint32_t neuron, std::vector<std::uint32_t>& partners) const;

  std::uint64_t seed_;
  std::uint32_t stream_;
  bool excludes_self_, distinct_;
  std::uint32_t available_;
};

}  // namespace spikeloom
