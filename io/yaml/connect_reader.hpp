/// Reads `connect:`, the rule that says which neurons a projection connects.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/yaml/map_reader.hpp"
#include "networks/spec.hpp"

namespace spikeloom::io::yaml {

/// What a table of synapses is read for.
struct ConnectDemand {
  std::string weight_unit;  // of weights written inline
  std::optional<std::uint32_t> sources, targets;
};

/// One line per rule: its name and what it does, for messages, `describe` and the schema.
struct ConnectRuleInfo {
  std::string_view name;
  std::string_view doc;
  std::vector<std::pair<std::string_view, std::string_view>> keys;  // name and doc
};
const std::vector<ConnectRuleInfo>& rule_infos();
std::vector<std::string> rule_names();

std::optional<ConnectRule> read_connect(const Located& at, const ConnectDemand& demand, Reading& reading);

}  // namespace spikeloom::io::yaml
