/// `spikeloom selftest`: does this installation compute, and write, what it should?
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "core/errors.hpp"
#include "experiments/commands.hpp"
#include "experiments/simulate.hpp"
#include "io/experiment_file.hpp"

namespace spikeloom::experiments {
namespace {

constexpr const char* experiment_text = R"(
experiment: {name: selftest, seed: 42, duration: 200 ms, resolution: 0.1 ms}
populations:
  exc: {model: lif_psc_exp, size: 800, initial: {v_m: {uniform: [-70 mV, -55 mV]}}}
  inh: {model: lif_psc_exp, size: 200}
  drive: {model: poisson, params: {rate: 12 kHz}}
projections:
  - {from: exc, to: [exc, inh], connect: {rule: fixed_indegree, indegree: 80}, weight: {normal: [45 pA, 4 pA]}, delay: {uniform: [0.5 ms, 3 ms]}}
  - {from: inh, to: [exc, inh], connect: {rule: fixed_probability, p: 0.1}, weight: -250 pA, delay: 1 ms}
  - {from: drive, to: [exc, inh], weight: 45 pA, delay: 1 ms}
record:
  - {spikes: [exc, inh]}
)";

/// A folder under the system's temporary one that goes with this object.
class ScratchFolder {
 public:
  ScratchFolder() : path_(std::filesystem::temp_directory_path() / fmt::format("spikeloom-selftest-{}", ::getpid())) {}
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

io::RunSummary run_once(const ExperimentSpec& experiment, int threads, Recorder* recorder) {
  auto network = build(experiment, threads);
  return simulate(experiment, *network.engine, threads, recorder, {});
}

bool check(const char* what, bool holds) {
  fmt::print("{} {}\n", holds ? "ok  " : "FAIL", what);
  return holds;
}

bool selftest() {
  const auto experiment = io::parse_experiment(experiment_text, "selftest");
  const auto one = run_once(experiment, 1, nullptr);
  bool good = check("a network of 1,000 neurons is active", one.spikes > 5000 && one.spikes < 50'000);
  for (const int threads : {2, 3, 8})
    good &= check(fmt::format("the same bits with {} threads", threads).c_str(),
                  run_once(experiment, threads, nullptr).state_hash == one.state_hash);
  const ScratchFolder folder;
  io::Results results(folder.path(), experiment, {}, true);
  auto recorded = run_once(experiment, 1, &results);
  good &= check("the same bits while recording", recorded.state_hash == one.state_hash);
  results.finish(recorded);
  return check("results are written", std::filesystem::exists(folder.path() / "results.h5") &&
                                          std::filesystem::exists(folder.path() / "run.json")) &&
         good;
}

}  // namespace

void add_selftest(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("selftest", "check this installation in a few seconds");
  command->callback([&exit_code] {
    if (!selftest())
      throw RunError("the self-test failed\n    please report its output, `spikeloom --version` and the processor");
    exit_code = done;
  });
}

}  // namespace spikeloom::experiments
