/// libFuzzer target: any text is read or refused with SpecError, within memory and without a crash.
///
/// What can be read must survive being expanded and read again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "io/experiment_file.hpp"

namespace {

/// The comment on top names the module that was expanded; what was expanded has none.
std::string without_comment(const std::string& text) {
  return text.starts_with('#') ? text.substr(text.find('\n') + 1) : text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spikeloom;
  const std::string text(data, data + size);
  ExperimentSpec experiment;
  try {
    experiment = io::parse_experiment(text, "fuzz.yaml", "/nonexistent");
  } catch (const SpecError& error) {
    if (error.problems().empty()) std::abort();
    return 0;
  }
  std::uint64_t neurons = 0;
  for (const auto& population : experiment.network.populations) neurons += population.size.value_or(0);
  for (const auto& state : experiment.record.states) neurons += state.neurons.size();
  if (neurons > 100'000) return 0;  // listing them would take longer than it is worth
  const auto expanded = without_comment(io::expand_experiment(experiment));
  try {
    if (io::expand_experiment(io::parse_experiment(expanded, "expanded.yaml")) != expanded) std::abort();
  } catch (const SpecError&) {
    std::abort();
  }
  return 0;
}
