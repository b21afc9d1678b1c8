/// Finding columns, and joining what several parts say of one thing.
#include "core/state_archive.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <stdexcept>

#include "core/errors.hpp"

namespace spikeloom {

namespace {
constexpr std::string_view layout_scope = "layout.";
}  // namespace

StateArchive::StateArchive(std::vector<SavedColumn> columns, Columns what) : restores_(true), what_(what) {
  for (auto& column : columns)
    if (!column.name.starts_with(layout_scope))
      entries_.push_back(std::make_unique<Entry>(Entry{.column = std::move(column)}));
}

void StateArchive::enter(std::string scope) {
  scope_ = std::move(scope);
  here_.clear();
  next_ = turn_ = 0;
  for (const auto& entry : entries_)
    if (entry->column.name.starts_with(scope_)) here_.push_back(entry.get());
}

StateArchive::Entry* StateArchive::find(std::string_view name) {
  for (std::size_t k = 0; k < here_.size(); ++k) {
    const auto at = (next_ + k) % here_.size();
    if (std::string_view(here_[at]->column.name).substr(scope_.size()) != name) continue;
    next_ = at + 1;  // parts list their columns in one order
    return here_[at];
  }
  return nullptr;
}

StateArchive::Entry& StateArchive::add(std::string_view name) {
  entries_.push_back(std::make_unique<Entry>(Entry{{scope_ + std::string(name), {}}}));
  here_.push_back(entries_.back().get());
  next_ = here_.size();
  return *here_.back();
}

StateArchive::Entry& StateArchive::entry(std::string_view name) {
  if (auto* found = find(name)) return *found;
  auto& added = add(name);
  if (restores_) mismatch(added, "is missing");
  return added;
}

void StateArchive::expect(std::string_view name, std::size_t entries) {
  if (restores_) return;
  auto& found = entry(name);
  found.expected += entries;
  values_of<float>(found).reserve(found.expected);
}

void StateArchive::longest(std::string_view name, std::vector<double>& values) {
  auto& found = entry(name);
  found.parts = Parts::begin_alike;
  auto& all = values_of<double>(found);
  const auto shared = std::min(all.size(), values.size());
  if (restores_) {
    values = all;
  } else {
    if (!std::equal(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(shared), values.begin())) differ(found);
    if (values.size() > all.size()) all = values;
  }
}

void StateArchive::keyed(std::string_view name, std::span<const std::uint64_t> keys, std::size_t width,
                         std::span<std::uint64_t> rows) {
  auto& found = entry(name);
  found.parts = Parts::have_keys;
  found.width = width;
  auto& all = values_of<std::uint64_t>(found);
  const std::size_t stride = width + 1, known = all.size() / stride;
  const auto row_at = [&](std::size_t k) { return all.begin() + static_cast<std::ptrdiff_t>(k * stride); };
  const auto own_row = [&](std::size_t k) { return rows.begin() + static_cast<std::ptrdiff_t>(k * width); };
  const auto length = static_cast<std::ptrdiff_t>(width);
  if (all.size() % stride != 0) mismatch(found, "has another length");
  if (restores_) {
    for (std::size_t k = 0, at = 0; k < keys.size(); ++k) {
      while (at < known && *row_at(at) < keys[k]) ++at;
      if (at == known || *row_at(at) != keys[k]) mismatch(found, "lacks synapses");
      std::copy_n(row_at(at) + 1, length, own_row(k));
    }
    return;
  }
  std::vector<std::uint64_t> joined;
  joined.reserve(all.size() + keys.size() * stride);
  std::size_t at = 0;
  const auto keep = [&] {
    joined.insert(joined.end(), row_at(at), row_at(at + 1));
    ++at;
  };
  for (std::size_t k = 0; k < keys.size(); ++k) {
    while (at < known && *row_at(at) < keys[k]) keep();
    if (at < known && *row_at(at) == keys[k]) {
      if (!std::equal(own_row(k), own_row(k) + length, row_at(at) + 1)) differ(found);
      continue;
    }
    if (k > 0 && keys[k] == keys[k - 1]) continue;
    joined.push_back(keys[k]);
    joined.insert(joined.end(), own_row(k), own_row(k) + length);
  }
  while (at < known) keep();
  all = std::move(joined);
}

std::span<const std::uint64_t> StateArchive::all_keyed(std::string_view name, std::size_t width) {
  auto& found = entry(name);
  found.parts = Parts::have_keys;
  const auto& all = values_of<std::uint64_t>(found);
  if (all.size() % (width + 1) != 0) mismatch(found, "has another length");
  return all;
}

// ---- several ranks -------------------------------------------------------------------------------------------------

std::vector<SavedColumn> StateArchive::take_part() {
  std::vector<SavedColumn> columns;
  for (auto& entry : entries_) {
    std::vector<std::uint64_t> layout = {static_cast<std::uint64_t>(entry->parts), entry->width};
    layout.insert(layout.end(), entry->turn_ends.begin(), entry->turn_ends.end());
    const auto name = std::string(layout_scope) + entry->column.name;
    columns.push_back(std::move(entry->column));
    columns.push_back({name, std::move(layout)});
  }
  entries_.clear();
  here_.clear();
  return columns;
}

/// What take_part() has made of them, in any order.
std::vector<StateArchive::Entry> StateArchive::entries_of(std::vector<SavedColumn> part) {
  std::vector<Entry> entries;
  std::map<std::string, std::vector<std::uint64_t>> layouts;
  for (auto& column : part)
    if (!column.name.starts_with(layout_scope))
      entries.push_back(Entry{.column = std::move(column)});
    else if (auto* layout = std::get_if<std::vector<std::uint64_t>>(&column.values))
      layouts[column.name.substr(layout_scope.size())] = std::move(*layout);
  for (auto& entry : entries) {
    const auto& layout = layouts[entry.column.name];
    if (layout.size() < 2) mismatch(entry, "has no layout");
    const auto size = std::visit([](const auto& values) { return values.size(); }, entry.column.values);
    entry.parts = static_cast<Parts>(layout[0]);
    entry.width = layout[1];
    entry.turn_ends.assign(layout.begin() + 2, layout.end());
    const auto& ends = entry.turn_ends;
    if (entry.parts > Parts::have_keys || !std::is_sorted(ends.begin(), ends.end()) ||
        (!ends.empty() && ends.back() != size) || (entry.parts == Parts::have_keys && size % (entry.width + 1) != 0))
      mismatch(entry, "has another layout");
  }
  return entries;
}

std::vector<SavedColumn> joined_parts(std::vector<std::vector<SavedColumn>> parts) {
  using Entry = StateArchive::Entry;
  using Parts = StateArchive::Parts;
  std::vector<std::vector<Entry>> entries;
  for (auto& part : parts) entries.push_back(StateArchive::entries_of(std::move(part)));

  StateArchive all;
  std::map<std::string, std::vector<const Entry*>> following;
  for (const auto& of_rank : entries)
    for (const auto& entry : of_rank) {
      all.add_joined(entry);
      if (entry.parts == Parts::follow) following[entry.column.name].push_back(&entry);
    }
  for (const auto& [name, columns] : following) {
    auto& joint = *all.find(name);
    std::size_t turns = 0, size = 0;
    for (const auto* column : columns) {
      turns = std::max(turns, column->turn_ends.size());
      size += std::visit([](const auto& values) { return values.size(); }, column->column.values);
    }
    std::visit([&](auto& values) { values.reserve(size); }, joint.column.values);
    for (std::size_t turn = 0; turn < turns; ++turn)
      for (const auto* column : columns)
        std::visit(
            [&](const auto& values) {
              const auto end_of = [&](std::size_t t) {
                return t < column->turn_ends.size() ? column->turn_ends[t] : values.size();
              };
              const auto at = [&](std::size_t k) { return values.begin() + static_cast<std::ptrdiff_t>(k); };
              auto& out = StateArchive::values_of<typename std::decay_t<decltype(values)>::value_type>(joint);
              out.insert(out.end(), at(turn == 0 ? 0 : end_of(turn - 1)), at(end_of(turn)));
            },
            column->column.values);
  }
  return all.take();
}

/// Columns whose parts follow each other are begun only.
void StateArchive::add_joined(const Entry& of_part) {
  const std::string_view name = of_part.column.name;
  if (find(name) == nullptr) {
    auto& joint = add(name);
    joint.parts = of_part.parts;
    if (of_part.parts == Parts::follow)
      std::visit([&](const auto& values) { joint.column.values = std::decay_t<decltype(values)>(); },
                 of_part.column.values);
    else
      joint.column.values = of_part.column.values;
    return;
  }
  if (of_part.parts == Parts::equal)
    std::visit([&](auto values) { common(name, std::span(values)); }, of_part.column.values);
  if (of_part.parts == Parts::begin_alike) {
    auto values = std::get<std::vector<double>>(of_part.column.values);
    longest(name, values);
  }
  if (of_part.parts != Parts::have_keys) return;
  const auto& rows = std::get<std::vector<std::uint64_t>>(of_part.column.values);
  std::vector<std::uint64_t> keys, words;
  const auto stride = static_cast<std::ptrdiff_t>(of_part.width + 1);
  for (auto row = rows.begin(); row != rows.end(); row += stride) {
    keys.push_back(*row);
    words.insert(words.end(), row + 1, row + stride);
  }
  keyed(name, keys, of_part.width, words);
}

std::vector<std::uint64_t> StateArchive::cursors() const {
  std::vector<std::uint64_t> cursors;
  for (const auto* entry : here_) cursors.push_back(entry->parts == Parts::follow ? entry->taken : ~std::uint64_t{0});
  return cursors;
}

void StateArchive::set_cursors(std::span<const std::uint64_t> cursors) {
  for (std::size_t k = 0; k < here_.size(); ++k)
    if (cursors[k] == ~std::uint64_t{0})
      here_[k]->parts = Parts::equal;
    else
      here_[k]->taken = cursors[k];
}

void StateArchive::skip(std::string_view name, std::size_t entries) {
  auto& found = entry(name);
  const auto size = std::visit([](const auto& values) { return values.size(); }, found.column.values);
  if (size - found.taken < entries) mismatch(found, "is too short");
  found.taken += entries;
}

std::uint64_t StateArchive::next_entry(std::string_view name) {
  std::uint64_t value = 0;
  column(name, std::span(&value, 1));
  return value;
}

void StateArchive::finish() const {
  for (const auto& entry : entries_) {
    const auto size = std::visit([](const auto& values) { return values.size(); }, entry->column.values);
    if (entry->parts == Parts::follow && entry->taken != size) mismatch(*entry, "is too long");
  }
}

std::vector<SavedColumn> StateArchive::take() {
  std::vector<SavedColumn> columns;
  for (auto& entry : entries_) columns.push_back(std::move(entry->column));
  entries_.clear();
  here_.clear();
  return columns;
}

void StateArchive::mismatch(const Entry& entry, const char* what) {
  throw FileError("the checkpoint's state '" + entry.column.name + "' " + what +
                  "\n    it belongs to another experiment or another version of spikeloom; run the experiment again");
}

void StateArchive::differ(const Entry& entry) {
  throw std::logic_error("the state '" + entry.column.name + "' differs between partitions");
}

std::vector<std::uint32_t> order_by_target(std::span<const std::uint16_t> targets) {
  std::vector<std::uint32_t> order(targets.size());
  std::iota(order.begin(), order.end(), 0u);
  if (!std::is_sorted(targets.begin(), targets.end()))
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return targets[a] < targets[b]; });
  return order;
}

}  // namespace spikeloom
