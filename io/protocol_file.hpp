/// What protocols leave behind, in HDF5 and back: the same layout in a segment and in results.h5.
///
///     /trials/<table>/<column>   f64 [trials], attributes units, doc; the table's doc on the group
///     /arrays/<name>             f64 [extent of axis 0][...] row-major, attributes units, doc, axes ("trial, time")
///     /metrics/<name>            f64 scalar, attributes units, doc, headline
///     /pictures/<number>_<name>  text: JSON (keys as the members of Picture)
///     /states/<name>             u64 scalar: XXH3 of a part of the final state
#pragma once

#include <set>
#include <string>

#include "io/hdf5/reader.hpp"
#include "io/hdf5/writer.hpp"
#include "io/protocol_data.hpp"

namespace spikeloom::io {

/// Writes items into a file, creating the groups that they need. A second item of the same kind and name is a bug of
/// the protocol and throws RunError.
class ProtocolWriter {
 public:
  /// `existing`: top-level groups that are there already.
  explicit ProtocolWriter(hdf5::Writer& file, std::set<std::string> existing = {})
      : file_(file), taken_(std::move(existing)) {}
  void add(const ProtocolItem& item);

 private:
  void write(const TrialTable& table);
  void write(const NamedArray& array);
  void write(const Metric& metric);
  void write(const Picture& picture);
  void write(const NamedHash& state);
  /// Path of a new member of a top-level group.
  std::string place(const std::string& group, const std::string& name);
  void describe(const std::string& path, const std::string& unit, const std::string& doc);

  hdf5::Writer& file_;
  std::set<std::string> taken_;
  int pictures_ = 0;
};

/// Small things; numbers of tables and arrays are read too (they are of the size of a report).
ProtocolData read_protocol_data(const hdf5::Reader& file);

}  // namespace spikeloom::io
