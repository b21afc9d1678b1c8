/// What the memory system of this machine allows: the yardstick for every figure of `spikeloom bench`.
#pragma once

#include <cstddef>

namespace spikeloom::experiments {

/// Bandwidth of a = b + 3 c over arrays far larger than any cache [bytes per second], all threads together.
double triad_bandwidth(int threads);

/// Random additions of 4-byte floats into a buffer of `bytes` [per second], one thread; addresses are streamed.
double scatter_add_rate(std::size_t bytes);

}  // namespace spikeloom::experiments
