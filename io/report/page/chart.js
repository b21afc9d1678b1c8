// Line and step charts: uPlot in the page's colours, with a readout, population focus and printing.
"use strict";
spikeloom.chart = (() => {
  const {element, number, paint, colour, series_colour, faded, is_shown, is_faded, legend_entry, state} = spikeloom;
  const font = "12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif";

  // 1, 2, 5, 10, ... or, over more than three decades, powers of ten.
  const logarithmic_ticks = (low, high) => {
    const mantissas = high / low > 2000 ? [1] : [1, 2, 5], ticks = [];
    for (let decade = Math.floor(Math.log10(low)); decade <= Math.log10(high); ++decade)
      ticks.push(...mantissas.map(m => m * 10 ** decade).filter(tick => tick >= low && tick <= high));
    return ticks;
  };
  // Between whole numbers, such as epochs, there are no ticks.
  const whole_steps = Array.from({length: 12}, (_, k) => [10 ** k, 2 * 10 ** k, 5 * 10 ** k]).flat();
  const axis = ({label, unit, log}, side, wide) => ({
    label: unit ? `${label} (${unit})` : label, labelSize: 20, labelFont: font, font, side, size: side === 3 ? (wide ? 58 : 52) : 34, gap: 4,
    stroke: () => colour("muted"), grid: {stroke: () => colour("grid"), width: 1}, ticks: {stroke: () => colour("rule"), width: 1, size: 5},
    values: (u, splits) => splits.map(value => value == null ? "" : number(value, 4)),
    ...(log ? {splits: (u, index, low, high) => logarithmic_ticks(low, high), filter: (u, splits) => splits} : {})
  });

  // series: {label, population, colour(), values, steps, fill, shown, mark}; mark: 0 line, 1 dashed, 2 points; x, y: {label, unit, log, range}; `values` as long as `times`.
  const chart = (frame, {times, x, y, series, height = 220, hooks = {}, gap_fill = false}) => {
    const readout = element("span.readout", {"aria-hidden": "true"});
    frame.tools.append(readout);
    const tint = entry => entry.colour ? entry.colour() : series_colour(entry.population);
    const at = index => index == null ? [] : [
      `${x.short ?? x.label} `, element("b", null, number(times[index], 5)), ` ${x.unit ?? ""}`,
      ...series.flatMap((entry, i) => plot.series[i + 1].show && entry.values[index] != null && series.length <= 10
        ? [" \u2002", element("span.swatch", {style: `background:${tint(entry)}`}), series.length <= 4 ? entry.label + " " : "", element("b", null, number(entry.values[index], 4))] : []),
      y.unit ? ` ${y.unit}` : ""];
    const options = {
      width: Math.max(frame.body.clientWidth, 200), height, legend: {show: false}, padding: [10, 22, 0, 0],
      cursor: {points: {size: 6}, drag: {x: true, y: false, setScale: true}, focus: {prox: -1}}, focus: {alpha: 0.14},
      scales: {x: {time: false, distr: x.log ? 3 : 1, ...(x.range ? {range: x.range} : {})}, y: {...(y.log ? {distr: 3} : {}), range: y.log ? y.range : y.range ?? ((u, low, high) => [Math.min(0, low ?? 0), (high > 0 ? high : 1) * 1.06])}},
      axes: [{...axis(x, 2), ...(!x.log && times.every(Number.isInteger) ? {incrs: whole_steps} : {})}, axis(y, 3)],
      series: [{}, ...series.map(entry => ({
        label: entry.label, show: entry.shown ?? true, stroke: () => tint(entry), width: entry.width ?? 1.4, points: {show: false}, spanGaps: gap_fill,
        ...(entry.mark === 1 ? {dash: [6, 4]} : {}),
        ...(entry.mark === 2 ? {paths: () => null, points: {show: true, size: 6, width: 0, fill: () => tint(entry)}} : {}),
        ...(entry.steps ? {paths: uPlot.paths.stepped({align: 1})} : {}),
        ...(entry.fill ? {fill: () => faded(tint(entry), entry.fill)} : {})}))],
      hooks: {...hooks, setCursor: [u => readout.replaceChildren(...at(u.cursor.idx))]}
    };
    const plot = new uPlot(options, [times, ...series.map(entry => entry.values)], frame.body);
    const populations = [...new Set(series.map(entry => entry.population).filter(index => index != null))];
    if (populations.length > 1) frame.legend.append(...populations.map(index => legend_entry(state.populations[index])));
    let width = options.width, shown_before = "", focus_before = null;
    paint(() => {
      const now = Math.max(frame.body.clientWidth, 200);
      if (now !== width) plot.setSize({width: width = now, height});
      const shown = series.map(entry => entry.population == null || is_shown(entry.population));
      if (String(shown) !== shown_before) {
        series.forEach((entry, i) => { if (entry.population != null) plot.setSeries(i + 1, {show: shown[i]}); });
        shown_before = String(shown);
      }
      if (populations.length && state.focused !== focus_before) {
        series.forEach((entry, i) => { plot.series[i + 1].alpha = is_faded(entry.population) ? 0.12 : 1; });
        focus_before = state.focused;
      }
      plot.redraw(false);
    });
    return plot;
  };
  return chart;
})();
