/// Finding the launcher, loading the module that speaks MPI, ending together.
#include "experiments/process_ranks.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <thread>

#include "core/errors.hpp"
#include "experiments/commands.hpp"

namespace spikeloom::experiments {
namespace {

constexpr double seconds_for_last_words = 10;

int number_in(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? 0 : std::atoi(text);
}

/// Processes that a launcher says it has started together; 0: none.
int launched() {
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"})
    if (const int count = number_in(variable); count > 0) return count;
  return std::getenv("PMIX_RANK") != nullptr ? number_in("SLURM_STEP_NUM_TASKS") : 0;
}

/// Before the ranks can speak to each other.
bool is_not_first() {
  return number_in("OMPI_COMM_WORLD_RANK") > 0 || number_in("PMI_RANK") > 0 || number_in("PMIX_RANK") > 0;
}

/// Beside the program where it is built, in ../lib/spikeloom where it is installed.
std::filesystem::path find_module() {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  for (const auto& path : {folder / "spikeloom_mpi.so", folder / "../lib/spikeloom/spikeloom_mpi.so"})
    if (std::filesystem::exists(path)) return path;
  if (is_not_first()) std::_Exit(io_failure);  // the first one says why
  throw RunError(
      "started as several processes by an MPI launcher, but this spikeloom was built without MPI\n"
      "    install an MPI with its headers (Debian: libopenmpi-dev), configure and build again; or start it without "
      "mpirun");
}

Ranks* connected = nullptr;

}  // namespace

void connect_ranks(int& argc, char**& argv) {
  if (launched() < 2) return;
  const auto path = find_module();
  void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);  // parts that the MPI loads look for its symbols
  void* symbol = module == nullptr ? nullptr : dlsym(module, "spikeloom_mpi_transport");
  if (symbol == nullptr)
    throw RunError(path.string() + ": cannot be loaded: " + dlerror() + "\n    build it for the MPI of this machine");
  using Make = Transport* (*)(int*, char***);
  const auto make = reinterpret_cast<Make>(symbol);
  static Ranks ranks(std::unique_ptr<Transport>(make(&argc, &argv)));
  connected = &ranks;
}

void require_one_process(const std::string& command, const std::string& remedy) {
  const int count = launched();
  if (count < 2) return;
  if (is_not_first()) std::_Exit(done);  // the first one says why; a launcher ends it at another code
  throw SpecError(command, "was started as " + std::to_string(count) + " processes by an MPI launcher", remedy);
}

Ranks& process_ranks() { return connected == nullptr ? Ranks::alone() : *connected; }

int share_of_threads(int available) {
  const int processors = static_cast<int>(std::thread::hardware_concurrency());
  return std::clamp(processors / process_ranks().count_here(), 1, std::max(available, 1));
}

void end_ranks(int exit_code, const char* why) {
  auto& ranks = process_ranks();
  ranks.fail(exit_code, why);
  if (ranks.is_first())
    std::fprintf(stderr, "%s\n", why);
  else
    static_cast<void>(ranks.failure_within(seconds_for_last_words));  // the first rank speaks, and ends all
  ranks.abort(exit_code);
}

void end_ranks(const RankFailure& failure) {
  auto& ranks = process_ranks();
  if (ranks.is_first())
    std::fprintf(stderr, "rank %d: %s\n", failure.rank(), failure.what());
  else
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds_for_last_words));
  ranks.abort(failure.exit_code());
}

}  // namespace spikeloom::experiments
