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

  task2box.colorWord = ({ member }, by) => (by === "members" ? member[1] : by);

  task2box.drawLegend = function (state, tone, focus) {
    const { atlas, view } = state;
    const word = view.color === "members" ? atlas.member[1] : WORDS[view.color];
    const parts = () => [
      ...(word ? [task2box.node("span", "word", word)] : []),
      ...(word && view.color !== "position" ? scale(atlas, view.color, tone) : []),
    ];
    fill("legend", parts());
    fill("cuboids-legend", [...parts(), ...some(atlas, focus)]);
  };

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

  function scale(atlas, by, tone) {
    const { least, most, unknown } = task2box.scaleOf(atlas, by);
    const ramp = task2box.rampOf(tone);
    const stops = Array.from({ length: 9 }, (_, k) => ramp[Math.round((k / 8) * (ramp.length - 1))]);
    const bar = task2box.node("span", "ramp");
    bar.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
    const end = (number) => task2box.node("span", "end", number.toLocaleString("en"));
    const parts = [end(least), bar, end(most)];
    if (unknown) {
      const swatch = task2box.node("span", "swatch");
      swatch.style.background = task2box.unknownColor(tone);
      parts.push(swatch, task2box.node("span", "end", "unknown"));
    }
    return parts;
  }
})(window.task2box);
