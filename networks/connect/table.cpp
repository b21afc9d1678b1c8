/// Explicit synapses, as listed: by the user, a CSV file, HDF5 columns or SONATA edges.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/errors.hpp"
#include "networks/connect/rules.hpp"

namespace spikeloom {
namespace {

/// Rows of the list by target (counting sort), rows of one target in the order of the list.
class TableConnector final : public Connector {
 public:
  TableConnector(const SynapseList& list, const ConnectorRequest& request)
      : list_(list), begins_(std::size_t{request.targets} + 1) {
    for (const auto target : list.targets) ++begins_[target + 1];
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    rows_.resize(list.targets.size());
    auto next = begins_;
    for (std::size_t row = 0; row < rows_.size(); ++row) rows_[next[list.targets[row]]++] = row;
  }

  void partners_of(std::uint32_t target, std::vector<std::uint32_t>& sources) const override {
    sources.clear();
    for (auto k = begins_[target]; k < begins_[target + 1]; ++k) sources.push_back(list_.sources[rows_[k]]);
  }
  bool rows_of(std::uint32_t target, std::vector<std::uint64_t>& rows) const override {
    rows.assign(rows_.begin() + static_cast<std::ptrdiff_t>(begins_[target]),
                rows_.begin() + static_cast<std::ptrdiff_t>(begins_[target + 1]));
    return true;
  }
  std::uint64_t expected_synapses() const override { return rows_.size(); }

 private:
  const SynapseList& list_;
  std::vector<std::uint64_t> begins_, rows_;
};

void require_ids(const std::vector<std::uint32_t>& ids, std::uint32_t size, const char* end) {
  const auto found = std::find_if(ids.begin(), ids.end(), [size](std::uint32_t id) { return id >= size; });
  if (found == ids.end()) return;
  throw SpecError("connect",
                  fmt::format("row {} of the table (from 0) names {} {}, but the population has {} neurons",
                              found - ids.begin(), end, *found, size),
                  "ids count from 0 inside the population");
}

void require_no_multapse(const TableConnector& table, std::uint32_t targets) {
  std::vector<std::uint32_t> sources;
  for (std::uint32_t target = 0; target < targets; ++target) {
    table.partners_of(target, sources);
    std::sort(sources.begin(), sources.end());
    const auto twice = std::adjacent_find(sources.begin(), sources.end());
    if (twice != sources.end())
      throw SpecError("multapses", fmt::format("the table connects {} to {} twice", *twice, target),
                      "allow several synapses per pair with multapses: true, or remove the row");
  }
}

}  // namespace

std::unique_ptr<const Connector> make_rule(const SynapseList& list, const ConnectorRequest& request) {
  const std::size_t rows = list.sources.size();
  const auto fits = [rows](const std::vector<double>& column) { return column.empty() || column.size() == rows; };
  if (list.targets.size() != rows || !fits(list.weights) || !fits(list.delays))
    throw SpecError("connect", "the columns of the table differ in length", "give every synapse a source and a target");
  require_ids(list.sources, request.sources, "source");
  require_ids(list.targets, request.targets, "target");
  if (excludes_self(request))
    for (std::size_t row = 0; row < rows; ++row)
      if (list.sources[row] == list.targets[row])
        throw SpecError("autapses", fmt::format("row {} of the table connects {} to itself", row, list.sources[row]),
                        "allow autapses, or remove the row");
  auto table = std::make_unique<TableConnector>(list, request);
  if (!request.projection.multapses) require_no_multapse(*table, request.targets);
  return table;
}

}  // namespace spikeloom
