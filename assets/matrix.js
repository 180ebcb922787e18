/* How far tasks are from one another, beside the boxes: a matrix of the tasks in sight, or
   of those that are selected, in the order of their dendrogram.

   What is hovered and chosen is the same as among the boxes; a cell is a pair. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const MOST = 300; // tasks at once (dashboard/matrix.py would take some more)
  const KEPT = 12; // matrices
  const ZOOM = 0.6;
  const count = (number) => number.toLocaleString("en");
  const HINT =
    "Arrow keys go from cell to cell, from the row's task to the column's; Enter selects the pair, Home and End " +
    "lead to the first and last column.";

  /* {rows, all}: the tasks of the matrix, those with most members where all are too many. */
  task2box.matrixRows = function ({ atlas, selection, shown }, focus) {
    const chosen = selection && selection.rows.length > 2;
    const inside = chosen ? selection.flags : atlas.inside(focus);
    const there = (row) => shown[row] === task2box.SHOWN || shown[row] === task2box.DIM;
    const all = Array.from(atlas.byMembers).filter((row) => inside[row] && there(row));
    return { rows: all.slice(0, MOST).sort((a, b) => a - b), all: all.length };
  };

  function measureOf({ atlas, view }) {
    const known = atlas.described[view.features];
    const [word, directed] = known.measures[view.measure];
    return { word, directed, features: known.word, measures: known.measures };
  }

  /* Of all descriptions and distances the one that a view has: a file has no other. */
  task2box.onlyMeasure = function ({ described }, { features, measure }) {
    const known = described[features];
    return known ? { [features]: { ...known, measures: { [measure]: known.measures[measure] } } } : {};
  };

  /* A distance with as many digits as one can tell apart. */
  const figure = (number) => task2box.numberWord(Number(number.toPrecision(3)));

  // ---------------------------------------------------------------- the panel

  function button(word, title, press) {
    const made = Object.assign(task2box.node("button", "", word), { type: "button", title });
    made.setAttribute("aria-label", title);
    made.addEventListener("click", press);
    return made;
  }

  function panelElements() {
    const root = task2box.node("div", "panel other");
    Object.assign(root, { id: "matrix-panel", hidden: true, tabIndex: 0 });
    root.setAttribute("role", "application");
    root.setAttribute("aria-describedby", "matrix-hint matrix-note");
    const canvases = ["base", "marks"].map((name) => {
      const canvas = document.createElement("canvas");
      canvas.className = name;
      return canvas;
    });
    const measure = document.createElement("select");
    measure.className = "measure";
    measure.setAttribute("aria-label", "Distance");
    const hint = Object.assign(task2box.node("p", "unseen", HINT), { id: "matrix-hint" });
    const note = Object.assign(task2box.node("p", "fit-note"), { id: "matrix-note" });
    root.append(...canvases, measure, hint, note);
    document.getElementById("pictures").append(root);
    return { root, measure, note };
  }

  function make(explorer, sceneOf) {
    const { state } = explorer;
    const { root, measure, note } = panelElements();
    const kept = new Map(); // promises of matrices, by what they are of
    let now = { key: "", matrix: null, all: 0 };
    let cell = null; // that is pointed at, or that the keys have come to: [row, column]
    let moved = false; // whether a hand has panned or zoomed

    const size = () => ({ width: root.clientWidth, height: root.clientHeight });
    const frame = () => (now.matrix?.count ? task2box.matrixFrame(now.matrix.count, size()) : [0, 1, 0, 1]);

    function scene() {
      const { word, directed, features } = measureOf(state);
      const words = `${features}, ${word}${directed ? ", rows → columns" : ""}`;
      return { ...sceneOf(), placed: null, matrix: now.matrix, cell, words, directed, tone: explorer.tone() };
    }

    const panel = task2box.panelOf(root, null, {
      frame,
      scene,
      paint: (ctx, seen) => task2box.paintMatrix(ctx, state.atlas, seen),
      mark: (ctx, seen) => task2box.markMatrix(ctx, state.atlas, seen),
      still: true, // names and dendrogram
      tool: () => "move",
      drawn() {},
      hover(px, py, event) {
        const at = task2box.matrixCellAt(panel.scene(), px, py);
        point(at, event);
      },
      leave() {
        cell = null;
        explorer.hover(-1, []);
        say();
      },
      click(px, py, event) {
        const at = task2box.matrixCellAt(panel.scene(), px, py);
        if (!at) explorer.change({ task: "" });
        else choose(at, event);
      },
      doubleClick(px, py) {
        const at = task2box.matrixCellAt(panel.scene(), px, py);
        if (at && (at[1] < 0 || at[0] === at[1])) explorer.drill(now.matrix.rows[at[0]]);
      },
      moved: () => (moved = true),
    });

    // -------------------------------------------------------------- words

    const label = (k) => task2box.short(state.atlas.labels[now.matrix.rows[k]], 60);

    /* How far two tasks are from one another, either way where these differ. */
    function told(i, j) {
      const { directed } = measureOf(state);
      const way = (from, to) => `${label(from)} → ${label(to)} ${figure(now.matrix.at(from, to))}`;
      if (directed) return `${way(i, j)}; ${way(j, i)}`;
      return `${label(i)} and ${label(j)}: ${figure(now.matrix.at(i, j))}`;
    }

    function selectedCell() {
      const rows = state.selection ? Array.from(state.selection.rows) : [];
      const places = rows.map((row) => now.matrix.rows.indexOf(row));
      return rows.length === 2 && !places.includes(-1) ? places : null;
    }

    function say() {
      if (!now.matrix) return;
      const seen = cell && cell[1] >= 0 && cell[0] !== cell[1] ? cell : selectedCell();
      note.textContent = seen ? told(...seen) : general();
    }

    function general() {
      const { matrix, all, asked } = now;
      if (!matrix.count) return "Of these tasks this tells nothing to compare them by.";
      if (matrix.kept) return `${count(matrix.count)} tasks, those in sight when this file was written.`;
      if (all > asked) {
        return `The ${count(asked)} of ${count(all)} tasks in sight with most members; look inside one, or select some.`;
      }
      const left = asked - matrix.count;
      if (left) return `${count(matrix.count)} tasks; ${count(left)} more left out, of which this tells nothing.`;
      return `${count(matrix.count)} tasks. A cell is how far its row is from its column.`;
    }

    // -------------------------------------------------------------- by hand

    function point(at, event) {
      const rows = at ? at.filter((k) => k >= 0).map((k) => now.matrix.rows[k]) : [];
      const pair = at && at[1] >= 0 && at[0] !== at[1];
      cell = pair ? at : null;
      if (!rows.length) explorer.hover(-1, []);
      else if (pair) explorer.hover(rows[0], rows, event, told(...at));
      else explorer.hover(rows[0], state.atlas.path(rows[0]).reverse(), event);
      panel.drawMarks();
      say();
    }

    /* A cell selects its pair, whose both directions are told beside; a name one task. */
    function choose([i, j], event) {
      const { rows } = now.matrix;
      if (j < 0 || i === j) {
        if (event && task2box.adds(event)) explorer.toggle(rows[i]);
        else explorer.change({ task: state.atlas.names[rows[i]] });
        return;
      }
      explorer.change({ selection: task2box.selectionText(state.atlas, [rows[i], rows[j]]), task: "" });
    }

    measure.addEventListener("change", () => explorer.change({ measure: measure.value }));

    const zoom = task2box.node("div", "zoom");
    const step = (factor) => {
      moved = true;
      panel.step(factor);
    };
    zoom.append(
      button("+", "Zoom in", () => step(ZOOM)),
      button("-", "Zoom out", () => step(1 / ZOOM)),
      button("⤢", "Show all of it", () => whole())
    );
    root.append(zoom);

    function whole(jump = false) {
      moved = false;
      panel.flyTo(frame(), { jump });
    }

    // -------------------------------------------------------------- by keys

    const steps = {
      ArrowUp: ([i, j]) => [i - 1, j],
      ArrowDown: ([i, j]) => [i + 1, j],
      ArrowLeft: ([i, j]) => [i, j - 1],
      ArrowRight: ([i, j]) => [i, j + 1],
      Home: ([i]) => [i, 0],
      End: ([i]) => [i, now.matrix.count - 1],
    };
    root.addEventListener("keydown", (event) => {
      const { key, target } = event;
      if (target !== root || event.ctrlKey || event.metaKey || event.altKey || !now.matrix?.count) return;
      if (key === "Enter" && cell) choose(cell);
      else if (key in steps) go(steps[key](cell || selectedCell() || [0, 0]));
      else return;
      event.preventDefault();
      event.stopPropagation();
    });

    function go(to) {
      const [i, j] = to.map((k) => Math.min(now.matrix.count - 1, Math.max(0, k)));
      point([i, j]);
      cell = [i, j];
      panel.drawMarks();
      document.getElementById("live").textContent = i === j ? label(i) : told(i, j);
    }

    // -------------------------------------------------------------- what is shown

    function ask(view, rows, key) {
      if (!kept.has(key)) {
        if (kept.size === KEPT) kept.delete(kept.keys().next().value);
        const asked = explorer.matrix(view, rows).then((sent) => {
          const [far, height] = [sent.far, sent.height].map(task2box.floats);
          return task2box.matrixOf({ ...sent, far, height });
        });
        asked.catch(() => kept.delete(key)); // asked again, it may come
        kept.set(key, asked);
      }
      return kept.get(key);
    }

    async function learn() {
      const { atlas, view } = state;
      const { rows, all } = task2box.matrixRows(state, explorer.focusRow());
      const key = JSON.stringify([atlas.edition, view.features, view.measure, rows]);
      if (key === now.key) return;
      now = { ...now, key };
      cell = null;
      root.setAttribute("aria-busy", "true");
      note.textContent = `Comparing ${count(rows.length)} tasks…`;
      const empty = { rows: [], far: new Float32Array(), joins: [], height: new Float32Array() };
      const found = await (rows.length ? ask(view, rows, key) : Promise.resolve(task2box.matrixOf(empty))).catch(
        (error) => error
      );
      if (key !== now.key) return;
      root.removeAttribute("aria-busy");
      if (found instanceof Error) {
        now = { key: "", matrix: null };
        note.textContent = `The distances could not be loaded. ${found.message}`;
        panel.draw();
        return;
      }
      now = { key, matrix: found, all, asked: rows.length };
      whole(true);
      say();
    }

    function offer() {
      const { measures, word, features } = measureOf(state);
      const choices = JSON.stringify(measures);
      if (measure.dataset.offered !== choices) {
        measure.dataset.offered = choices;
        const options = Object.entries(measures).map(([value, [name, directed]]) => new Option(directed ? `${name} →` : name, value));
        measure.replaceChildren(...options);
      }
      measure.value = state.view.measure;
      root.setAttribute("aria-label", `Matrix of distances by ${features}, ${word}`);
    }

    function show(differs, fresh) {
      offer();
      learn();
      if (fresh) whole(true);
      else panel.draw();
      if (differs("selection")) say();
    }

    new ResizeObserver(() => moved || !root.clientWidth || whole(true)).observe(root);

    return {
      root,
      show,
      draw: panel.draw,
      mark: panel.drawMarks,
      // In a file of any size: all of it, or as much as is in sight.
      scene: panel.scene,
      paint: (ctx, atlas, seen) => task2box.paintMatrix(ctx, atlas, framed(seen)),
      paintMarks: (ctx, atlas, seen) => task2box.markMatrix(ctx, atlas, framed({ ...seen, cell: null })),
      panel,
      /* For tests and scripts: what is shown, and a pixel of the page in a cell. */
      seen: () => now.matrix,
      pixelOf(from, to) {
        const { left, top } = root.getBoundingClientRect();
        const [i, j] = [from, to].map((name) => now.matrix.rows.indexOf(state.atlas.row(name)));
        const [x, y] = task2box.matrixPixelOf(panel.scene(), i, j);
        return [left + x, top + y];
      },
    };

    function framed(seen) {
      return moved || !now.matrix?.count ? seen : { ...seen, range: task2box.matrixFrame(now.matrix.count, seen) };
    }
  }

  task2box.besides = { ...task2box.besides, matrix: { word: "Matrix", make } };
})(window.task2box);
