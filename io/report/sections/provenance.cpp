/// Where the results come from and how to get the same bits again.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "io/report/format.hpp"
#include "io/report/section.hpp"

namespace spikeloom::io::report {
namespace {

std::string words(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  if (!key.empty()) key[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(key[0])));
  return key;
}

std::string hash_lines(const Run& run) {
  std::string text;
  for (const auto& row : run.results.hashes()) {
    const auto& populations = run.results.populations();
    const auto name =
        row.population < populations.size() ? populations[row.population].name : std::to_string(row.population);
    text += fmt::format("step {:>10}  {:016x}  {}.{}\n", row.step, row.hash, name, row.variable);
    if (text.size() > 200'000) return text + "...\n";
  }
  return text;
}

/// The metrics that every run has ("rate_exc", "cv_isi_exc", ...) stand in the table of populations.
bool is_in_population_table(const Run& run, const std::string& metric) {
  for (const auto& population : run.results.populations())
    for (const auto* figure : {"rate_", "cv_isi_", "correlation_", "fano_", "silent_"})
      if (metric == figure + population.name) return true;
  return false;
}

}  // namespace

Json provenance_section(const Run& run) {
  constexpr std::array long_texts{"experiment", "source", "source_text"};
  auto facts = Json::array(), texts = Json::array();
  if (!run.results.summary().state_hash.empty())
    facts.push_back({"State hash", run.results.summary().state_hash, "hash"});
  facts.push_back({"Seed", std::to_string(run.results.seed()), "text"});
  for (const auto& [key, value] : run.results.provenance())
    if (value.size() > 400 || value.find('\n') != std::string::npos ||
        std::find(long_texts.begin(), long_texts.end(), key) != long_texts.end())
      texts.push_back({{"title", key == "experiment" ? "The experiment as it was run" : words(key)}, {"text", value}});
    else if (!value.empty() && key != "state_hash" && key != "seed")
      facts.push_back({words(key), value, key.find("hash") == std::string::npos ? "text" : "hash"});
  for (const auto& [name, value] : run.results.metrics())
    if (run.results.protocol().empty() && !is_in_population_table(run, name))
      facts.push_back({"Metric " + name, number_text(value), "text"});
  if (const auto hashes = hash_lines(run); !hashes.empty())
    texts.push_back({{"title", "State hashes"}, {"text", hashes}});
  return {{"facts", facts}, {"texts", texts}};
}

}  // namespace spikeloom::io::report
