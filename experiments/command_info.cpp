/// `spikeloom info`: what a results directory or an HDF5 file holds.
#include <fmt/format.h>

#include "experiments/commands.hpp"
#include "io/describe_file.hpp"
#include "io/isolation.hpp"

namespace spikeloom::experiments {

namespace {

/// A damaged file can send the HDF5 library into an endless loop: it is read in a child.
std::string description(const std::filesystem::path& path) {
  const bool is_run = !std::filesystem::is_regular_file(path) || path.filename() == "results.h5";
  auto parcel = io::parse_isolated(std::filesystem::is_directory(path) ? path / "results.h5" : path, [&] {
    io::Parcel text;
    text.put(is_run ? io::describe(io::ResultsFile(path)) : io::describe_hdf5(path));
    return text;
  });
  std::string text;
  parcel.take(text);
  return text;
}

}  // namespace

void add_info(CLI::App& app, int& exit_code) {
  auto path = std::make_shared<std::string>();
  auto* command = app.add_subcommand("info", "summarise a results directory or list what an HDF5 file holds");
  command->add_option("PATH", *path, "results directory, its results.h5, or any HDF5 file")->required();
  command->callback([path, &exit_code] {
    fmt::print("{}", description(*path));
    exit_code = done;
  });
}

}  // namespace spikeloom::experiments
