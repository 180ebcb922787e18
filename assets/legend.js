/* What the colours of a ramp stand for, in a corner of the boxes. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const WORDS = {
    branch: "",
    position: "similar colours lie near each other",
    depth: "depth",
    size: "size",
  };
  const UNKNOWN = { f1: "none held out" };

  const SUBTREE = "F1 of subtree";

  task2box.colorWord = ({ member }, by) => ({ members: member[1], f1: SUBTREE })[by] || by;

  task2box.drawLegend = function (state, tone, focus) {
    const { atlas, view } = state;
    const word = wordOf(atlas, view);
    const parts = () => [
      ...(word ? [task2box.node("span", "word", word)] : []),
      ...(word && view.color !== "position" ? scale(atlas, view, tone) : []),
    ];
    fill("legend", parts());
    fill("cuboids-legend", [...parts(), ...some(atlas, focus)]);
  };

  function wordOf(atlas, { color, dim }) {
    if (color === "f1") return `${SUBTREE}, ${atlas.scored(dim).of}`;
    return color === "members" ? atlas.member[1] : WORDS[color];
  }

  function fill(id, parts) {
    const place = document.getElementById(id);
    place.hidden = !parts.length;
    place.replaceChildren(...parts);
  }

  /* Where not all are drawn, which ones are. */
  function some(atlas, focus) {
    const inside = atlas.inside(focus);
    const drawn = task2box.visibleCuboids(atlas, inside).length;
    const count = inside.reduce((sum, flag) => sum + flag, 0);
    if (drawn === count) return [];
    const words = `the ${drawn} largest of ${count.toLocaleString("en")} tasks`;
    return [task2box.node("span", "end", words)];
  }

  function scale(atlas, { color, dim }, tone) {
    const { least, most, unknown } = task2box.scaleOf(atlas, color, dim);
    const ramp = task2box.rampOf(tone);
    const stops = Array.from({ length: 9 }, (_, k) => ramp[Math.round((k / 8) * (ramp.length - 1))]);
    const bar = task2box.node("span", "ramp");
    bar.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
    const end = (number) => task2box.node("span", "end", number.toLocaleString("en"));
    const parts = [end(least), bar, end(most)];
    if (unknown) {
      const swatch = task2box.node("span", "swatch");
      swatch.style.background = task2box.unknownColor(tone);
      parts.push(swatch, task2box.node("span", "end", UNKNOWN[color] || "unknown"));
    }
    return parts;
  }
})(window.task2box);
