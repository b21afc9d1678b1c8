/// Which parser an array file goes to, by its ending.
#include "io/array_file.hpp"

#include <cmath>

#include "core/errors.hpp"
#include "io/foreign_hdf5.hpp"
#include "io/isolation.hpp"
#include "io/npy_file.hpp"
#include "io/text_table.hpp"

namespace spikeloom::io {
namespace {

std::vector<double> read_text_array(const std::filesystem::path& file, const std::string& column) {
  FileProblems problems(file);
  auto table = parse_text_table(read_text_file(file), true, problems);
  problems.raise("give numbers separated by commas or white space; '#' starts a comment");
  if (table.rows() == 0) problems.add("", "holds no numbers");
  const int chosen = column.empty() ? -1 : table.column({column});
  if (!column.empty() && chosen < 0) {
    std::string known;
    for (const auto& name : table.columns) known += (known.empty() ? "" : ", ") + name;
    problems.add(
        "", "has no column '" + column + "'" + (known.empty() ? "; its columns have no names" : "; it has: " + known));
  }
  problems.raise("give the name of a column, or leave it out to take every number");
  if (chosen < 0) return std::move(table.values);
  std::vector<double> values;
  for (std::size_t row = 0; row < table.rows(); ++row)
    values.push_back(table.values[row * table.width + static_cast<std::size_t>(chosen)]);
  return values;
}

}  // namespace

std::vector<double> read_array(const std::filesystem::path& file, const std::string& dataset) {
  const auto ending = file.extension();
  if (ending == ".npy") return parse_npy(read_text_file(file), file.string());
  if (ending == ".csv" || ending == ".txt" || ending == ".dat") return read_text_array(file, dataset);
  if (!is_hdf5_ending(file))
    throw FileError(file.string() +
                    ": arrays are read from .npy, .csv, .txt, .dat, .h5 and .hdf5 files\n    convert it, or give it "
                    "the ending of what it is");
  auto parcel = parse_isolated(file, [&] {
    Parcel answer;
    answer.put(parse_hdf5_array(file, dataset));
    return answer;
  });
  std::vector<double> values;
  parcel.take(values);
  return values;
}

}  // namespace spikeloom::io
