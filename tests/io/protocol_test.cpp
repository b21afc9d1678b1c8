/// What protocols leave behind: through segments into results.h5 and back; the language around them.
#include "networks/protocol.hpp"

#include <catch2/catch.hpp>

#include <fstream>

#include "core/errors.hpp"
#include "io/compare.hpp"
#include "io/describe_file.hpp"
#include "io/experiment_file.hpp"
#include "io/report.hpp"
#include "io/results_file.hpp"
#include "tests/io/synthetic_run.hpp"

using namespace spikeloom;
using tests::TemporaryDirectory;

namespace {

const std::string conditioning =
    "experiment: {name: task, seed: 3}\nmodule: {name: rescorla_wagner}\nprotocol: {name: phenomena}\n";

/// A table, two arrays, a metric, a picture of every kind, a state.
std::vector<ProtocolItem> items(double value) {
  Picture lines{
      .name = "course", .title = "Course.", .caption = "What <b>happened</b>.", .x = {"trial"}, .y = {"v", "mV"}};
  lines.y.low = -1;
  lines.series = {{"v", {"trials/course/trial"}, {"trials/course/v"}, Mark::dashed, 3},
                  {"row 1", {"trials/course/trial"}, {"arrays/matrix", 1}, Mark::points}};
  Picture heat{.kind = Picture::Kind::heat, .name = "matrix", .title = "Matrix.", .values = {"arrays/matrix"}};
  Picture images{.kind = Picture::Kind::images, .name = "images", .title = "Images.", .values = {"arrays/images"}};
  images.categories = {"first", "second"};
  Picture bars{.kind = Picture::Kind::bars, .name = "bars", .title = "Bars."};
  bars.series = {{"v", {}, {"trials/course/v"}}};
  bars.categories = {"a", "b", "c"};
  return {TrialTable{
              "course", "the course", {{"trial", "", "number", {1, 2, 3}}, {"v", "mV", "potential", {value, -2, 5}}}},
          NamedArray{"matrix", "pA", "a matrix", {"row", "column (ms)"}, {2, 3}, {1, 2, 3, 4, 5, 6}},
          NamedArray{"images", "", "two images", {"image", "y", "x"}, {2, 1, 2}, {0, 1, 1, 0}},
          Metric{"final_v", value, "mV", "potential at the end", true},
          lines,
          heat,
          images,
          bars,
          NamedHash{"weights", 0xFEDCBA9876543210u}};
}

void write(const std::filesystem::path& directory, double value) {
  const auto experiment = io::parse_experiment(conditioning, "task.yaml");
  io::Results results(directory, experiment, {}, false);
  for (auto& item : items(value)) results.add(std::move(item));
  auto summary = tests::done();
  summary.simulated_ms = 1234;
  results.finish(summary);
}

std::vector<Problem> problems_of(const std::string& yaml) {
  try {
    io::parse_experiment(yaml, "task.yaml");
  } catch (const SpecError& error) {
    return error.problems();
  }
  return {};
}

}  // namespace

TEST_CASE("tables, arrays, metrics, pictures and states read back as a protocol gave them", "[io][protocol]") {
  const TemporaryDirectory directory;
  write(directory / "run", 7.5);
  const io::ResultsFile results(directory / "run");
  CHECK(results.protocol() == "phenomena");
  CHECK(results.module() == "rescorla_wagner");
  CHECK(results.summary().simulated_ms == 1234);
  CHECK(results.summary().metrics.at("final_v") == 7.5);
  const auto& data = results.protocol_data();
  REQUIRE(data.tables.size() == 1);
  REQUIRE(data.tables[0].columns.size() == 2);
  CHECK(data.tables[0].columns[1].name == "v");
  CHECK(data.tables[0].columns[1].unit == "mV");
  CHECK(data.tables[0].columns[1].values == std::vector<double>{7.5, -2, 5});
  REQUIRE(data.arrays.size() == 2);
  CHECK(data.arrays[0].shape == std::vector<std::uint64_t>{2, 3});
  CHECK(data.arrays[0].axes == std::vector<std::string>{"row", "column (ms)"});
  CHECK(data.arrays[1].values == std::vector<double>{0, 1, 1, 0});
  REQUIRE(data.metric("final_v"));
  CHECK(data.metric("final_v")->headline);
  REQUIRE(data.pictures.size() == 4);
  CHECK(data.pictures[0].series[0].mark == Mark::dashed);
  CHECK(data.pictures[0].series[1].y.row == 1);
  CHECK(data.pictures[0].y.low == -1);
  CHECK(data.pictures[2].categories[1] == "second");
  CHECK(data.states.at(0).hash == 0xFEDCBA9876543210u);
}

