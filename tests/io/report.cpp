/// The report of a run: what it says, what it says of what is missing, how large it gets.
#include "io/report.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/errors.hpp"
#include "io/report/format.hpp"
#include "tests/io/recorded_run.hpp"

using namespace spikeloom;
using namespace spikeloom::tests;
using nlohmann::json;

namespace {

struct Report {
  std::string page;
  json data;

  explicit Report(const RecordedRun& run) {
    const TemporaryDirectory directory;
    run.write(directory / "run");
    io::write_report(directory / "run", directory / "page.html");
    page = bytes_of(directory / "page.html");
    const auto begin = page.find("id=\"report-data\">") + 17;
    data = json::parse(page.substr(begin, page.find("</script>", begin) - begin));
  }
  const json* section(const std::string& id) const {
    for (const auto& entry : data.at("sections"))
      if (entry.at("id") == id) return &entry.at("data");
    return nullptr;
  }
};

const std::string network_text =
    "experiment: {name: recorded, duration: 100 ms}\n"
    "populations:\n"
    "  exc: {model: lif_psc_exp, size: 4}\n"
    "  inh: {model: lif_psc_exp, size: 2}\n"
    "projections:\n"
    "  - {from: exc, to: [exc, inh], connect: {rule: fixed_indegree, indegree: 3}, weight: 45 pA, delay: 1.5 ms}\n"
    "  - {from: inh, to: [exc, inh], connect: {rule: fixed_probability, p: 0.5}, weight: -90 pA, delay: 1 ms}\n";

const RecordedRun small{.populations = {{"exc", 4, 100, 10}, {"inh", 2, 50, 10}}, .text = network_text};

}  // namespace

TEST_CASE("the report holds every spike of a small run at its time and neuron", "[io][report]") {
  const Report report(RecordedRun{.populations = {{"a", 2, 400, 100}, {"b", 1, 500, 0}}, .steps = 1000});
  const auto& raster = *report.section("raster");
  // a 0 fires at steps 400 and 800, a 1 at 300 and 700, b at 500 and 1000; rows are a 0, a 1, b 0
  REQUIRE(raster.at("times") == io::report::packed(std::vector<std::uint32_t>{300, 400, 500, 700, 800, 1000}));
  REQUIRE(raster.at("rows") == io::report::packed(std::vector<std::uint16_t>{1, 0, 2, 1, 0, 2}));
  REQUIRE(raster.at("quantum").get<double>() == Approx(0.1));
  REQUIRE(raster.at("bands").at(0) == json{{"population", 0}, {"neurons", {0, 1}}});
}

TEST_CASE("the report tabulates rates, irregularity and silence of a run known in advance", "[io][report]") {
  // 100 ms: exc fires every 10 ms, inh every 5 ms, like clocks
  const Report report(small);
  const auto& table = report.section("network")->at("populations").at("rows");
  REQUIRE(table.at(0).at(1) == "exc");
  REQUIRE(table.at(0).at(3) == 4);
  REQUIRE(table.at(0).at(4).get<double>() == Approx(100));
  REQUIRE(table.at(0).at(5).get<double>() == Approx(0).margin(1e-6));  // coefficient of variation
  REQUIRE(table.at(0).at(8) == 0);                                     // percent silent
  REQUIRE(table.at(1).at(4).get<double>() == Approx(200));
}

TEST_CASE("the report lists projections with rule, expected synapses, weight and delay", "[io][report]") {
  const Report report(small);
  const auto& rows = report.section("network")->at("projections").at("rows");
  REQUIRE(rows.size() == 4);
  REQUIRE(rows.at(0) == json{"exc", "exc", "in-degree 3", 12, "45 pA", "by sign", "1.5 ms"});
  REQUIRE(rows.at(3) == json{"inh", "inh", "probability 0.5", 2, "-90 pA", "by sign", "1 ms"});
  const auto& matrix = report.section("network")->at("matrix");
  REQUIRE(matrix.at("cells") == json{{{3, 1}, {1, -1}}, {{3, 1}, {1, -1}}});
}

