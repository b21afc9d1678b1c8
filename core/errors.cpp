/// Wording of problems.
#include "core/errors.hpp"

namespace spikeloom {
namespace {

std::string format_all(const std::vector<Problem>& problems) {
  std::string text;
  for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + format(problem);
  return text;
}

}  // namespace

std::string format(const Problem& problem) {
  std::string text = problem.place.file;
  if (problem.place.line > 0)
    text += ":" + std::to_string(problem.place.line) + ":" + std::to_string(problem.place.column);
  if (!text.empty()) text += ": ";
  if (!problem.path.empty()) text += problem.path + ": ";
  text += problem.what;
  if (!problem.remedy.empty()) text += "\n    " + problem.remedy;
  return text;
}

SpecError::SpecError(std::vector<Problem> problems)
    : std::runtime_error(format_all(problems)), problems_(std::move(problems)) {}

SpecError::SpecError(std::string path, std::string what, std::string remedy)
    : SpecError(std::vector{Problem{{}, std::move(path), std::move(what), std::move(remedy)}}) {}

}  // namespace spikeloom
