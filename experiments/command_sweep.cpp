/// `spikeloom sweep`: an experiment many times with other values, here or as an array job, and one table of it all.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <thread>

#include "core/errors.hpp"
#include "experiments/commands.hpp"
#include "experiments/process_ranks.hpp"
#include "experiments/progress.hpp"
#include "experiments/simulate.hpp"
#include "experiments/stop_signal.hpp"
#include "experiments/sweep_table.hpp"
#include "io/durable_file.hpp"
#include "io/experiment_file.hpp"
#include "io/run_status.hpp"

namespace spikeloom::experiments {
namespace {

namespace fs = std::filesystem;

struct SweepOptions {
  std::string experiment, out, data, index;
  std::vector<std::string> sets;
  int local = 0, threads = 0;
  bool list = false, count = false, collect = false, overwrite = false, quiet = false;
};

/// The array index that a scheduler hands to a job, from 0.
std::size_t scheduled_index() {
  struct Variable {
    const char* name;
    std::size_t first;  // what the scheduler counts from
  };
  for (const auto& variable : {Variable{"SLURM_ARRAY_TASK_ID", 0}, Variable{"PBS_ARRAY_INDEX", 0},
                               Variable{"SGE_TASK_ID", 1}, Variable{"LSB_JOBINDEX", 1}}) {
    const char* text = std::getenv(variable.name);
    std::size_t index = 0;
    if (text == nullptr) continue;
    const std::string_view digits(text);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error == std::errc{} && end == digits.data() + digits.size() && index >= variable.first)
      return index - variable.first;
  }
  throw SpecError("--index", "no scheduler says which run of the array this is",
                  "give a number, or set SLURM_ARRAY_TASK_ID, PBS_ARRAY_INDEX, SGE_TASK_ID or LSB_JOBINDEX");
}

std::size_t chosen_index(const std::string& text, std::size_t runs) {
  std::size_t index = 0;
  if (text == "auto")
    index = scheduled_index();
  else if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
           error != std::errc{} || end != text.data() + text.size())
    throw SpecError("--index", fmt::format("'{}' is not a number", text),
                    "write --index 0, or --index for a scheduler's");
  if (index >= runs)
    throw SpecError("--index", fmt::format("there is no run {}; the sweep has {}, counted from 0", index, runs),
                    fmt::format("write a number from 0 to {}", runs - 1));
  return index;
}

/// DIR/sweep.yaml holds the experiment, so that no other sweep gets into the same directory.
void claim(const fs::path& directory, const ExperimentSpec& experiment, bool overwrite) {
  const auto file = directory / "sweep.yaml";
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream held;
  held << stream.rdbuf();
  if (stream.is_open() && held.str() == experiment.source_text && !overwrite) return;
  if (stream.is_open() && !overwrite)
    throw FileError(directory.string() +
                    " holds another sweep\n    choose another directory with --out, or --overwrite");
  std::error_code failed;
  if (overwrite) fs::remove_all(directory / "points", failed);
  io::create_directory_durably(directory);
  io::create_directory_durably(directory / "points");
  io::write_durably(file, experiment.source_text);
}

bool can_go_on(const fs::path& out) try {
  return io::run_status(out).has_checkpoint;
} catch (const std::runtime_error&) {  // there is no run, or it is damaged: it begins anew
  return false;
}

/// Runs as child processes, so that none can harm another.
class Runs {
 public:
  Runs(const SweepOptions& options, const Sweep& sweep, fs::path directory, int threads)
      : options_(options), sweep_(sweep), directory_(std::move(directory)), threads_(threads) {}

  /// Starts a run; what it says goes to log.txt if `logged`.
  void start(std::size_t index, bool logged) {
    const auto out = directory_of_run(directory_, index);
    std::error_code in_the_way;  // of which the run itself will speak
    fs::create_directories(out, in_the_way);
    const auto words = command(index, out);
    const auto log = out.parent_path() / (out.filename().string() + ".log");
    const pid_t child = fork();
    if (child < 0) throw RunError("a run cannot be started: too many processes\n    give a smaller number to --local");
    if (child == 0) become(words, logged ? log.string() : "");
    running_[child] = index;
  }
  std::size_t running() const noexcept { return running_.size(); }

