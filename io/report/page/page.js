// The frame of the page: reads the embedded data, lays out sections, and gives every renderer the same few tools.
"use strict";
const spikeloom = (() => {
  const renderers = new Map();          // section id -> function (data, place)
  const painters = new Set();           // functions that redraw when theme, width or shown populations change
  const errors = [];
  const state = {populations: [], hidden: new Set(), focused: null, window: null};
  const lookers = [];                   // told when another stretch of time is looked at
  let figures = 0, tables = 0;
  window.addEventListener("error", event => fail(event.message));

  const fail = message => {
    errors.push(String(message));
    document.body.dataset.errors = errors.join(" | ");
  };

  // element("p.note", {title: "..."}, "text", node, ...): text is always text, never markup.
  const element = (what, attributes, ...children) => {
    const [tag, ...classes] = what.split(".");
    const node = document.createElement(tag);
    if (classes.length) node.className = classes.join(" ");
    for (const [name, value] of Object.entries(attributes ?? {}))
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value != null) node.setAttribute(name, value);
    node.append(...children.flat().filter(child => child != null));
    return node;
  };

  const grouped = text => text.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
  // A number for people: `digits` significant ones, thousands set apart, and a proper minus sign.
  const number = (value, digits = 3) => {
    if (value == null || Number.isNaN(value)) return "–";
    if (!Number.isFinite(value)) return value < 0 ? "−∞" : "∞";
    const size = Math.abs(value);
    let text;
    if (Number.isInteger(value) && size < 1e15) text = grouped(String(size));
    else if (size < 1e-4 || size >= 1e7) {
      const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
      text = `${Number(mantissa)}·10${[...String(Number(exponent))].map(c => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("")}`;
    } else {
      const rounded = String(Number(size.toPrecision(digits))).split(".");
      text = grouped(rounded[0]) + (rounded[1] ? "." + rounded[1] : "");
    }
    return (value < 0 ? "−" : "") + text;
  };
  const plural = (count, one, many = one + "s") => `${number(count)} ${count === 1 ? one : many}`;

  // Numbers packed by the writer: little-endian base64 of the named type.
  const unpack = (text, type) => {
    const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
    return new type(bytes.buffer);
  };

  const colour = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const series_colour = index => index == null || index < 0 ? colour("muted") : colour("series-" + index % 10);
  const faded = (colour_text, alpha) => {
    const value = parseInt(colour_text.slice(1), 16);
    return `rgba(${value >> 16}, ${(value >> 8) & 255}, ${value & 255}, ${alpha})`;
  };
  const swatch = index => element("span.swatch", {style: `background: var(--series-${index % 10})`});

  const paint = painter => { painters.add(painter); painter(); };
  const repaint = () => { for (const painter of painters) painter(); };
  // The stretch of time that is looked at closely, shared by figures: look_at([from, to]) in ms.
  const look_at = stretch => { state.window = stretch; for (const looker of lookers) looker(stretch); };
  const on_look = looker => lookers.push(looker);
  const is_shown = population => !state.hidden.has(population);
  const is_faded = population => state.focused != null && state.focused !== population;

  // A figure with a numbered caption: "what" is a short title, "how" says what is to be seen.
  const figure = (place, {what, how, label}) => {
    const tools = element("div.tools"), legend = element("div.print-legend"), body = element("div.plot");
    figures += 1;
    const caption = element("figcaption", null, element("b", null, `Figure ${figures}. ${what} `), how);
    place.append(element("figure", {"aria-label": label ?? what}, tools, legend, body, caption));
    return {tools, body, legend, caption};
  };

  // columns: {title, unit, hint, number}; a cell is text, a number, null, a node or {text, minor}. `kind`: a style of
  // its own; `folded`: the line that stands for the table until it is opened.
  const table = (place, {what, how, columns, rows, kind, folded}) => {
    tables += 1;
    const cell = (value, column) => {
      const kind = column.number ? "td.number" : "td";
      if (value == null) return element(kind + ".absent", null, "–");
      if (typeof value === "number") return element(kind, null, number(value, column.digits ?? 3));
      if (typeof value === "string" || value instanceof Node) return element(kind, null, value);
      return element(kind, null, value.text, element("div.minor", null, value.minor));
    };
    const head = columns.map(column => element(column.number ? "th.number" : "th", {scope: "col", title: column.hint},
      column.title, column.unit ? element("small", null, column.unit) : null));
    const body = rows.map(row => element("tr", null, row.map((value, i) => cell(value, columns[i]))));
    const whole = element("div.scroll", null, element("table" + (kind ? "." + kind : ""), null,
      element("caption", null, element("b", null, `Table ${tables}. ${what} `), how),
      element("thead", null, element("tr", null, head)), element("tbody", null, body)));
    place.append(folded ? element("details.panel", null, element("summary", null, folded), whole) : element("div.panel", null, whole));
  };

  const notice = (place, text, quiet = true) => place.append(element("p.notice" + (quiet ? ".quiet" : ""), null, text));
  const legend_entry = population => element("span", null, swatch(population.index), population.name);

  const chips = () => {
    const shown = state.populations.filter(population => population.neurons > 0);
    if (shown.length < 2) return null;
    const focus = index => () => { state.focused = index; repaint(); };
    return element("div.chips", {role: "group", "aria-label": "Populations shown in all figures"},
      element("span.about", null, "Populations"), shown.map(population => {
        const chip = element("button.chip", {type: "button", "aria-pressed": "true", title: "Point to set it off, click to hide it",
          onmouseenter: focus(population.index), onmouseleave: focus(null), onfocus: focus(population.index), onblur: focus(null),
          onclick: () => {
            state.hidden.has(population.index) ? state.hidden.delete(population.index) : state.hidden.add(population.index);
            chip.setAttribute("aria-pressed", String(is_shown(population.index)));
            repaint();
          }}, legend_entry(population));
        return chip;
      }));
  };

  const set_theme = theme => { document.documentElement.dataset.theme = theme; repaint(); };
  const theme_button = () => element("button.button", {type: "button", onclick: () =>
    set_theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark")}, "light / dark");
  const follow_theme = () => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => set_theme(dark.matches ? "dark" : "light"));
    set_theme(dark.matches ? "dark" : "light");
  };
  // Paper is white and narrower than the screen: figures are drawn anew for it, and collapsed parts are opened.
  const follow_printer = () => {
    let before = null;
    window.addEventListener("beforeprint", () => {
      before = {theme: document.documentElement.dataset.theme,
                closed: [...document.querySelectorAll("details:not([open])")]};
      before.closed.forEach(details => { details.open = true; });
      document.getElementById("sections").style.width = "690px";
      state.focused = null;
      set_theme("light");
    });
    window.addEventListener("afterprint", () => {
      document.getElementById("sections").style.width = "";
      before?.closed.forEach(details => { details.open = false; });
      set_theme(before?.theme ?? "light");
    });
  };

  const lay_out = ({id, title, data}, links) => {
    const place = id === "summary" ? document.getElementById("masthead") : element("section", {id}, element("h2", null, title));
    if (id !== "summary") {
      document.getElementById("sections").append(place);
      links.append(element("a", {href: "#" + id}, title));
    }
    try {
      if (data.notice) notice(place, data.notice, !data.urgent);
      const render = renderers.get(id);
      if (!render) throw new Error("nothing draws the section " + id);
      if (!data.empty) render(data, place);
    } catch (error) {
      fail(`${id}: ${error.message}`);
      notice(place, "This part could not be drawn: " + error.message, false);
    }
  };

  const start = () => {
    const report = JSON.parse(document.getElementById("report-data").textContent);
    state.populations = report.populations;
    follow_theme();
    follow_printer();
    const links = element("nav", {"aria-label": "Contents"}), bar = document.getElementById("bar");
    bar.append(links, theme_button());
    const switches = chips();
    if (switches) bar.append(switches);
    for (const section of report.sections) lay_out(section, links);
    document.getElementById("colophon").append(report.colophon);
    let waiting = 0;
    window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(repaint, 60); });
    document.body.dataset.ready = "yes";
  };
  window.addEventListener("DOMContentLoaded", () => {
    try { start(); } catch (error) { fail(error.message); }
  });

  return {section: (id, render) => renderers.set(id, render), state, element, number, plural, unpack, colour, series_colour,
          faded, swatch, paint, repaint, look_at, on_look, is_shown, is_faded, figure, table, notice, legend_entry};
})();
