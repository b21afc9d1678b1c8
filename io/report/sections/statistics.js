// Distributions over neurons and pairs: rates, intervals, irregularity, correlation.
"use strict";
spikeloom.section("statistics", (data, place) => {
  const {element, figure, chart, state} = spikeloom;
  const grid = element("div.grid");
  place.append(grid);
  for (const item of data.charts) {
    const frame = figure(grid, {what: item.title, how: item.caption, label: item.title});
    const series = item.series.map(entry => ({
      label: state.populations[entry.population].name, population: entry.population, steps: true, width: 1.5,
      fill: item.series.length === 1 ? 0.22 : item.series.length <= 3 ? 0.1 : 0, values: [...entry.shares, 0]}));
    chart(frame, {times: item.edges, x: {label: item.quantity, unit: item.unit, log: item.log, range: () => [item.edges[0], item.edges[item.edges.length - 1]]},
                  y: {label: item.share}, series, height: 215});
  }
});
