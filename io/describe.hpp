/// Texts about models, modules, protocols, rules and the language, for `spikeloom describe`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spikeloom::io {

/// Everything that can be described, in short.
std::string describe_all();

/// A model, module, protocol, connection rule, or one of the topics units, distributions, connect, record; nothing if
/// unknown.
std::optional<std::string> describe(std::string_view name);

/// All names that describe() knows.
std::vector<std::string> describable();

}  // namespace spikeloom::io
