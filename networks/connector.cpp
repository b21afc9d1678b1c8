/// The catalogue of connection rules.
#include "networks/connector.hpp"

#include "networks/connect/rules.hpp"

namespace spikeloom {

bool Connector::rows_of(std::uint32_t, std::vector<std::uint64_t>&) const { return false; }

std::unique_ptr<const Connector> make_connector(const ConnectorRequest& request) {
  return std::visit([&](const auto& rule) { return make_rule(rule, request); }, request.projection.connect);
}

}  // namespace spikeloom
