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
    const most = Math.max(...atlas.dims);
    const full = view.dim === 2 ? most : view.dim;
    return full > 2 ? full : 0;
  }

  /* Pairs [child, parent] that are asked about: all of the task in sight, or, where none
     is, every task with its parents. */
  task2box.pairsAsked = function (atlas, row) {
    const pairs = [];
    for (let other = 0; other < atlas.count; other++) {
      if (row < 0) for (const parent of atlas.parents[other]) pairs.push([other, parent]);
      else if (other !== row) pairs.push([other, row], [row, other]);
    }
    return pairs;
  };

  /* Whether boxes say that a task lies in another; `share` of it does. */
  task2box.liesIn = function (boxes, dim, child, parent, share = task2box.shareIn(boxes, dim, child, parent)) {
    return share >= HALF && share > task2box.shareIn(boxes, dim, parent, child);
  };

  /* {extra, lacking}: pairs that only these boxes, or only others contain, as {child,
     parent, flat, full} with the shares in both, the plainest first. */
  task2box.partings = function (pairs, [boxes, dim], [others, most]) {
    const [extra, lacking] = [[], []];
    for (const [child, parent] of pairs) {
      const flat = task2box.shareIn(boxes, dim, child, parent);
      const full = task2box.shareIn(others, most, child, parent);
      const inFlat = task2box.liesIn(boxes, dim, child, parent, flat);
      const inFull = task2box.liesIn(others, most, child, parent, full);
      if (inFlat !== inFull) (inFlat ? extra : lacking).push({ child, parent, flat, full });
    }
    for (const list of [extra, lacking]) {
      list.sort((a, b) => Math.abs(b.flat - b.full) - Math.abs(a.flat - a.full));
    }
    return { extra, lacking };
  };

  /* The same of the picture and the full boxes, and how many pairs were asked about. */
  task2box.disagreementOf = function (state, row) {
    const { atlas } = state;
    const full = fullOf(state);
    const pairs = task2box.pairsAsked(atlas, row);
    return { asked: pairs.length, dim: full, ...task2box.partings(pairs, [atlas.flat, 2], [atlas.boxes[full], full]) };
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

  function lineOf({ state, change }, { child, parent, flat, full }, row, other) {
    const { atlas } = state;
    const chosen = child === row ? parent : child;
    const line = task2box.node("button", "pair");
    line.type = "button";
    const label = (at) => task2box.short(atlas.labels[at], 40);
    line.append(
      task2box.node("span", "", `${label(child)} in ${label(parent)}`),
      task2box.node("span", "muted", `here ${task2box.percent(flat)}, ${other} ${task2box.percent(full)}`)
    );
    line.addEventListener("click", () => change({ task: atlas.names[chosen] }));
    return line;
  }

  /* The first of some pairs; `other` is what the second boxes are called. */
  task2box.pairList = function (explorer, title, pairs, row, other) {
    if (!pairs.length) return [];
    const more = pairs.length - LISTED;
    return [
      task2box.node("h4", "", title),
      ...pairs.slice(0, LISTED).map((pair) => lineOf(explorer, pair, row, other)),
      ...(more > 0 ? [task2box.node("p", "muted key", `and ${more.toLocaleString("en")} more`)] : []),
    ];
  };

  /* Boxes of more dimensions are large: they come when someone asks for them. */
  function offerComparison(explorer, full) {
    const { atlas } = explorer.state;
    const button = Object.assign(task2box.node("button", "", `Compare with the ${full}D boxes`), { type: "button" });
    button.addEventListener("click", async () => {
      button.disabled = true;
      const failed = await explorer.need(full).then(() => null, (error) => error);
      if (failed) task2box.tell(`The ${full}D boxes could not be loaded. ${failed.message}`);
      if (explorer.state.atlas === atlas) task2box.drawDisagreement(explorer);
    });
    place().replaceChildren(task2box.node("h3", "", `Picture against ${full}D`), button);
  }

  /* Below the words on the chosen task, or on all that is in sight. */
  task2box.drawDisagreement = function (explorer) {
    if (!place()) return; // a file of its own has no such column
    const { state } = explorer;
    const row = explorer.taskRow() >= 0 ? explorer.taskRow() : explorer.focusRow();
    const rival = task2box.againstFit(explorer, row);
    if (rival) {
      place().hidden = !rival.length;
      place().replaceChildren(...rival);
      return;
    }
    const full = fullOf(state);
    place().hidden = !full || !task2box.pairsAsked(state.atlas, row).length;
    if (place().hidden) return;
    if (!state.atlas.boxes[full]) {
      offerComparison(explorer, full);
      return;
    }
    const found = task2box.disagreementOf(state, row);
    const { dim, extra, lacking } = found;
    const apart = "Boxes of 2 and of more dimensions are fitted each by itself.";
    const key = `A box lies in another by at least half, and by more than the reverse.${state.view.dim === 2 ? ` ${apart}` : ""}`;
    place().replaceChildren(
      task2box.node("h3", "", `Picture against ${dim}D`),
      task2box.node("p", "", sentence(state, row, found)),
      ...task2box.pairList(explorer, "Only in the picture", extra, row, `${dim}D`),
      ...task2box.pairList(explorer, `Only in ${dim}D`, lacking, row, `${dim}D`),
      task2box.node("p", "muted key", key)
    );
  };
})(window.task2box);
