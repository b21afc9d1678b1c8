/// Opens report pages in headless Chromium: no script error, nothing requested, and no figure left blank.
#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "io/report.hpp"
#include "tests/io/recorded_run.hpp"

using namespace spikeloom;
using namespace spikeloom::tests;

namespace {

/// Counts, for every canvas, pixels that are neither grey nor blank (axes are grey, data is not), and writes the counts
/// to where --dump-dom shows them.
constexpr const char* probe = R"(<script>
setTimeout(() => {
  document.body.dataset.coloured = [...document.querySelectorAll("canvas")].map(canvas => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let coloured = 0;
    for (let k = 0; k < pixels.length; k += 4)
      coloured += pixels[k + 3] > 60 && Math.max(pixels[k], pixels[k + 1], pixels[k + 2]) - Math.min(pixels[k], pixels[k + 1], pixels[k + 2]) > 40;
    return coloured;
  }).join(" ");
  document.body.dataset.loaded = performance.getEntriesByType("resource").length;
}, 800);
</script>)";

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  for (char buffer[4096]; const auto count = std::fread(buffer, 1, sizeof buffer, pipe);) text.append(buffer, count);
  ::pclose(pipe);
  return text;
}

bool chromium_is_there() {
  if (std::system("command -v chromium > /dev/null 2>&1") == 0) return true;
  WARN("skipped: there is no `chromium` to open the report in");
  return false;
}

std::string attribute(const std::string& page, const std::string& name) {
  std::smatch found;
  const std::regex pattern("<body[^>]* data-" + name + "=\"([^\"]*)\"");
  return std::regex_search(page, found, pattern) ? found[1].str() : "";
}

struct Opened {
  std::string dom;
  std::vector<int> coloured;  // pixels per canvas
};

Opened open_report(const RecordedRun& run, const std::string& flags) {
  const TemporaryDirectory directory;
  run.write(directory / "run");
  io::write_report(directory / "run", directory / "page.html");
  auto page = bytes_of(directory / "page.html");
  page.insert(page.rfind("</body>"), probe);
  std::ofstream(directory / "probed.html") << page;
  Opened opened{
      output_of("timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-background-networking "
                "--disable-dev-shm-usage --window-size=1366,900 --virtual-time-budget=5000 --user-data-dir='" +
                (directory / "profile").string() + "' " + flags + " --dump-dom 'file://" +
                (directory / "probed.html").string() + "' 2> /dev/null"),
      {}};
  std::istringstream counts(attribute(opened.dom, "coloured"));
  for (int count; counts >> count;) opened.coloured.push_back(count);
  return opened;
}

}  // namespace

TEST_CASE("the report opens in Chromium without errors and draws every figure", "[io][report][chromium]") {
  if (!chromium_is_there()) return;
  const std::string theme = GENERATE("", "--blink-settings=preferredColorScheme=0");
  RecordedRun run{.populations = {{"exc <b>", 80, 170, 11}, {"inh", 20, 90, 7}}, .steps = 30'000, .traced = 4};
  run.weights = weight_course(100, 12, 3000, [](std::uint32_t t, std::uint32_t s) { return s % 5 == 0 ? t : 1.0; });
  run.raises_at = {0, 500, 700, 2000};
  const auto opened = open_report(run, theme);
  INFO(attribute(opened.dom, "errors"));
  REQUIRE(attribute(opened.dom, "ready") == "yes");
  REQUIRE(attribute(opened.dom, "errors").empty());
  REQUIRE(attribute(opened.dom, "loaded") == "0");
  // raster, rates, four distributions, one trace, level and raises of a modulator, three views of weights
  REQUIRE(opened.coloured.size() == 12);
  for (const auto count : opened.coloured) REQUIRE(count > 100);
  REQUIRE(opened.dom.find(theme.empty() ? "data-theme=\"light\"" : "data-theme=\"dark\"") != std::string::npos);
}

TEST_CASE("the report of a run without spikes and traces opens in Chromium", "[io][report][chromium]") {
  if (!chromium_is_there()) return;
  const RecordedRun run{.populations = {{"exc", 5, 100, 1}}, .spikes_recorded = false, .state = "stopped"};
  const auto opened = open_report(run, "");
  INFO(attribute(opened.dom, "errors"));
  REQUIRE(attribute(opened.dom, "ready") == "yes");
  REQUIRE(attribute(opened.dom, "errors").empty());
  REQUIRE(opened.coloured.empty());
  REQUIRE(opened.dom.find("No spikes were recorded") != std::string::npos);
}

TEST_CASE("the report of a single silent neuron opens in Chromium", "[io][report][chromium]") {
  if (!chromium_is_there()) return;
  const RecordedRun run{.populations = {{"cell", 1, 1'000'000, 0}}, .traced = 1};
  const auto opened = open_report(run, "");
  INFO(attribute(opened.dom, "errors"));
  REQUIRE(attribute(opened.dom, "ready") == "yes");
  REQUIRE(attribute(opened.dom, "errors").empty());
  REQUIRE(opened.coloured.size() == 2);
  REQUIRE(opened.coloured.back() > 100);
}
