/// Items to HDF5 groups and back; pictures to JSON and back.
#include "io/protocol_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <numeric>

#include "core/errors.hpp"

namespace spikeloom::io {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kind_names{"chart", "bars", "heat", "images"};
constexpr std::array mark_names{"line", "dashed", "points"};

template <class Enum, std::size_t n>
Enum parsed(const std::array<const char*, n>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw FileError("a picture has a part '" + name + "' that this version does not know");
  return static_cast<Enum>(found - names.begin());
}

Json json_of(const PictureAxis& axis) {
  Json json{{"label", axis.label}};
  if (!axis.unit.empty()) json["unit"] = axis.unit;
  if (axis.logarithmic) json["logarithmic"] = true;
  if (axis.low) json["low"] = *axis.low;
  if (axis.high) json["high"] = *axis.high;
  return json;
}

Json json_of(const DataSource& source) {
  Json json{{"path", source.path}};
  if (source.row) json["row"] = *source.row;
  return json;
}

Json json_of(const Picture& picture) {
  Json json{{"kind", kind_names[static_cast<std::size_t>(picture.kind)]},
            {"name", picture.name},
            {"title", picture.title},
            {"caption", picture.caption}};
  json["x"] = json_of(picture.x), json["y"] = json_of(picture.y), json["z"] = json_of(picture.z);
  json["series"] = Json::array();
  for (const auto& series : picture.series)
    json["series"].push_back({{"label", series.label},
                              {"x", json_of(series.x)},
                              {"y", json_of(series.y)},
                              {"mark", mark_names[static_cast<std::size_t>(series.mark)]},
                              {"colour", series.colour}});
  json["values"] = json_of(picture.values);
  json["categories"] = picture.categories;
  json["wide"] = picture.wide;
  return json;
}

std::optional<double> number_at(const Json& json, const char* key) {
  return json.contains(key) ? std::optional(json.at(key).get<double>()) : std::nullopt;
}

PictureAxis axis_of(const Json& json) {
  return {json.at("label").get<std::string>(), json.value("unit", ""), json.value("logarithmic", false),
          number_at(json, "low"), number_at(json, "high")};
}

DataSource source_of(const Json& json) {
  DataSource source{json.at("path").get<std::string>()};
  if (json.contains("row")) source.row = json.at("row").get<std::uint64_t>();
  return source;
}

Picture picture_of(const Json& json) {
  Picture picture;
  picture.kind = parsed<Picture::Kind>(kind_names, json.at("kind").get<std::string>());
  picture.name = json.at("name").get<std::string>();
  picture.title = json.at("title").get<std::string>();
  picture.caption = json.at("caption").get<std::string>();
  picture.x = axis_of(json.at("x")), picture.y = axis_of(json.at("y")), picture.z = axis_of(json.at("z"));
  for (const auto& series : json.at("series"))
    picture.series.push_back({series.at("label").get<std::string>(), source_of(series.at("x")),
                              source_of(series.at("y")), parsed<Mark>(mark_names, series.at("mark").get<std::string>()),
                              series.at("colour").get<int>()});
  picture.values = source_of(json.at("values"));
  picture.categories = json.at("categories").get<std::vector<std::string>>();
  picture.wide = json.at("wide").get<bool>();
  return picture;
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find(", ", begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + 2;
  }
  return words;
}

/// Names below a group in the order in which they were written.
std::vector<std::string> in_order(const hdf5::Reader& file, const std::string& group) {
  if (!file.has_group(group)) return {};
  auto names = file.members(group);
  std::stable_sort(names.begin(), names.end(), [&](const auto& a, const auto& b) {
    const auto order = [&](const auto& name) {
      return file.integer_attribute(group + "/" + name, "order").value_or(0);
    };
    return order(a) < order(b);
  });
  return names;
}

}  // namespace

const Metric* ProtocolData::metric(const std::string& name) const {
  const auto found = std::find_if(metrics.begin(), metrics.end(), [&](const auto& m) { return m.name == name; });
  return found == metrics.end() ? nullptr : &*found;
}

std::string ProtocolWriter::place(const std::string& group, const std::string& name) {
  if (taken_.insert(group).second) file_.group(group);
  auto path = group + "/" + name;
  if (name.empty() || name.find('/') != std::string::npos || !taken_.insert(path).second)
    throw RunError("the protocol writes " + path + " twice, or its name cannot be one\n    please report this");
  return path;
}

