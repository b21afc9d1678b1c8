// State variables of single neurons over time.
"use strict";
spikeloom.section("traces", (data, place) => {
  const {element, figure, chart, unpack, series_colour, swatch, paint} = spikeloom;
  for (const report of data.reports) {
    const frame = figure(place, {what: report.title, how: report.caption, label: report.title});
    const values = unpack(report.values, Float32Array), frames = report.frames;
    const times = Array.from({length: frames}, (_, k) => report.start + k * report.step);
    const shown = report.neurons.map((_, i) => i < 3), tint = i => series_colour(report.neurons.length === 1 ? report.population : i);
    const series = report.neurons.map((neuron, i) => ({
      label: `neuron ${neuron}`, colour: () => tint(i), width: 1.15, shown: shown[i],
      values: Array.from(values.subarray(i * frames, (i + 1) * frames))}));
    // Spikes are ticks in the strip above the lines, one row per neuron shown.
    const ticks = u => {
      const context = u.ctx, ratio = window.devicePixelRatio || 1, {left, top, width} = u.bbox;
      let row = 0;
      context.save();
      report.spikes?.forEach((spikes, i) => {
        if (!shown[i]) return;
        context.fillStyle = tint(i);
        for (const time of spikes) {
          const x = u.valToPos(time, "x", true);
          if (x >= left && x <= left + width) context.fillRect(x - 0.6 * ratio, top + (2 + row * 8) * ratio, 1.2 * ratio, 6 * ratio);
        }
        row += 1;
      });
      context.restore();
    };
    const strip = () => report.spikes ? 0.05 * Math.max(1, shown.filter(Boolean).length) : 0;
    const plot = chart(frame, {times, x: {label: "time", short: "t", unit: "ms"}, height: 250, gap_fill: false, hooks: {draw: [ticks]}, series,
      y: {label: report.variable, unit: report.unit, range: (u, low, high) => {
        if (low == null) return [0, 1];
        const span = high - low || Math.max(1, Math.abs(high) * 0.1);
        return [low - 0.05 * span, high + (0.06 + strip()) * span];
      }}});
    const buttons = report.neurons.map((neuron, i) => {
      const button = element("button.button", {type: "button", "aria-pressed": String(shown[i]), title: "Show or hide this neuron", onclick: () => {
        shown[i] = !shown[i];
        button.setAttribute("aria-pressed", String(shown[i]));
        plot.setSeries(i + 1, {show: shown[i]});
      }}, element("span.swatch"), String(neuron));
      paint(() => { button.firstChild.style.background = tint(i); });
      return button;
    });
    const first = times[0], last = times[frames - 1];
    const window_button = (text, from, to) => element("button.button", {type: "button", onclick: () => plot.setScale("x", {min: from, max: to})}, text);
    if (last - first > 2000) {
      frame.tools.prepend(window_button("first second", first, first + 1000), window_button("last second", last - 1000, last), window_button("all", first, last),
                          element("span.divider"));
      plot.setScale("x", {min: last - 1000, max: last});
    }
    frame.tools.querySelector(".readout").before(...buttons);
    frame.legend.append(...report.neurons.flatMap((neuron, i) => i < 3 ? [element("span", null, swatch(report.neurons.length === 1 ? report.population : i), `neuron ${neuron}`)] : []));
  }
});
