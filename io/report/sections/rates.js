// How the mean rate of every population goes over the whole run; the stretch that the raster shows is shaded.
"use strict";
spikeloom.section("rates", (data, place) => {
  const {element, figure, chart, state, colour, faded, look_at, on_look} = spikeloom;
  for (const group of data.groups) {
    const frame = figure(place, {what: "Population rates.", how: group.caption, label: "Population rates over time"});
    const times = Array.from({length: group.bins}, (_, k) => group.start + (k + 0.5) * group.bin);
    const series = group.series.map(entry => ({
      label: state.populations[entry.population].name, population: entry.population, values: entry.values, width: 1.3,
      fill: group.series.length === 1 ? 0.1 : 0}));
    const shade = u => {
      if (!state.window) return;
      const {left, top, width, height} = u.bbox, inside = x => Math.min(Math.max(u.valToPos(x, "x", true), left), left + width);
      const from = inside(state.window[0]), to = inside(state.window[1]);
      u.ctx.fillStyle = faded(colour("accent"), 0.09);
      if (to - from < width - 1) u.ctx.fillRect(from, top, to - from, height);
    };
    const plot = chart(frame, {times, x: {label: "time", short: "t", unit: "ms", range: (u, low, high) => [low > times[0] ? low : group.start, high < times[times.length - 1] ? high : group.stop]},
                               y: {label: "rate", unit: "Hz"}, series, height: 230, hooks: {drawClear: [shade]}});
    on_look(() => plot.redraw(false));
    frame.tools.prepend(element("button.button", {type: "button", title: "Show the whole run (or double-click)", onclick: () =>
      plot.setScale("x", {min: times[0], max: times[times.length - 1]})}, "all"));
    plot.over.addEventListener("click", event => {            // a click, not a drag: the raster goes there
      if (!state.window || plot.select.width > 0) return;
      const half = (state.window[1] - state.window[0]) / 2, centre = plot.posToVal(plot.cursor.left, "x");
      const from = Math.min(Math.max(centre - half, group.start), group.stop - 2 * half);
      look_at([from, from + 2 * half]);
    });
  }
});