void ProtocolWriter::describe(const std::string& path, const std::string& unit, const std::string& doc) {
  file_.attribute(path, "units", unit.empty() ? std::string("1") : unit);
  file_.attribute(path, "doc", doc);
  file_.attribute(path, "order", static_cast<std::int64_t>(taken_.size()));
}

void ProtocolWriter::add(const ProtocolItem& item) {
  std::visit([&](const auto& one) { write(one); }, item);
}

void ProtocolWriter::write(const TrialTable& table) {
  const auto group = place("/trials", table.name);
  file_.group(group);
  file_.attribute(group, "doc", table.doc);
  file_.attribute(group, "order", static_cast<std::int64_t>(taken_.size()));
  for (const auto& column : table.columns) {
    if (column.values.size() != table.columns.front().values.size())
      throw RunError("the columns of the table " + table.name + " differ in length\n    please report this");
    const auto path = group + "/" + column.name;
    taken_.insert(path);
    file_.dataset(path, column.values);
    describe(path, column.unit, column.doc);
  }
}

void ProtocolWriter::write(const NamedArray& array) {
  const auto count = std::accumulate(array.shape.begin(), array.shape.end(), std::uint64_t{1}, std::multiplies<>());
  if (count != array.values.size())
    throw RunError("the array " + array.name + " does not have the size of its shape\n    please report this");
  const auto path = place("/arrays", array.name);
  file_.array(path, array.shape, std::span<const double>(array.values));
  describe(path, array.unit, array.doc);
  file_.attribute(path, "axes", joined(array.axes));
}

void ProtocolWriter::write(const Metric& metric) {
  const auto path = place("/metrics", metric.name);
  file_.scalar(path, metric.value);
  describe(path, metric.unit, metric.doc);
  file_.attribute(path, "headline", std::int64_t{metric.headline});
}

void ProtocolWriter::write(const Picture& picture) {
  file_.text(place("/pictures", fmt::format("{:03}_{}", pictures_++, picture.name)), json_of(picture).dump());
}

void ProtocolWriter::write(const NamedHash& state) {
  const auto path = place("/states", state.name);
  file_.scalar(path, state.hash);
  file_.attribute(path, "order", static_cast<std::int64_t>(taken_.size()));
}

ProtocolData read_protocol_data(const hdf5::Reader& file) {
  ProtocolData data;
  const auto text = [&](const std::string& path, const char* name) {
    auto value = file.text_attribute(path, name).value_or("");
    return std::string_view(name) == "units" && value == "1" ? std::string() : value;
  };
  for (const auto& name : in_order(file, "/trials")) {
    const auto group = "/trials/" + name;
    TrialTable table{name, text(group, "doc")};
    for (const auto& column : in_order(file, group)) {
      const auto path = group + "/" + column;
      table.columns.push_back({column, text(path, "units"), text(path, "doc"), file.read<double>(path)});
    }
    data.tables.push_back(std::move(table));
  }
  for (const auto& name : in_order(file, "/arrays")) {
    const auto path = "/arrays/" + name;
    data.arrays.push_back({name, text(path, "units"), text(path, "doc"), split(text(path, "axes")), file.extent(path),
                           file.read<double>(path)});
  }
  for (const auto& name : in_order(file, "/metrics")) {
    const auto path = "/metrics/" + name;
    if (!file.integer_attribute(path, "headline")) continue;  // of spikes, computed by the results themselves
    data.metrics.push_back({name, file.scalar<double>(path), text(path, "units"), text(path, "doc"),
                            file.integer_attribute(path, "headline") == 1});
  }
  for (const auto& name : in_order(file, "/pictures")) try {
      const auto texts = file.texts("/pictures/" + name);
      data.pictures.push_back(picture_of(Json::parse(texts.empty() ? "" : texts.front())));
    } catch (const nlohmann::json::exception& error) {
      file.fail("/pictures/" + name, std::string("is no picture: ") + error.what(), "the file is damaged");
    }
  for (const auto& name : in_order(file, "/states"))
    data.states.push_back({name, file.scalar<std::uint64_t>("/states/" + name)});
  return data;
}

}  // namespace spikeloom::io
