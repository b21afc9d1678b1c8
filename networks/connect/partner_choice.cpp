/// Sampling of partners over columns of random integers.
#include "networks/connect/partner_choice.hpp"

#include <fmt/format.h>

#include <bit>

#include "core/errors.hpp"
#include "core/random_columns.hpp"
#include "networks/connect/rules.hpp"

namespace spikeloom {
namespace {

/// Which integers have come already: open addressing, at most half full, sized by how many come (not by their range).
class Seen {
 public:
  explicit Seen(std::uint32_t count) : slots_(std::bit_ceil(std::size_t{2} * count + 1), empty) {}

  /// Whether `x` is new.
  bool insert(std::uint32_t x) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = x & mask;  // the integers are uniform: no need to hash
    while (slots_[at] != empty && slots_[at] != x) at = (at + 1) & mask;
    const bool is_new = slots_[at] == empty;
    slots_[at] = x;
    return is_new;
  }

 private:
  static constexpr std::uint32_t empty = 0xffffffff;
  std::vector<std::uint32_t> slots_;
};

}  // namespace

PartnerChoice::PartnerChoice(const ConnectorRequest& request, std::uint32_t others)
    : seed_(request.seed),
      stream_(request.stream),
      excludes_self_(excludes_self(request)),
      distinct_(!request.projection.multapses),
      available_(excludes_self_ && others > 0 ? others - 1 : others) {}

void PartnerChoice::require(std::uint64_t count, const char* path, const char* partners) const {
  const std::uint64_t limit = distinct_ ? available_ : available_ > 0 ? 0xffffffffu : 0u;
  if (count <= limit) return;
  throw SpecError(
      path, fmt::format("{} synapses per neuron, but a neuron can have {} different {}", count, available_, partners),
      available_ > 0 ? "lower the number, or allow several synapses per pair with multapses: true"
                     : "lower the number to 0, or allow autapses");
}

void PartnerChoice::skip_self(std::uint32_t neuron, std::vector<std::uint32_t>& partners) const {
  if (!excludes_self_) return;
  for (auto& partner : partners) partner += partner >= neuron;
}

void PartnerChoice::draw(std::uint32_t neuron, std::uint32_t count, std::vector<std::uint32_t>& partners) const {
  if (distinct_ || count == 0) return draw_distinct(neuron, count, partners);
  partners.resize(whole_tiles(count));
  draw_below(seed_, Purpose::connect, stream_, neuron, 0, available_, partners);
  partners.resize(count);
  skip_self(neuron, partners);
}

void PartnerChoice::draw_few_distinct(std::uint32_t neuron, std::uint32_t count,
                                      std::vector<std::uint32_t>& partners) const {
  Seen seen(count);
  partners.clear();
  for (std::uint64_t first = 0; partners.size() < count;) {
    const std::size_t kept = partners.size(), missing = whole_tiles(count - kept);
    partners.resize(kept + missing);
    const auto fresh = std::span(partners).subspan(kept);
    draw_below(seed_, Purpose::connect, stream_, neuron, first, available_, fresh);
    first += missing;
    std::size_t end = kept;
    for (const std::uint32_t x : fresh)
      if (end < count && seen.insert(x)) partners[end++] = x;
    partners.resize(end);
  }
}

void PartnerChoice::draw_distinct(std::uint32_t neuron, std::uint32_t count,
                                  std::vector<std::uint32_t>& partners) const {
  if (count <= available_ / 2) {
    draw_few_distinct(neuron, count, partners);
  } else {  // those left out are fewer
    std::vector<std::uint32_t> left_out;
    draw_few_distinct(neuron, available_ - count, left_out);
    std::vector<bool> is_out(available_);
    for (const auto x : left_out) is_out[x] = true;
    partners.clear();
    for (std::uint32_t x = 0; x < available_; ++x)
      if (!is_out[x]) partners.push_back(x);
  }
  skip_self(neuron, partners);
}

double PartnerChoice::uniform_of(std::uint32_t neuron) const {
  const Draw bits = spikeloom::draw(seed_, Purpose::connect, stream_, neuron, 0xffffffff);
  return uniform(bits[0], bits[1]);
}

}  // namespace spikeloom
