/// Comparison of results, from causes (state hashes) to effects (spikes, traces, figures).
#include "io/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <tuple>

#include "io/time_axis.hpp"

namespace spikeloom::io {
namespace {

constexpr std::uint64_t block_spikes = 1 << 20;
constexpr std::uint64_t block_numbers = 1 << 22;

using Differences = std::vector<std::string>;

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }
bool same_bits(float a, float b) { return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b); }

/// Index of the first pair that differs; the shorter length if one list is a prefix of the other.
template <class T, class Same>
std::size_t first_difference(const std::vector<T>& a, const std::vector<T>& b, Same same) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end(), same).first - a.begin());
}

template <class T>
bool all_same(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && first_difference(a, b, [](T x, T y) { return same_bits(x, y); }) == a.size();
}

void compare_setting(const ResultsFile& a, const ResultsFile& b, Differences& found) {
  const auto differ = [&](const char* what, const auto& x, const auto& y) {
    if (!(x == y)) found.push_back(fmt::format("{}: {} against {}", what, x, y));
  };
  differ("experiment", a.name(), b.name());
  differ("module", a.module(), b.module());
  differ("protocol", a.protocol(), b.protocol());
  differ("seed", a.seed(), b.seed());
  differ("timing", a.timing(), b.timing());
  differ("resolution [ms]", a.resolution(), b.resolution());
  differ("simulated [ms]", a.duration(), b.duration());
  const auto &p = a.populations(), &q = b.populations();
  differ("number of populations", p.size(), q.size());
  for (std::size_t i = 0; i < std::min(p.size(), q.size()); ++i)
    if (std::tie(p[i].name, p[i].model, p[i].size) != std::tie(q[i].name, q[i].model, q[i].size))
      found.push_back(fmt::format("population {}: {} ({}, {} neurons) against {} ({}, {} neurons)", i, p[i].name,
                                  p[i].model, p[i].size, q[i].name, q[i].model, q[i].size));
}

/// The last step whose hashes are all equal.
std::int64_t last_equal(const std::vector<HashRow>& rows, std::size_t first_different) {
  for (auto i = first_different; i-- > 0;)
    if (rows[i].step < rows[first_different].step) return rows[i].step;
  return 0;
}

/// A state that differs once may become equal again, so the hashes are walked, not halved.
void compare_hashes(const ResultsFile& a, const ResultsFile& b, Differences& found) {
  const auto x = a.hashes(), y = b.hashes();
  const auto same = [](const HashRow& p, const HashRow& q) {
    return std::tie(p.step, p.population, p.variable, p.hash) == std::tie(q.step, q.population, q.variable, q.hash);
  };
  const auto at = first_difference(x, y, same);
  if (at == x.size() && at == y.size()) return;
  if (at == x.size() || at == y.size()) {
    found.push_back(fmt::format("state hashes: {} against {}; the first {} are equal", x.size(), y.size(), at));
    return;
  }
  const auto &p = x[at], &q = y[at];
  const auto name = p.population < a.populations().size() ? a.populations()[p.population].name
                                                          : fmt::format("population {}", p.population);
  if (std::tie(p.step, p.population, p.variable) != std::tie(q.step, q.population, q.variable))
    found.push_back(fmt::format("state hashes: taken at other steps or of other variables from step {} on",
                                std::min(p.step, q.step)));
  else
    found.push_back(fmt::format("state: first differs at step {} ({} ms), {}.{}; last equal at step {}", p.step,
                                TimeAxis(a.resolution()).at(p.step), name, p.variable, last_equal(x, at)));
}

void compare_spikes_of(const std::string& population, const ResultsFile& a, const ResultsFile& b, Differences& found) {
  const auto count_a = a.spike_count(population), count_b = b.spike_count(population),
             common = std::min(count_a, count_b);
  for (std::uint64_t first = 0; first < common; first += block_spikes) {
    const auto count = std::min(block_spikes, common - first);
    const auto x = a.spike_block(population, first, count), y = b.spike_block(population, first, count);
    for (std::size_t i = 0; i < count; ++i) {
      if (same_bits(x.times[i], y.times[i]) && x.neurons[i] == y.neurons[i]) continue;
      found.push_back(fmt::format(
          "spikes of {}: number {} is neuron {} at {} ms against neuron {} at {} ms ({} against {} spikes in all)",
          population, first + i, x.neurons[i], x.times[i], y.neurons[i], y.times[i], count_a, count_b));
      return;
    }
  }
  if (count_a != count_b)
    found.push_back(
        fmt::format("spikes of {}: {} against {}; the first {} are equal", population, count_a, count_b, common));
}

