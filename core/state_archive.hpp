/// The state of a network as named columns of numbers, whatever the partitioning: what checkpoints hold.
///
/// A component lists what changes while it runs in one function, which both saves and restores: it hands the archive
/// every member by name, and the archive copies it to the end of a column, or from there. Parts of a component lie in
/// several partitions. They are visited in one canonical order (neurons ascending; synapses by source, then target), so
/// that a column is the same for any partitioning, and can be restored into another one.
///
/// Where parts lie on several ranks, every rank visits its own and has a part of each column. Parts are joined turn by
/// turn: what all ranks save in one turn follows in the order of ranks. When restoring from the joined columns, cursors
/// are passed on from rank to rank; ranks that hold what they held may each restore from their own part instead.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace spikeloom {

/// One column. Integers are kept as 64 bits, whatever their size in the engine.
struct SavedColumn {
  std::string name;
  std::variant<std::vector<double>, std::vector<float>, std::vector<std::uint64_t>> values;
};

class StateArchive {
 public:
  /// To save to.
  StateArchive() = default;
  /// To restore from: whole columns, or those that this rank has taken by take_part().
  enum class Columns { whole, own_part };
  explicit StateArchive(std::vector<SavedColumn> columns, Columns what = Columns::whole);

  bool restores() const noexcept { return restores_; }
  bool restores_own_part() const noexcept { return restores_ && what_ == Columns::own_part; }
  /// Names from here on are `scope` + name. Scopes are entered once each.
  void enter(std::string scope);

  /// The next entries of a column.
  template <class T>
  void column(std::string_view name, std::span<T> values);
  template <class T>
  void column(std::string_view name, std::vector<T>& values) {
    column(name, std::span<T>(values));
  }
  /// So many entries more of floats will be saved: large columns are not moved while they grow.
  void expect(std::string_view name, std::size_t entries);
  /// What is alike in all parts; saving parts that differ is a bug and throws std::logic_error.
  template <class T>
  void common(std::string_view name, T& value) {
    common(name, std::span<T>(&value, 1));
  }
  template <class T>
  void common(std::string_view name, std::span<T> values);
  /// The same of any length.
  template <class T>
  void common_list(std::string_view name, std::vector<T>& values);
  /// The same where parts remember more or less of one list: the longest is kept, and restored to all of them.
  void longest(std::string_view name, std::vector<double>& values);
  /// Rows of `width` words, each with a key. Parts hold some of the keys each, ascending; equal keys have equal rows.
  void keyed(std::string_view name, std::span<const std::uint64_t> keys, std::size_t width,
             std::span<std::uint64_t> rows);
  /// All of them when restoring, each row after its key; for parts that cannot know which keys there are.
  std::span<const std::uint64_t> all_keyed(std::string_view name, std::size_t width);

  /// Begins the next turn of a scope: a part of it that all ranks visit before the next one.
  void next_turn() noexcept { ++turn_; }
  /// How far the columns of the scope have been restored.
  std::vector<std::uint64_t> cursors() const;
  void set_cursors(std::span<const std::uint64_t> cursors);
  /// Passes over entries that another rank restores.
  void skip(std::string_view name, std::size_t entries);
  /// The next entry of a column of integers; FileError if there is none.
  std::uint64_t next_entry(std::string_view name);

  /// After restoring: FileError if something has been left over.
  void finish() const;
  /// After saving.
  std::vector<SavedColumn> take();
  /// The same on one of several ranks: each column is followed by one of its layout, how it joins those of the others.
  std::vector<SavedColumn> take_part();

 private:
  /// What the parts of a column are to each other; only those that follow each other are restored one after the other.
  enum class Parts : std::uint32_t { follow, equal, begin_alike, have_keys };
  struct Entry {
    SavedColumn column;
    std::size_t taken = 0;  // entries restored so far
    std::size_t expected = 0;
    Parts parts = Parts::follow;
    std::size_t width = 0;                      // of rows with keys
    std::vector<std::uint64_t> turn_ends = {};  // entries saved up to the end of each turn
  };
  template <class T>
  using Stored = std::conditional_t<std::is_floating_point_v<T>, T, std::uint64_t>;
  template <class T>
  static Stored<T> stored(T value) noexcept {
    if constexpr (std::is_floating_point_v<T>)
      return value;
    else
      return static_cast<std::uint64_t>(static_cast<std::conditional_t<std::is_signed_v<T>, std::int64_t, T>>(value));
  }

