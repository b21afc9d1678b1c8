/// Hostile texts: a clear refusal in bounded time and memory, never a crash.
#include <catch2/catch.hpp>

#include <chrono>
#include <ctime>

#include "io/experiment_file.hpp"

using namespace spikeloom;

namespace {

/// Whether the text was refused; anything but SpecError fails the test.
bool is_refused(const std::string& text) {
  try {
    io::parse_experiment(text, "hostile.yaml");
    return false;
  } catch (const SpecError& error) {
    REQUIRE_FALSE(error.problems().empty());
    return true;
  }
}

std::string first_problem(const std::string& text) {
  try {
    io::parse_experiment(text, "hostile.yaml");
    return "";
  } catch (const SpecError& error) {
    return format(error.problems().front());
  }
}

/// A small generator for texts; its quality does not matter.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 2 + 1) {}
  std::size_t below(std::size_t n) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state_ >> 33) % n;
  }

 private:
  std::uint64_t state_;
};

constexpr std::string_view seed_text = R"yaml(experiment: {name: balanced, seed: 7, duration: 1 s, resolution: 0.1 ms}
defaults: {population: {model: lif_psc_exp, params: {tau_m: 20 ms}}}
populations:
  exc: &e
    size: 80
    params: {tau_m: {normal: [20 ms, 1 ms], min: 1 ms}, t_ref: 2 ms}
    initial: {v_m: {uniform: [-65 mV, -50 mV]}}
    layout: {random: [1 mm, 1 mm]}
  inh: {<<: *e, size: 20}
  drive: {model: poisson, params: {rate: 8 kHz}}
projections:
  - from: exc
    to: [exc, inh]
    connect: {rule: fixed_indegree, indegree: 8}
    weight: {expression: "45 * exp(-d / 100)", unit: pA}
    delay: {uniform: [0.5 ms, 3 ms]}
  - {from: drive, to: all, weight: 45 pA, delay: 1 ms}
record:
  - {spikes: [exc, inh]}
  - {state: v_m, of: exc, neurons: [0..9, 12], every: 1 ms}
run: {threads: auto, checkpoint: {every: 10 s}}
)yaml";

constexpr std::string_view tokens[] = {"{",
                                       "}",
                                       "[",
                                       "]",
                                       ":",
                                       ": ",
                                       "- ",
                                       ",",
                                       "\n",
                                       "\t",
                                       "&e",
                                       "*e",
                                       "<<: *e",
                                       "!!x ",
                                       "\"",
                                       "'",
                                       "|",
                                       ">",
                                       "#",
                                       "? ",
                                       "---\n",
                                       "0..9",
                                       "-1",
                                       "1e999",
                                       ".nan",
                                       "null",
                                       "~",
                                       "all",
                                       "{uniform: [1, 2]}",
                                       "expression: ",
                                       "\\",
                                       "\x01",
                                       "\xff",
                                       "1e18",
                                       "4294967296"};

std::string mutated(std::string text, Dice& dice) {
  for (auto changes = 1 + dice.below(4); changes-- > 0;) {
    const auto at = dice.below(text.size() + 1);
    switch (dice.below(5)) {
      case 0: text.insert(at, tokens[dice.below(std::size(tokens))]); break;
      case 1: text.erase(at, dice.below(20)); break;
      case 2: text.insert(at, 1, static_cast<char>(dice.below(256))); break;
      case 3: text.insert(at, text.substr(dice.below(text.size() + 1), dice.below(60))); break;
      default: text.resize(at); break;
    }
    if (text.empty()) text = "a";
  }
  return text;
}

}  // namespace

TEST_CASE("mutated experiments are read or refused, never a crash", "[io][experiment][robustness]") {
  REQUIRE_FALSE(is_refused(std::string(seed_text)));
  Dice dice(20261120);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  int refused = 0, read = 0;
  while (read + refused < 20'000 && std::chrono::steady_clock::now() < end)
    (is_refused(mutated(std::string(seed_text), dice)) ? refused : read)++;
  CHECK(refused > 0);
  CHECK(read > 0);
}

TEST_CASE("random bytes are refused", "[io][experiment][robustness]") {
  Dice dice(7);
  for (int k = 0; k < 300; ++k) {
    std::string text(1 + dice.below(300), ' ');
    for (auto& c : text) c = static_cast<char>(k % 2 ? dice.below(256) : 32 + dice.below(95));
    CHECK(is_refused(text));
  }
}

TEST_CASE("an alias bomb is refused before it grows", "[io][experiment][robustness]") {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int k = 1; k < 12; ++k) {
    const auto below = "*a" + std::to_string(k - 1);
    text += "a" + std::to_string(k) + ": &a" + std::to_string(k) + " [";
    for (int i = 0; i < 10; ++i) text += (i ? ", " : "") + below;
    text += "]\n";
  }
  CHECK_THAT(first_problem(text),
             Catch::Contains("hostile.yaml:6:") && Catch::Contains("aliases repeat more than 200000 values"));
}

TEST_CASE("deep nesting is refused", "[io][experiment][robustness]") {
  CHECK_THAT(first_problem("a: " + std::string(60, '[') + std::string(60, ']')),
             Catch::Contains("nested deeper than 48 levels"));
  CHECK_THAT(first_problem("a: " + std::string(300'000, '[')), Catch::Contains("hostile.yaml:1:"));
  CHECK_THAT(first_problem("a: " + std::string(300'000, '{')), Catch::Contains("hostile.yaml:1:"));
  std::string blocks;
  for (int k = 0; k < 3000; ++k) blocks += std::string(static_cast<std::size_t>(k), ' ') + "a:\n";
  CHECK_THAT(first_problem(blocks), Catch::Contains("nested deeper than 48 levels"));
  std::string dashes = "a:\n  ";
  for (int k = 0; k < 100'000; ++k) dashes += "- ";
  CHECK(is_refused(dashes));
}

TEST_CASE("megabytes are read or refused within seconds", "[io][experiment][robustness][slow]") {
  const auto start = std::clock();
  std::string numbers =
      "experiment: {name: a, duration: 1 s}\npopulations:\n  p: {model: lif_psc_exp, size: 500000, params: {tau_m: "
      "{unit: ms, values: [";
  for (int k = 0; k < 500'000; ++k) numbers += k ? ", 12.5" : "12.5";
  CHECK_FALSE(is_refused(numbers + "]}}}\n"));
  std::string wrong = "experiment: {name: a, duration: 1 s}\npopulations:\n";
  for (int k = 0; wrong.size() < 1'000'000; ++k)
    wrong += "  p" + std::to_string(k) + ": {model: lif_psc_ex, size: -1}\n";
  CHECK_THAT(first_problem(wrong), Catch::Contains("unknown model 'lif_psc_ex'"));
  CHECK_THAT(first_problem(std::string(10'000'000, 'a')), Catch::Contains("must be a map"));
  CHECK_THAT(first_problem("a: \"" + std::string(10'000'000, 'b')), Catch::Contains("close the quotation mark"));
  CHECK_THAT(first_problem(std::string(40'000'000, ' ')), Catch::Contains("too long"));
  CHECK(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC < 60);  // processor time: the machine may be busy
}
