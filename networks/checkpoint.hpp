/// States that survive the process: what a protocol saves now and then, and what it goes on from.
///
/// Anything that can be resumed lists all that changes as StateArrays (networks/protocol.hpp). Saving writes that list;
/// resuming copies it back into a new object of the same parameters and seed, which then goes on to the same bits.
#pragma once

#include <deque>
#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/ranks/bytes.hpp"
#include "core/state_archive.hpp"
#include "networks/protocol.hpp"

namespace spikeloom {

/// A StateArray that owns its numbers.
struct SavedArray {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::variant<std::vector<double>, std::vector<float>, std::vector<std::uint64_t>> values;
};
using SavedState = std::vector<SavedArray>;

/// A state as it is being listed. Names must differ.
class StateList {
 public:
  /// Arrays of a learner, a network, ... that stay where they are, called `prefix` + their name.
  void add(const std::string& prefix, const std::vector<StateArray>& arrays);
  /// Numbers that were gathered for the list, which keeps them.
  void add(const std::string& name, std::vector<std::uint64_t> shape, std::vector<double> values);
  void add(const std::string& name, std::vector<std::uint64_t> shape, std::vector<std::uint64_t> values);
  const std::vector<StateArray>& arrays() const noexcept { return arrays_; }

 private:
  std::vector<StateArray> arrays_;
  std::deque<std::string> names_;
  std::deque<std::vector<double>> numbers_;
  std::deque<std::vector<std::uint64_t>> integers_;
};

/// Where a run leaves its states.
class Checkpoints {
 public:
  virtual ~Checkpoints() = default;
  /// What the run goes on from; empty for a new run.
  virtual const SavedState& resumed() const noexcept = 0;
  /// Whether the last one is long enough ago.
  virtual bool is_due() const = 0;
  /// Writes what `list` lists, as a whole or not at all. May throw RunError.
  virtual void write(const std::function<void(StateList&)>& list) = 0;
  /// To be called wherever the run could go on from, however often: writes now and then.
  void save(const std::function<void(StateList&)>& list) {
    if (is_due()) write(list);
  }
};

/// The array of that name; FileError if there is none, or it holds another kind of numbers.
template <class Element>
const std::vector<Element>& saved(const SavedState& state, std::string_view name);

/// A state as a message to another rank.
void put_state(ByteWriter& writer, const SavedState& state);
SavedState take_state(ByteReader& reader);

/// As state_hash(): of what an archive was given.
std::uint64_t state_hash(std::vector<SavedColumn> columns);

/// Copies the arrays called `prefix` + name into those of `to`. FileError if one is missing, or has another kind or
/// shape.
void restore(const SavedState& from, const std::string& prefix, const std::vector<StateArray>& to);

}  // namespace spikeloom
