/// The frame of the report page: what is put into it stays text, and it asks for nothing outside itself.
#include "io/report/page.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace spikeloom::io::report;

namespace {

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) ++found;
  return found;
}

}  // namespace

TEST_CASE("names with markup stay text in the report page", "[io][report]") {
  const std::string name = "</script><script>alert('x')</script><!--&\"";
  const auto page = html_page(name, {{"name", name}, {"sections", nlohmann::json::array()}});
  REQUIRE(count(page, "alert('x')</script>") == 0);
  REQUIRE(count(page, "<title>&lt;/script&gt;&lt;script&gt;alert(&#39;x&#39;)") == 1);
  const auto begin = page.find("id=\"report-data\">") + 17;
  const auto data = page.substr(begin, page.find("</script>", begin) - begin);
  REQUIRE(nlohmann::json::parse(data).at("name") == name);
}

TEST_CASE("script-safe JSON keeps its value and holds nothing that ends a script", "[io][report]") {
  const nlohmann::json data{{"a", "<!-- </script> \xe2\x80\xa8 \xe2\x80\xa9 \\u003c"}, {"b", {1, 2.5, nullptr}}};
  const auto text = script_safe(data);
  REQUIRE(text.find('<') == std::string::npos);
  REQUIRE(text.find("\xe2\x80\xa8") == std::string::npos);
  REQUIRE(nlohmann::json::parse(text) == data);
  REQUIRE(script_safe("broken \xff byte") == "\"broken \xef\xbf\xbd byte\"");
}

TEST_CASE("places of the template in the data are left alone", "[io][report]") {
  const auto page = html_page("@DATA@", {{"note", "@SCRIPTS@ @TITLE@"}});
  REQUIRE(count(page, "<title>@DATA@</title>") == 1);
  REQUIRE(count(page, "@SCRIPTS@ @TITLE@") == 1);
}

TEST_CASE("the report page loads nothing from outside", "[io][report]") {
  const auto page = html_page("x", nlohmann::json::object());
  for (const auto* outside : {" src=", "<link", "@import", "url(", "fetch(", "XMLHttpRequest", "innerHTML"}) {
    INFO(outside);
    auto own = page;
    const auto at =
        std::find_if(page_files().begin(), page_files().end(), [](const auto& f) { return f.name == "uplot.js"; });
    own.erase(own.find(at->text), at->text.size());
    REQUIRE(count(own, outside) == 0);
  }
  REQUIRE(count(page, "default-src 'none'") == 1);
}
