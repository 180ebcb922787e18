/* Truth against boxes as colours: whether a box lies where its task does.

   A box claims to lie in another by more than half of it, and more so than the reverse
   (core/evaluation/edges.py). Every task has a state: that of its worst claim, unless its
   parent has the same error. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const STATES = ["none", "learned", "spurious", "missed"]; // dashboard/edges.py
  const ORDER = ["learned", "missed", "spurious", "none"]; // of the legend
  const HUES = { learned: 2, spurious: 3, missed: 5 }; // of a palette (colors.js)
  const DASHES = { spurious: [2, 3], missed: [7, 4] }; // px: told without colours as well
  const MEANINGS = {
    learned: "Boxes that lie where their tasks do, or that follow the box of a parent",
    missed: "Boxes that should lie in another, and do not by more than half",
    spurious: "Boxes that lie in another by more than half, and should not",
    none: "Boxes that lie in no other, and should not",
  };
  const dashes = STATES.map((state) => DASHES[state] || null);

  /* What is asked for when a view's colours need more than the browser has. */
  task2box.columnKey = ({ color, dim }) => (color === "edges" ? `edges:${dim}` : color);

  const edgesOf = (atlas, dim) => task2box.columnOf(atlas, `edges:${dim}`);

  /* The state of every task, while it is what colours mean and known; or null. */
  task2box.edgeStates = (atlas, { color, dim }) =>
    color === "edges" ? edgesOf(atlas, dim)?.states || null : null;

  /* The dashes of the outline of a box in that state, null for a line. */
  task2box.dashOf = (state) => dashes[state];

  const colorOf = (state, tone) =>
    state in HUES ? task2box.paletteOf(tone)[HUES[state]] : task2box.unknownColor(tone);

  task2box.edgeColors = function (atlas, dim, tone) {
    const known = edgesOf(atlas, dim);
    if (!known) return new Array(atlas.count).fill(task2box.unknownColor(tone));
    const colors = STATES.map((state) => colorOf(state, tone));
    return Array.from(known.states, (state) => colors[state]);
  };

  task2box.edgeColor = colorOf;

  /* Entries with the numbers of boxes. */
  task2box.edgeLegend = function (atlas, { dim }, tone) {
    const known = edgesOf(atlas, dim);
    if (!known) return { waiting: true };
    const counts = STATES.map(() => 0);
    for (const state of known.states) counts[state]++;
    const place = STATES.map((state) => ORDER.indexOf(state));
    const entries = ORDER.map((state) => ({
      key: state,
      word: `${state} ${counts[STATES.indexOf(state)].toLocaleString("en")}`,
      color: colorOf(state, tone),
      line: DASHES[state] ? state : "",
      meaning: MEANINGS[state],
    }));
    return { entries, codes: known.states.map((state) => place[state]) };
  };

  task2box.edgeWord = (atlas, dim, row) => {
    const known = edgesOf(atlas, dim);
    return known && known.states[row] ? STATES[known.states[row]] : "";
  };
})(window.task2box);
