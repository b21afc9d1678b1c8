/// What a protocol leaves behind, as plain data: tables of trials, arrays, metrics, pictures, hashes of its state.
///
/// `io` writes each to results.h5 (docs/results.md), `info`, `diff` and `report` read it from there. Names are those of
/// HDF5 groups: letters, digits and '_'. Units are coherent ("ms", "mV", "" for a plain number).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace spikeloom {

/// /trials/<table>/<column>: one number per trial (block, epoch, ...); all columns of a table are equally long.
struct TrialColumn {
  std::string name, unit, doc;
  std::vector<double> values = {};
};
struct TrialTable {
  std::string name, doc;
  std::vector<TrialColumn> columns = {};
};

/// /arrays/<name>: traces, images, matrices; row-major. `axes` names the dimensions ("trial", "time (ms)").
struct NamedArray {
  std::string name, unit, doc;
  std::vector<std::string> axes = {};
  std::vector<std::uint64_t> shape = {};
  std::vector<double> values = {};
};

/// /metrics/<name> and `metrics` of run.json. A headline metric gets a tile at the top of the report.
struct Metric {
  std::string name;
  double value = 0;
  std::string unit = {}, doc = {};
  bool headline = false;
};

/// XXH3 of a part of the final state; run.json's state_hash is one over all of them.
struct NamedHash {
  std::string name;
  std::uint64_t hash = 0;
};

// ---- pictures ----------------------------------------------------------------------------------------------------

/// Where a picture takes its numbers from: a dataset of the same results ("arrays/traces", "trials/meet/nrmse"), of
/// which `row` picks one row of a matrix, and nothing the whole of it (a matrix row by row).
struct DataSource {
  std::string path = {};
  std::optional<std::uint64_t> row = std::nullopt;
};

struct PictureAxis {
  std::string label = {}, unit = {};
  bool logarithmic = false;
  std::optional<double> low = std::nullopt, high = std::nullopt;
};

enum class Mark { line, dashed, points };

/// Series of one colour are alike: `colour` counts the report's colours, -1 takes the next free one.
struct PictureSeries {
  std::string label;
  DataSource x, y;
  Mark mark = Mark::line;
  int colour = -1;
};

/// One figure of the report. What the kinds use:
///   chart  lines and points over common axes: x, y, series
///   bars   y, series (one bar per category and series; x of a series is not used), categories
///   heat   x, y (labels; low and high are the borders), z, values: a matrix [row of y from the bottom][column of x]
///   images values: [image][row from the top][column], drawn side by side; categories name them; z is their grey scale
struct Picture {
  enum class Kind { chart, bars, heat, images } kind = Kind::chart;
  std::string name = {}, title = {}, caption = {};
  PictureAxis x = {}, y = {}, z = {};
  std::vector<PictureSeries> series = {};
  DataSource values = {};
  std::vector<std::string> categories = {};
  bool wide = false;  // a row of its own; else two figures share one
};

using ProtocolItem = std::variant<TrialTable, NamedArray, Metric, Picture, NamedHash>;

/// Takes what a protocol has to say. Called by one thread, in an order that does not depend on the number of threads;
/// what was added survives a kill. May block and may throw RunError.
class ProtocolOutput {
 public:
  virtual ~ProtocolOutput() = default;
  virtual void add(ProtocolItem&& item) = 0;
};

}  // namespace spikeloom