TEST_CASE("diff names the array, column and metric in which two tasks part", "[io][protocol]") {
  const TemporaryDirectory directory;
  write(directory / "a", 7.5);
  write(directory / "b", 7.5);
  write(directory / "c", 8);
  const io::ResultsFile a(directory / "a"), b(directory / "b"), c(directory / "c");
  CHECK(io::compare(a, b).empty());
  const auto found = io::compare(a, c);
  REQUIRE(found.size() == 2);
  CHECK(found[0] == "trials course/v: number 0 first differs: 7.5 against 8");
  CHECK(found[1] == "metric final_v: 7.5 against 8");
}

TEST_CASE("what a killed task had finished is recovered", "[io][protocol]") {
  const TemporaryDirectory directory;
  {
    const auto experiment = io::parse_experiment(conditioning, "task.yaml");
    io::Results results(directory / "run", experiment, {}, false);
    results.add(std::move(items(1).front()));
  }  // never finished
  io::merge_segments(directory / "run");
  const io::ResultsFile results(directory / "run");
  CHECK(results.summary().state == "killed");
  CHECK(results.protocol_data().tables.size() == 1);
}

TEST_CASE("info and the report tell of a task; markup in captions stays text", "[io][protocol]") {
  const TemporaryDirectory directory;
  write(directory / "run", 7.5);
  const auto text = io::describe(io::ResultsFile(directory / "run"));
  CHECK(text.find("trials course: 3 rows; trial v") != std::string::npos);
  CHECK(text.find("array matrix: [2 x 3] pA") != std::string::npos);
  io::write_report(directory / "run", directory / "report.html");
  const auto page = tests::bytes_of(directory / "report.html");
  CHECK(page.find("\"kind\":\"heat\"") != std::string::npos);
  CHECK(page.find("<b>happened") == std::string::npos);
}

TEST_CASE("a protocol experiment expands with every default and reads back the same", "[io][protocol]") {
  const auto experiment = io::parse_experiment(
      "experiment: {name: task}\nmodule: {name: rescorla_wagner, params: {alpha: 0.2}}\n"
      "protocol: {name: phenomena, params: {schedules: [blocking, extinction]}}\n",
      "task.yaml");
  const auto text = io::expand_experiment(experiment);
  CHECK(text.find("beta_us: 0.5") != std::string::npos);
  const auto again = io::parse_experiment(text, "expanded.yaml");
  CHECK(again.module->arguments.numbers.at("alpha") == std::vector<double>{0.2});
  CHECK(again.protocol->arguments.words.at("schedules") == std::vector<std::string>{"blocking", "extinction"});
  CHECK(io::expand_experiment(again) == text);
}

TEST_CASE("what does not fit a protocol is named with place and remedy", "[io][protocol]") {
  const auto only = [](const std::string& yaml) {
    const auto problems = problems_of(yaml);
    REQUIRE(problems.size() == 1);
    return problems.front();
  };
  const auto alone = only("experiment: {name: task, duration: 1 s}\nmodule: {name: rescorla_wagner}\n");
  CHECK(alone.what == "rescorla_wagner is a dense module: it does nothing by itself");
  CHECK(alone.place.line == 2);
  const auto other = only("experiment: {name: task}\nmodule: {name: brunel}\nprotocol: {name: phenomena}\n");
  CHECK(other.what == "phenomena cannot drive the module brunel");
  CHECK(other.remedy == "it drives rescorla_wagner");
  CHECK(only("experiment: {name: task, duration: 1 s}\nmodule: {name: rescorla_wagner}\nprotocol: {name: phenomena}\n")
            .path == "experiment.duration");
  CHECK(only(conditioning + "record: [{spikes: all}]\n").path == "record");
  const auto word = only(
      "experiment: {name: task}\nmodule: {name: rescorla_wagner}\n"
      "protocol: {name: phenomena, params: {schedules: [blocking, acquistion]}}\n");
  CHECK(word.place.line == 3);
  CHECK(word.path == "protocol.params.schedules[1]");
  CHECK(word.remedy.starts_with("did you mean 'acquisition'?"));
  CHECK(only("experiment: {name: task}\nprotocol: {name: phenomena}\npopulations: {e: {model: lif_psc_exp, size: 1}}\n")
            .what == "phenomena needs a module to drive");
}
