/// Files from outside: every variant that NumPy, h5py and people write, and every trap in them.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "core/errors.hpp"
#include "io/array_file.hpp"
#include "io/edge_file.hpp"
#include "io/hdf5/reader.hpp"
#include "io/hdf5/writer.hpp"
#include "io/spike_file.hpp"
#include "tests/io/synthetic_run.hpp"

using namespace spikeloom;
using Catch::Contains;
using tests::TemporaryDirectory;

namespace {

/// Files written by make_files.py; `made` is false where h5py is not installed.
struct ForeignFiles {
  TemporaryDirectory directory;
  bool made =
      std::system(
          ("/usr/bin/python3 " SPIKELOOM_SOURCE_DIR "/tests/io/make_files.py " + (directory / "").string()).c_str()) ==
      0;
  std::filesystem::path operator/(const std::string& name) const { return directory / name; }
};

const ForeignFiles& foreign_files() {
  static const ForeignFiles files;
  if (!files.made) WARN("skipped: python3-h5py is not installed");
  return files;
}

std::filesystem::path write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

using Ids = std::vector<std::uint32_t>;
using Doubles = std::vector<double>;

}  // namespace

TEST_CASE("text arrays are read whatever separates the numbers", "[io][array]") {
  const TemporaryDirectory folder;
  const auto text = GENERATE("1,2.5\n-3e2,4\n", "1 2.5\r\n-3e2\t4", "# a comment\n\n1; 2.5; -3e2 ;+4 # the end\n",
                             "\xEF\xBB\xBF"
                             "1\n2.5\n-3e2\n4\n",
                             "1 2.5 -3e2\n4");
  CHECK(io::read_array(write(folder / "a.txt", text)) == Doubles{1, 2.5, -300, 4});
}

TEST_CASE("what an HDF5 file lacks is said with what to do", "[io][hdf5]") {
  const TemporaryDirectory directory;
  io::hdf5::Writer::on_disk(directory / "empty.h5").close();
  const auto file = io::hdf5::Reader::open(directory / "empty.h5");
  CHECK_THROWS_WITH(file.read<double>("/x"), Contains("there is no such data set\n    "));
  CHECK_THROWS_WITH(file.members("/x"), Contains("there is no such group\n    "));
}

TEST_CASE("a named column is read from a table", "[io][array]") {
  const TemporaryDirectory folder;
  const auto file = write(folder / "a.csv", "x,\"y\",z\n1,2,3\n4,5,6\n");
  CHECK(io::read_array(file, "y") == Doubles{2, 5});
  CHECK(io::read_array(file) == Doubles{1, 2, 3, 4, 5, 6});
  CHECK_THROWS_WITH(io::read_array(file, "w"), Contains("no column 'w'") && Contains("x, y, z"));
}

TEST_CASE("every problem of a text file is reported with its line", "[io][array]") {
  const TemporaryDirectory folder;
  const auto file = write(folder / "a.csv", "1,2\n3,four\n5,\n6,nan\n7,1e999\n");
  CHECK_THROWS_WITH(io::read_array(file), Contains("a.csv:2: 'four' is not a number") &&
                                              Contains("a.csv:3: a field is empty") &&
                                              Contains("a.csv:4: 'nan' is not finite") && Contains("a.csv:5:") &&
                                              Contains("separated by commas"));
  CHECK_THROWS_WITH(io::read_array(write(folder / "b.csv", "")), Contains("holds no numbers"));
  CHECK_THROWS_WITH(io::read_array(write(folder / "c.txt", std::string("\x7f\x00\x01\xff\n", 5))),
                    Contains("not") || Contains("holds no numbers"));
  CHECK_THROWS_WITH(io::read_array(folder / "absent.csv"), Contains("no such file"));
  CHECK_THROWS_WITH(io::read_array(folder / "a.xlsx"), Contains(".npy"));
}

