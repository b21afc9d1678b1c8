/// Critical values for statistical tests.
#pragma once

#include <boost/math/distributions/chi_squared.hpp>

#include <vector>

namespace spikeloom::testing {

/// Pearson's statistic of counts against expected counts.
template <class Counts>
double chi_square(const Counts& counts, double expected) {
  double sum = 0;
  for (const auto count : counts)
    sum += (static_cast<double>(count) - expected) * (static_cast<double>(count) - expected);
  return sum / expected;
}

/// What the statistic exceeds with probability 1e-4 if the counts are as expected. Seeds are fixed: a test that passes
/// once passes always.
inline double chi_square_limit(double degrees_of_freedom) {
  return boost::math::quantile(boost::math::complement(boost::math::chi_squared(degrees_of_freedom), 1e-4));
}

}  // namespace spikeloom::testing
