/* The tree beside the boxes: how a hand and keys move in it, and how it follows the view. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const FLIGHT = 120; // ms
  const HINT =
    "Up and down arrow move among siblings, left goes to the parent, right to the first " +
    "task inside, Enter looks inside, Backspace goes up.";
  const NONE = new Map();

  task2box.besides = task2box.besides || {};
  task2box.besides.tree = { word: "Tree", make };

  function panelElement() {
    const root = task2box.node("div", "panel other");
    const [base, marks] = ["base", "marks"].map((name) => {
      const canvas = document.createElement("canvas");
      canvas.className = name;
      return canvas;
    });
    const hint = Object.assign(task2box.node("p", "unseen", HINT), { id: "tree-hint" });
    Object.assign(root, { id: "tree-panel", tabIndex: 0, hidden: true });
    root.setAttribute("role", "application");
    root.setAttribute("aria-label", "Tree");
    root.setAttribute("aria-describedby", "tree-hint");
    root.append(base, marks, hint);
    document.getElementById("projection-panel").after(root);
    return { root, base, marks };
  }

  function make(explorer, shared) {
    const { state } = explorer;
    const { root, base, marks } = panelElement();
    const still = window.matchMedia("(prefers-reduced-motion: reduce)");
    let turned = NONE; // lists of small tasks that a hand turned, by the parent
    let tree = null; // what is drawn
    let cells = []; // what can be pointed at
    let flight = 0;
    let keyed = false; // whether the hand is on the keyboard
    let moved = null; // the view that the last key made

    const scene = () => ({ ...shared(), turned, width: root.clientWidth, height: root.clientHeight });
    const ring = () => (keyed && document.activeElement === root ? explorer.here() : -1);

    function paint() {
      const seen = { ...scene(), tree };
      task2box.paintTree(task2box.blank(root, base), state.atlas, seen);
      mark();
    }

    function mark() {
      if (!tree || !root.clientWidth) return;
      const ctx = task2box.blank(root, marks);
      task2box.markTree(ctx, state.atlas, { ...scene(), tree, ring: ring() });
    }

    /* Lay it out anew and draw it. */
    function draw() {
      cancelAnimationFrame(flight);
      if (!root.clientWidth) return;
      tree = task2box.icicleOf(state.atlas, scene());
      cells = task2box.cellsOf(base.getContext("2d"), state.atlas, { ...scene(), tree });
      paint();
    }

    /* Cells that were there move to their places, others come from what they lie in. */
    function fly() {
      const from = tree;
      draw();
      const target = tree;
      const begins = target.cells.map((cell) => beginning(state.atlas, scene(), from.cells, cell));
      const began = performance.now();
      const step = (now) => {
        const share = Math.min(1, Math.max(0, now - began) / FLIGHT);
        const ease = share * share * (3 - 2 * share);
        const between = (cell, k) => mixed(begins[k], cell, ease);
        tree = share < 1 ? { ...target, cells: target.cells.map(between) } : target;
        paint();
        if (share < 1) flight = requestAnimationFrame(step);
      };
      step(began);
    }

    function show(differs, fresh) {
      if (fresh || differs("focus", "task", "collection")) turned = NONE;
      const moves = !fresh && tree && differs("focus") && !still.matches && root.clientWidth;
      if (moves) fly();
      else draw();
    }

    // -------------------------------------------------------------- by hand

    function cellAt({ clientX, clientY }) {
      const frame = root.getBoundingClientRect();
      const [x, y] = [clientX - frame.left, clientY - frame.top];
      const within = ({ left, top, width, height }) =>
        x >= left && x < left + width && y >= top && y < top + height;
      return cells.find(within) || null;
    }

    /* What a cell stands for: many small tasks for what they lie in. */
    const taskOf = (cell) => (!cell ? -1 : cell.rows ? cell.parent : cell.row);

    /* The task and what it is drawn in, up to the root. */
    function stackOf(row) {
      const rows = task2box.drawnPath(state.atlas, explorer.focusRow(), row);
      return [...rows, ...state.atlas.path(rows.at(-1)).reverse().slice(1)];
    }

    function hover(event) {
      const row = taskOf(cellAt(event));
      explorer.hover(row, row < 0 ? [] : stackOf(row), event);
    }

    function click(event) {
      const cell = cellAt(event);
      const row = taskOf(cell);
      if (cell?.rows && cell.first >= 0) {
        turned = new Map(turned).set(cell.parent, cell.first);
        draw();
      } else if (task2box.adds(event) && row >= 0) explorer.toggle(row);
      else explorer.change({ task: row < 0 ? "" : state.atlas.names[row] });
    }

    function doubleClick(event) {
      const cell = cellAt(event);
      if (!cell || cell.first >= 0) return;
      if (taskOf(cell) < 0) explorer.change({ focus: "", viewport: "" });
      else explorer.drill(taskOf(cell));
    }

    root.addEventListener("pointermove", (event) => event.pointerType !== "touch" && hover(event));
    root.addEventListener("pointerleave", () => explorer.hover(-1, []));
    root.addEventListener("pointerdown", () => (keyed = false));
    root.addEventListener("click", click);
    root.addEventListener("dblclick", doubleClick);

    // -------------------------------------------------------------- by keys

    function beside(step) {
      const { atlas } = state;
      const at = explorer.here();
      const [, parent = -1] = stackOf(at);
      const focus = explorer.focusRow();
      const below = focus < 0 || (at !== focus && atlas.inside(focus)[at]);
      const there = (row) => state.shown[row] !== task2box.GONE;
      const rows = below ? task2box.drawnBelow(atlas, scene(), parent) : atlas.siblings(at).filter(there);
      const next = (rows.indexOf(at) + step + rows.length) % rows.length;
      go(rows[next]);
    }

    /* Choose it, and look elsewhere only where it would not be drawn. One step in history
       for a walk, however long. */
    function go(row) {
      if (row === undefined) return;
      const { atlas } = state;
      const replace = moved === state.view;
      explorer.change({ task: atlas.names[row], ...seeing(row) }, { replace });
      moved = state.view;
    }

    function seeing(row) {
      const { atlas } = state;
      const seen = scene();
      const away = (focus) => ({ focus: atlas.names[focus], viewport: "" });
      if (seen.focus >= 0 && !atlas.inside(seen.focus)[row]) return away(row);
      if (task2box.isDrawn(atlas, seen, row)) return {};
      // As few levels on as will do: what is between stays in sight.
      const path = task2box.drawnPath(atlas, seen.focus, row).reverse();
      return away(path.find((focus) => task2box.isDrawn(atlas, { ...seen, focus }, row)));
    }

    const keys = {
      ArrowUp: () => beside(-1),
      ArrowDown: () => beside(1),
      ArrowLeft: () => go(stackOf(explorer.here())[1]),
      ArrowRight: () => go(task2box.drawnBelow(state.atlas, scene(), explorer.here())[0]),
    };
    root.addEventListener("keydown", (event) => {
      keyed = true;
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation(); // elsewhere arrows follow the boxes
      keys[event.key]();
      mark();
    });
    root.addEventListener("focus", () => {
      keyed = root.matches(":focus-visible");
      mark();
    });
    new ResizeObserver(draw).observe(root);

    return { root, show, draw, mark, scene, paint: task2box.paintTree, paintMarks: task2box.markTree };
  }

  /* Where a cell comes from: where it was, or the cell that it lies in. */
  function beginning(atlas, scene, before, cell) {
    if (cell.rows) return before.find(({ rows, parent }) => rows && parent === cell.parent) || cell;
    if (cell.row < 0) return cell;
    return task2box.cellOf(atlas, scene, before, cell.row) || cell;
  }

  function mixed(from, to, share) {
    const between = (key) => from[key] + share * (to[key] - from[key]);
    const [left, top, width, height] = ["left", "top", "width", "height"].map(between);
    return { ...to, left, top, width, height };
  }
})(window.task2box);
