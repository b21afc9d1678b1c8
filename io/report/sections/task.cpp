/// What a protocol found: its pictures with their numbers, its metrics as a table.
#include <algorithm>
#include <cmath>

#include "io/report/format.hpp"
#include "io/report/section.hpp"

namespace spikeloom::io::report {
namespace {

constexpr std::size_t most_points = 4000, most_cells = 250'000;

/// The numbers that a picture names; nothing if they are not there.
struct Found {
  std::vector<double> values;
  std::vector<std::uint64_t> shape;
  bool is_there = false;
};

Found find(const ProtocolData& data, const DataSource& source) {
  const auto slash = source.path.find('/');
  const auto group = source.path.substr(0, slash),
             rest = slash == std::string::npos ? "" : source.path.substr(slash + 1);
  if (group == "trials")
    for (const auto& table : data.tables)
      for (const auto& column : table.columns)
        if (rest == table.name + "/" + column.name) return {column.values, {column.values.size()}, true};
  if (group != "arrays") return {};
  for (const auto& array : data.arrays) {
    if (array.name != rest) continue;
    if (!source.row) return {array.values, array.shape, true};
    const auto rows = array.shape.empty() ? 0 : array.shape[0];
    if (*source.row >= rows) return {};
    const auto width = static_cast<std::ptrdiff_t>(array.values.size() / rows);
    const auto begin = array.values.begin() + static_cast<std::ptrdiff_t>(*source.row) * width;
    return {{begin, begin + width}, {array.shape.begin() + 1, array.shape.end()}, true};
  }
  return {};
}

/// Every so-manieth number, so that at most `most_points` are left.
Json thinned(const std::vector<double>& values) {
  const auto stride = (values.size() + most_points - 1) / most_points;
  if (stride <= 1) return rounded(values, 5);
  std::vector<double> kept;
  for (std::size_t k = 0; k < values.size(); k += stride) kept.push_back(values[k]);
  return rounded(kept, 5);
}

Json axis(const PictureAxis& axis) {
  Json json{{"label", axis.label}, {"unit", axis.unit}, {"log", axis.logarithmic}};
  if (axis.low) json["low"] = *axis.low;
  if (axis.high) json["high"] = *axis.high;
  return json;
}

std::vector<float> as_floats(const std::vector<double>& values) { return {values.begin(), values.end()}; }

/// Null if its numbers are missing or do not fit together.
Json picture_json(const ProtocolData& data, const Picture& picture) {
  constexpr std::array kinds{"chart", "bars", "heat", "images"};
  Json json{{"kind", kinds[static_cast<std::size_t>(picture.kind)]},
            {"title", picture.title},
            {"caption", picture.caption},
            {"x", axis(picture.x)},
            {"y", axis(picture.y)},
            {"z", axis(picture.z)},
            {"categories", picture.categories},
            {"wide", picture.wide},
            {"series", Json::array()}};
  int next_colour = 0;
  for (const auto& series : picture.series) {
    const auto y = find(data, series.y);
    const auto x = picture.kind == Picture::Kind::bars ? y : find(data, series.x);
    if (!x.is_there || !y.is_there || x.values.size() != y.values.size()) return nullptr;
    Json entry{{"label", series.label}, {"y", thinned(y.values)}, {"mark", static_cast<int>(series.mark)}};
    if (picture.kind == Picture::Kind::chart) entry["x"] = thinned(x.values);
    entry["colour"] = series.colour >= 0 ? series.colour : next_colour++;
    json["series"].push_back(std::move(entry));
  }
  if (picture.kind == Picture::Kind::heat || picture.kind == Picture::Kind::images) {
    const auto values = find(data, picture.values);
    const std::size_t rank = picture.kind == Picture::Kind::heat ? 2 : 3;
    if (!values.is_there || values.shape.size() != rank || values.values.size() > most_cells) return nullptr;
    json["shape"] = values.shape;
    json["values"] = packed(as_floats(values.values));
  } else if (json["series"].empty()) {
    return nullptr;
  }
  return json;
}

Json metric_table(const ProtocolData& data) {
  auto rows = Json::array();
  for (const auto& metric : data.metrics)
    rows.push_back(Json::array({metric.name, rounded(metric.value, 5), metric.unit, metric.doc}));
  return rows;
}

}  // namespace

Json task_section(const Run& run) {
  if (run.results.protocol().empty()) return nullptr;
  const auto& data = run.results.protocol_data();
  if (data.empty()) return only_notice("The protocol had not finished anything when this page was written.");
  auto pictures = Json::array();
  std::size_t missing = 0;
  for (const auto& picture : data.pictures) {
    auto json = picture_json(data, picture);
    if (json.is_null())
      ++missing;
    else
      pictures.push_back(std::move(json));
  }
  Json section{{"pictures", std::move(pictures)}, {"metrics", metric_table(data)}};
  if (missing > 0) section["notice"] = counted(missing, "picture") + " could not be drawn: the numbers are not there.";
  return section;
}

}  // namespace spikeloom::io::report
