// What a protocol found: charts of several series, bars, heat maps and image grids, and a table of its metrics.
"use strict";
spikeloom.section("task", (data, place) => {
  const {element, number, unpack, colour, series_colour, paint, figure, table, chart} = spikeloom;
  const {canvas_of, nice_ticks, label_of, painter, extremes, bitmap, heat_map} = spikeloom.canvas;
  const tint = entry => () => series_colour(entry.colour);

  // Series with x values of their own on one axis: sorted, each value of x once, unless a series has it twice.
  const aligned = series => {
    const points = series.flatMap((entry, i) => entry.x.map((x, k) => [x, i, entry.y[k]])).filter(point => point[0] != null);
    points.sort((a, b) => a[0] - b[0]);
    const times = [], columns = series.map(() => []);
    let first = 0;                                                    // row where the present x begins
    for (const [x, i, y] of points) {
      if (times[first] !== x) first = times.length;
      let row = first;
      while (row < times.length && columns[i][row] !== undefined) ++row;
      if (row === times.length) times.push(x);
      columns[i][row] = y;
    }
    return {times, columns: columns.map(column => times.map((_, row) => column[row] ?? null))};
  };
  const padded = (axis, zero) => (u, low, high) => {
    if (low == null) return [0, 1];
    const span = high - low || Math.max(1, Math.abs(high) * 0.1);
    const from = axis.low ?? (zero && low >= 0 && low < 0.5 * high ? 0 : low - 0.05 * span);
    return [from, axis.high ?? high + 0.06 * span];
  };
  // Which colour and which stroke is which series; a click hides and shows it.
  const legend = (frame, series, toggle) => {
    if (series.length < 2) return;
    const entries = series.map((entry, i) => {
      const key = element("span.swatch.keyed" + (entry.mark === 1 ? ".dashed" : entry.mark === 2 ? ".round" : ""));
      paint(() => { key.style.setProperty("--swatch", series_colour(entry.colour)); });
      const button = element("button.button", {type: "button", "aria-pressed": "true", title: "Show or hide", onclick: () => {
        const shown = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(shown));
        toggle(i, shown);
      }}, key, entry.label);
      return button;
    });
    frame.tools.prepend(...entries);
    frame.legend.append(...series.map(entry => {
      const key = element("span.swatch");
      paint(() => { key.style.background = series_colour(entry.colour); });
      return element("span", null, key, entry.label);
    }));
  };

  const draw_chart = (picture, frame) => {
    const {times, columns} = aligned(picture.series);
    const span = times[times.length - 1] - times[0] || 1;
    const scattered = picture.series.some(entry => entry.mark === 2);
    const x_range = picture.x.log ? undefined : (u, low, high) => scattered && low === times[0] && high === times[times.length - 1]
      ? [picture.x.low ?? low - 0.03 * span, picture.x.high ?? high + 0.03 * span] : [low, high];
    const plot = chart(frame, {times, height: picture.wide ? 260 : 235, gap_fill: true,
      x: {...picture.x, ...(x_range ? {range: x_range} : {})}, y: {...picture.y, range: picture.y.log ? undefined : padded(picture.y, true)},
      series: picture.series.map((entry, i) => ({label: entry.label, colour: tint(entry), values: columns[i], mark: entry.mark, width: 1.6}))});
    legend(frame, picture.series, (i, show) => plot.setSeries(i + 1, {show}));
  };

  const draw_bars = (picture, frame) => {
    const shown = picture.series.map(() => true), all = picture.series.flatMap(entry => entry.y).filter(v => v != null);
    const low = picture.y.low ?? Math.min(0, ...all), high = picture.y.high ?? (Math.max(0, ...all) * 1.05 || 1);
    const redraw = canvas_of(frame, picture.title, () => 260, (context, width, height) => {
      const left = 58, right = 10, top = 10, slanted = picture.categories.some(name => context.measureText(name).width > (width - left - right) / picture.categories.length - 6);
      const foot = slanted ? 78 : 26, y = value => top + (high - value) / (high - low) * (height - top - foot);
      context.textAlign = "right"; context.textBaseline = "middle";
      for (const tick of nice_ticks(low, high)) {
        context.fillStyle = colour("muted"); context.fillText(number(tick, 4), left - 6, y(tick));
        context.fillStyle = colour(tick === 0 ? "muted" : "grid"); context.fillRect(left, Math.round(y(tick)), width - left - right, 1);
      }
      context.save(); context.translate(12, (top + height - foot) / 2); context.rotate(-Math.PI / 2);
      context.textAlign = "center"; context.fillStyle = colour("muted"); context.fillText(label_of(picture.y), 0, 0); context.restore();
      const visible = picture.series.filter((_, i) => shown[i]), room = (width - left - right) / picture.categories.length;
      const bar = Math.min(46, room * 0.8 / Math.max(1, visible.length));
      picture.categories.forEach((name, k) => {
        const middle = left + (k + 0.5) * room;
        visible.forEach((entry, i) => {
          const value = Math.min(Math.max(entry.y[k] ?? 0, low), high), x = middle + (i - visible.length / 2) * bar;
          context.fillStyle = series_colour(entry.colour);
          context.fillRect(x + 1, Math.min(y(value), y(0)), bar - 2, Math.max(1, Math.abs(y(value) - y(0))));
        });
        context.fillStyle = colour("soft"); context.textBaseline = slanted ? "middle" : "top"; context.textAlign = slanted ? "right" : "center";
        context.save(); context.translate(middle, height - foot + 8);
        if (slanted) context.rotate(-Math.PI / 5);
        context.fillText(name, 0, 0); context.restore();
      });
    });
    legend(frame, picture.series, (i, show) => { shown[i] = show; spikeloom.repaint(); });
    return redraw;
  };

  const draw_heat = (picture, frame) => heat_map(frame, picture);

  const draw_images = (picture, frame) => {
    const values = unpack(picture.values, Float32Array), [count, rows, columns] = picture.shape, [low, high] = extremes(values, picture.z);
    const names = picture.categories.length === count, label = names ? 16 : 0;
    const layout = width => { const per_row = Math.max(1, Math.min(count, Math.floor(width / Math.max(60, Math.min(120, 2 * columns))))); return [per_row, width / per_row]; };
    canvas_of(frame, picture.title, width => { const [per_row, room] = layout(width); return Math.ceil(count / per_row) * ((room - 8) * rows / columns + 8 + label); }, (context, width) => {
      const [per_row, room] = layout(width), side = room - 8, tall = side * rows / columns, paint_value = painter(low, high);
      context.imageSmoothingEnabled = false; context.textAlign = "center"; context.textBaseline = "top"; context.fillStyle = colour("soft");
      for (let k = 0; k < count; ++k) {
        const x = (k % per_row) * room + 4, y = Math.floor(k / per_row) * (tall + 8 + label);
        context.drawImage(bitmap(values.subarray(k * rows * columns, (k + 1) * rows * columns), rows, columns, paint_value, false), x, y + label, side, tall);
        if (names) context.fillText(picture.categories[k], x + side / 2, y);
      }
    });
  };

  const drawers = {chart: draw_chart, bars: draw_bars, heat: draw_heat, images: draw_images};
  let grid = null;
  for (const picture of data.pictures) {
    if (!picture.wide && !grid) place.append(grid = element("div.grid.pictures"));
    const frame = figure(picture.wide ? place : grid, {what: picture.title, how: picture.caption, label: picture.title});
    if (picture.wide) grid = null;
    drawers[picture.kind](picture, frame);
  }
  if (data.metrics.length)
    table(place, {what: "Metrics.", how: "As in run.json and in /metrics of results.h5.", folded: data.pictures.length ? "All metrics" : null,
      columns: [{title: "metric"}, {title: "value", number: true, digits: 4}, {title: "unit"}, {title: "meaning"}], rows: data.metrics});
});
