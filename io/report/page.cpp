/// Assembles the report page from its embedded files.
#include "io/report/page.hpp"

#include <nlohmann/json.hpp>

#include "core/errors.hpp"

namespace spikeloom::io::report {
namespace {

std::string_view page_file(std::string_view name) {
  for (const auto& file : page_files())
    if (file.name == name) return file.text;
  throw RunError("the report page lacks its part " + std::string(name) + "; build the program again");
}

std::string scripts() {
  std::string text;
  for (const auto& file : page_files())
    if (file.name.ends_with(".js")) text.append("<script>\n").append(file.text).append("</script>\n");
  return text;
}

/// Fills @NAME@ places. What is put in is not searched again, so that a value may hold "@DATA@".
std::string filled(std::string_view pattern, const std::vector<std::pair<std::string_view, std::string>>& values) {
  std::string text;
  while (!pattern.empty()) {
    std::size_t at = pattern.size(), length = 0;
    const std::string* value = nullptr;
    for (const auto& [name, replacement] : values)
      if (const auto found = pattern.find(name); found < at) at = found, length = name.size(), value = &replacement;
    text.append(pattern.substr(0, at));
    if (value) text.append(*value);
    pattern.remove_prefix(at + length);
  }
  return text;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  return out;
}

std::string script_safe(const nlohmann::json& data) {
  std::string text = data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  replace_all(text, "<", "\\u003c");
  replace_all(text, "\xe2\x80\xa8", "\\u2028");
  replace_all(text, "\xe2\x80\xa9", "\\u2029");
  return text;
}

std::string html_page(const std::string& title, const nlohmann::json& data) {
  const std::string style = std::string(page_file("uplot.css")) + "\n" + std::string(page_file("report.css"));
  return filled(
      page_file("report.html"),
      {{"@TITLE@", escaped(title)}, {"@STYLE@", style}, {"@DATA@", script_safe(data)}, {"@SCRIPTS@", scripts()}});
}

}  // namespace spikeloom::io::report
