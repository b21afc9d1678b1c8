/// Reading of maps and scalars.
#include "io/yaml/map_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <system_error>

#include "io/spelling.hpp"

namespace spikeloom::io::yaml {

MapReader::MapReader(Located at, Reading& reading)
    : at_(std::move(at)), reading_(reading), is_map_(at_ && at_->is(Node::Kind::map)) {
  if (at_ && !is_map_)
    report(at_, reading_,
           {fmt::format("must be a map of keys and values, not {}", at_->description()),
            "write 'key: value' lines below it, or {key: value, ...}"});
}

std::string MapReader::path_of(std::string_view key) const {
  return at_.path.empty() ? std::string(key) : fmt::format("{}.{}", at_.path, key);
}

Located MapReader::optional(std::string_view key) {
  known_.emplace_back(key);
  if (!is_map_) return {};
  return {at_->find(key), path_of(key)};
}

Located MapReader::required(std::string_view key, std::string_view example) {
  auto found = optional(key);
  if (is_map_ && !found) report({at_.node, path_of(key)}, reading_, {"is missing", fmt::format("write {}", example)});
  return found;
}

void MapReader::finish(const std::vector<std::pair<std::string, std::string>>& aside) {
  if (!is_map_) return;
  for (const auto& key : at_->keys) {
    if (std::find(known_.begin(), known_.end(), key.text) != known_.end()) continue;
    const auto special =
        std::find_if(aside.begin(), aside.end(), [&](const auto& pair) { return pair.first == key.text; });
    report({&key, path_of(key.text.substr(0, 64))}, reading_,
           {fmt::format("unknown key {}", key.description()),
            special != aside.end() ? special->second : suggestion(key.text, known_)});
  }
}

void report(const Located& at, Reading& reading, Trouble trouble) {
  reading.problems.add(*at.node, at.path, std::move(trouble.what), std::move(trouble.remedy));
}

namespace {

/// The text of a scalar; reports anything else.
const std::string* scalar_text(const Located& at, std::string_view due, Reading& reading) {
  if (at->is(Node::Kind::scalar)) return &at->text;
  report(at, reading, {fmt::format("is {} where {} is due", at->description(), due), fmt::format("write {}", due)});
  return nullptr;
}

template <class T>
std::optional<T> taken(Parsed<T> parsed, const Located& at, Reading& reading) {
  if (auto* trouble = std::get_if<Trouble>(&parsed)) {
    report(at, reading, std::move(*trouble));
    return std::nullopt;
  }
  return std::get<T>(std::move(parsed));
}

}  // namespace

std::optional<double> read_quantity(const Located& at, std::string_view unit, Reading& reading) {
  const auto due =
      unit.empty() ? std::string("a plain number") : fmt::format("{} such as 1 {}", dimension_of(unit), unit);
  const auto* text = scalar_text(at, due, reading);
  return text ? taken(parse_quantity(*text, unit), at, reading) : std::nullopt;
}

std::optional<std::uint64_t> read_whole(const Located& at, std::uint64_t least, std::uint64_t most, Reading& reading) {
  const auto* text = scalar_text(at, "a whole number", reading);
  if (!text) return std::nullopt;
  const auto number = taken(parse_whole(*text), at, reading);
  if (!number) return std::nullopt;
  if (*number < least) {
    report(at, reading, {fmt::format("{} is too small", *number), fmt::format("write at least {}", least)});
    return std::nullopt;
  }
  if (*number > most) {
    report(at, reading, {fmt::format("{} is too large", *number), fmt::format("write at most {}", most)});
    return std::nullopt;
  }
  return number;
}

std::optional<bool> read_bool(const Located& at, Reading& reading) {
  const auto* text = scalar_text(at, "true or false", reading);
  if (!text) return std::nullopt;
  if (*text == "true") return true;
  if (*text == "false") return false;
  report(at, reading, {fmt::format("{} is neither true nor false", at->description()), "write true or false"});
  return std::nullopt;
}

std::optional<std::size_t> read_choice(const Located& at, const std::vector<std::string>& choices, Reading& reading) {
  const auto* text = scalar_text(at, fmt::format("one of {}", join_or(choices)), reading);
  if (!text) return std::nullopt;
  const auto found = std::find(choices.begin(), choices.end(), *text);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  report(at, reading,
         {fmt::format("{} is not one of {}", at->description(), join_or(choices)), suggestion(*text, choices)});
  return std::nullopt;
}

std::optional<std::string> read_text(const Located& at, std::string_view what, Reading& reading) {
  const auto* text = scalar_text(at, what, reading);
  if (!text) return std::nullopt;
  if (text->empty()) {
    report(at, reading, {"is empty", fmt::format("write {}", what)});
    return std::nullopt;
  }
  return *text;
}

std::optional<Trouble> check_name(std::string_view name) {
  constexpr std::size_t longest = 64;
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  if (name.empty()) return Trouble{"an empty name", "name it with letters, digits and '_'"};
  if (name.size() > longest)
    return Trouble{fmt::format("a name of {} characters", name.size()), fmt::format("use at most {}", longest)};
  if (!std::isalpha(static_cast<unsigned char>(name[0])) || !std::all_of(name.begin(), name.end(), is_word)) {
    std::string better;
    for (char c : name) better += is_word(c) ? c : '_';
    if (!std::isalpha(static_cast<unsigned char>(better[0]))) better = "p" + better;
    return Trouble{fmt::format("'{}' cannot be a name", name),
                   fmt::format("use letters, digits and '_', beginning with a letter, for example {}", better)};
  }
  if (name == "all") return Trouble{"'all' cannot be a name", "it stands for all of them; choose another name"};
  return std::nullopt;
}

std::optional<std::string> read_name(const Located& at, std::string_view what, Reading& reading) {
  const auto* text = scalar_text(at, what, reading);
  if (!text) return std::nullopt;
  if (auto trouble = check_name(*text)) {
    report(at, reading, std::move(*trouble));
    return std::nullopt;
  }
  return *text;
}

std::vector<Located> one_or_many(const Located& at) {
  if (!at->is(Node::Kind::list)) return {at};
  std::vector<Located> many;
  for (std::size_t k = 0; k < at->values.size(); ++k)
    many.push_back({&at->values[k], fmt::format("{}[{}]", at.path, k)});
  return many;
}

std::optional<std::filesystem::path> read_file_name(const Located& at, Reading& reading) {
  const auto text = read_text(at, "a file name", reading);
  if (!text) return std::nullopt;
  std::error_code failed;
  const auto file = std::filesystem::path(*text).is_absolute() ? std::filesystem::path(*text)
                                                               : reading.sources.folder(*at.node) / *text;
  if (text->find('\0') == std::string::npos && std::filesystem::is_regular_file(file, failed)) return file;
  const auto folder = std::filesystem::absolute(reading.sources.folder(*at.node), failed);
  report(at, reading,
         {fmt::format("there is no file {}", at->description()),
          fmt::format("paths start at the folder of the YAML file, {}", folder.string())});
  return std::nullopt;
}

}  // namespace spikeloom::io::yaml