  /// Waits for a run to end; its index and exit code (128 + number of the signal that killed it).
  std::pair<std::size_t, int> wait() {
    for (bool told = false;;) {
      if (stop_requested() && !std::exchange(told, true))
        for (const auto& [child, index] : running_) kill(child, SIGTERM);
      int status = 0;
      const pid_t child = waitpid(-1, &status, WNOHANG);
      if (child <= 0) {  // a signal just before a wait for good would be heard only after it
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        continue;
      }
      const auto found = running_.find(child);
      if (found == running_.end()) continue;
      const auto index = found->second;
      running_.erase(found);
      return {index, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)};
    }
  }

 private:
  /// A run that was stopped or killed goes on from its checkpoint.
  std::vector<std::string> command(std::size_t index, const fs::path& out) const {
    std::vector<std::string> words{fs::read_symlink("/proc/self/exe").string()};
    const bool goes_on = can_go_on(out);
    if (goes_on)
      words.insert(words.end(), {"resume", out.string()});
    else
      words.insert(words.end(), {"run", options_.experiment, "--out", out.string(), "--overwrite"});
    words.insert(words.end(), {"--quiet", "--threads", std::to_string(threads_)});
    if (!options_.data.empty()) words.insert(words.end(), {"--data", options_.data});
    if (goes_on) return words;
    for (const auto& set : options_.sets) words.insert(words.end(), {"--set", set});
    words.insert(words.end(), {"--set", "sweep=~"});
    for (const auto& [path, text] : sweep_.run(index)) words.insert(words.end(), {"--set", path + "=" + text});
    return words;
  }

  [[noreturn]] static void become(const std::vector<std::string>& words, const std::string& log) {
    if (!log.empty()) {
      const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
      if (file >= 0) dup2(file, STDOUT_FILENO), dup2(file, STDERR_FILENO);
    }
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execv(arguments.front(), arguments.data());
    _exit(io_failure);
  }

  const SweepOptions& options_;
  const Sweep& sweep_;
  fs::path directory_;
  int threads_;
  std::map<pid_t, std::size_t> running_;
};

void print_list(const Sweep& sweep) {
  for (std::size_t index = 0; index < sweep.size(); ++index) {
    std::string line = std::to_string(index);
    for (const auto& [path, text] : sweep.run(index)) line += fmt::format("  {}={}", path, text);
    fmt::print("{}\n", line);
  }
}

void say_what_is_left(const std::vector<SweepOutcome>& outcomes, const fs::path& directory) {
  std::string names, log;
  std::size_t left = 0;
  for (const auto& outcome : outcomes) {
    if (outcome.state == "done") continue;
    if (left == 0) log = directory_of_run(directory, outcome.index).string() + ".log";
    if (++left <= 10) names += fmt::format("{}{} ({})", left == 1 ? "" : ", ", outcome.index, outcome.state);
  }
  fmt::print(stderr, "{} of {} runs done\ntable:   {}\nreport:  {}\n", outcomes.size() - left, outcomes.size(),
             (directory / "sweep.csv").string(), (directory / "summary" / "report.html").string());
  if (left > 0)
    fmt::print(stderr, "not done: {}{}\n    {} and so on say why; the same command repeats these alone\n", names,
               left > 10 ? ", ..." : "", log);
}

/// Runs all that is not done, `at_once` at a time; the exit code of the first that failed.
int run_here(const SweepOptions& options, const Sweep& sweep, const fs::path& directory, std::size_t at_once) {
  std::vector<std::size_t> due;
  for (std::size_t index = 0; index < sweep.size(); ++index)
    if (outcome_of(directory, index).state != "done") due.push_back(index);
  catch_stop_signals();
  const int threads = options.threads > 0
                          ? options.threads
                          : std::max(1, available_threads() / static_cast<int>(std::min(at_once, sweep.size())));
  Runs runs(options, sweep, directory, threads);
  Progress progress("sweep", options.quiet);
  int code = done;
  std::size_t begun = 0, ended = 0, failed = 0;
  while (ended < begun || (begun < due.size() && !stop_requested())) {
    if (begun < due.size() && runs.running() < at_once && !stop_requested()) {
      runs.start(due[begun++], true);
      continue;
    }
    const auto [index, exit_code] = runs.wait();
    ++ended;
    if (exit_code != done) ++failed, code = code == done ? exit_code : code;
    progress.update(
        static_cast<double>(ended) / static_cast<double>(due.size()),
        fmt::format("run {} of {}{}", ended, due.size(), failed > 0 ? fmt::format(", {} failed", failed) : ""));
  }
  progress.finish();
  return stop_requested() ? stopped_early : code;
}

