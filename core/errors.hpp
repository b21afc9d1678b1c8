/// What goes wrong, in the user's words: where, what, and what to do about it.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace spikeloom {

/// A place in a text file; lines and columns count from 1, 0 means unknown.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

/// One thing that is wrong with the input. `path` is the YAML path ("populations.exc.model"), `what` what is wrong,
/// `remedy` what to do ("" if nothing helpful can be said).
struct Problem {
  Place place;
  std::string path;
  std::string what;
  std::string remedy;
};

/// "brunel.yaml:14:12: populations.exc.model: unknown neuron model 'izhikevic'\n    did you mean ...".
std::string format(const Problem& problem);

/// Wrong input, with every problem found in it. Exit code 65.
class SpecError : public std::runtime_error {
 public:
  explicit SpecError(std::vector<Problem> problems);
  /// For checks far from the file: only a path and what is wrong; the place is filled in by `io`.
  SpecError(std::string path, std::string what, std::string remedy = "");
  const std::vector<Problem>& problems() const noexcept { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// A file that is missing, damaged or of another kind. Exit code 66.
class FileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A machine that fails (disk full, out of memory, broken link). Exit code 74.
class RunError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// No room on the file system, or no quota left: what failed may be done again.
class FullDisk : public RunError {
 public:
  using RunError::RunError;
};

}  // namespace spikeloom
