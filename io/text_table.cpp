/// Lines, fields, numbers.
#include "io/text_table.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>

#include "core/errors.hpp"

namespace spikeloom::io {
namespace {

constexpr std::size_t most_worded = 20;
constexpr std::size_t longest_quote = 40;
constexpr std::string_view blanks = " \t\r\f\v";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split_at(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  for (std::size_t at = 0; at <= line.size();) {
    const auto end = std::min(line.find(separator, at), line.size());
    fields.push_back(trimmed(line.substr(at, end - at)));
    at = end + 1;
  }
  return fields;
}

std::vector<std::string_view> split_at_blanks(std::string_view line) {
  std::vector<std::string_view> fields;
  for (auto at = line.find_first_not_of(blanks); at != std::string_view::npos;) {
    const auto end = std::min(line.find_first_of(blanks, at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(blanks, end);
  }
  return fields;
}

std::vector<std::string_view> fields_of(std::string_view line) {
  for (const char separator : {',', ';'})
    if (line.find(separator) != std::string_view::npos) return split_at(line, separator);
  return split_at_blanks(line);
}

std::optional<double> number_of(std::string_view field) {
  if (field.starts_with('+') && !field.starts_with("+-")) field.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error == std::errc::result_out_of_range)
    return std::strtod(std::string(field).c_str(), nullptr);  // 0 or infinite
  if (error != std::errc() || end != field.data() + field.size()) return {};
  return value;
}

/// For messages: short, and nothing that a terminal would act upon.
std::string quoted(std::string_view field) {
  std::string text(field.substr(0, longest_quote));
  for (auto& letter : text)
    if (static_cast<unsigned char>(letter) < ' ' || letter == '\x7f') letter = '?';
  return "'" + text + (field.size() > longest_quote ? "..'" : "'");
}

/// Appends one line's numbers; false (and no numbers) if there is a problem in it.
bool add_row(const std::vector<std::string_view>& fields, const std::string& line, TextTable& table,
             FileProblems& problems) {
  const auto old = table.values.size();
  for (const auto field : fields) {
    const auto value = number_of(field);
    if (value && std::isfinite(*value)) {
      table.values.push_back(*value);
      continue;
    }
    problems.add(line, field.empty() ? "a field is empty"
                       : value       ? quoted(field) + " is not finite"
                                     : quoted(field) + " is not a number");
    table.values.resize(old);
    return false;
  }
  return true;
}

void name_columns(const std::vector<std::string_view>& fields, const std::string& line, TextTable& table,
                  FileProblems& problems) {
  for (const auto field : fields) {
    auto name = field;
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    if (std::find(table.columns.begin(), table.columns.end(), name) != table.columns.end())
      problems.add(line, "column " + quoted(name) + " is there twice");
    table.columns.emplace_back(name);
  }
  table.width = table.columns.size();
}

}  // namespace

void FileProblems::add(const std::string& where, const std::string& what) {
  if (++count_ > most_worded) return;
  text_ += (text_.empty() ? "" : "\n") + file_.string() + ":" + (where.empty() ? "" : where + ":") + " " + what;
}

void FileProblems::raise(const std::string& remedy) const {
  if (count_ == 0) return;
  auto text = text_;
  if (count_ > most_worded) text += "\n    and " + std::to_string(count_ - most_worded) + " more";
  throw FileError(text + "\n    " + remedy);
}

int TextTable::column(const std::vector<std::string_view>& names) const {
  for (const auto name : names)
    if (const auto found = std::find(columns.begin(), columns.end(), name); found != columns.end())
      return static_cast<int>(found - columns.begin());
  return -1;
}

TextTable parse_text_table(std::string_view text, bool ragged, FileProblems& problems) {
  TextTable table;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  bool first = true, even = true;
  for (std::uint64_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto content = trimmed(text.substr(0, std::min(end, text.find('#'))));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (content.empty()) continue;
    const auto fields = fields_of(content);
    const auto line = std::to_string(number);
    const bool names = first && !number_of(fields.front());
    if (names) name_columns(fields, line, table, problems);
    first = false;
    if (names) continue;
    if (table.width == 0) table.width = fields.size();
    if (fields.size() != table.width) {
      even = false;
      if (!ragged || !table.columns.empty()) {
        problems.add(
            line, "has " + std::to_string(fields.size()) + " fields where " + std::to_string(table.width) + " are due");
        continue;
      }
    }
    if (add_row(fields, line, table, problems)) table.lines.push_back(number);
  }
  if (!even && ragged && table.columns.empty()) table.width = 0;
  return table;
}

std::string read_text_file(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    throw FileError(file.string() + ": no such file\n    check the path; relative paths start at the experiment file");
  if (!std::filesystem::is_regular_file(file, error))
    throw FileError(file.string() + ": is not a regular file\n    give the path of a file");
  std::ifstream stream(file, std::ios::binary);
  std::string text(static_cast<std::size_t>(std::filesystem::file_size(file)), '\0');
  if (!stream.read(text.data(), static_cast<std::streamsize>(text.size())))
    throw FileError(file.string() + ": cannot be read: " + std::strerror(errno) + "\n    check its permissions");
  return text;
}

}  // namespace spikeloom::io
