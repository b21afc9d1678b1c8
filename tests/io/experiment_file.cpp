/// The experiment language: what a right text becomes.
#include "io/experiment_file.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace spikeloom;

TEST_CASE("an experiment becomes a spec in coherent units", "[io][experiment]") {
  const auto spec = io::parse_experiment(R"(
experiment: {name: balanced, seed: 7, duration: 1 s, resolution: 0.1 ms}
populations:
  exc:
    model: lif_psc_exp
    size: 8000
    params: {tau_m: 20 ms, t_ref: 2 ms}
    initial: {v_m: {uniform: [-65 mV, -50 mV]}}
  inh: {model: lif_psc_exp, size: 2000}
projections:
  - from: exc
    to: [exc, inh]
    connect: {rule: fixed_indegree, indegree: 800}
    weight: {normal: [45 pA, 4.5 pA]}
    delay: {uniform: [0.5 ms, 3 ms]}
  - {from: inh, to: [exc, inh], connect: {rule: fixed_probability, p: 0.1}, weight: -225 pA, delay: 1 ms}
record:
  - {spikes: [exc, inh]}
  - {state: v_m, of: exc, neurons: 0..9, every: 1 ms}
run: {threads: auto, checkpoint: {every: 10 s}}
)",
                                         "balanced.yaml");
  CHECK(spec.name == "balanced");
  CHECK(spec.seed == 7);
  CHECK(spec.duration == 1000);
  CHECK(spec.resolution == 0.1);
  REQUIRE(spec.network.populations.size() == 2);
  const auto& exc = spec.network.populations[0];
  CHECK(exc.name == "exc");
  CHECK(exc.size == 8000u);
  CHECK(std::get<Constant>(exc.params.at("tau_m")).value == 20);
  CHECK(std::get<Uniform>(exc.initial.at("v_m")).low == -65);
  REQUIRE(spec.network.projections.size() == 4);
  const auto& second = spec.network.projections[1];
  CHECK(second.name == "exc_to_inh");
  CHECK(std::get<FixedIndegree>(second.connect).indegree == 800);
  CHECK(std::get<Normal>(second.weight).sd == 4.5);
  CHECK(std::get<Uniform>(second.delay).high == 3);
  CHECK(std::get<Constant>(spec.network.projections[2].weight).value == -225);
  CHECK(spec.record.spikes.size() == 2);
  REQUIRE(spec.record.states.size() == 1);
  CHECK(spec.record.states[0].name == "exc_v_m");
  CHECK(spec.record.states[0].neurons == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(spec.run.threads == 0);
  CHECK(spec.run.checkpoint_every == 10000);
  CHECK(spec.warnings.empty());
}

namespace {

/// A folder of its own that vanishes with the test.
struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("spikeloom_yaml_" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
    return path / name;
  }
};

const std::string base = R"(
experiment: {name: base, duration: 1 s, seed: 3}
populations:
  exc: {model: lif_psc_exp, size: 10, params: {tau_m: 10 ms, t_ref: 2 ms}}
projections:
  - {from: exc, to: exc, connect: {rule: all_to_all}, weight: 1 pA, delay: 1 ms}
)";

double constant(const Value& value) { return std::get<Constant>(value).value; }

}  // namespace

TEST_CASE("an experiment can start from included files and override parts of them", "[io][experiment]") {
  const Folder folder;
  folder.write("parts/base.yaml", base);
  folder.write("parts/more.yaml", "include: base.yaml\nrecord: [{spikes: exc}]\n");
  const auto file = folder.write("main.yaml", R"(
include: parts/more.yaml
experiment: {name: mine}
populations:
  exc: {params: {tau_m: 15 ms}}
  inh: {model: lif_psc_exp, size: 5}
projections:
  - {from: inh, to: exc, connect: {rule: all_to_all}, weight: -1 pA, delay: 1 ms}
)");
  const auto spec = io::read_experiment(file);
  CHECK(spec.name == "mine");
  CHECK(spec.seed == 3);
  REQUIRE(spec.network.populations.size() == 2);
  const auto& exc =
      spec.network.populations[0].name == "exc" ? spec.network.populations[0] : spec.network.populations[1];
  CHECK(constant(exc.params.at("tau_m")) == 15);
  CHECK(constant(exc.params.at("t_ref")) == 2);
  REQUIRE(spec.network.projections.size() == 2);
  CHECK(spec.network.projections[0].from == "exc");
  CHECK(spec.record.spikes.size() == 1);

  SECTION("a fault in an included file is placed there") {
    folder.write("parts/base.yaml",
                 "experiment: {name: base, duration: 1}\npopulations: {exc: {model: lif_psc_exp, size: 1}}\n");
    try {
      io::read_experiment(file);
      FAIL("nothing was reported");
    } catch (const SpecError& error) {
      REQUIRE(error.problems().size() == 1);
      CHECK(error.problems()[0].place.file == (folder.path / "parts/base.yaml").string());
      CHECK(error.problems()[0].place.line == 1);
      CHECK(error.problems()[0].place.column == 36);
    }
  }
  SECTION("files that include each other are refused") {
    folder.write("parts/base.yaml", "include: ../main.yaml\n");
    CHECK_THROWS_WITH(io::read_experiment(file),
                      Catch::Contains("base.yaml:1:10: include: '../main.yaml' includes itself"));
  }
  SECTION("a missing experiment is a missing file") {
    CHECK_THROWS_AS(io::read_experiment(folder.path / "none.yaml"), FileError);
  }
  SECTION("a folder is no experiment") { CHECK_THROWS_AS(io::read_experiment(folder.path), FileError); }
}