  Entry* find(std::string_view name);
  Entry& add(std::string_view name);
  Entry& entry(std::string_view name);
  static std::vector<Entry> entries_of(std::vector<SavedColumn> part);
  void add_joined(const Entry& of_part);
  /// After entries have been appended.
  void count_turn(Entry& entry, std::size_t size) {
    entry.turn_ends.resize(turn_ + 1, entry.turn_ends.empty() ? 0 : entry.turn_ends.back());
    entry.turn_ends.back() = size;
  }
  /// The values of an entry; FileError if they are of another kind.
  template <class Value>
  static std::vector<Value>& values_of(Entry& entry);
  [[noreturn]] static void mismatch(const Entry& entry, const char* what);
  [[noreturn]] static void differ(const Entry& entry);

  friend std::vector<SavedColumn> joined_parts(std::vector<std::vector<SavedColumn>> parts);

  bool restores_ = false;
  Columns what_ = Columns::whole;
  std::string scope_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<Entry*> here_;  // of the scope
  std::size_t next_ = 0;      // in it: where the search begins
  std::size_t turn_ = 0;      // of it
};

/// The columns of all ranks from what each has taken, in their order. FileError if parts do not belong together.
std::vector<SavedColumn> joined_parts(std::vector<std::vector<SavedColumn>> parts);

/// The places of a row's synapses in order of their targets; synapses of one target keep their order. What is written
/// by this order does not depend on the partitioning.
std::vector<std::uint32_t> order_by_target(std::span<const std::uint16_t> targets);

// ---- implementation ------------------------------------------------------------------------------------------------

template <class T>
void StateArchive::column(std::string_view name, std::span<T> values) {
  auto& found = entry(name);
  auto& all = values_of<Stored<T>>(found);
  if (restores_ && all.size() - found.taken < values.size()) mismatch(found, "is too short");
  if constexpr (std::is_same_v<T, Stored<T>>) {
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(found.taken);
    restores_ ? void(std::copy_n(from, values.size(), values.begin()))
              : void(all.insert(all.end(), values.begin(), values.end()));
    found.taken += restores_ ? values.size() : 0;
  } else if (restores_) {
    for (auto& value : values) value = static_cast<T>(all[found.taken++]);
  } else {
    for (const T value : values) all.push_back(stored(value));
  }
  if (!restores_) count_turn(found, all.size());
}

template <class T>
void StateArchive::common(std::string_view name, std::span<T> values) {
  if (!restores_ && !find(name)) column(name, values);
  auto& found = entry(name);
  found.parts = Parts::equal;
  const auto& all = values_of<Stored<T>>(found);
  if (all.size() != values.size()) restores_ ? mismatch(found, "has another length") : differ(found);
  for (std::size_t k = 0; k < values.size(); ++k)
    if (restores_)
      values[k] = static_cast<T>(all[k]);
    else if (const auto value = stored(values[k]); all[k] != value && (value == value || all[k] == all[k]))
      differ(found);
}

template <class T>
void StateArchive::common_list(std::string_view name, std::vector<T>& values) {
  if (restores_) values.resize(values_of<Stored<T>>(entry(name)).size());
  common(name, std::span<T>(values));
}

template <class Value>
std::vector<Value>& StateArchive::values_of(Entry& entry) {
  if (auto* values = std::get_if<std::vector<Value>>(&entry.column.values)) return *values;
  const bool is_new = std::visit([](const auto& values) { return values.empty(); }, entry.column.values);
  if (!is_new) mismatch(entry, "holds another kind of numbers");
  return entry.column.values.emplace<std::vector<Value>>();
}

}  // namespace spikeloom