int run_one(const SweepOptions& options, const Sweep& sweep, const fs::path& directory) {
  const auto index = chosen_index(options.index, sweep.size());
  if (outcome_of(directory, index).state == "done") {
    if (!options.quiet) fmt::print(stderr, "run {} is done already\n", index);
    return done;
  }
  catch_stop_signals();
  Runs runs(options, sweep, directory, options.threads > 0 ? options.threads : available_threads());
  if (!options.quiet && can_go_on(directory_of_run(directory, index)))
    fmt::print(stderr, "run {} goes on from its checkpoint\n", index);
  runs.start(index, false);
  return runs.wait().second;
}

int sweep(const SweepOptions& options) {
  require_one_process("sweep", "start it without mpirun: every run is a process of its own (--local, or an array job)");
  const auto experiment = io::read_experiment(options.experiment, options.sets);
  if (!experiment.sweep)
    throw SpecError("sweep", "this experiment is one run", "add for example 'sweep: {grid: {experiment.seed: 1..10}}'");
  const Sweep sweep(experiment);
  if (options.count) return fmt::print("{}\n", sweep.size()), done;
  if (options.list) return print_list(sweep), done;
  const fs::path directory = options.out.empty() ? "results/" + experiment.name + "_sweep" : options.out;
  claim(directory, experiment, options.overwrite);
  int code = done;
  if (!options.index.empty()) return run_one(options, sweep, directory);
  if (!options.collect)
    code = run_here(options, sweep, directory, static_cast<std::size_t>(std::max(options.local, 1)));
  const auto outcomes = collect_sweep(experiment, sweep, directory);
  if (!options.quiet) say_what_is_left(outcomes, directory);
  return code;
}

}  // namespace

void add_sweep(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<SweepOptions>();
  auto* command = app.add_subcommand("sweep", "run an experiment many times with other values, and collect one table");
  command->add_option("EXPERIMENT", options->experiment, "YAML file with a `sweep:`")->required();
  command->add_option("--out", options->out, "directory (default: results/<name of the experiment>_sweep)");
  auto* local = command->add_option("--local", options->local, "runs at a time on this machine (default: 1)");
  local->check(CLI::Range(1, 4096));
  auto* list = command->add_flag("--list", options->list, "print every run's number and values, run nothing");
  auto* count = command->add_flag("--count", options->count, "print how many runs there are, run nothing");
  auto* index = command->add_option("--index", options->index,
                                    "one run, counted from 0; without a number, the one of the scheduler's array job");
  index->expected(0, 1)->default_str("auto");
  auto* collect = command->add_flag("--collect", options->collect, "only collect the table, run nothing");
  for (auto* mode : {local, list, count, index, collect})
    for (auto* other : {local, list, count, index, collect})
      if (mode != other) mode->excludes(other);
  command->add_option("--threads", options->threads, "threads per run (default: this process's, shared by --local)")
      ->check(CLI::Range(1, 4096));
  command->add_option("--set", options->sets, "path=value: change the experiment of all runs")->allow_extra_args(false);
  command->add_option("--data", options->data,
                      "folder of data sets (default: $SPIKELOOM_DATA, ./data, ../shared/data)");
  command->add_flag("--overwrite", options->overwrite, "begin anew, whatever an earlier sweep left there");
  command->add_flag("--quiet", options->quiet, "no progress, no summary");
  command->footer(
      "Examples:\n  spikeloom sweep net.yaml --local 4\n  sbatch --array=0-99 --wrap 'spikeloom sweep net.yaml "
      "--index'\n"
      "  spikeloom sweep net.yaml --collect");
  command->callback([options, &exit_code] { exit_code = sweep(*options); });
}

}  // namespace spikeloom::experiments