TEST_CASE("defaults fill what populations and projections lack", "[io][experiment]") {
  const auto spec = io::parse_experiment(R"(
experiment: {name: a, duration: 1 s}
defaults:
  population: {model: lif_psc_exp, params: {tau_m: 12 ms, t_ref: 1 ms}, initial: {v_m: -60 mV}}
  projection: {delay: 2 ms, weight: 5 pA, connect: {rule: all_to_all}}
populations:
  one: {size: 3}
  two: {size: 4, params: {tau_m: 8 ms}}
  drive: {model: poisson, params: {rate: 5 Hz}}
projections:
  - {from: one, to: two}
  - {from: drive, to: one, weight: 7 pA}
)",
                                         "defaults.yaml");
  CHECK(constant(spec.network.populations[0].params.at("tau_m")) == 12);
  CHECK(constant(spec.network.populations[1].params.at("tau_m")) == 8);
  CHECK(constant(spec.network.populations[1].params.at("t_ref")) == 1);
  CHECK(constant(spec.network.populations[1].initial.at("v_m")) == -60);
  CHECK(spec.network.populations[2].params.size() == 1);
  CHECK(constant(spec.network.projections[0].delay) == 2);
  CHECK(constant(spec.network.projections[1].weight) == 7);
}

TEST_CASE("a table's columns stand in place of what is taken back", "[io][experiment]") {
  const auto experiment = io::parse_experiment(R"(
experiment: {name: a, duration: 1 s}
defaults: {projection: {delay: 2 ms, weight: 3 pA}}
populations: {p: {model: lif_psc_exp, size: 2}}
projections:
  - {from: p, to: p, connect: {rule: table, sources: [0, 1], targets: [1, 0], weights: [1 pA, 2 pA]}, weight: ~}
)",
                                               "a.yaml");
  const auto& projection = experiment.network.projections.front();
  CHECK(std::get<SynapseList>(projection.connect).weights == std::vector<double>{1, 2});
  CHECK(std::get<Constant>(projection.delay).value == 2);
}

TEST_CASE("what --set gives changes, adds and is applied in order", "[io][experiment]") {
  const auto spec =
      io::parse_experiment(base, "base.yaml", ".",
                           {"experiment.seed=9", "populations.exc.params.tau_m=0.02 s",
                            "populations.exc.initial.v_m={uniform: [-65 mV, -55 mV]}", "projections[0].weight=4 pA",
                            "run.threads=3", "populations.exc.size=20", "populations.exc.size=30"});
  CHECK(spec.seed == 9);
  CHECK(constant(spec.network.populations[0].params.at("tau_m")) == 20);
  CHECK(std::get<Uniform>(spec.network.populations[0].initial.at("v_m")).high == -55);
  CHECK(constant(spec.network.projections[0].weight) == 4);
  CHECK(spec.run.threads == 3);
  CHECK(spec.network.populations[0].size == 30u);
  CHECK(spec.source_text.find("size: 30") != std::string::npos);
}

TEST_CASE("anchors, aliases and merge keys work as in YAML", "[io][experiment]") {
  const auto spec = io::parse_experiment(R"(
experiment: {name: a, duration: 1 s}
populations:
  one: &cell {model: lif_psc_exp, size: 3, params: {tau_m: 7 ms}}
  two: *cell
  three: {<<: *cell, size: 5}
)",
                                         "anchors.yaml");
  CHECK(spec.network.populations[1].size == 3u);
  CHECK(spec.network.populations[2].size == 5u);
  CHECK(constant(spec.network.populations[2].params.at("tau_m")) == 7);
}

TEST_CASE("windows line ends, a byte order mark and quoted numbers are no trouble", "[io][experiment]") {
  const auto spec = io::parse_experiment(
      "\xEF\xBB\xBF"
      "experiment: {name: a, duration: \"1 s\"}\r\npopulations:\r\n  p: {model: lif_psc_exp, size: '12'}\r\n",
      "windows.yaml");
  CHECK(spec.network.populations[0].size == 12u);
}
