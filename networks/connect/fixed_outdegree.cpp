/// fixed_outdegree: every source has the same number of random targets.
#include "networks/connect/partner_choice.hpp"
#include "networks/connect/rules.hpp"

namespace spikeloom {
namespace {

class FixedOutdegreeConnector final : public Connector {
 public:
  FixedOutdegreeConnector(std::uint32_t outdegree, const ConnectorRequest& request)
      : outdegree_(outdegree), sources_(request.sources), choice_(request, request.targets) {
    choice_.require(outdegree, "connect.outdegree", "targets");
  }

  Driver driver() const noexcept override { return Driver::source; }
  void partners_of(std::uint32_t source, std::vector<std::uint32_t>& targets) const override {
    choice_.draw(source, outdegree_, targets);
  }
  std::uint64_t expected_synapses() const override { return std::uint64_t{outdegree_} * sources_; }

 private:
  std::uint32_t outdegree_, sources_;
  PartnerChoice choice_;
};

}  // namespace

std::unique_ptr<const Connector> make_rule(const FixedOutdegree& rule, const ConnectorRequest& request) {
  return std::make_unique<FixedOutdegreeConnector>(rule.outdegree, request);
}

}  // namespace spikeloom
