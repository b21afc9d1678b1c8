/// One section of the report: a builder of JSON here, a renderer of the same id in sections/<id>.js.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "io/report/run.hpp"

namespace spikeloom::io::report {

using Json = nlohmann::json;

/// `build` returns null if the section has nothing to say of this run (it is left out), an object otherwise. An object
/// may hold "notice" (a sentence shown above the section), "urgent" (the notice is a warning) and "empty" (there is
/// nothing to draw beyond the notice).
struct Section {
  std::string_view id, title;
  Json (*build)(const Run&);
};

/// Every section in the order of the page. One line per section, in catalogue.cpp.
const std::vector<Section>& section_catalogue();

/// A section that only says, kindly, why it is empty.
inline Json only_notice(std::string text) { return {{"notice", std::move(text)}, {"empty", true}}; }

// One function per section, each in sections/<id>.cpp.
Json summary_section(const Run& run);
Json task_section(const Run& run);
Json raster_section(const Run& run);
Json rates_section(const Run& run);
Json statistics_section(const Run& run);
Json traces_section(const Run& run);
Json modulators_section(const Run& run);
Json weights_section(const Run& run);
Json network_section(const Run& run);
Json provenance_section(const Run& run);

}  // namespace spikeloom::io::report
