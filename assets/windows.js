/* A collection that is too large to be sent whole: which part of it is here, and which is
   asked for as a hand moves.

   A part has the boxes that are large enough to be seen, in the picture and some way around
   it. What is drawn stays until others come; nothing waits for them. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const MARGIN = 0.2; // of the picture: asked for around it
  const AHEAD = 0.06; // of the picture: less than this around it, and more is asked for
  const FINER = 1.1; // how much closer one may be before smaller boxes are asked for
  const SIDE = 8192; // px of a picture that may be asked for
  const NAMED = 60; // selected tasks that are asked for
  const LEAST = 3; // px of the smallest box that is sent (dashboard/windows.py)
  const WHOLE = "Related tasks, distances and errors are listed where a collection is small enough to be read whole.";
  const element = (id) => document.getElementById(id);

  /* Whether the tasks that a view names are here. */
  task2box.knows = (atlas, view) => !atlas.window || namesIn(view).every((name) => atlas.row(name) >= 0);

  /* The tasks that are asked for however small; of a selection as many as can be. */
  const namesIn = ({ focus, task, selection }) =>
    [focus, task, ...selection.split(",", NAMED).map(decodeURIComponent)].filter(Boolean);

  /* How many tasks inside one are too small to be here. */
  function unseen({ window, depth, count }, row) {
    let end = row + 1; // tasks come before what lies in them
    while (end < count && depth[end] > depth[row]) end++;
    return window.inside[row] - (end - row - 1);
  }

  task2box.unseenWord = function (atlas, row) {
    const more = atlas.window ? unseen(atlas, row) : 0;
    if (!more) return "";
    return `${more.toLocaleString("en")} more inside, out of sight or too small: zoom in.`;
  };

  /* Sections that need all tasks at once: one says why it is empty, others are away. */
  task2box.refuseWhole = function ([first, ...others]) {
    for (const id of others) element(id).hidden = true;
    element(first).hidden = false;
    element(first).replaceChildren(task2box.node("p", "muted key", WHOLE));
  };

  const grown = ([x0, x1, y0, y1], share) => task2box.padded([x0, x1, y0, y1], share);

  const holds = (outer, inner) =>
    outer[0] <= inner[0] && outer[1] >= inner[1] && outer[2] <= inner[2] && outer[3] >= inner[3];

  /* What of a collection is drawn, in words over its picture. */
  function note(panel, atlas) {
    const { window, count } = atlas;
    let place = panel.querySelector(".window-note");
    document.querySelectorAll("[data-action=lost]").forEach((button) => (button.hidden = Boolean(window)));
    if (!window) return void place?.remove();
    if (!place) panel.append((place = task2box.node("p", "fit-note window-note")));
    const least = Math.ceil((LEAST * window.least) / window.asked - 0.01);
    const [some, all] = [count, window.total].map((number) => number.toLocaleString("en"));
    const whole = window.focus && !unseen(atlas, atlas.row(window.focus));
    const words = [`${some} of ${all} tasks`, whole ? "all that lie inside" : `those from ${least} px: zoom in for more`];
    place.textContent = count < window.total ? words.join(", ") : `All ${all} tasks`;
  }

  /* Of a large collection a file of its own has the part that is seen. */
  task2box.partQuery = function ({ state, pictures }) {
    if (!state.atlas.window) return "";
    const { root, range } = pictures.boxes;
    const [width, height] = [root.clientWidth || 1, root.clientHeight || 1];
    return `&${new URLSearchParams({ frame: range.join(","), width, height })}`;
  };

  /* Follow what a person sees. ask(collection, question): a promise of a part; without it
     there is no more than what is here. */
  task2box.makeWindows = function (explorer, ask) {
    const { state } = explorer;
    const panel = element("boxes-panel");
    let wanted = null; // what is seen now, where that is not here
    let going = false;

    const size = () => [panel.clientWidth || 1, panel.clientHeight || 1];

    /* Side of the smallest box that can be seen there. */
    function leastOf([x0, x1, y0, y1]) {
      const [width, height] = size();
      return LEAST * Math.min((x1 - x0) / width, (y1 - y0) / height);
    }

    const has = ({ frame, asked, focus }, range) =>
      focus === state.view.focus && asked <= FINER * leastOf(range) && holds(frame, grown(range, AHEAD));

    const viewed = ({ viewport }) => (viewport ? viewport.split(",").map(Number) : null);

    /* The part in which one sees a range, with the tasks that a view names. */
    task2box.partOf = async function (view, range = viewed(view), { focus } = view) {
      const [width, height] = size().map((side) => Math.min(SIDE, Math.round(side * (1 + 2 * MARGIN))));
      const also = namesIn(view).map(encodeURIComponent).join(",");
      const frame = range ? { frame: grown(range, MARGIN).join(",") } : {};
      return task2box.atlasOf(await ask(view.collection, { ...frame, focus, also, width, height }));
    };

    async function go() {
      going = true;
      while (wanted) {
        const { view } = state;
        const range = wanted;
        wanted = null; // what is seen meanwhile may be another
        const part = await task2box.partOf(view, range).catch((error) => error);
        if (part instanceof Error) task2box.tell(part.message);
        else if (timely(view, part)) explorer.renew(part); // which draws, and follows again
        else if (view !== state.view) explorer.follow(explorer.pictures.boxes.range);
      }
      going = false;
    }

    /* Whether an answer is still of what is seen; another task may have been chosen. */
    const timely = ({ collection, focus }, part) =>
      collection === state.view.collection && focus === state.view.focus && task2box.knows(part, state.view);

    explorer.follow = function (range) {
      note(panel, state.atlas);
      if (!ask || !state.atlas.window || !panel.clientWidth) return;
      wanted = has(state.atlas.window, range) ? null : range;
      if (wanted && !going) go();
    };

    /* Whether all that can be seen is on the way no more; for tests. */
    explorer.settled = () => !going && !explorer.pictures.boxes.flying;

    /* All tasks that a view names are here; it fails where there is none of the name. */
    explorer.bring = async function (view) {
      const part = await task2box.partOf(view, explorer.pictures.boxes.range, state.view);
      if (!task2box.knows(part, view)) throw new Error("There is no such task in this collection.");
      if (view.collection === state.view.collection) explorer.renew(part);
    };
  };
})(window.task2box);
