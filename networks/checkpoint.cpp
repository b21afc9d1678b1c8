/// Listing states, and copying saved ones back.
#include "networks/checkpoint.hpp"

#include <algorithm>

#include "core/errors.hpp"

namespace spikeloom {
namespace {

[[noreturn]] void mismatch(std::string_view name, const char* what) {
  throw FileError("the checkpoint's state '" + std::string(name) + "' " + what +
                  "\n    it was written by another version of spikeloom; run the experiment again");
}

const SavedArray& named(const SavedState& state, std::string_view name) {
  const auto found = std::find_if(state.begin(), state.end(), [&](const auto& array) { return array.name == name; });
  if (found == state.end()) mismatch(name, "is missing");
  return *found;
}

template <class Element>
const std::vector<Element>& numbers_of(const SavedArray& array) {
  const auto* numbers = std::get_if<std::vector<Element>>(&array.values);
  if (!numbers) mismatch(array.name, "holds another kind of numbers");
  return *numbers;
}

}  // namespace

void StateList::add(const std::string& prefix, const std::vector<StateArray>& arrays) {
  for (const auto& array : arrays) {
    names_.push_back(prefix + std::string(array.name));
    arrays_.push_back({names_.back(), array.unit, array.shape, array.values});
  }
}

void StateList::add(const std::string& name, std::vector<std::uint64_t> shape, std::vector<double> values) {
  names_.push_back(name);
  numbers_.push_back(std::move(values));
  arrays_.push_back({names_.back(), "", std::move(shape), std::span(numbers_.back())});
}

void StateList::add(const std::string& name, std::vector<std::uint64_t> shape, std::vector<std::uint64_t> values) {
  names_.push_back(name);
  integers_.push_back(std::move(values));
  arrays_.push_back({names_.back(), "", std::move(shape), std::span(integers_.back())});
}

template <class Element>
const std::vector<Element>& saved(const SavedState& state, std::string_view name) {
  return numbers_of<Element>(named(state, name));
}
template const std::vector<double>& saved(const SavedState&, std::string_view);
template const std::vector<float>& saved(const SavedState&, std::string_view);
template const std::vector<std::uint64_t>& saved(const SavedState&, std::string_view);

void put_state(ByteWriter& writer, const SavedState& state) {
  writer.put(static_cast<std::uint64_t>(state.size()));
  for (const auto& array : state) {
    writer.put_text(array.name);
    writer.put_list(array.shape);
    writer.put(static_cast<std::uint64_t>(array.values.index()));
    std::visit([&](const auto& values) { writer.put_list(values); }, array.values);
  }
}

SavedState take_state(ByteReader& reader) {
  SavedState state(reader.take<std::uint64_t>());
  for (auto& array : state) {
    array.name = reader.take_text();
    array.shape = reader.take_list<std::uint64_t>();
    switch (reader.take<std::uint64_t>()) {  // in the order of SavedArray::values
      case 0: array.values = reader.take_list<double>(); break;
      case 1: array.values = reader.take_list<float>(); break;
      default: array.values = reader.take_list<std::uint64_t>();
    }
  }
  return state;
}

std::uint64_t state_hash(std::vector<SavedColumn> columns) {
  std::vector<StateArray> arrays;
  for (auto& column : columns)
    std::visit(
        [&](auto& values) {
          arrays.push_back({column.name, "", {values.size()}, std::span(values)});
        },
        column.values);
  return state_hash(arrays);
}

void restore(const SavedState& from, const std::string& prefix, const std::vector<StateArray>& to) {
  for (const auto& target : to) {
    const auto& source = named(from, prefix + std::string(target.name));
    std::visit(
        [&](auto values) {
          const auto& numbers = numbers_of<typename decltype(values)::value_type>(source);
          if (source.shape != target.shape || numbers.size() != values.size())
            mismatch(source.name, "has another shape");
          std::copy(numbers.begin(), numbers.end(), values.begin());
        },
        target.values);
  }
}

}  // namespace spikeloom
