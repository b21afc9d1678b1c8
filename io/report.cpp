/// Reads a results directory, lets every section say its part, writes the page whole.
#include "io/report.hpp"

#include <cmath>
#include <fstream>

#include "core/errors.hpp"
#include "io/report/page.hpp"
#include "io/report/section.hpp"

namespace spikeloom::io {
namespace {

nlohmann::json page_data(const report::Run& run) {
  auto populations = nlohmann::json::array(), sections = nlohmann::json::array();
  for (const auto& population : run.results.populations())
    populations.push_back({{"index", populations.size()}, {"name", population.name}, {"neurons", population.size}});
  for (const auto& section : report::section_catalogue())
    if (auto data = section.build(run); !data.is_null())
      sections.push_back({{"id", section.id}, {"title", section.title}, {"data", std::move(data)}});
  const auto version = run.results.provenance().find("version");
  const std::string made = version == run.results.provenance().end() ? "" : " " + version->second;
  return {{"populations", populations},
          {"sections", sections},
          {"colophon", "Simulated with spikeloom" + made +
                           ". This page is one file and loads nothing; charts are drawn with uPlot (MIT licence)."}};
}

void write_whole(const std::filesystem::path& file, const std::string& text) {
  auto partial = file;
  partial += ".partial";
  std::ofstream out(partial, std::ios::binary);
  out << text;
  out.close();
  std::error_code problem;
  if (out) std::filesystem::rename(partial, file, problem);
  if (!out || problem) {
    std::filesystem::remove(partial, problem);
    throw RunError(file.string() +
                   ": cannot be written\n    is there room on the disk, and may you write into this folder?");
  }
}

}  // namespace

void write_report(const std::filesystem::path& results_directory, const std::filesystem::path& html_file) {
  const ResultsFile results(results_directory);
  if (!(results.resolution() > 0) || !std::isfinite(results.duration()))
    throw FileError(
        results_directory.string() +
        ": results.h5 holds no usable resolution and duration\n    the file is damaged; run the experiment again");
  const auto run = report::read_run(results);
  write_whole(html_file, report::html_page(results.name() + " · spikeloom", page_data(run)));
}

}  // namespace spikeloom::io
