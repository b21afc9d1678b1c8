// The network as tables: populations with what was measured of them, and projections.
"use strict";
spikeloom.section("network", (data, place) => {
  const {element, table, swatch} = spikeloom;
  const rows = data.populations.rows.map(([index, name, ...rest]) => [element("span", null, index == null ? null : swatch(index), name), ...rest]);
  table(place, {...data.populations, columns: data.populations.columns, rows});
  if (data.projections) table(place, data.projections);
});
