// Pictures that charts cannot draw: a canvas that follows the page, colours for numbers, heat maps.
"use strict";
spikeloom.canvas = (() => {
  const {element, number, unpack, colour, paint} = spikeloom;
  const font = "12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif";

  // A canvas of the width of the figure, drawn again when the page changes.
  const canvas_of = (frame, label, height, draw) => {
    const canvas = element("canvas", {role: "img", "aria-label": label});
    frame.body.append(canvas);
    paint(() => {
      const width = Math.max(frame.body.clientWidth, 200), ratio = window.devicePixelRatio || 1, tall = height(width);
      canvas.width = width * ratio; canvas.height = tall * ratio;
      canvas.style.width = width + "px"; canvas.style.height = tall + "px";
      const context = canvas.getContext("2d");
      context.scale(ratio, ratio);
      context.font = font;
      draw(context, width, tall);
    });
    return canvas;
  };
  // `least`: no two of them are nearer.
  const nice_ticks = (low, high, wanted = 5, least = 0) => {
    const rough = Math.max((high - low || 1) / wanted, least), scale = 10 ** Math.floor(Math.log10(rough));
    const step = scale * [1, 2, 5, 10].find(m => m * scale >= rough * 0.999), ticks = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; ++k) ticks.push(k * step);
    return ticks;
  };
  const label_of = axis => axis.unit ? `${axis.label} (${axis.unit})` : axis.label;

  // From the page through the accent, or red - page - blue where there are both signs.
  const mixed = (from, to, share) => {
    const parts = text => [1, 3, 5].map(at => parseInt(text.slice(at, at + 2), 16)), a = parts(from), b = parts(to);
    return a.map((value, k) => Math.round(value + (b[k] - value) * share));
  };
  const painter = (low, high) => {
    const page = colour("panel"), warm = colour("series-1"), cool = colour("series-0"), most = Math.max(Math.abs(low), Math.abs(high)) || 1;
    return value => !Number.isFinite(value) ? mixed(page, colour("muted"), 0.3)
      : low < 0 && high > 0 ? mixed(page, value < 0 ? warm : cool, Math.min(1, Math.abs(value) / most))
      : mixed(page, cool, Math.min(1, Math.max(0, (value - low) / (high - low || 1))));
  };
  const extremes = (values, axis) => {
    let low = Infinity, high = -Infinity;
    for (const value of values) if (Number.isFinite(value)) { low = Math.min(low, value); high = Math.max(high, value); }
    return [axis.low ?? low, axis.high ?? high];
  };
  // A matrix as a picture of one pixel per cell; `flipped`: row 0 at the bottom.
  const bitmap = (values, rows, columns, paint_value, flipped) => {
    const canvas = element("canvas", {width: columns, height: rows}), context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
    for (let row = 0; row < rows; ++row)
      for (let column = 0; column < columns; ++column) {
        const at = 4 * ((flipped ? rows - 1 - row : row) * columns + column);
        image.data.set([...paint_value(values[row * columns + column]), 255], at);
      }
    context.putImageData(image, 0, 0);
    return canvas;
  };

  // A matrix in colours: {title, shape: [rows, columns], values (packed), x, y, z: {label, unit, low, high}}; row 0 is at the bottom.
  const heat_map = (frame, picture) => {
    const values = unpack(picture.values, Float32Array), [rows, columns] = picture.shape, [low, high] = extremes(values, picture.z);
    const x_axis = [picture.x.low ?? 0, picture.x.high ?? columns], y_axis = [picture.y.low ?? 0, picture.y.high ?? rows];
    // Cells about whole numbers, such as classes, have no ticks between them.
    const least = ([from, to], cells) => to - from === cells && Number.isInteger(from + 0.5) ? 1 : 0;
    canvas_of(frame, picture.title, () => 260, (context, width, height) => {
      const left = 58, right = 74, top = 8, foot = 36, wide = width - left - right, tall = height - top - foot, paint_value = painter(low, high);
      context.imageSmoothingEnabled = false;
      context.drawImage(bitmap(values, rows, columns, paint_value, true), left, top, wide, tall);
      context.fillStyle = colour("muted"); context.textAlign = "center"; context.textBaseline = "top";
      for (const tick of nice_ticks(...x_axis, 5, least(x_axis, columns))) context.fillText(number(tick, 4), left + (tick - x_axis[0]) / (x_axis[1] - x_axis[0]) * wide, height - foot + 4);
      context.fillText(label_of(picture.x), left + wide / 2, height - 15);
      context.textAlign = "right"; context.textBaseline = "middle";
      for (const tick of nice_ticks(...y_axis, 5, least(y_axis, rows))) context.fillText(number(tick, 4), left - 6, top + (y_axis[1] - tick) / (y_axis[1] - y_axis[0]) * tall);
      context.save(); context.translate(12, top + tall / 2); context.rotate(-Math.PI / 2); context.textAlign = "center"; context.fillText(label_of(picture.y), 0, 0); context.restore();
      const scale = Float32Array.from({length: 64}, (_, k) => low + (high - low) * k / 63);
      context.drawImage(bitmap(scale, 64, 1, paint_value, true), width - right + 12, top, 10, tall);
      context.textAlign = "left";
      for (const tick of nice_ticks(low, high, 4)) context.fillText(number(tick, 3), width - right + 26, top + (high - tick) / (high - low || 1) * tall);
      context.save(); context.translate(width - 6, top + tall / 2); context.rotate(-Math.PI / 2); context.textAlign = "center"; context.fillText(label_of(picture.z), 0, 0); context.restore();
    });
  };

  return {canvas_of, nice_ticks, label_of, painter, extremes, bitmap, heat_map};
})();