void compare_spikes(const ResultsFile& a, const ResultsFile& b, Differences& found) {
  const auto p = a.spike_populations(), q = b.spike_populations();
  for (const auto& population : p) {
    if (std::find(q.begin(), q.end(), population) == q.end())
      found.push_back(fmt::format("spikes of {}: recorded in the first only", population));
    else
      compare_spikes_of(population, a, b, found);
  }
  for (const auto& population : q)
    if (std::find(p.begin(), p.end(), population) == p.end())
      found.push_back(fmt::format("spikes of {}: recorded in the second only", population));
  for (std::size_t i = 0; i < std::min(a.populations().size(), b.populations().size()); ++i)
    if (a.spike_totals()[i] != b.spike_totals()[i])
      found.push_back(fmt::format("number of spikes of {}: {} against {}", a.populations()[i].name, a.spike_totals()[i],
                                  b.spike_totals()[i]));
}

void compare_trace(const ReportInfo& p, const ReportInfo& q, const ResultsFile& a, const ResultsFile& b,
                   Differences& found) {
  if (std::tie(p.population, p.variable, p.neurons, p.start, p.every) !=
      std::tie(q.population, q.variable, q.neurons, q.start, q.every)) {
    found.push_back(fmt::format("trace {}: of other neurons, another variable or other times", p.name));
    return;
  }
  const auto width = std::max<std::uint64_t>(p.neurons.size(), 1),
             rows = std::max<std::uint64_t>(block_numbers / width, 1);
  const auto common = std::min(p.frames, q.frames);
  for (std::uint64_t first = 0; first < common; first += rows) {
    const auto count = std::min(rows, common - first);
    const auto x = a.frames(p, first, count), y = b.frames(q, first, count);
    const auto at = first_difference(x, y, [](float u, float v) { return same_bits(u, v); });
    if (at == x.size()) continue;
    found.push_back(fmt::format("trace {}: first differs in frame {}, neuron {}: {} against {}", p.name,
                                first + at / width, p.neurons[at % width], x[at], y[at]));
    return;
  }
  if (p.frames != q.frames)
    found.push_back(
        fmt::format("trace {}: {} against {} frames; the first {} are equal", p.name, p.frames, q.frames, common));
}

void compare_traces(const ResultsFile& a, const ResultsFile& b, Differences& found) {
  const auto partner = [](const std::vector<ReportInfo>& reports, const std::string& name) {
    return std::find_if(reports.begin(), reports.end(), [&](const auto& info) { return info.name == name; });
  };
  for (const auto& report : a.reports()) {
    const auto other = partner(b.reports(), report.name);
    if (other == b.reports().end())
      found.push_back(fmt::format("trace {}: recorded in the first only", report.name));
    else
      compare_trace(report, *other, a, b, found);
  }
  for (const auto& report : b.reports())
    if (partner(a.reports(), report.name) == a.reports().end())
      found.push_back(fmt::format("trace {}: recorded in the second only", report.name));
}

void compare_rates(const ResultsFile& a, const ResultsFile& b, Differences& found) {
  const auto x = a.rates(), y = b.rates();
  if (x.size() != y.size()) found.push_back(fmt::format("rates: {} against {} recorded", x.size(), y.size()));
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (x[i].population == y[i].population && x[i].bin == y[i].bin && all_same(x[i].values, y[i].values)) continue;
    const auto at = first_difference(x[i].values, y[i].values, [](double u, double v) { return same_bits(u, v); });
    found.push_back(fmt::format("rate of {}: first differs in bin {}", x[i].population, at));
  }
}

void compare_modulators(const ResultsFile& a, const ResultsFile& b, Differences& found) {
  const auto x = a.modulators(), y = b.modulators();
  if (x.size() != y.size()) found.push_back(fmt::format("modulators: {} against {} recorded", x.size(), y.size()));
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (x[i].name != y[i].name || x[i].every != y[i].every) {
      found.push_back(fmt::format("modulator {}: {} every {} ms against {} every {} ms", i, x[i].name, x[i].every,
                                  y[i].name, y[i].every));
      continue;
    }
    const auto common = std::min(x[i].samples, y[i].samples);
    bool equal = true;
    for (std::uint64_t first = 0; first < common && equal; first += block_numbers) {
      const auto count = std::min(block_numbers, common - first);
      const auto p = a.modulator_samples(x[i], first, count), q = b.modulator_samples(y[i], first, count);
      const auto at = std::min(first_difference(p.values, q.values, [](double u, double v) { return same_bits(u, v); }),
                               first_difference(p.raises, q.raises, std::equal_to<>()));
      equal = at == count;
      if (!equal)
        found.push_back(fmt::format("modulator {}: first differs in sample {}: {} ({} raises) against {} ({} raises)",
                                    x[i].name, first + at, p.values[at], p.raises[at], q.values[at], q.raises[at]));
    }
    if (equal && x[i].samples != y[i].samples)
      found.push_back(fmt::format("modulator {}: {} against {} samples; the first {} are equal", x[i].name,
                                  x[i].samples, y[i].samples, common));
  }
}

