/// Spikes through a chain of glial segments, each in order of time.
#include "plasticity/myelin_bundle.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "core/random.hpp"

namespace spikeloom {
namespace {

/// Times are sums of conduction times: what cannot happen in exact arithmetic must not happen by rounding either.
constexpr double rounding = 1e-6;
constexpr std::uint32_t axons_bit = 1u << 31;  // sets streams apart from those of a projection's synapses

std::uint64_t mixed(std::uint64_t x) noexcept {  // the finaliser of MurmurHash3
  x = (x ^ x >> 33) * 0xff51afd7ed558ccdull;
  x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ull;
  return x ^ x >> 33;
}

}  // namespace

MyelinBundle::MyelinBundle(const MyelinParams& params, std::size_t axons, std::uint64_t seed, std::uint32_t stream,
                           bool instantaneous)
    : waiting_(static_cast<std::size_t>(params.segments)) {
  const auto share = share_of(params);
  for (std::size_t o = 0; o < waiting_.size(); ++o) {
    std::vector<double> conduction(axons);
    for (std::size_t a = 0; a < axons; ++a) {
      const auto bits = draw(seed, Purpose::delay, stream | axons_bit, a, static_cast<std::uint32_t>(o));
      conduction[a] = share.tau_nom * (1 + share.spread * normal_quantile(uniform(bits[0], bits[1])));
    }
    segments_.emplace_back(share, std::move(conduction), instantaneous);
  }
  shortest_ = share.tau_min * (1 - rounding);
}

void MyelinBundle::advance(double known, std::vector<AxonSpike>& out) {
  for (std::size_t o = 0; o < segments_.size(); ++o) {
    const double horizon = known + static_cast<double>(o) * shortest_;
    auto& waiting = waiting_[o];
    while (!waiting.empty() && waiting.top().time <= horizon) {
      const auto [time, axon] = waiting.top();
      waiting.pop();
      const AxonSpike next{time + segments_[o].enter(axon, time), axon};
      if (o + 1 < segments_.size())
        waiting_[o + 1].push(next);
      else
        out.push_back(next);
    }
  }
}

void MyelinBundle::state(StateArchive& archive) {
  for (std::size_t o = 0; o < segments_.size(); ++o) {
    const auto name = "segment_" + std::to_string(o) + "_";
    segments_[o].state(archive, name);
    auto spikes = waiting_[o].content();
    std::sort(spikes.begin(), spikes.end(), [](const auto& a, const auto& b) { return Later()(b, a); });
    std::vector<double> times;
    std::vector<std::uint32_t> axons;
    for (const auto& spike : spikes) {
      times.push_back(spike.time);
      axons.push_back(spike.axon);
    }
    archive.common_list(name + "waiting_time", times);
    archive.common_list(name + "waiting_axon", axons);
    if (!archive.restores()) continue;
    waiting_[o] = {};
    for (std::size_t k = 0; k < times.size(); ++k) waiting_[o].push({times[k], axons.at(k)});
  }
}

double MyelinBundle::conduction(std::size_t axon) const noexcept {
  double sum = 0;
  for (const auto& segment : segments_) sum += segment.conduction()[axon];
  return sum;
}

std::uint64_t MyelinBundle::hash_of(std::size_t axon) const {
  std::uint64_t h = mixed(axon + 1);
  for (const auto& segment : segments_) {
    h = mixed(h ^ std::bit_cast<std::uint64_t>(segment.conduction()[axon]));
    h = mixed(h ^ std::bit_cast<std::uint64_t>(segment.myelin()[axon]));
    for (const double value : segment.common()) h = mixed(h ^ std::bit_cast<std::uint64_t>(value));
  }
  return h;
}

std::uint64_t MyelinBundle::hash_of_waiting(const std::vector<std::uint32_t>& counts) const {
  std::uint64_t sum = 0;
  for (std::size_t o = 0; o < waiting_.size(); ++o)
    for (const auto& spike : waiting_[o].content())
      sum += counts[spike.axon] * mixed(mixed(std::bit_cast<std::uint64_t>(spike.time) ^ spike.axon) + o);
  return sum;
}

}  // namespace spikeloom
