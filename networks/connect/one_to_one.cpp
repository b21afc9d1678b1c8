/// one_to_one: source k to target k.
#include <fmt/format.h>

#include "core/errors.hpp"
#include "networks/connect/rules.hpp"

namespace spikeloom {
namespace {

class OneToOneConnector final : public Connector {
 public:
  explicit OneToOneConnector(std::uint32_t size) : size_(size) {}

  void partners_of(std::uint32_t target, std::vector<std::uint32_t>& sources) const override {
    sources.assign(1, target);
  }
  bool rows_of(std::uint32_t target, std::vector<std::uint64_t>& rows) const override {
    rows.assign(1, target);
    return true;
  }
  std::uint64_t expected_synapses() const override { return size_; }

 private:
  std::uint32_t size_;
};

}  // namespace

std::unique_ptr<const Connector> make_rule(const OneToOne&, const ConnectorRequest& request) {
  if (request.sources != request.targets)
    throw SpecError("connect.rule", fmt::format("one_to_one from {} neurons to {}", request.sources, request.targets),
                    "make the populations equally large, or choose another rule");
  if (excludes_self(request))
    throw SpecError("autapses", "one_to_one within a population makes autapses only", "allow autapses");
  return std::make_unique<OneToOneConnector>(request.targets);
}

}  // namespace spikeloom
