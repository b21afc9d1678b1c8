/// Commands that take several results directories: what is wrong with one keeps no other waiting.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace spikeloom::experiments {

/// Calls `work`, which returns an exit code, for each directory; FileError and RunError are said on standard error, and
/// the next directory follows. Returns the first exit code that is not `done`.
int for_each_run(const std::vector<std::string>& directories, const std::function<int(const std::string&)>& work);

}  // namespace spikeloom::experiments
