/* What the legend can hide, and which tasks are shown: decided when something changes,
   so that drawing and hovering only look it up. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const NAMED = 8; // entries of a legend; where there are more, the last is all others
  const HALF = 0.5; // share of the members from which on a branch is told by its parts
  const NONE = 255; // code of a task that no entry stands for

  // What a task is: not there, drawn, in the background, or the frame of others that are.
  const [GONE, SHOWN, DIM, FRAME] = [0, 1, 2, 3];
  Object.assign(task2box, { GONE, SHOWN, DIM, FRAME });

  /* As a link writes it; `~` begins what stands for no one value. */
  const keyOf = (value) => encodeURIComponent(value).replace(/~/g, "%7E");

  /* What colours stand for: {entries: [{key, word, color, unknown}], codes: the entry of
     every task}, or {scale} of numbers, or nothing. */
  task2box.legendOf = function ({ atlas, view, colors }, tone, focus) {
    if (view.color === "branch") return branches(atlas, colors, focus);
    if (view.color === "position") return {};
    if (view.color === "edges") return task2box.edgeLegend(atlas, view, tone);
    const column = task2box.columnOf(atlas, view.color);
    if (column?.values) return categories(column, tone);
    if (!column && task2box.isColumn(atlas, view.color)) return { waiting: true };
    return { scale: task2box.scaleOf(atlas, view.color, view.dim) };
  };

  function categories({ values, codes }, tone) {
    const palette = task2box.paletteOf(tone);
    const named = values.length > NAMED ? values.slice(0, NAMED - 1) : values;
    const entries = named.map((value, k) => ({ key: keyOf(value), word: value, color: palette[k] }));
    const more = values.length - named.length;
    if (more) entries.push({ key: "~other", word: `${more} others`, color: palette[NAMED - 1] });
    const last = entries.length;
    if (codes.includes(NONE)) {
      const color = task2box.unknownColor(tone);
      entries.push({ key: "~unknown", word: "not said", color });
    }
    return { entries, codes: codes.map((code) => (code === NONE ? last : Math.min(code, last - 1))) };
  }

  // ---------------------------------------------------------------- branches

  /* The branches that are told apart: the parts of what is shown, or of what most of it
     lies in. */
  function branches(atlas, colors, focus) {
    const seen = task2box.seenParent(atlas, focus);
    const own = (row) => atlas.children[row].filter((child) => seen(child) === row);
    const rows = front(atlas, focus < 0 ? atlas.roots : own(focus), own);
    rows.sort((a, b) => atlas.members[b] - atlas.members[a] || a - b);
    if (rows.length < 2) return {};
    const named = rows.length > NAMED ? rows.slice(0, NAMED - 1) : rows;
    const entries = named.map((row) => ({
      key: keyOf(atlas.names[row]),
      word: atlas.labels[row],
      color: colors[row],
    }));
    const more = rows.length - named.length;
    if (more) entries.push({ key: "~other", word: `${more.toLocaleString("en")} others` });
    const codes = new Uint8Array(atlas.count).fill(NONE);
    rows.forEach((row, k) => {
      const below = [row];
      while (below.length) {
        const next = below.pop();
        codes[next] = Math.min(k, entries.length - 1);
        below.push(...own(next));
      }
    });
    return { entries, codes };
  }

  function front(atlas, rows, own) {
    let found = [...rows];
    for (;;) {
      const total = found.reduce((sum, row) => sum + atlas.members[row], 0);
      const largest = found.reduce((a, b) => (atlas.members[b] > atlas.members[a] ? b : a), found[0]);
      const parts = largest === undefined ? [] : own(largest);
      const alone = found.length === 1;
      const vast = atlas.members[largest] > HALF * total;
      if (!parts.length || !(alone || (vast && found.length - 1 + parts.length <= NAMED))) return found;
      found = [...found.filter((row) => row !== largest), ...parts];
    }
  }

  // ---------------------------------------------------------------- which are shown

  /* Which entries of a legend are hidden, as flags. */
  task2box.hiddenEntries = function ({ entries = [] }, { hidden }) {
    const keys = new Set(hidden.split(","));
    return entries.map(({ key }) => keys.has(key));
  };

  task2box.rangeOf = ({ between }) => (between ? between.split(",").map(Number) : null);

  /* GONE, SHOWN, DIM or FRAME for every task. */
  task2box.flagsOf = function ({ atlas, view, legend }, focus) {
    const inside = atlas.inside(focus);
    const flags = inside.map((flag) => (flag ? SHOWN : DIM));
    const hidden = task2box.hiddenEntries(legend, view);
    const range = task2box.rangeOf(view);
    if (hidden.includes(true)) hide(atlas, flags, legend.codes, hidden, focus);
    if (range && legend.scale) dim(flags, legend.scale.column, range);
    return flags;
  };

  /* What is hidden is gone, but for the outlines of what holds tasks that are shown. */
  function hide(atlas, flags, codes, hidden, focus) {
    for (let row = 0; row < atlas.count; row++) if (hidden[codes[row]]) flags[row] = GONE;
    const seen = task2box.seenParent(atlas, focus);
    for (let row = 0; row < atlas.count; row++) {
      if (flags[row] !== SHOWN) continue;
      for (let at = seen(row); at !== undefined && flags[at] === GONE; at = seen(at)) flags[at] = FRAME;
    }
  }

  function dim(flags, column, [least, most]) {
    for (let row = 0; row < flags.length; row++) {
      const number = column[row];
      const within = number !== null && number >= least && number <= most;
      if (flags[row] === SHOWN && !within) flags[row] = DIM;
    }
  }
})(window.task2box);