TEST_CASE("rates over time keep the number of spikes", "[io][report]") {
  const Report report(RecordedRun{.populations = {{"exc", 50, 97, 13}}, .steps = 20'000});
  const auto& group = report.section("rates")->at("groups").at(0);
  double spikes = 0, expected = 0;
  for (const auto& rate : group.at("series").at(0).at("values"))
    spikes += rate.get<double>() * 50 * group.at("bin").get<double>() / 1000;
  for (Step step = 1; step <= 20'000; ++step)
    for (Step i = 0; i < 50; ++i) expected += (step + i * 13) % 97 == 0;
  REQUIRE(spikes == Approx(expected).epsilon(1e-3));
}

TEST_CASE("regular intervals fall into one bin of the interval histogram", "[io][report]") {
  const Report report(RecordedRun{.populations = {{"exc", 20, 100, 3}}, .steps = 5000});
  for (const auto& chart : report.section("statistics")->at("charts")) {
    if (chart.at("quantity") != "interval") continue;
    const auto& shares = chart.at("series").at(0).at("shares");
    const auto& edges = chart.at("edges");
    for (std::size_t k = 0; k < shares.size(); ++k) {
      const bool holds = edges.at(k).get<double>() < 10 && edges.at(k + 1).get<double>() > 10;  // 10 ms
      REQUIRE((shares.at(k).get<double>() > 0) == holds);
    }
    return;
  }
  FAIL("there is no interval histogram");
}

TEST_CASE("names with markup stay names in the report", "[io][report]") {
  auto run = small;
  run.populations[0].name = "<img src=x onerror=alert(1)>";
  run.name = "</script><b>&";
  const Report report(run);
  REQUIRE(report.page.find("<img src=x") == std::string::npos);
  REQUIRE(report.page.find("</script><b>") == std::string::npos);
  REQUIRE(report.data.at("populations").at(0).at("name") == "<img src=x onerror=alert(1)>");
  REQUIRE(report.section("summary")->at("name") == "</script><b>&");
}

TEST_CASE("the report says kindly what is missing", "[io][report]") {
  auto run = small;
  run.spikes_recorded = false;
  run.state = "stopped";
  run.text = "experiment: [";
  const Report report(run);
  REQUIRE(report.section("raster")->at("notice").get<std::string>().find("No spikes were recorded") == 0);
  REQUIRE(report.section("rates") == nullptr);
  REQUIRE(report.section("statistics") == nullptr);
  REQUIRE(report.section("traces") == nullptr);
  REQUIRE(report.section("summary")->at("state") == "stopped early");
  REQUIRE(report.section("summary")->at("notices").size() == 1);
  REQUIRE(report.section("network")->at("notice").get<std::string>().find("could not be read again") !=
          std::string::npos);
  REQUIRE(report.section("network")->at("populations").at("rows").at(0).at(4).get<double>() == Approx(100));
}

TEST_CASE("a single neuron that never fires has a report", "[io][report]") {
  const Report report(RecordedRun{.populations = {{"cell", 1, 1'000'000, 0}}, .traced = 1});
  REQUIRE(report.section("raster")->at("times") == "");
  REQUIRE(report.section("traces")->at("reports").size() == 1);
}

TEST_CASE("thinned traces keep every excursion", "[io][report]") {
  RecordedRun run{.populations = {{"cell", 1, 1000, 0}}, .steps = 50'000, .traced = 1};
  run.trace = [](Step step, std::uint32_t) { return step == 31'313 ? 30.0 : step == 7'777 ? -90.0 : -65.0; };
  const Report report(run);
  const auto& trace = report.section("traces")->at("reports").at(0);
  const auto points = trace.at("frames").get<std::size_t>();
  REQUIRE(points < 13'000);
  std::vector<float> expected(points, -65);
  const double step = trace.at("step").get<double>() * 10;  // grid steps for each of the two values of a stretch
  const auto first_of = [&](double at) { return static_cast<std::size_t>(at / (2 * step)) * 2; };
  const auto text = trace.at("values").get<std::string>();
  bool found = false;  // either value of the stretch may hold it
  for (const std::size_t up : {0, 1})
    for (const std::size_t down : {0, 1}) {
      auto values = expected;
      values[first_of(31'313) + up] = 30;
      values[first_of(7'777) + down] = -90;
      found |= text == io::report::packed(values);
    }
  REQUIRE(found);
}

TEST_CASE("the report shows the distribution of weights, its course, and all of it as a map", "[io][report]") {
  // a tenth of 200 synapses climbs from 0 to 10 in eleven steps, the others stay at 0
  const auto climbing = [](std::uint32_t t, std::uint32_t s) { return s % 10 == 0 ? t : 0; };
  RecordedRun run{.populations = {{"cell", 1, 100, 0}}, .weights = weight_course(200, 11, 100, climbing)};
  const Report report(run);
  const auto& weights = report.section("weights")->at("projections").at(0);
  REQUIRE(weights.at("name") == "learning");
  REQUIRE(weights.at("synapses") == 200);
  REQUIRE(weights.at("high") == 10);
  REQUIRE(weights.at("times").size() == 11);
  const auto& means = weights.at("courses").at(5);
  for (std::size_t t = 0; t < 11; ++t) REQUIRE(means.at(t).get<double>() == Approx(0.1 * static_cast<double>(t)));
  REQUIRE(weights.at("courses").at(4).at(10) == 10);  // the largest
  REQUIRE(weights.at("histograms").size() == 5);
  REQUIRE(weights.at("histograms").at(4).at("values").at(49) == 10);
  std::vector<float> map(50 * 11, 0.0f);
  map[0] = 100;
  for (std::size_t t = 1; t < 11; ++t) map[t] = 90, map[std::min<std::size_t>(49, 5 * t) * 11 + t] = 10;
  REQUIRE(weights.at("map").at("shape") == json{50, 11});
  REQUIRE(weights.at("map").at("values") == io::report::packed(map));
  run.weights = weight_course(200, 3, 100, climbing);
  REQUIRE(Report(run).section("weights")->at("projections").at(0).at("map").is_null());  // three lines tell it all
}

TEST_CASE("the report shows the level of a modulator and counts its raises", "[io][report]") {
  const Report report(
      RecordedRun{.populations = {{"cell", 1, 100, 0}}, .steps = 1200, .raises_at = {0, 3, 3, 51, 119}});
  const auto& modulator = report.section("modulators")->at("modulators").at(0);
  REQUIRE(modulator.at("name") == "dopamine");
  REQUIRE(modulator.at("total") == 5);
  REQUIRE(modulator.at("bin").get<double>() == Approx(2));  // 120 ms in at most 60 bins
  REQUIRE(modulator.at("raises").size() == 60);
  for (std::size_t k = 0; k < 60; ++k) {
    const int expected = k == 0 ? 1 : k == 1 ? 2 : k == 25 || k == 59 ? 1 : 0;
    REQUIRE(modulator.at("raises").at(k) == expected);
  }
  REQUIRE(modulator.at("points") == 1201);
  REQUIRE(Report(small).section("modulators") == nullptr);
}

TEST_CASE("the report of a long run with many spikes stays below 5 MB", "[io][report][slow]") {
  const Report report(
      RecordedRun{.populations = {{"exc", 4000, 40, 7}, {"inh", 1000, 25, 3}}, .steps = 10'000, .traced = 60});
  REQUIRE(report.page.size() < 5'000'000);
  REQUIRE(report.section("raster")->at("rows").get<std::string>().size() <= 250'000 * 2 * 4 / 3 + 4);
  REQUIRE(report.section("traces")->at("reports").at(0).at("neurons").size() == 8);
}

TEST_CASE("the same results give the same report", "[io][report]") {
  const TemporaryDirectory directory;
  small.write(directory / "run");
  io::write_report(directory / "run", directory / "a.html");
  io::write_report(directory / "run", directory / "b.html");
  REQUIRE(bytes_of(directory / "a.html") == bytes_of(directory / "b.html"));
}

TEST_CASE("a report of nothing, or into nowhere, is refused with a reason", "[io][report]") {
  const TemporaryDirectory directory;
  REQUIRE_THROWS_AS(io::write_report(directory / "absent", directory / "page.html"), FileError);
  small.write(directory / "run");
  REQUIRE_THROWS_AS(io::write_report(directory / "run", directory / "absent" / "page.html"), RunError);
}
