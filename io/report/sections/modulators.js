// Modulators: the level over time, and how often they were raised.
"use strict";
spikeloom.section("modulators", (data, place) => {
  const {figure, chart, unpack, colour} = spikeloom;
  const accent = () => colour("accent");
  for (const modulator of data.modulators) {
    const {name, step, points, bin, raises, total} = modulator;
    const frame = figure(place, {what: `Level of ${name}.`, how: modulator.caption, label: `Level of ${name} over time`});
    const level = unpack(modulator.level, Float32Array);
    chart(frame, {times: Array.from({length: points}, (_, k) => k * step / 1000), x: {label: "time", short: "t", unit: "s"},
      y: {label: name}, height: 200, gap_fill: false, series: [{label: "level", values: Array.from(level), colour: accent, width: 1.2}]});
    if (total === 0 || raises.length < 2) continue;
    const counts = figure(place, {what: `Raises of ${name}.`, label: `Raises of ${name} over time`,
      how: `How often it was raised in every ${modulator.bin_text}; ${total} times in all.`});
    chart(counts, {times: Array.from({length: raises.length + 1}, (_, k) => k * bin / 1000), x: {label: "time", short: "t", unit: "s"},
      y: {label: "raises"}, height: 200, series: [{label: "raises", values: [...raises, raises.at(-1)], colour: accent, steps: true, fill: 0.15, width: 1.4}]});
  }
});
