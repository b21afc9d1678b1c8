/// The ranks of this run: what an MPI launcher has started, or this process alone.
#pragma once

#include <string>

#include "core/ranks/ranks.hpp"

namespace spikeloom::experiments {

/// Connects the processes that mpirun, srun and the like have started together, if they are several. To be called once,
/// first thing in main(). RunError if the program has no MPI.
void connect_ranks(int& argc, char**& argv);

/// For commands that are no work for ranks and would be in each other's way: SpecError if a launcher has started
/// several processes; all but the first end without a word. `remedy`: what to do instead.
void require_one_process(const std::string& command, const std::string& remedy);

/// Alone before connect_ranks().
Ranks& process_ranks();

/// Those that this rank may use of its machine's processors, when `available` are not forbidden to it.
int share_of_threads(int available);

/// After an error on this rank, or on another one: the first rank says what happened, once, and all end with the exit
/// code.
[[noreturn]] void end_ranks(int exit_code, const char* why);
[[noreturn]] void end_ranks(const RankFailure& failure);

}  // namespace spikeloom::experiments
