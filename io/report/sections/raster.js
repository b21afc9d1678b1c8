// Spikes of some neurons of every population, over a window of time that can be moved and zoomed.
"use strict";
spikeloom.section("raster", (data, place) => {
  const {element, number, plural, unpack, colour, series_colour, faded, paint, is_shown, is_faded, figure, state, legend_entry, look_at, on_look} = spikeloom;
  const ticks = unpack(data.times, Uint32Array), rows = unpack(data.rows, Uint16Array);
  const spikes = ticks.length, total = data.bands.reduce((sum, band) => sum + band.neurons.length, 0);
  const height = Math.min(470, Math.max(70, total * 16)) + 34, foot = 34, top = 6, margin = 22;
  const frame = figure(place, {what: "Spikes.", how: data.caption, label: "Raster plot"});
  const canvas = element("canvas.raster", {tabindex: 0, role: "img", "aria-label": data.description});
  const selection = element("div.selection"), bubble = element("div.bubble");
  frame.body.append(canvas, selection, bubble);
  const time_of = spike => data.start + ticks[spike] * data.quantum;
  const [first, last] = [data.start, data.stop];
  let view = [...data.view], left = 72;

  // Rows of hidden populations give their room to the others.
  const layout = () => {
    const bands = data.bands.filter(band => is_shown(band.population));
    const gap = bands.length > 1 ? 3 : 0, shown = bands.reduce((sum, band) => sum + band.neurons.length, 0);
    const step = shown ? (height - foot - top - gap * (bands.length - 1)) / shown : 0;
    const places = new Map();
    let y = top;
    for (const band of bands) {
      places.set(band, {y, step, bottom: y + step * band.neurons.length});
      y += step * band.neurons.length + gap;
    }
    return places;
  };
  let firsts = 0;
  const band_of_row = [];
  for (const band of data.bands) {
    band.first = firsts;
    firsts += band.neurons.length;
    for (let i = 0; i < band.neurons.length; ++i) band_of_row.push(band);
  }
  const lower_bound = time => {
    let low = 0, high = spikes;
    while (low < high) { const middle = (low + high) >> 1; time_of(middle) < time ? low = middle + 1 : high = middle; }
    return low;
  };

  const nice_step = span => {
    const rough = span / 7, scale = 10 ** Math.floor(Math.log10(rough));
    return scale * [1, 2, 5, 10].find(m => m * scale >= rough);
  };
  const draw_axis = (context, width) => {
    const step = nice_step(view[1] - view[0]), base = height - foot;
    context.strokeStyle = colour("rule"); context.fillStyle = colour("muted"); context.lineWidth = 1;
    context.textAlign = "center"; context.textBaseline = "top";
    for (let k = Math.ceil(view[0] / step); k * step <= view[1] + step * 1e-6; ++k) {
      const x = Math.round(to_x(k * step, width)) + 0.5;
      context.beginPath(); context.moveTo(x, base); context.lineTo(x, base + 4); context.stroke();
      context.fillText(number(k * step, 7), x, base + 6);
    }
    context.beginPath(); context.moveTo(left, base + 0.5); context.lineTo(width - margin, base + 0.5); context.stroke();
    context.fillText("time (ms)", (left + width - margin) / 2, base + 20);
  };
  const to_x = (time, width) => left + (time - view[0]) / (view[1] - view[0]) * (width - margin - left);
  const to_time = (x, width) => view[0] + (x - left) / (width - margin - left) * (view[1] - view[0]);

  const draw = () => {
    const width = Math.max(frame.body.clientWidth, 240), ratio = window.devicePixelRatio || 1;
    canvas.width = width * ratio; canvas.height = height * ratio; canvas.style.height = height + "px";
    const context = canvas.getContext("2d"), places = layout();
    context.scale(ratio, ratio);
    context.font = "12px system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif";
    left = Math.min(150, 16 + Math.max(56, ...data.bands.map(band => context.measureText(state.populations[band.population].name).width)));
    for (const [band, {y, step, bottom}] of places) {
      context.fillStyle = series_colour(band.population);
      context.globalAlpha = is_faded(band.population) ? 0.3 : 1;
      context.textAlign = "right"; context.textBaseline = "middle";
      if (bottom - y >= 9 || places.size < 12) context.fillText(state.populations[band.population].name, left - 8, (y + bottom) / 2, left - 10);
      context.fillRect(left - 3, y, 2, bottom - y);
      context.globalAlpha = 1;
    }
    const from = lower_bound(view[0]), to = lower_bound(view[1] + 1e-9), thick = Math.min(2, Math.max(1.15, 2.2 - (to - from) / 12000));
    const inks = new Map(data.bands.map(band => [band, faded(series_colour(band.population), is_faded(band.population) ? 0.12 : 0.9)]));
    let band_before = null, at = null, last_x = new Float64Array(total).fill(-1);
    for (let spike = from; spike < to; ++spike) {
      const row = rows[spike], band = band_of_row[row];
      const x = to_x(time_of(spike), width);
      if (x - last_x[row] < 0.5 / ratio && last_x[row] >= 0) continue;      // would paint the same pixel again
      last_x[row] = x;
      if (band !== band_before) {
        band_before = band; at = places.get(band);
        context.fillStyle = inks.get(band);
      }
      if (at) context.fillRect(x - thick / 2, at.y + (row - band.first) * at.step, thick, Math.max(1.25 * thick, at.step * 0.86));
    }
    context.globalAlpha = 1;
    draw_axis(context, width);
    readout.replaceChildren(`${number(view[0], 7)} – ${number(view[1], 7)} ms, ${plural(to - from, "spike")}`);
    for (const [button, wanted] of presets) button.setAttribute("aria-pressed", String(wanted[0] === view[0] && wanted[1] === view[1]));
  };

  const show = (from, to) => {
    const span = Math.min(Math.max(to - from, 1), last - first);
    const start = Math.min(Math.max(from, first), last - span);
    look_at([start, start + span]);
  };
  const zoom = (factor, around = (view[0] + view[1]) / 2) => show(around - (around - view[0]) * factor, around + (view[1] - around) * factor);
  const pan = share => show(view[0] + share * (view[1] - view[0]), view[1] + share * (view[1] - view[0]));

  const readout = element("span.readout"), presets = [];
  const button = (text, title, onclick) => {
    const node = element("button.button", {type: "button", title, onclick}, text);
    frame.tools.append(node);
    return node;
  };
  const preset = (text, from, to) => presets.push([button(text, `Show ${number(from, 7)} to ${number(to, 7)} ms`, () => show(from, to)), [from, to]]);
  if (last - first > 2000) { preset("first second", first, first + 1000); preset("last second", last - 1000, last); }
  preset("all", first, last);
  button("−", "Zoom out", () => zoom(2)); button("+", "Zoom in", () => zoom(0.5));
  button("←", "Earlier", () => pan(-0.5)); button("→", "Later", () => pan(0.5));
  frame.tools.append(readout);
  frame.legend.append(...data.bands.map(band => legend_entry(state.populations[band.population])));

  // Pointing names the nearest spike; dragging zooms; a double click shows everything.
  let drag_from = null;
  const inside = event => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top, box.width]; };
  const nearest = (x, y, width) => {
    const places = layout();
    let best = null, best_distance = 64;
    for (let spike = lower_bound(to_time(x - 8, width)), end = lower_bound(to_time(x + 8, width)); spike < end; ++spike) {
      const at = places.get(band_of_row[rows[spike]]);
      if (!at) continue;
      const dy = at.y + (rows[spike] - band_of_row[rows[spike]].first + 0.5) * at.step - y, dx = to_x(time_of(spike), width) - x;
      if (dx * dx + dy * dy < best_distance) { best_distance = dx * dx + dy * dy; best = {spike, x: x + dx, y: y + dy}; }
    }
    return best;
  };
  const point_at = event => {
    const [x, y, width] = inside(event);
    if (drag_from != null) {
      Object.assign(selection.style, {display: "block", top: top + "px", height: height - foot - top + "px", left: Math.min(x, drag_from) + "px", width: Math.abs(x - drag_from) + "px"});
      return;
    }
    const found = x > left ? nearest(x, y, width) : null;
    bubble.style.display = found ? "block" : "none";
    if (!found) return;
    const row = rows[found.spike], band = band_of_row[row];
    bubble.textContent = `${state.populations[band.population].name} ${band.neurons[row - band.first]} at ${number(time_of(found.spike), 8)} ms`;
    bubble.style.left = Math.min(Math.max(found.x, 90), width - 90) + "px"; bubble.style.top = Math.max(found.y, 26) + "px";
  };
  canvas.addEventListener("pointermove", point_at);
  canvas.addEventListener("pointerleave", () => { bubble.style.display = "none"; });
  canvas.addEventListener("pointerdown", event => { drag_from = Math.max(inside(event)[0], left); bubble.style.display = "none"; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointerup", event => {
    const [x, , width] = inside(event), from = drag_from;
    drag_from = null; selection.style.display = "none";
    if (from != null && Math.abs(x - from) > 4) show(to_time(Math.min(x, from), width), to_time(Math.max(x, from), width));
  });
  canvas.addEventListener("dblclick", () => show(first, last));
  canvas.addEventListener("keydown", event => {
    const act = {ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2), "+": () => zoom(0.5), "-": () => zoom(2), "0": () => show(first, last)}[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  on_look(stretch => { view = stretch; draw(); });
  state.window = view;
  paint(draw);
});
