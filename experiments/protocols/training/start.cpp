/// Finding and reading the results that a training starts from.
#include "experiments/protocols/training/start.hpp"

#include <fmt/format.h>

#include "core/errors.hpp"
#include "io/results_file.hpp"

namespace spikeloom::experiments {
namespace {

constexpr const char* start_path = "protocol.params.start_from";

bool is_same_directory(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code error;
  return std::filesystem::equivalent(a, b, error) && !error;
}

io::ResultsFile open_start(const std::string& start_from, const std::string& module) {
  io::ResultsFile results(find_start(start_from));
  if (results.module() != module)
    throw SpecError(start_path,
                    results.module().empty() ? fmt::format("'{}' holds no trained module", start_from)
                                             : fmt::format("'{}' holds a {}, and this experiment's module is {}",
                                                           start_from, results.module(), module),
                    fmt::format("name the results of a training of {}", module));
  return results;
}

}  // namespace

std::filesystem::path find_start(const std::string& start_from) {
  const std::filesystem::path given(start_from), by_name = std::filesystem::path("results") / start_from;
  for (const auto& path : {given, by_name})
    if (std::filesystem::exists(path)) return path;
  throw FileError(
      fmt::format("{}: there is neither '{}' nor '{}'\n    name the results directory of a training; paths "
                  "start at the folder in which the program runs",
                  start_path, given.string(), by_name.string()));
}

std::vector<NamedArray> read_start(const std::string& start_from, const std::string& module) {
  return open_start(start_from, module).protocol_data().arrays;
}

void require_start(const ExperimentSpec& experiment, const std::string& out) {
  const auto& texts = experiment.protocol->arguments.texts;
  const auto given = texts.find("start_from");
  if (given == texts.end() || given->second.empty()) return;
  const auto results = open_start(given->second, experiment.module->name);
  if (is_same_directory(results.directory(), out))
    throw SpecError(start_path, fmt::format("'{}' is where this run writes its own results", given->second),
                    "choose another directory with --out");
}

}  // namespace spikeloom::experiments
