/// Puts the page together: template, style, scripts and the data of the sections.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace spikeloom::io::report {

/// A file of the page, put into the program at build time (cmake/embed.cmake): "report.html", "report.css",
/// "uplot.css", and the scripts "*.js" in the order in which the page runs them.
struct PageFile {
  std::string_view name, text;
};
const std::vector<PageFile>& page_files();

/// The whole page. `title` and every text in `data` may hold anything, also markup: it stays text.
std::string html_page(const std::string& title, const nlohmann::json& data);

/// JSON that can stand inside a <script> element: no '<', no U+2028, broken UTF-8 replaced.
std::string script_safe(const nlohmann::json& data);

/// `text` with & < > " ' written as entities.
std::string escaped(std::string_view text);

}  // namespace spikeloom::io::report
