/* Boxes of any number of dimensions beside the picture: every task a row of intervals,
   the chosen one's as a band behind, so that what lies in it is seen axis by axis.

   The rows are a canvas over an empty list of their height, which scrolls natively: of
   20,000 tasks only those in sight are drawn. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const AIR = 0.02; // of an axis, left and right of the intervals

  /* Tasks inside the focus, every one below its parent, and how deep each lies. */
  function listed({ atlas, view, shown }, focus) {
    const rows = new Uint32Array(atlas.count);
    const depths = new Uint8Array(atlas.count);
    const seen = task2box.seenParent(atlas, focus);
    const { lower } = atlas.boxes[view.dim];
    const start = (row) => lower[view.dim * row];
    // Where no task lies in another, neighbours along the first axis are neighbours.
    const flat = atlas.roots.length === atlas.count;
    const top = flat ? [...atlas.roots].sort((a, b) => start(a) - start(b) || a - b) : atlas.roots;
    const waiting = (focus < 0 ? [...top] : [focus]).reverse().map((row) => [row, 0]);
    let count = 0;
    while (waiting.length) {
      const [row, depth] = waiting.pop();
      const there = shown[row] !== task2box.GONE;
      if (there) {
        rows[count] = row;
        depths[count++] = Math.min(depth, 255);
      }
      const own = atlas.children[row].filter((child) => seen(child) === row);
      for (const child of own.reverse()) waiting.push([child, depth + (there ? 1 : 0)]);
    }
    return { rows: rows.subarray(0, count), depths: depths.subarray(0, count) };
  }

  /* From where to where every axis reaches: all that is listed is within. */
  function scaleOf({ atlas, view: { dim } }, rows) {
    const { lower, upper } = atlas.boxes[dim];
    return Array.from({ length: dim }, (_, axis) => {
      let [least, most] = [Infinity, -Infinity];
      for (const row of rows) {
        least = Math.min(least, lower[dim * row + axis]);
        most = Math.max(most, upper[dim * row + axis]);
      }
      const air = AIR * (most - least) || 1;
      return [least - air, most + air];
    });
  }

  function panelElements() {
    const root = task2box.node("div", "panel other");
    root.id = "intervals-panel";
    root.hidden = true;
    root.tabIndex = 0;
    const described = document.getElementById("contained-title") ? "hint contained-title" : "hint";
    for (const [key, value] of [["role", "application"], ["aria-label", "Intervals"], ["aria-describedby", described]]) {
      root.setAttribute(key, value);
    }
    const list = task2box.node("div", "rows");
    list.tabIndex = -1; // the panel has the keys
    const tall = task2box.node("div", "");
    const canvas = document.createElement("canvas");
    list.append(tall);
    root.append(list, canvas);
    document.getElementById("pictures").append(root);
    return { root, list, tall, canvas };
  }

  function make(explorer, sceneOf) {
    const { state } = explorer;
    const { root, list, tall, canvas } = panelElements();
    const { INTERVAL_ROW: ROW, INTERVAL_HEAD: HEAD } = task2box;
    let known = { shown: null, dim: 0, rows: [], depths: [], scale: [] };
    let waiting = 0;
    let moved = null; // the view that the last key made

    function refresh() {
      const { shown, view } = state;
      if (known.shown === shown && known.dim === view.dim) return;
      const { rows, depths } = listed(state, explorer.focusRow());
      known = { shown, dim: view.dim, rows, depths, scale: scaleOf(state, rows) };
      tall.style.height = `${HEAD + ROW * rows.length}px`;
    }

    function scene(width, height) {
      const { view } = state;
      const { dim, axes } = task2box.planeOf(view);
      const chosen = explorer.taskRow();
      return {
        ...sceneOf(),
        ...known,
        shown: state.shown,
        width,
        height,
        top: list.scrollTop,
        band: chosen >= 0 ? chosen : explorer.focusRow(),
        seen: dim === view.dim ? axes.split(",").map(Number) : null,
      };
    }

    function draw() {
      if (!root.clientWidth) return;
      refresh();
      const ratio = window.devicePixelRatio || 1;
      const [width, height] = [list.clientWidth, root.clientHeight];
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      const ctx = canvas.getContext("2d");
      ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      task2box.paintIntervals(ctx, state.atlas, scene(width, height));
    }

    function drawSoon() {
      waiting ||= requestAnimationFrame(() => {
        waiting = 0;
        draw();
      });
    }

    /* Scroll as little as is needed for a row to be seen. */
    function reveal(row) {
      const at = row < 0 ? -1 : known.rows.indexOf(row);
      if (at < 0) return;
      const room = root.clientHeight - HEAD;
      const [from, to] = [at * ROW, at * ROW + ROW - room];
      if (list.scrollTop > from) list.scrollTop = from;
      else if (list.scrollTop < to) list.scrollTop = to;
    }

    function show(differs, fresh) {
      const { shown } = known;
      refresh();
      if (fresh || differs("focus") || (shown !== known.shown && explorer.taskRow() < 0)) list.scrollTop = 0;
      if (fresh || differs("task", "focus", "dim")) reveal(explorer.taskRow());
      draw();
    }

    function rowAt(event) {
      const y = event.clientY - root.getBoundingClientRect().top;
      const at = Math.floor((y - HEAD + list.scrollTop) / ROW);
      return y > HEAD && at < known.rows.length ? known.rows[at] : -1;
    }

    function hover(event) {
      if (event.pointerType === "touch") return;
      const row = rowAt(event);
      explorer.hover(row, row < 0 ? [] : state.atlas.path(row).reverse(), event);
    }

    list.addEventListener("pointermove", hover);
    list.addEventListener("pointerleave", () => explorer.hover(-1, []));
    list.addEventListener("scroll", drawSoon);
    list.addEventListener("click", (event) => {
      const row = rowAt(event);
      if (row >= 0 && task2box.adds(event)) explorer.toggle(row);
      else explorer.change({ task: row < 0 ? "" : state.atlas.names[row] });
    });
    list.addEventListener("dblclick", (event) => {
      const row = rowAt(event);
      if (row >= 0 && !task2box.adds(event)) explorer.drill(row);
    });
    new ResizeObserver(draw).observe(root);

    /* Keys go from row to row here; all others are those of the boxes (keyboard.js). */
    root.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { rows } = known;
      const page = Math.max(1, Math.floor((root.clientHeight - HEAD) / ROW) - 1);
      const steps = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -rows.length, End: rows.length };
      if (!(event.key in steps) || !rows.length) return;
      event.preventDefault();
      event.stopPropagation();
      const at = rows.indexOf(explorer.taskRow());
      const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + steps[event.key]));
      explorer.change({ task: state.atlas.names[rows[next]] }, { replace: moved === state.view });
      moved = state.view;
    });

    return {
      root,
      show,
      draw,
      mark: draw,
      // In a file of any size: what is in sight from the same row on.
      scene: () => scene(root.clientWidth, root.clientHeight),
      paint: task2box.paintIntervals,
      paintMarks() {}, // drawn with the rows
      /* For tests and scripts: the rows in their order, and a pixel of the page in one. */
      names: () => Array.from(known.rows, (row) => state.atlas.names[row]),
      pixelOf(name) {
        const frame = root.getBoundingClientRect();
        const at = known.rows.indexOf(state.atlas.row(name));
        return [frame.left + 20, frame.top + HEAD + (at + 0.5) * ROW - list.scrollTop];
      },
    };
  }

  task2box.besides = { ...task2box.besides, intervals: { word: "Intervals", make } };
})(window.task2box);
