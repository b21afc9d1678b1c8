/// Tables of numbers in text files: CSV, white space, comments, a line of column names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace spikeloom::io {

/// Every problem of one file, thrown together as one FileError; only the first of very many are worded.
class FileProblems {
 public:
  explicit FileProblems(std::filesystem::path file) : file_(std::move(file)) {}
  /// `where` is "12" (a line) or a data set; may be empty.
  void add(const std::string& where, const std::string& what);
  bool empty() const noexcept { return count_ == 0; }
  /// Throws if there is any problem; `remedy` ends the message.
  void raise(const std::string& remedy) const;

 private:
  std::filesystem::path file_;
  std::string text_;
  std::size_t count_ = 0;
};

/// Rows of finite numbers. Fields are separated by commas, or else semicolons, or else white space.
struct TextTable {
  std::vector<std::string> columns;  // as in the file; empty if it names none
  std::size_t width = 0;             // numbers per row; 0 if rows differ (allowed by `ragged`) or there are none
  std::vector<double> values;        // row-major
  std::vector<std::uint64_t> lines;  // line of each row, from 1

  std::size_t rows() const noexcept { return lines.size(); }
  /// Index of the first of `names` that is a column; -1 if none is.
  int column(const std::vector<std::string_view>& names) const;
};

/// '#' starts a comment; Windows line ends and a byte order mark are fine. Adds to `problems` what is no number, not
/// finite, empty, or (unless `ragged`) a row of another length; such rows are left out.
TextTable parse_text_table(std::string_view text, bool ragged, FileProblems& problems);

/// The bytes of a file; FileError if it cannot be read.
std::string read_text_file(const std::filesystem::path& file);

}  // namespace spikeloom::io
