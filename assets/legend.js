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

  task2box.drawLegend = function ({ atlas, view }, tone) {
    const place = document.getElementById("legend");
    const word = view.color === "members" ? atlas.member[1] : WORDS[view.color];
    place.hidden = !word;
    if (!word) return place.replaceChildren();
    const parts = [task2box.node("span", "word", word)];
    if (view.color !== "position") parts.push(...scale(atlas, view.color, tone));
    return place.replaceChildren(...parts);
  };

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
