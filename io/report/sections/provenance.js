// What is needed to get the same bits again.
"use strict";
spikeloom.section("provenance", (data, place) => {
  const {element} = spikeloom;
  const facts = data.facts.flatMap(([name, value, kind]) => [element("dt", null, name), element(kind === "hash" ? "dd.hash" : "dd", null, value)]);
  place.append(element("div.panel", null, element("dl.facts", null, facts)));
  for (const {title, text} of data.texts)
    place.append(element("details.panel", null, element("summary", null, title), element("pre", {tabindex: 0}, text)));
});
