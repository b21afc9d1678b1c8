/// What a protocol left behind, as read from a results file.
#pragma once

#include <string>
#include <vector>

#include "networks/protocol_output.hpp"

namespace spikeloom::io {

/// Everything a file holds, in order.
struct ProtocolData {
  std::vector<TrialTable> tables;
  std::vector<NamedArray> arrays;
  std::vector<Metric> metrics;
  std::vector<Picture> pictures;
  std::vector<NamedHash> states;

  bool empty() const noexcept {
    return tables.empty() && arrays.empty() && metrics.empty() && pictures.empty() && states.empty();
  }
  const Metric* metric(const std::string& name) const;
};

}  // namespace spikeloom::io
