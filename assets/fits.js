/* A further fit of the same tasks beside the boxes, by another recipe or another seed:
   what is hovered, chosen, selected and coloured is the same, the zoom is its own. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const ZOOM = 0.6;
  const AIR = 0.03;
  const count = (number) => number.toLocaleString("en");

  /* {stem, dim, word} of a fit beside the boxes, such as `fit.2d.published`. */
  function fitOf(beside) {
    const [, stem, dim, word] = /^fit\.((\d+)d\.(.+))$/.exec(beside) || [];
    return stem ? { stem, dim: Number(dim), word } : null;
  }

  function wordOf(beside) {
    const fit = fitOf(beside);
    return fit ? `${fit.word}, ${fit.dim}D` : "Another fit";
  }

  // Fits that are called after what they read of tasks.
  const NAMED = { mean: "mean", "mean+variance": "mean-variance", task2vec: "task2vec" };

  /* What a view says besides where a fit is chosen: the features that it is called after. */
  task2box.featuresOf = function ({ described }, beside) {
    const word = fitOf(beside)?.word;
    const [features] = Object.entries(NAMED).find(([, name]) => name === word) || [];
    return features in described ? { features, measure: "cosine" } : {};
  };

  /* And where features are chosen while a fit is beside: the fit of these, if there is one. */
  task2box.fitBy = function ({ atlas, view }, features) {
    const fit = fitOf(view.beside);
    const beside = fit && `fit.${fit.dim}d.${NAMED[features]}`;
    return atlas.besides.includes(beside) ? { beside } : {};
  };

  /* Corners of the fit that is beside the boxes, null where there is none or not yet. */
  function seenFit({ atlas, view }) {
    const fit = fitOf(view.beside);
    const boxes = fit && atlas.fits.get(fit.stem);
    return boxes ? { ...fit, boxes } : null;
  }

  // ---------------------------------------------------------------- truth

  /* How boxes hold what is true: {inside, asked} of tasks with their parents, and how
     many siblings lie in one another (`across`) though none is above the other. */
  task2box.heldBy = function (atlas, boxes, dim) {
    const pairs = task2box.pairsAsked(atlas, -1);
    const inside = pairs.filter(([child, parent]) => task2box.liesIn(boxes, dim, child, parent)).length;
    let across = 0;
    for (const rows of [atlas.roots, ...atlas.children]) across += acrossIn(atlas, boxes, dim, rows);
    return { inside, asked: pairs.length, across };
  };

  /* Along the first axis, only neighbours can lie in one another. */
  function acrossIn(atlas, boxes, dim, siblings) {
    const [start, end] = [boxes.lower, boxes.upper].map((column) => (row) => column[dim * row]);
    const rows = [...siblings].sort((a, b) => start(a) - start(b));
    const strange = (row, other) => task2box.liesIn(boxes, dim, row, other) && !atlas.above(row).has(other);
    let across = 0;
    rows.forEach((row, k) => {
      for (let next = k + 1; next < rows.length && start(rows[next]) < end(row); next++) {
        if (strange(row, rows[next]) || strange(rows[next], row)) across++;
      }
    });
    return across;
  }

  /* The same of the fit and of the boxes beside it, in words; of tasks that lie in
     nothing by their nature there is no such truth. */
  function truthWords(atlas, { word, dim, boxes }) {
    if (atlas.roots.length === atlas.count) return `“${word}” beside the ${dim}D boxes: the same tasks, fitted anew.`;
    const [theirs, ours] = [boxes, atlas.boxes[dim]].map((one) => task2box.heldBy(atlas, one, dim));
    const inside = ({ inside, asked }) => task2box.percent(inside / asked);
    const across = `siblings in one another: ${count(theirs.across)} here, ${count(ours.across)} there`;
    return `Tasks in their parents, as drawn: ${inside(theirs)} here, ${inside(ours)} in the ${dim}D boxes; ${across}.`;
  }

  // ---------------------------------------------------------------- words aside

  /* On what the boxes and the fit beside them disagree; null where there is no fit, empty
     where nothing is asked. */
  task2box.againstFit = function (explorer, row) {
    const { atlas } = explorer.state;
    const fit = seenFit(explorer.state);
    if (!fit) return null;
    const { boxes, dim, word } = fit;
    const pairs = task2box.pairsAsked(atlas, row);
    if (!pairs.length) return [];
    const { extra, lacking } = task2box.partings(pairs, [atlas.boxes[dim], dim], [boxes, dim]);
    const of = row < 0 ? "a task in its parent" : `what lies in “${task2box.short(atlas.labels[row])}” and what it lies in`;
    const apart = extra.length + lacking.length;
    const sentence = apart
      ? `Of ${of}, the two disagree on ${count(apart)} of ${count(pairs.length)} pairs.`
      : `The two agree on all ${count(pairs.length)} pairs of ${of}.`;
    return [
      task2box.node("h3", "", `Boxes against “${word}”`),
      task2box.node("p", "", sentence),
      ...task2box.pairList(explorer, "Only in the boxes", extra, row, word),
      ...task2box.pairList(explorer, `Only in “${word}”`, lacking, row, word),
      task2box.node("p", "muted key", "A box lies in another by at least half, and by more than the reverse."),
    ];
  };

  // ---------------------------------------------------------------- the panel

  function button(word, title, press) {
    const made = Object.assign(task2box.node("button", "", word), { type: "button", title });
    made.setAttribute("aria-label", title);
    made.addEventListener("click", press);
    return made;
  }

  function panelElements() {
    const root = task2box.node("div", "panel other");
    root.id = "fit-panel";
    root.hidden = true;
    root.tabIndex = 0;
    for (const [key, value] of [["role", "application"], ["aria-describedby", "hint fit-note"]]) root.setAttribute(key, value);
    const canvases = ["base", "marks"].map((name) => {
      const canvas = document.createElement("canvas");
      canvas.className = name;
      return canvas;
    });
    const note = Object.assign(task2box.node("p", "fit-note"), { id: "fit-note" });
    root.append(...canvases, note);
    document.getElementById("pictures").append(root);
    return { root, note };
  }

  function make(explorer, scene) {
    const { state } = explorer;
    const { root, note } = panelElements();
    let last = { key: "", boxes: null, atlas: null }; // the rectangles that are seen

    /* The tasks with the rectangles of the fit; before these are there, with none. */
    function twin() {
      const { atlas, view } = state;
      const fit = seenFit(state);
      if (!fit) return null;
      const plane = { dim: fit.dim, axes: (view.dim === fit.dim && view.axes) || "0,1" };
      if (last.boxes !== fit.boxes || last.key !== plane.axes) {
        const flat = task2box.rectanglesOf({ [fit.dim]: fit.boxes }, plane, atlas.count);
        if (last.boxes !== fit.boxes) note.textContent = truthWords(atlas, fit);
        last = { key: plane.axes, boxes: fit.boxes, atlas: task2box.twinOf(atlas, flat) };
      }
      return last.atlas;
    }

    const hands = task2box.handsOf(explorer, twin, () => panel);
    /* Nothing lies where nothing is drawn yet. */
    const once = (action) => (...given) => (twin() ? action(...given) : undefined);
    const panel = task2box.panelOf(root, null, {
      ...Object.fromEntries(Object.entries(hands).map(([name, action]) => [name, once(action)])),
      frame: () => (twin() ? twin().frame(-1) : [0, 1, 0, 1]),
      tool: hands.tool,
      scene: () => ({ ...scene(), placed: null }), // which lie among other boxes than these
      paint: (ctx, seen) => twin() && task2box.paintBoxes(ctx, twin(), seen),
      mark: (ctx, seen) => twin() && task2box.markBoxes(ctx, twin(), seen),
      moved() {}, // the fit follows the focus; where else one looks is not kept
    });
    /* All of the focus, above the note. */
    const whole = () => {
      const [x0, x1, y0, y1] = task2box.padded(twin().frame(explorer.focusRow()), AIR);
      const room = Math.max(1, root.clientHeight - note.offsetHeight);
      return [x0, x1, y1 - ((y1 - y0) * (room + note.offsetHeight)) / room, y1];
    };
    const zoom = task2box.node("div", "zoom");
    zoom.append(
      button("+", "Zoom in", once(() => panel.step(ZOOM))),
      button("-", "Zoom out", once(() => panel.step(1 / ZOOM))),
      button("⤢", "Show all of it", once(() => panel.flyTo(whole())))
    );
    root.append(zoom);

    async function learn(atlas, { stem, dim, word }) {
      note.textContent = `Loading “${word}”…`;
      panel.draw();
      const both = Promise.all([explorer.fit(atlas.collection, stem), explorer.need(dim)]);
      const sent = await both.then(([sent]) => sent, (error) => error);
      const failed = sent instanceof Error;
      if (!failed) atlas.fits.set(stem, task2box.cornersOf(sent));
      if (state.atlas !== atlas || fitOf(state.view.beside)?.stem !== stem) return;
      if (failed) note.textContent = `“${word}” could not be loaded. ${sent.message}`;
      else arrive();
    }

    function arrive() {
      panel.flyTo(whole(), { jump: true });
      task2box.drawDisagreement(explorer);
    }

    function show(differs, fresh) {
      const { atlas, view } = state;
      root.setAttribute("aria-label", `Boxes of the fit ${wordOf(view.beside)}`);
      if (!twin()) {
        last = { key: "", boxes: null, atlas: null };
        learn(atlas, fitOf(view.beside));
      } else if (fresh || differs("beside", "dim", "axes", "focus")) panel.flyTo(whole(), { jump: fresh || !differs("focus") });
      else panel.draw();
    }

    /* Into a file. */
    function paint(ctx, _, seen) {
      if (!twin()) return;
      const atlas = Object.create(twin());
      atlas.labelWidths = null; // other fonts, other widths
      task2box.paintBoxes(ctx, atlas, seen);
    }
    const paintMarks = (ctx, _, seen) => twin() && task2box.markBoxes(ctx, twin(), seen);
    const files = { scene: panel.scene, paint, paintMarks };

    return { root, show, draw: panel.draw, mark: panel.drawMarks, ...files, drawable: true, panel, twin };
  }

  task2box.besides = { ...task2box.besides, fit: { word: wordOf, make } };
})(window.task2box);
