/// The experiment language: YAML text in, a checked ExperimentSpec out.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "networks/spec.hpp"

namespace spikeloom::io {

/// Reads, resolves (`include`, `--set path=value` in order) and checks an experiment; modules are expanded.
/// Throws SpecError with every problem found, each with file:line:column, path, what and remedy;
/// FileError if the file itself is missing or unreadable.
ExperimentSpec read_experiment(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});

/// The same from text; `name` stands for the file in messages, relative paths start at `folder`.
ExperimentSpec parse_experiment(const std::string& text, const std::string& name,
                                const std::filesystem::path& folder = ".",
                                const std::vector<std::string>& overrides = {});

/// The experiment as YAML with modules expanded and every default written out; reads back to the same spec.
std::string expand_experiment(const ExperimentSpec& experiment);

/// JSON Schema (2020-12) of the language, from the catalogues.
std::string experiment_schema();

}  // namespace spikeloom::io
