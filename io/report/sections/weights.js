// Recorded weights, and delays where they learn: histograms at a few times and as a map over time, and the
// course of their quantiles.
"use strict";
spikeloom.section("weights", (data, place) => {
  const {figure, chart, faded, colour} = spikeloom;
  const {heat_map} = spikeloom.canvas;
  const shade = (k, n) => () => faded(colour("accent"), n < 2 ? 1 : 0.25 + 0.75 * k / (n - 1));
  for (const projection of data.projections) {
    const {name, unit, synapses, low, high, histograms, map, quantity} = projection;
    if (histograms.length) {
      const frame = figure(place, {what: `${quantity === "delay" ? "Delays" : "Weights"} of ${name}.`, label: `Histogram of the ${quantity}s of ${name}`,
        how: `Share of its ${synapses} synapses per bin; the darker the line, the later.`});
      const bins = histograms[0].values.length, width = (high - low) / bins;
      chart(frame, {times: Array.from({length: bins}, (_, k) => low + (k + 0.5) * width), x: {label: quantity, short: quantity[0], unit},
        y: {label: "synapses", unit: "%"}, height: 200,
        series: histograms.map((entry, k) => ({label: `${entry.time / 1000} s`, values: entry.values, colour: shade(k, histograms.length), width: 1.5}))});
    }
    if (map) {
      const times = projection.times.map(time => time / 1000), title = `Distribution of the ${quantity}s of ${name} over time`;
      heat_map(figure(place, {what: title + ".", label: title,
        how: `Share of the synapses in each of ${map.shape[0]} bins, one column per recorded time; shares above ${map.most.toPrecision(2)} % look alike.`}),
        {title, shape: map.shape, values: map.values, x: {label: "time", unit: "s", low: times[0], high: times[times.length - 1]},
         y: {label: quantity, unit, low, high}, z: {label: "synapses", unit: "%", low: 0, high: map.most}});
    }
    if (projection.courses.length) {
      const single = synapses === 1;
      const frame = figure(place, {what: `Course of the ${quantity}s of ${name}.`, label: `${quantity}s of ${name} over time`,
        how: single ? `The ${quantity} of its one synapse.` : "Mean (thick), median, the tenth and ninetieth hundredth, least and largest (dashed)."});
      const [least, tenth, median, ninetieth, largest, mean] = projection.courses;
      const line = (label, values, more = {}) => ({label, values, colour: () => colour("accent"), width: 1.2, ...more});
      chart(frame, {times: projection.times.map(time => time / 1000), x: {label: "time", short: "t", unit: "s"}, y: {label: quantity, unit}, height: 200,
        series: single ? [line(quantity, mean, {width: 1.6})]
          : [line("mean", mean, {width: 2.2}), line("median", median), line("10 %", tenth), line("90 %", ninetieth),
             line("least", least, {mark: 1}), line("largest", largest, {mark: 1})]});
    }
  }
});
