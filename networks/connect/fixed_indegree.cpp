/// fixed_indegree: every target has the same number of random sources.
#include "networks/connect/partner_choice.hpp"
#include "networks/connect/rules.hpp"

namespace spikeloom {
namespace {

class FixedIndegreeConnector final : public Connector {
 public:
  FixedIndegreeConnector(std::uint32_t indegree, const ConnectorRequest& request)
      : indegree_(indegree), targets_(request.targets), choice_(request, request.sources) {
    choice_.require(indegree, "connect.indegree", "sources");
  }

  void partners_of(std::uint32_t target, std::vector<std::uint32_t>& sources) const override {
    choice_.draw(target, indegree_, sources);
  }
  std::uint64_t expected_synapses() const override { return std::uint64_t{indegree_} * targets_; }

 private:
  std::uint32_t indegree_, targets_;
  PartnerChoice choice_;
};

}  // namespace

std::unique_ptr<const Connector> make_rule(const FixedIndegree& rule, const ConnectorRequest& request) {
  return std::make_unique<FixedIndegreeConnector>(rule.indegree, request);
}

}  // namespace spikeloom
