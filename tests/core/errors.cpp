/// Wording of problems.
#include "core/errors.hpp"

#include <catch2/catch.hpp>

using namespace spikeloom;

TEST_CASE("a problem names its place, path, what is wrong and what to do", "[core][errors]") {
  CHECK(format({{"net.yaml", 14, 12}, "populations.exc.model", "unknown model 'lfi'", "did you mean 'lif'?"}) ==
        "net.yaml:14:12: populations.exc.model: unknown model 'lfi'\n    did you mean 'lif'?");
  CHECK(format({{"net.yaml", 0, 0}, "", "is empty", ""}) == "net.yaml: is empty");
  CHECK(format({{}, "params.tau_m", "must be positive", ""}) == "params.tau_m: must be positive");
}

TEST_CASE("an error of many problems reports all of them, one below the other", "[core][errors]") {
  const SpecError error({{{"a.yaml", 1, 2}, "x", "is odd", ""}, {{"a.yaml", 3, 4}, "y", "is even", "make it odd"}});
  CHECK(std::string(error.what()) == "a.yaml:1:2: x: is odd\na.yaml:3:4: y: is even\n    make it odd");
  CHECK(error.problems().size() == 2);
}
