/// Quantities and units.
#include "io/units.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using namespace spikeloom::io;

namespace {
double value(std::string_view text, std::string_view unit) {
  const auto parsed = parse_quantity(text, unit);
  if (const auto* trouble = std::get_if<Trouble>(&parsed)) FAIL(text << ": " << trouble->what);
  return std::get<double>(parsed);
}
}  // namespace

TEST_CASE("quantities come out in the unit that is due, to the last bit", "[io][units]") {
  struct Row {
    const char *text, *unit;
    double expected;
  };
  const auto row = GENERATE(
      Row{"20 ms", "ms", 20}, Row{"1 s", "ms", 1000}, Row{"0.1s", "ms", 100}, Row{"3 us", "ms", 0.003},
      Row{"2 min", "ms", 120000}, Row{"1 h", "ms", 3600000}, Row{"250 ns", "ms", 0.00025}, Row{"-65 mV", "mV", -65},
      Row{"-0.065 V", "mV", -65}, Row{"300 uV", "mV", 0.3}, Row{"1 nA", "pA", 1000}, Row{"2 uA", "pA", 2e6},
      Row{"5 fA", "pA", 0.005}, Row{"10 nS", "nS", 10}, Row{"0.01 uS", "nS", 10}, Row{"500 pS", "nS", 0.5},
      Row{"0.25 nF", "pF", 250}, Row{"8 kHz", "Hz", 8000}, Row{"3 1/s", "Hz", 3}, Row{"0.02 1/ms", "Hz", 20},
      Row{"20 Hz", "1/ms", 0.02}, Row{"0.02 /ms", "1/ms", 0.02}, Row{"0.1/ms", "1/ms", 0.1}, Row{"50 MOhm", "MOhm", 50},
      Row{"0.05 mV/pA", "MOhm", 50}, Row{"0.1 GOhm", "mV/pA", 0.1}, Row{"1 mm", "um", 1000}, Row{"5 mV/ms", "mV/ms", 5},
      Row{"5 V/s", "mV/ms", 5}, Row{"2 pA/mV", "nS", 2}, Row{"3 nS", "pA/mV", 3}, Row{"7 nS/mV", "pA/mV^2", 7},
      Row{"4 pA*ms", "fC", 4}, Row{"0.5", "", 0.5}, Row{"+5", "", 5}, Row{"-.5", "", -0.5}, Row{"5.", "", 5},
      Row{"1e3 ms", "ms", 1000}, Row{"1E-3 s", "ms", 1}, Row{" 7  ms ", "ms", 7}, Row{"2 \u00b5s", "ms", 0.002},
      Row{"2 \u03bcm", "um", 2}, Row{"1 M\u03a9", "MOhm", 1}, Row{"3 step", "step", 3}, Row{"0", "", 0},
      Row{"0.0 mV", "mV", 0});
  CAPTURE(row.text, row.unit);
  CHECK(value(row.text, row.unit) == row.expected);
}

TEST_CASE("what is no quantity is named, with what to write instead", "[io][units]") {
  struct Row {
    const char *text, *unit, *what, *remedy;
  };
  const auto row = GENERATE(
      Row{"20", "ms", "20 has no unit", "write 20 ms (a time: ms, s, us, ns, min or h)"},
      Row{"20 mV", "ms", "is a voltage where a time is due", "20 ms"},
      Row{"20 msec", "ms", "unknown unit 'msec'", "write 20 ms"},
      Row{"20 Ms", "ms", "unknown unit 'Ms'", "write 20 ms"},
      Row{"5 ms", "", "is a time where a plain number is due", "write 5 without a unit"},
      Row{"abc", "ms", "'abc' is not a number", "its unit"}, Row{"", "ms", "is empty", "write a number"},
      Row{"010", "", "octal", "write 10 without"}, Row{"010 ms", "ms", "octal", "write 10"},
      Row{"-007", "", "octal", "write -7"}, Row{"00", "", "octal", "write 0"},
      Row{"0o17", "", "not a decimal number", "decimal"}, Row{"0x1F ms", "ms", "not a decimal number", "decimal"},
      Row{"0b11", "", "not a decimal number", "decimal"}, Row{"1,5 ms", "ms", "separator", "write 1.5 ms"},
      Row{"1,000", "", "separator", "write 1000"}, Row{"1,000,000 ms", "ms", "separator", "write 1000000 ms"},
      Row{"1_000", "", "separator", "write 1000"}, Row{"1'000", "", "separator", "write 1000"},
      Row{"1 000 ms", "ms", "separator", "write 1000 ms"},
      Row{"1.000.000", "", "more than one decimal point", "without separators"},
      Row{".nan", "", "not a finite number", "finite"}, Row{"nan", "ms", "not a finite number", "finite"},
      Row{"-.inf", "", "not a finite number", "finite"}, Row{"Infinity", "mV", "not a finite number", "finite"},
      Row{"1e999 ms", "ms", "beyond the range", "1e300"}, Row{"1e308 s", "ms", "beyond the range", "smaller"},
      Row{"1:30", "", "not a plain number", "write 1"}, Row{"5 %", "", "not a plain number", "write 5"},
      Row{"5 mV/", "mV/ms", "unknown unit 'mV/'", "mV/ms"}, Row{"5 mV^0", "mV", "unknown unit", "mV"},
      Row{"--5", "", "not a number", "write a number"}, Row{"ms", "ms", "'ms' is not a number", "unit"},
      Row{"5 pA", "mV/ms", "is a current where a quantity in mV/ms is due", "5 mV/ms"});
  CAPTURE(row.text, row.unit);
  const auto parsed = parse_quantity(row.text, row.unit);
  REQUIRE(std::holds_alternative<Trouble>(parsed));
  CHECK_THAT(std::get<Trouble>(parsed).what, Catch::Contains(row.what));
  CHECK_THAT(std::get<Trouble>(parsed).remedy, Catch::Contains(row.remedy));
}

TEST_CASE("whole numbers are read up to 2^64 - 1", "[io][units]") {
  const auto whole = [](std::string_view text) { return std::get<std::uint64_t>(parse_whole(text)); };
  CHECK(whole("0") == 0);
  CHECK(whole("8000") == 8000);
  CHECK(whole("1e4") == 10000);
  CHECK(whole("12.0") == 12);
  CHECK(whole("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  for (const auto* wrong : {"18446744073709551616", "1e20", "-1", "1.5", "5 ms", "010", "", "x", "1,000"}) {
    CAPTURE(wrong);
    CHECK(std::holds_alternative<Trouble>(parse_whole(wrong)));
  }
}

TEST_CASE("every unit of a group has the group's dimension and converts there and back", "[io][units]") {
  for (const auto& group : unit_groups()) {
    const auto coherent = parse_unit(group.coherent);
    REQUIRE(coherent);
    for (const auto name : group.units) {
      CAPTURE(name);
      const auto unit = parse_unit(name);
      REQUIRE(unit);
      CHECK(unit->has_dimension_of(*coherent));
      CHECK(convert(convert(3.25, *unit, *coherent), *coherent, *unit) == Approx(3.25).epsilon(1e-15));
      CHECK(dimension_of(name) == group.dimension);
    }
  }
}
