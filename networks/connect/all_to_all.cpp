/// all_to_all: every source to every target.
#include <numeric>

#include "networks/connect/rules.hpp"

namespace spikeloom {
namespace {

class AllToAllConnector final : public Connector {
 public:
  explicit AllToAllConnector(const ConnectorRequest& request)
      : sources_(request.sources), targets_(request.targets), excludes_self_(excludes_self(request)) {}

  void partners_of(std::uint32_t target, std::vector<std::uint32_t>& sources) const override {
    sources.resize(sources_);
    std::iota(sources.begin(), sources.end(), 0u);
    if (excludes_self_) sources.erase(sources.begin() + target);
  }

  /// Rows of a matrix [target][source], the diagonal included.
  bool rows_of(std::uint32_t target, std::vector<std::uint64_t>& rows) const override {
    rows.resize(sources_);
    std::iota(rows.begin(), rows.end(), std::uint64_t{target} * sources_);
    if (excludes_self_) rows.erase(rows.begin() + target);
    return true;
  }

  std::uint64_t expected_synapses() const override {
    return std::uint64_t{targets_} * (sources_ - (excludes_self_ ? 1 : 0));
  }

 private:
  std::uint32_t sources_, targets_;
  bool excludes_self_;
};

}  // namespace

std::unique_ptr<const Connector> make_rule(const AllToAll&, const ConnectorRequest& request) {
  return std::make_unique<AllToAllConnector>(request);
}

}  // namespace spikeloom
