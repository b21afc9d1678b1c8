// What was run, when, how fast, and how it ended.
"use strict";
spikeloom.section("summary", (data, place) => {
  const {element, number, notice} = spikeloom;
  document.title = data.name + " · spikeloom";
  place.append(
    element("div.kind", null, "Simulation report"), element("h1", null, data.name),
    element("div.line", null, element("span.state." + data.state_class, null, data.state), data.line.map(text => element("span", null, text))),
    element("div.line.minor", null, data.where.map(text => element("span", null, text))),
    element("div.tiles", null, data.tiles.map(tile => element("div.tile", {title: tile.about},
      element("div.label", null, tile.label),
      element("div.value", null, typeof tile.value === "string" ? tile.value : number(tile.value, tile.digits ?? 3), tile.unit ? element("small", null, tile.unit) : null),
      element("div.hint", null, tile.hint ?? "")))));
  for (const text of data.notices) notice(place, text, false);
});