void compare_weights(const ResultsFile& a, const ResultsFile& b, Differences& found) {
  const auto x = a.weight_tables(), y = b.weight_tables();
  if (x.size() != y.size()) found.push_back(fmt::format("weights: {} against {} tables", x.size(), y.size()));
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    const auto p = a.weights(x[i]), q = b.weights(y[i]);
    const auto name = fmt::format("weights of {} at {} ms", x[i].projection, x[i].time);
    if (x[i].projection != y[i].projection || x[i].time != y[i].time)
      found.push_back(name + ": not in the same place in both");
    else if (p.sources != q.sources || p.targets != q.targets || !all_same(p.delays, q.delays))
      found.push_back(name + ": other synapses");
    else if (!all_same(p.weights, q.weights)) {
      const auto at = first_difference(p.weights, q.weights, [](float u, float v) { return same_bits(u, v); });
      found.push_back(fmt::format("{}: synapse {} ({} to {}) first differs: {} against {}", name, at, p.sources[at],
                                  p.targets[at], p.weights[at], q.weights[at]));
    }
  }
}

template <class Item, class Same>
void compare_items(const char* kind, const std::vector<Item>& a, const std::vector<Item>& b, Differences& found,
                   Same&& same) {
  if (a.size() != b.size()) found.push_back(fmt::format("{}s: {} against {}", kind, a.size(), b.size()));
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (a[i].name != b[i].name)
      found.push_back(fmt::format("{} {}: {} against {}", kind, i, a[i].name, b[i].name));
    else
      same(a[i], b[i]);
}

/// Where two lists of numbers first differ, in words.
void compare_numbers(const std::string& what, const std::vector<double>& a, const std::vector<double>& b,
                     Differences& found) {
  if (a.size() != b.size()) return found.push_back(fmt::format("{}: {} against {} numbers", what, a.size(), b.size()));
  const auto at = first_difference(a, b, [](double u, double v) { return same_bits(u, v); });
  if (at < a.size()) found.push_back(fmt::format("{}: number {} first differs: {} against {}", what, at, a[at], b[at]));
}

void compare_protocol_data(const ResultsFile& a, const ResultsFile& b, Differences& found) {
  const auto &x = a.protocol_data(), &y = b.protocol_data();
  compare_items("state", x.states, y.states, found, [&](const NamedHash& u, const NamedHash& v) {
    if (u.hash != v.hash) found.push_back("state " + u.name + ": differs");
  });
  compare_items("table", x.tables, y.tables, found, [&](const TrialTable& u, const TrialTable& v) {
    compare_items("column", u.columns, v.columns, found, [&](const TrialColumn& p, const TrialColumn& q) {
      compare_numbers(fmt::format("trials {}/{}", u.name, p.name), p.values, q.values, found);
    });
  });
  compare_items("array", x.arrays, y.arrays, found, [&](const NamedArray& u, const NamedArray& v) {
    compare_numbers("array " + u.name, u.values, v.values, found);
  });
}

void compare_summaries(const ResultsFile& a, const ResultsFile& b, Differences& found) {
  const auto &p = a.summary(), &q = b.summary();
  const auto differ = [&](const char* what, const auto& x, const auto& y) {
    if (x != y) found.push_back(fmt::format("run.json: {}: {} against {}", what, x, y));
  };
  differ("state", p.state, q.state);
  differ("spikes", p.spikes, q.spikes);
  differ("synaptic_events", p.synaptic_events, q.synaptic_events);
  differ("synapses", p.synapses, q.synapses);
  differ("state_hash", p.state_hash, q.state_hash);
  const auto &x = a.metrics(), &y = b.metrics();
  for (const auto& [name, value] : x) {
    const auto other = y.find(name);
    if (other == y.end())
      found.push_back("metric " + name + ": in the first only");
    else if (!same_bits(value, other->second))
      found.push_back(fmt::format("metric {}: {} against {}", name, value, other->second));
  }
  for (const auto& [name, value] : y)
    if (!x.contains(name)) found.push_back("metric " + name + ": in the second only");
}

}  // namespace

std::vector<std::string> compare(const ResultsFile& a, const ResultsFile& b) {
  Differences found;
  compare_setting(a, b, found);
  compare_hashes(a, b, found);
  compare_spikes(a, b, found);
  compare_traces(a, b, found);
  compare_rates(a, b, found);
  compare_modulators(a, b, found);
  compare_weights(a, b, found);
  compare_protocol_data(a, b, found);
  compare_summaries(a, b, found);
  return found;
}

}  // namespace spikeloom::io
