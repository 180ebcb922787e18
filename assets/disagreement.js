/* Where rectangles disagree with boxes of all dimensions on what lies in what. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const HALF = 0.5; // of a box: less of it is no containment (dashboard/table.py)
  const LISTED = 6;
  const place = () => document.getElementById("disagreement");

  /* The boxes that a picture of rectangles is held against: their dimension, 0 for none. */
  function fullOf({ atlas, view }) {
    if (task2box.isSolid(view)) return 0;
    const most = Math.max(...Object.keys(atlas.boxes).map(Number));
    const full = view.dim === 2 ? most : view.dim;
    return full > 2 ? full : 0;
  }

  /* Pairs [child, parent] that are asked about: all of the task in sight, or, where none
     is, every task with its parents. */
  function pairsOf({ atlas }, row) {
    const pairs = [];
    for (let other = 0; other < atlas.count; other++) {
      if (row < 0) for (const parent of atlas.parents[other]) pairs.push([other, parent]);
      else if (other !== row) pairs.push([other, row], [row, other]);
    }
    return pairs;
  }

  /* {asked, extra, lacking}: pairs that only the picture, or only the full boxes contain,
     as {child, parent, flat, full} with the shares in both, the plainest first. */
  task2box.disagreementOf = function (state, row) {
    const { atlas } = state;
    const full = fullOf(state);
    if (!full) return null;
    const pairs = pairsOf(state, row);
    const [extra, lacking] = [[], []];
    const share = (boxes, dim, a, b) => task2box.shareIn(boxes, dim, a, b);
    for (const [child, parent] of pairs) {
      const flat = share(atlas.flat, 2, child, parent);
      const whole = share(atlas.boxes[full], full, child, parent);
      if (flat < HALF && whole < HALF) continue;
      const inFlat = flat >= HALF && flat > share(atlas.flat, 2, parent, child);
      const inFull = whole >= HALF && whole > share(atlas.boxes[full], full, parent, child);
      if (inFlat !== inFull) (inFlat ? extra : lacking).push({ child, parent, flat, full: whole });
    }
    for (const list of [extra, lacking]) {
      list.sort((a, b) => Math.abs(b.flat - b.full) - Math.abs(a.flat - a.full));
    }
    return { asked: pairs.length, dim: full, extra, lacking };
  };

  function sentence({ atlas, view }, row, { asked, dim, extra, lacking }) {
    const axes = task2box.planeOf(view).axes.split(",").map((axis) => Number(axis) + 1);
    const picture = view.dim === 2 ? "The 2D picture" : `The picture along axes ${axes.join(" and ")}`;
    const name = row < 0 ? "" : `“${task2box.short(atlas.labels[row])}”`;
    const number = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
    if (!extra.length && !lacking.length) {
      const on = row < 0 ? `all ${number(asked, "pair")} of a task and its parent` : `what lies in ${name} and what it lies in`;
      return `${picture} agrees with the ${dim}D boxes on ${on}.`;
    }
    const of = row < 0 ? `of ${number(asked, "pair")} of a task and its parent, ` : "";
    const about = row < 0 ? "" : ` of ${name}`;
    const shown = `${number(extra.length, "containment")}${about}`;
    const missed = lacking.length ? `lacks ${lacking.length.toLocaleString("en")} that they have` : "lacks none of theirs";
    return `${picture} disagrees with the ${dim}D boxes: ${of}it shows ${shown} that they do not have, and ${missed}.`;
  }

  function lineOf({ state, change }, { child, parent, flat, full }, row, dim) {
    const { atlas } = state;
    const other = child === row ? parent : child;
    const line = task2box.node("button", "pair");
    line.type = "button";
    const label = (at) => task2box.short(atlas.labels[at], 40);
    line.append(
      task2box.node("span", "", `${label(child)} in ${label(parent)}`),
      task2box.node("span", "muted", `here ${task2box.percent(flat)}, ${dim}D ${task2box.percent(full)}`)
    );
    line.addEventListener("click", () => change({ task: atlas.names[other] }));
    return line;
  }

  function listOf(explorer, title, pairs, row, dim) {
    if (!pairs.length) return [];
    const more = pairs.length - LISTED;
    return [
      task2box.node("h4", "", title),
      ...pairs.slice(0, LISTED).map((pair) => lineOf(explorer, pair, row, dim)),
      ...(more > 0 ? [task2box.node("p", "muted key", `and ${more.toLocaleString("en")} more`)] : []),
    ];
  }

  /* Below the words on the chosen task, or on all that is in sight. */
  task2box.drawDisagreement = function (explorer) {
    if (!place()) return; // a file of its own has no such column
    const { state } = explorer;
    const row = explorer.taskRow() >= 0 ? explorer.taskRow() : explorer.focusRow();
    const found = task2box.disagreementOf(state, row);
    place().hidden = !found || !found.asked;
    if (place().hidden) return;
    const { dim, extra, lacking } = found;
    const apart = "Boxes of 2 and of more dimensions are fitted each by itself.";
    const key = `A box lies in another by at least half, and by more than the reverse.${state.view.dim === 2 ? ` ${apart}` : ""}`;
    place().replaceChildren(
      task2box.node("h3", "", `Picture against ${dim}D`),
      task2box.node("p", "", sentence(state, row, found)),
      ...listOf(explorer, "Only in the picture", extra, row, dim),
      ...listOf(explorer, `Only in ${dim}D`, lacking, row, dim),
      task2box.node("p", "muted key", key)
    );
  };
})(window.task2box);
