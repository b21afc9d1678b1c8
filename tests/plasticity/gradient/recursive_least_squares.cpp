/// Recursive least squares against the ridge regression it computes, and against its plain form.
#include "plasticity/gradient/recursive_least_squares.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "core/random.hpp"
#include "plasticity/gradient/force_reservoir.hpp"

using namespace spikeloom;

namespace {

std::vector<double> activity(std::size_t size, std::uint64_t sample) {
  std::vector<double> r(size);
  for (std::size_t i = 0; i < size; ++i) r[i] = uniform(draw(1, Purpose::task, 9, sample * size + i)[0]);
  return r;
}

using Rows = std::vector<std::vector<double>>;

/// Lower triangular factor of a positive matrix (Cholesky); empty if it is not positive.
Rows cholesky(const Rows& a) {
  const std::size_t n = a.size();
  Rows l(n, std::vector<double>(n, 0));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i][j];
      for (std::size_t k = 0; k < j; ++k) sum -= l[i][k] * l[j][k];
      if (i == j && !(sum > 0)) return {};
      l[i][j] = i == j ? std::sqrt(sum) : sum / l[j][j];
    }
  return l;
}

/// x with a x = b.
std::vector<double> solve(const Rows& a, std::vector<double> b) {
  const auto l = cholesky(a);
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= l[i][k] * b[k];
    b[i] /= l[i][i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= l[k][i] * b[k];
    b[i] /= l[i][i];
  }
  return b;
}

}  // namespace

TEST_CASE("textbook recursive least squares is ridge regression", "[plasticity][force]") {
  constexpr std::size_t n = 20, samples = 75;
  RecursiveLeastSquares rls(n, 2, 3.0, true);
  Rows correlation(n, std::vector<double>(n, 0)), moment(2, std::vector<double>(n, 0));
  for (std::size_t i = 0; i < n; ++i) correlation[i][i] = 1 / 3.0;
  for (std::size_t s = 0; s < samples; ++s) {
    const auto r = activity(n, s);
    const double t = static_cast<double>(s);
    const std::vector<double> target = {std::sin(0.3 * t), std::cos(0.2 * t)};
    std::vector<double> z(2);
    rls.read_out(r, z);
    const std::vector<double> error = {z[0] - target[0], z[1] - target[1]};
    rls.update(r, error);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) correlation[i][j] += r[i] * r[j];
      for (std::size_t k = 0; k < 2; ++k) moment[k][i] += r[i] * target[k];
    }
  }
  for (std::size_t k = 0; k < 2; ++k) {
    const auto expected = solve(correlation, moment[k]);
    for (std::size_t i = 0; i < n; ++i)
      REQUIRE(rls.weights()[k * n + i] == Approx(expected[i]).epsilon(1e-9).margin(1e-9));
  }
  const auto p = rls.inverse_correlation();  // correlation times P is the identity
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < n; ++k) sum += correlation[i][k] * p[k * n + j];
      REQUIRE(sum == Approx(i == j ? 1 : 0).margin(1e-9));
    }
}

TEST_CASE("P stays symmetric and positive over thousands of updates by a spiking reservoir", "[plasticity][force]") {
  constexpr std::size_t n = 120;
  ForceParams params;
  params.neurons = n;
  ForceReservoir reservoir(ForceNeuron::izhikevich, params, 1, 0.04, 2);
  RecursiveLeastSquares rls(n, 1, 2);
  double z = 0;
  for (int step = 0; step < 60'000; ++step) {
    reservoir.advance({&z, 1});
    rls.read_out(reservoir.rates(), {&z, 1});
    const double error = z - std::sin(2 * M_PI * 5e-3 * 0.04 * step);
    if (step > 10'000 && step % 20 == 0) rls.update(reservoir.rates(), {&error, 1});
  }
  const auto p = rls.inverse_correlation();
  Rows matrix(n, std::vector<double>(n));
  double largest = 0, asymmetry = 0, diagonal = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      matrix[i][j] = p[i * n + j];
      largest = std::max(largest, std::abs(p[i * n + j]));
      asymmetry = std::max(asymmetry, std::abs(p[i * n + j] - p[j * n + i]));
      if (i == j) diagonal = std::max(diagonal, p[i * n + i]);
    }
  REQUIRE(asymmetry <= 1e-6 * largest);
  REQUIRE(diagonal <= 2);
  REQUIRE(!cholesky(matrix).empty());
}

TEST_CASE("recursive least squares has the same bits on any number of threads", "[plasticity][force][threads]") {
  const auto trained = [](int threads) {
    RecursiveLeastSquares rls(300, 3, 1);
    for (std::uint64_t s = 0; s < 40; ++s) {
      const std::vector<double> errors = {0.1, -0.2, std::sin(static_cast<double>(s))};
      rls.update(activity(300, s), errors, threads);
    }
    return std::vector<double>(rls.weights().begin(), rls.weights().end());
  };
  const auto one = trained(1);
  for (const int threads : {2, 3, 8}) REQUIRE(trained(threads) == one);
}