TEST_CASE("NumPy arrays of every type, order and version are read", "[io][array]") {
  const auto& files = foreign_files();
  if (!files.made) return;
  for (const auto* type : {"f2", "f4", "f8", "big_f4", "big_f8", "i1", "i2", "i4", "i8", "big_i4", "big_i8", "u1", "u2",
                           "u4", "u8", "big_u2"}) {
    INFO(type);
    CHECK(io::read_array(files / ("array_" + std::string(type) + ".npy")) == Doubles{0, 1, 2, 3, 4, 100});
  }
  CHECK(io::read_array(files / "array_bool.npy") == Doubles{0, 1, 1, 0, 0, 1});
  CHECK(io::read_array(files / "array_negative.npy") == Doubles{-1, -128});
  CHECK(io::read_array(files / "array_scalar.npy") == Doubles{2.5});
  CHECK(io::read_array(files / "array_empty.npy").empty());
  Doubles counted(24);
  for (std::size_t i = 0; i < counted.size(); ++i) counted[i] = static_cast<double>(i);
  CHECK(io::read_array(files / "array_fortran.npy") == counted);
  for (const auto* version : {"1", "2", "3"})
    CHECK(io::read_array(files / ("array_version_" + std::string(version) + ".npy")) == Doubles{1, 2});
  CHECK_THROWS_WITH(io::read_array(files / "array_nan.npy"), Contains("number 1 is not finite"));
  for (const auto* kind : {"complex", "records", "objects"})
    CHECK_THROWS_AS(io::read_array(files / ("array_" + std::string(kind) + ".npy")), FileError);
}

TEST_CASE("a NumPy array cut short anywhere is refused", "[io][array]") {
  const TemporaryDirectory folder;
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }";
  const std::string whole =
      std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header + std::string(24, '\0');
  CHECK(io::read_array(write(folder / "a.npy", whole)) == Doubles{0, 0, 0});
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK_THROWS_AS(io::read_array(write(folder / "a.npy", whole.substr(0, length))), FileError);
  CHECK_THROWS_WITH(io::read_array(write(folder / "a.npy", whole + "x")), Contains("1 bytes after"));
  header = "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999), }";
  CHECK_THROWS_WITH(io::read_array(write(folder / "a.npy", std::string("\x93NUMPY\x01\x00", 8) +
                                                               static_cast<char>(header.size()) + '\0' + header)),
                    Contains("claims more"));
}

TEST_CASE("HDF5 arrays are read by name, or alone", "[io][array]") {
  const auto& files = foreign_files();
  if (!files.made) return;
  CHECK(io::read_array(files / "array.h5", "a/matrix") == Doubles{0, 1, 2, 3, 4, 5});
  CHECK(io::read_array(files / "array.h5", "/a/matrix") == Doubles{0, 1, 2, 3, 4, 5});
  CHECK(io::read_array(files / "array.h5") == Doubles{0, 1, 2, 3, 4, 5});
  CHECK(io::read_array(files / "arrays.h5", "two") == Doubles{2});
  CHECK_THROWS_WITH(io::read_array(files / "arrays.h5"), Contains("one, two"));
  CHECK_THROWS_WITH(io::read_array(files / "arrays.h5", "three"), Contains("no such data set") && Contains("one, two"));
}

TEST_CASE("HDF5 files that point elsewhere, pretend or hide are refused", "[io][array]") {
  const auto& files = foreign_files();
  if (!files.made) return;
  const auto [file, words] = GENERATE(table<std::string, std::string>({{"external_link", "a link to somewhere else"},
                                                                       {"soft_link", "a link to somewhere else"},
                                                                       {"external_storage", "in another file"},
                                                                       {"virtual", "virtual"},
                                                                       {"huge", "claims 1000000000000 numbers"},
                                                                       {"filter", "packed with filter"}}));
  CHECK_THROWS_WITH(io::read_array(files / ("trap_" + file + ".h5"), "array"), Contains(words));
}

TEST_CASE("spike lists are read from text", "[io][spikes]") {
  const TemporaryDirectory folder;
  const auto text = GENERATE("12.5 3\n0.1 3\n0.25 1\n", "id,time\n3,12.5\n3,0.1\n1,0.25\n",
                             "# NEST version: 3.9\nsender\ttime_ms\n3\t12.5\n3\t0.1\n1\t0.25\n");
  const auto spikes = io::read_spikes(write(folder / "s.dat", text));
  CHECK(spikes.times == Doubles{0.1, 0.25, 12.5});
  CHECK(spikes.neurons == Ids{3, 1, 3});
  CHECK_THROWS_WITH(io::read_spikes(write(folder / "t.txt", "1 0\n-2 1\n3 1.5\n")),
                    Contains("t.txt:2: time -2") && Contains("t.txt:3: 1.5 is not a neuron id"));
  CHECK_THROWS_WITH(io::read_spikes(write(folder / "t.txt", "1 0 7\n")), Contains("3 columns"));
  CHECK_THROWS_WITH(io::read_spikes(write(folder / "t.txt", "when,who\n1,0\n")),
                    Contains("`time`") && Contains("`id`"));
  CHECK(io::read_spikes(write(folder / "t.txt", "")).times.empty());
}

