// The network as tables: populations with what was measured of them, who connects to whom, and projections.
"use strict";
spikeloom.section("network", (data, place) => {
  const {element, number, table, swatch} = spikeloom;
  const named = ({index, name}) => element("span", null, index == null ? null : swatch(index), name);
  const rows = data.populations.rows.map(([index, name, ...rest]) => [named({index, name}), ...rest]);
  table(place, {...data.populations, rows});
  if (data.matrix) {
    const {sources, targets, cells} = data.matrix, most = Math.max(...cells.flat().map(cell => cell?.[0] ?? 0));
    // The more synapses, the deeper the tint; blue where they excite, red where they inhibit.
    const tinted = cell => {
      if (cell == null) return null;
      const [synapses, sign] = cell, tint = sign < 0 ? "--series-1" : sign > 0 ? "--series-0" : "--muted";
      return element("span.cell", {style: `background: color-mix(in srgb, var(${tint}) ${Math.round(8 + 47 * Math.sqrt(synapses / most))}%, transparent)`},
        number(synapses, synapses < 10 ? 2 : 3));
    };
    table(place, {what: data.matrix.what, how: data.matrix.how, kind: "matrix",
      columns: [{title: "to ↓  from →"}, ...sources.map(source => ({title: named(source)}))],
      rows: targets.map((target, i) => [named(target), ...cells[i].map(tinted)])});
  }
  if (data.projections) table(place, data.projections);
});
