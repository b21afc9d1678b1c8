/// Numbers and words of the report: short JSON numbers, packed arrays, durations, descriptions of the network.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "networks/spec.hpp"

namespace spikeloom::io::report {

/// `value` with `digits` significant digits; null if it is not finite.
nlohmann::json rounded(double value, int digits = 4);
nlohmann::json rounded(const std::vector<double>& values, int digits = 4);

/// Bytes as base64 (RFC 4648), little-endian numbers as the page's unpack() reads them.
std::string base64(std::string_view bytes);
std::string packed(const std::vector<std::uint32_t>& values);
std::string packed(const std::vector<std::uint16_t>& values);
std::string packed(const std::vector<float>& values);

/// "350 ms", "12.5 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(double ms);
/// "1 neuron", "20 neurons"; thousands are set apart.
std::string counted(std::uint64_t count, std::string_view one, std::string_view many = "");
/// A number with up to 4 significant digits, thousands set apart from 10 000 on.
std::string number_text(double value);

/// "45 pA", "normal, mean 45 pA, sd 4.5 pA", "uniform, 0.5 to 3 ms", ...
std::string value_text(const Value& value, std::string_view unit);
/// "fixed in-degree 800", "probability 0.1", ...
std::string rule_text(const ConnectRule& rule);
/// Synapses between populations of these sizes that the rule makes (expected number for random rules, autapses not
/// taken off); nothing for rules that depend on distance.
std::optional<double> expected_synapses(const ConnectRule& rule, double sources, double targets);

}  // namespace spikeloom::io::report
