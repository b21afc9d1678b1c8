/// The sections of the report, in the order of the page.
#include "io/report/section.hpp"

namespace spikeloom::io::report {

const std::vector<Section>& section_catalogue() {
  static const std::vector<Section> sections{
      {"summary", "Summary", summary_section},
      {"task", "Task", task_section},
      {"raster", "Spikes", raster_section},
      {"rates", "Rates", rates_section},
      {"statistics", "Statistics", statistics_section},
      {"traces", "State", traces_section},
      {"modulators", "Modulators", modulators_section},
      {"weights", "Weights", weights_section},
      {"network", "Network", network_section},
      {"provenance", "Provenance", provenance_section},
  };
  return sections;
}

}  // namespace spikeloom::io::report
