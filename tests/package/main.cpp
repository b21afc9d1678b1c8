/// Uses a header and a compiled function of the installed library.
#include <cstdio>

#include "core/errors.hpp"
#include "core/random.hpp"
#include "core/version.hpp"

int main() {
  const auto text = spikeloom::format({{"net.yaml", 3, 5}, "populations.exc", "is empty", ""});
  const auto bits = spikeloom::draw(1, spikeloom::Purpose::task, 0, 0);
  std::printf("%s\n%s\n%u\n", spikeloom::version().data(), text.c_str(), bits[0]);
  return text == "net.yaml:3:5: populations.exc: is empty" ? 0 : 1;
}
