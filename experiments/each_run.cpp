/// One directory after the other.
#include "experiments/each_run.hpp"

#include <cstdio>

#include "core/errors.hpp"
#include "experiments/commands.hpp"

namespace spikeloom::experiments {
namespace {

int carry_on(const std::string& directory, const std::function<int(const std::string&)>& work) {
  const auto say = [](const std::exception& error, int exit_code) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s\n", error.what());
    return exit_code;
  };
  try {
    return work(directory);
  } catch (const SpecError& error) {
    return say(error, bad_experiment);
  } catch (const FileError& error) {
    return say(error, missing_input);
  } catch (const RunError& error) {
    return say(error, io_failure);
  }
}

}  // namespace

int for_each_run(const std::vector<std::string>& directories, const std::function<int(const std::string&)>& work) {
  int first = done;
  for (const auto& directory : directories)
    if (const int exit_code = carry_on(directory, work); first == done) first = exit_code;
  return first;
}

}  // namespace spikeloom::experiments