TEST_CASE("SONATA spikes are read in every published variant", "[io][spikes]") {
  const auto& files = foreign_files();
  if (!files.made) return;
  const auto [name, warning] = GENERATE(table<std::string, std::string>({{"spikes", ""},
                                                                         {"spikes_string_sorting", "sorted again"},
                                                                         {"spikes_fixed_string", ""},
                                                                         {"spikes_seconds", ""},
                                                                         {"spikes_signed", ""},
                                                                         {"spikes_no_magic", "magic"},
                                                                         {"spikes_old_layout", "old layout"},
                                                                         {"spikes_enum", "sorted again"}}));
  INFO(name);
  const auto spikes = io::read_spikes(files / (name + ".h5"));
  REQUIRE(spikes.times.size() == 3);
  CHECK(spikes.times[0] == Approx(0.1).epsilon(1e-15));
  CHECK(spikes.times[2] == Approx(12.5).epsilon(1e-15));
  CHECK(spikes.neurons == Ids{3, 1, 3});
  std::string warnings;
  for (const auto& text : spikes.warnings) warnings += text + "\n";
  CHECK_THAT(warnings, Contains(warning));
  CHECK(warnings.empty() == warning.empty());
}

TEST_CASE("SONATA spikes: widths, choice of population, refusals", "[io][spikes]") {
  const auto& files = foreign_files();
  if (!files.made) return;
  CHECK(io::read_spikes(files / "spikes_narrow.h5").times == Doubles{0.125, 0.25, 12.5});
  CHECK(io::read_spikes(files / "spikes_empty.h5").times.empty());
  CHECK(io::read_spikes(files / "spikes_two.h5", "inh").times == Doubles{2});
  const auto refusal = [&](const std::string& name, const std::string& population = "") {
    try {
      io::read_spikes(files / (name + ".h5"), population);
    } catch (const FileError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK_THAT(refusal("spikes_two"), Contains("exc, inh"));
  CHECK_THAT(refusal("spikes_two", "thalamus"), Contains("no population 'thalamus'"));
  CHECK_THAT(refusal("spikes_negative_id"), Contains("entry 1 is -3"));
  CHECK_THAT(refusal("spikes_minutes"), Contains("'minutes'"));
  CHECK_THAT(refusal("spikes_nan"), Contains("spike 1"));
  CHECK_THAT(refusal("spikes_lengths"), Contains("3 timestamps but 2 ids"));
  CHECK_THAT(refusal("spikes_text_times"), Contains("does not hold numbers"));
  CHECK_THAT(refusal("array"), Contains("no group /spikes"));
}

TEST_CASE("synapses are read from CSV", "[io][edges]") {
  const TemporaryDirectory folder;
  const auto edges = io::read_edges(write(folder / "e.csv", "target,source,delay\n1,0,1.5\n2,3,0.1\n"));
  CHECK(edges.synapses.sources == Ids{0, 3});
  CHECK(edges.synapses.targets == Ids{1, 2});
  CHECK(edges.synapses.delays == Doubles{1.5, 0.1});
  CHECK(edges.synapses.weights.empty());
  CHECK_THROWS_WITH(io::read_edges(write(folder / "e.csv", "source,target,delay\n5,0,1\n0,-1,1\n0,0,0\n"), "",
                                   {.sources = 5, .targets = 5}),
                    Contains("e.csv:2: source 5 is not below 5") && Contains("e.csv:3: target -1 is not an id") &&
                        Contains("e.csv:4: delay 0 ms"));
  CHECK_THROWS_WITH(io::read_edges(write(folder / "e.csv", "0,1\n")), Contains("does not name the columns"));
  CHECK_THROWS_WITH(io::read_edges(write(folder / "e.csv", "source,source\n0,1\n")), Contains("there twice"));
}

TEST_CASE("synapses are read from plain HDF5 and SONATA", "[io][edges]") {
  const auto& files = foreign_files();
  if (!files.made) return;
  const auto plain = io::read_edges(files / "edges_plain.h5", "net").synapses;
  CHECK(plain.sources == Ids{0, 1, 2});
  CHECK(plain.targets == Ids{2, 1, 0});
  CHECK(plain.weights == Doubles{1, -2, 3.5});
  CHECK(plain.delays == Doubles{1, 1.5, 2});
  const auto sonata = io::read_edges(files / "edges_sonata.h5", "a_to_b");
  CHECK(sonata.from == "a");
  CHECK(sonata.to == "b");
  CHECK(sonata.synapses.sources == Ids{4, 5, 6});
  CHECK(sonata.synapses.weights == Doubles{10, 20, 30});
  CHECK(sonata.synapses.delays == Doubles{1, 2, 3});
  CHECK(io::read_edges(files / "edges_no_groups.h5").synapses.weights == Doubles{10, 20, 30});
  const auto parallel = io::read_edges(files / "edges_nsyns.h5").synapses;
  CHECK(parallel.sources == Ids{4, 4, 6});
  CHECK(parallel.weights == Doubles{10, 10, 30});
  CHECK_THROWS_WITH(io::read_edges(files / "edges_bad_index.h5"), Contains("synapse 2 is row 2 of group 0"));
  CHECK_THROWS_WITH(io::read_edges(files / "edges_sonata.h5", "", {.sources = 6, .targets = 2}),
                    Contains("id 6 of synapse 2 is not below 6"));
  CHECK_THROWS_WITH(io::read_edges(files / "array.h5"), Contains("holds no table"));
}

TEST_CASE("our own weights read back as a table of synapses", "[io][edges]") {
  const TemporaryDirectory folder;
  tests::SyntheticRun(100).write(folder / "run", 10);
  const auto synapses = io::read_edges(folder / "run/results.h5", "weights/exc_to_inh/10").synapses;
  CHECK(synapses.sources == Ids{0, 0, 3});
  CHECK(synapses.weights == Doubles{1, 2.5, -1});
  CHECK(io::read_edges(folder / "run/results.h5", "exc_to_inh/10").synapses.weights == synapses.weights);
  CHECK_THROWS_WITH(io::read_edges(folder / "run/results.h5", "exc_to_exc"), Contains("it has: /weights/exc_to_inh"));
  const tests::SyntheticRun late(100);
  io::Results results(folder / "late", late.experiment, late.probes, false);
  for (const double time : {2.0, 10.0}) {  // the name of a projection alone stands for its last weights
    auto table = tests::SyntheticRun::weights(time);
    table.weights[0] = static_cast<float>(time);
    results.weights(std::move(table));
  }
  results.finish(tests::done());
  CHECK(io::read_edges(folder / "late/results.h5", "exc_to_inh").synapses.weights == Doubles{10, 2.5, -1});
}

TEST_CASE("HDF5 files cut short or with flipped bits are read or refused, never worse", "[io][spikes]") {
  const auto& files = foreign_files();
  if (!files.made) return;
  const TemporaryDirectory folder;
  const auto whole = tests::bytes_of(files / "spikes.h5");
  for (std::uint64_t round = 0; round < 150; ++round) {
    auto bytes = whole;
    const auto bits = draw(5, Purpose::task, 0, round);
    if (round % 3 == 0)
      bytes.resize(below(bytes.size(), bits[0], bits[1]));
    else
      for (std::uint32_t flip = 0; flip < 4; ++flip)
        bytes[below(bytes.size(), draw(6, Purpose::task, flip, round)[0], 0)] ^= static_cast<char>(1 << (bits[2] % 8));
    const auto file = write(folder / "damaged.h5", bytes);
    try {
      const auto spikes = io::read_spikes(file);
      CHECK(spikes.times.size() == spikes.neurons.size());
    } catch (const FileError& error) {
      CHECK_THAT(error.what(), Contains("damaged.h5"));
    }
  }
}
