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
  struct Options {
    std::string path;
    bool recover = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("info", "summarise a results directory or list what an HDF5 file holds");
  command->add_option("PATH", options->path, "results directory, its results.h5, or any HDF5 file")->required();
  command->add_flag("--recover", options->recover, "first turn what a killed run left behind into readable results");
  command->callback([options, &exit_code] {
    const std::filesystem::path path(options->path);
    if (options->recover) io::merge_segments(path);
    fmt::print("{}", description(path));
    exit_code = done;
  });
}

}  // namespace spikeloom::experiments
