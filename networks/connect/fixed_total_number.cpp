/// fixed_total_number: exactly so many synapses, source and target of each drawn at random.
///
/// In-degrees are dealt out first, target by target: what a target gets of the rest is binomial if pairs may repeat
/// (together: multinomial), hypergeometric if they may not. Then each target draws its sources on its own.
#include <fmt/format.h>

#include "core/errors.hpp"
#include "networks/connect/partner_choice.hpp"
#include "networks/connect/rules.hpp"
#include "networks/counts.hpp"

namespace spikeloom {
namespace {

class FixedTotalNumberConnector final : public Connector {
 public:
  FixedTotalNumberConnector(std::uint64_t number, const ConnectorRequest& request)
      : number_(number), choice_(request, request.sources) {
    require_room(request.targets);
    std::uint64_t rest = number;
    for (std::uint32_t target = 0; target < request.targets; ++target) {
      const std::uint64_t targets_left = request.targets - target, sources = choice_.available();
      const double u = choice_.uniform_of(target);
      const std::uint64_t indegree = choice_.distinct()
                                         ? hypergeometric_count(targets_left * sources, sources, rest, u)
                                         : binomial_count(rest, 1.0 / static_cast<double>(targets_left), u);
      choice_.require(indegree, "connect.number", "sources");
      indegrees_.push_back(static_cast<std::uint32_t>(indegree));
      rest -= indegree;
    }
  }

  void partners_of(std::uint32_t target, std::vector<std::uint32_t>& sources) const override {
    choice_.draw(target, indegrees_[target], sources);
  }
  std::uint64_t expected_synapses() const override { return number_; }

 private:
  void require_room(std::uint64_t targets) const {
    const std::uint64_t pairs = targets * choice_.available();
    if (number_ <= pairs || (pairs > 0 && !choice_.distinct())) return;
    throw SpecError("connect.number", fmt::format("{} synapses, but there are {} pairs of neurons", number_, pairs),
                    "lower the number, or allow several synapses per pair with multapses: true");
  }

  std::uint64_t number_;
  PartnerChoice choice_;
  std::vector<std::uint32_t> indegrees_;
};

}  // namespace

std::unique_ptr<const Connector> make_rule(const FixedTotalNumber& rule, const ConnectorRequest& request) {
  return std::make_unique<FixedTotalNumberConnector>(rule.number, request);
}

}  // namespace spikeloom
