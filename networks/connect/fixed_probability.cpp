/// fixed_probability: every pair with the same probability, independently.
///
/// The in-degree of a target is binomial; given the in-degree every set of sources is equally likely. Cost per synapse,
/// not per pair.
#include "core/errors.hpp"
#include "networks/connect/partner_choice.hpp"
#include "networks/connect/rules.hpp"
#include "networks/counts.hpp"

namespace spikeloom {
namespace {

class FixedProbabilityConnector final : public Connector {
 public:
  FixedProbabilityConnector(double p, const ConnectorRequest& request)
      : p_(p), targets_(request.targets), choice_(request, request.sources) {}

  void partners_of(std::uint32_t target, std::vector<std::uint32_t>& sources) const override {
    const auto count = binomial_count(choice_.available(), p_, choice_.uniform_of(target));
    choice_.draw_distinct(target, static_cast<std::uint32_t>(count), sources);
  }
  std::uint64_t expected_synapses() const override {
    return static_cast<std::uint64_t>(p_ * choice_.available() * targets_ + 0.5);
  }

 private:
  double p_;
  std::uint32_t targets_;
  PartnerChoice choice_;
};

}  // namespace

std::unique_ptr<const Connector> make_rule(const FixedProbability& rule, const ConnectorRequest& request) {
  if (!(rule.p >= 0 && rule.p <= 1)) throw SpecError("connect.p", "must lie between 0 and 1");
  return std::make_unique<FixedProbabilityConnector>(rule.p, request);
}

}  // namespace spikeloom
