/// Wrong experiments: each must be refused at the right place, with the right words and a remedy.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "io/experiment_file.hpp"

using namespace spikeloom;

namespace {

struct Case {
  int number = 0;            // line of the table
  std::string text;          // of the experiment
  int line = 0, column = 0;  // where the problem is
  std::string what, remedy;
};

constexpr const char* marker = "\u00a7";

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t k = 0; k < text.size(); ++k) {
    if (text[k] != '\\' || k + 1 == text.size()) {
      out += text[k];
      continue;
    }
    const char c = text[++k];
    if (c == 'x') {
      out += static_cast<char>(std::stoi(std::string(text.substr(k + 1, 2)), nullptr, 16));
      k += 2;
    } else {
      out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == '0' ? '\0' : c;
    }
  }
  return out;
}

/// A right experiment, one part of which is replaced.
std::string experiment_with(char kind, const std::string& text) {
  if (kind == 'X') return text;
  std::map<char, std::string> parts{
      {'S', "{name: a, duration: 1 s}"},
      {'P', "{model: lif_psc_exp, size: 100}"},
      {'J', "{from: exc, to: inh, connect: {rule: all_to_all}, weight: 1 pA, delay: 1 ms}"},
      {'R', "{spikes: inh}"},
      {'U', "{threads: 1}"},
      {'T', ""}};
  parts[kind] = text;
  if (!parts.contains('N')) parts['N'] = "\n  exc: " + parts['P'] + "\n  inh: {model: lif_psc_exp, size: 25}";
  if (!parts.contains('L')) parts['L'] = "\n  - " + parts['J'];
  const bool own_record = parts['T'].find("record:") != std::string::npos;
  // A source in place of `exc` projects without a rule; the projection is then left out.
  const bool is_source = kind == 'P' && text.find("poisson") != std::string::npos;
  return "experiment: " + parts['S'] + "\npopulations: " + parts['N'] + "\n" +
         (is_source ? "" : "projections: " + parts['L'] + "\n") +
         (own_record ? "" : "record:\n  - " + parts['R'] + "\n") + "run: " + parts['U'] + "\n" + parts['T'] + "\n";
}

std::vector<Case> read_cases() {
  std::ifstream file(SPIKELOOM_SOURCE_DIR "/tests/io/wrong_experiments.txt");
  std::vector<Case> cases;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.size() < 3 || line[0] == '#' || line[1] != ' ') continue;
    const auto first = line.find(" ## ", 2), second = line.find(" ## ", first + 3);
    Case one;
    one.number = number;
    one.what = line.substr(first + 4, second - std::min(second, first + 4));
    one.remedy = line.substr(second + 4);
    one.text = experiment_with(line[0], unescaped(line.substr(2, first - 2)));
    const auto at = one.text.find(marker);
    INFO("tests/io/wrong_experiments.txt:" << number);
    REQUIRE(at != std::string::npos);
    one.line =
        1 + static_cast<int>(std::count(one.text.begin(), one.text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    one.column = static_cast<int>(at - (one.text.rfind('\n', at) + 1)) + 1;
    one.text.erase(at, std::string_view(marker).size());
    cases.push_back(std::move(one));
  }
  return cases;
}

std::vector<Problem> problems_of(const std::string& text, const std::vector<std::string>& sets = {}) {
  try {
    io::parse_experiment(text, "wrong.yaml", SPIKELOOM_SOURCE_DIR "/tests/io", sets);
    return {};
  } catch (const SpecError& error) {
    return error.problems();
  }
}

}  // namespace

TEST_CASE("every wrong experiment is refused at its place, with a remedy", "[io][experiment]") {
  const auto cases = read_cases();
  REQUIRE(cases.size() >= 200);
  for (const auto& one : cases) {
    const auto problems = problems_of(one.text);
    std::string all;
    bool found = false;
    for (const auto& problem : problems) {
      const auto words = problem.path + ": " + problem.what;
      found |= problem.place.line == one.line && problem.place.column == one.column &&
               words.find(one.what) != std::string::npos && problem.remedy.find(one.remedy) != std::string::npos;
      all += format(problem) + "\n";
    }
    INFO("tests/io/wrong_experiments.txt:" << one.number << " expects " << one.line << ":" << one.column << ": "
                                           << one.what << " / " << one.remedy);
    INFO("got " << problems.size() << " problems:\n" << all);
    CHECK(found);
    CHECK(problems.size() == 1);
  }
}

TEST_CASE("all problems of an experiment are reported at once, in order", "[io][experiment]") {
  const auto problems = problems_of(R"(experiment: {name: a, duration: 1}
populations:
  exc:
    sise: 100
    model: lif_psc_exp
    params: {tau_m: -1 ms, tau: 3 ms}
projections:
  - {from: exc, to: inh, connect: {rule: all_to_all}, weight: 1 pA, delay: 1 ms}
record:
  - {state: u, of: exc, neurons: 0..9, every: 1 ms}
)");
  std::vector<std::string> places;
  for (const auto& problem : problems)
    places.push_back(
        fmt::format("{}:{}:{} {}", problem.place.file, problem.place.line, problem.place.column, problem.path));
  CHECK(places == std::vector<std::string>{"wrong.yaml:1:33 experiment.duration", "wrong.yaml:3:3 populations.exc.size",
                                           "wrong.yaml:4:5 populations.exc.sise",
                                           "wrong.yaml:6:21 populations.exc.params.tau_m",
                                           "wrong.yaml:6:28 populations.exc.params.tau",
                                           "wrong.yaml:8:21 projections[0].to", "wrong.yaml:10:13 record[0].state"});
}

TEST_CASE("columns count characters, not bytes", "[io][experiment]") {
  const auto problems = problems_of(
      "experiment: {name: \"\u00e4\u00f6\u00fc\", duration: 1}\npopulations: {p: {model: poisson, params: {rate: 1 "
      "Hz}}}\n");
  REQUIRE(problems.size() == 2);
  CHECK(problems[1].place.column == 37);
}

TEST_CASE("what --set says is checked like the file, and names itself", "[io][experiment]") {
  struct Row {
    const char *set, *what, *remedy;
  };
  const auto row =
      GENERATE(Row{"populations.exc.params.tau_m=20", "populations.exc.params.tau_m: 20 has no unit", "20 ms"},
               Row{"populations.ecx.size=20", "there is no population 'ecx'", "did you mean 'exc'"},
               Row{"populations.exc.params.tau=20 ms", "unknown key 'tau'", "known: tau_m"},
               Row{"projections[3].weight=1 pA", "there is no entry [3]", "from 0 to 0"},
               Row{"projections[drive].weight=1 pA", "no entry is named 'drive'", "none"},
               Row{"experiment.dration=1 s", "unknown key 'dration'", "did you mean 'duration'"},
               Row{"experiment.duration.x=1", "has no 'x' below it", "whole value"},
               Row{"experiment[0]=1", "is not a list", "key"},
               Row{"experiment.duration", "not of the form path=value", "--set populations"},
               Row{"=5", "not of the form path=value", "--set"}, Row{"a..b=5", "'a..b' is not a path", "--set"},
               Row{"experiment.name=[1, 2", "stands where a key is due", "close its bracket"});
  const auto problems = problems_of(experiment_with('T', ""), {row.set});
  CAPTURE(row.set);
  REQUIRE(problems.size() == 1);
  CHECK_THAT(format(problems[0]), Catch::StartsWith("--set ") && Catch::Contains(row.what));
  CHECK_THAT(problems[0].remedy, Catch::Contains(row.remedy));
}
