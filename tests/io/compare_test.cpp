/// `diff` and `info` see what is there: equal runs are identical, others part at the right place.
#include "io/compare.hpp"

#include <catch2/catch.hpp>

#include "io/describe_file.hpp"
#include "tests/io/synthetic_run.hpp"

using namespace spikeloom;
using Catch::Contains;
using tests::SyntheticRun;
using tests::TemporaryDirectory;

namespace {

/// A run in which something was changed on the way to the recorder.
template <class Change>
io::ResultsFile changed_run(const std::filesystem::path& directory, const SyntheticRun& run, Change change) {
  io::Results results(directory, run.experiment, run.probes, false);
  for (Step begin = 0; begin < run.steps; begin += 100) {
    auto stretch = run.stretch(begin, begin + 100);
    change(stretch);
    results.commit(std::move(stretch));
  }
  results.finish(tests::done());
  return io::ResultsFile(directory);
}

std::string compared(const io::ResultsFile& a, const io::ResultsFile& b) {
  std::string text;
  for (const auto& line : io::compare(a, b)) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("diff finds the first step, population and variable that differ", "[io][diff]") {
  const TemporaryDirectory folder;
  const SyntheticRun run(500);
  const auto same = changed_run(folder / "a", run, [](Stretch&) {});
  CHECK(compared(same, changed_run(folder / "b", run, [](Stretch&) {})).empty());
  const auto hash = changed_run(folder / "c", run, [](Stretch& stretch) {
    if (stretch.end == 300) stretch.hashes[2].hash ^= 1;
  });
  CHECK_THAT(compared(same, hash), Contains("first differs at step 300 (30 ms), inh.v_m; last equal at step 200"));
  const auto spike = changed_run(folder / "d", run, [](Stretch& stretch) {
    if (stretch.end == 200) stretch.spikes[0].neuron = 2;
  });
  CHECK_THAT(compared(same, spike), Contains("spikes of exc: number") && Contains("against neuron 2 at"));
  const auto trace = changed_run(folder / "e", run, [](Stretch& stretch) {
    if (stretch.end == 400) stretch.frames[0].values[4] += 1;
  });
  CHECK_THAT(compared(same, trace), Contains("trace exc_v_m: first differs in frame 302, neuron 3"));
  const auto modulator = changed_run(folder / "g", run, [](Stretch& stretch) {
    if (stretch.end == 200) ++stretch.modulators[0].raises[0];
  });
  CHECK_THAT(compared(same, modulator), Contains("modulator dopamine: first differs in sample 34") &&
                                            Contains("(10 raises)") && Contains("(11 raises)"));
  const auto shorter = changed_run(folder / "f", SyntheticRun(400), [](Stretch&) {});
  CHECK_THAT(compared(same, shorter), Contains("simulated [ms]: 50 against 40") && Contains("the first"));
}

TEST_CASE("info describes a run and lists any HDF5 file", "[io][info]") {
  const TemporaryDirectory folder;
  SyntheticRun(500).write(folder / "run", 50);
  const auto text = io::describe(io::ResultsFile(folder / "run"));
  CHECK_THAT(text, Contains("synthetic: done, 50 ms simulated") && Contains("lif_psc_exp") &&
                       Contains("trace inh_v_m: v_m [mV] of 4 neurons of inh") &&
                       Contains("weights of exc_to_inh at 50 ms: 3 synapses") &&
                       Contains("modulator dopamine: 167 samples every 0.3 ms") &&
                       Contains("experiment: 1 lines of YAML"));
  CHECK_THAT(io::describe_hdf5(folder / "run/reports/inh_v_m.h5"), Contains("/report/inh/data  [72 x 4] mV"));
}
