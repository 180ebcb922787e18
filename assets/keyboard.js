/* Everything by keys: one box at a time has a ring, which arrows move.

   The ring is on the chosen task or, where none is, on the first one that is seen; a move
   chooses. What has the ring is also said (captions.js). */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const LEAST = 10; // px, below which a box is too small to be shown with a ring
  const ZOOM = 0.6;
  const element = (id) => document.getElementById(id);

  task2box.listenKeys = function (explorer) {
    const { state } = explorer;
    let moved = null; // the view that the last key made
    let stack = []; // boxes around one another that keys step through
    let keyed = false; // whether the hand is on the keyboard
    let pressed = false; // or on something else; a script may give the focus as well

    const here = () => (explorer.taskRow() >= 0 ? explorer.taskRow() : first(state, explorer.focusRow()));

    explorer.here = here;

    /* The box with the ring, or -1. */
    explorer.ring = () => (keyed && element("boxes-panel").contains(document.activeElement) ? here() : -1);

    /* One step in history for a walk, however long. */
    function go(row) {
      if (row === undefined) return;
      const replace = moved === state.view;
      explorer.change({ task: state.atlas.names[row], ...shown(explorer, row) }, { replace });
      moved = state.view;
    }

    /* What the legend hides is passed over. */
    const there = (row) => state.shown[row] !== task2box.GONE;

    function beside(pick) {
      const at = here();
      const rows = state.atlas.siblings(at).filter((row) => row === at || there(row));
      go(rows[pick(rows.indexOf(at), rows.length)]);
    }

    /* What is too small to be here yet is seen by looking inside. */
    const look = (row) => row >= 0 && state.atlas.holds(row) && explorer.drill(row);

    const above = () => state.atlas.path(here()).slice(0, -1).findLast(there);

    /* One step through the boxes that lie around one another: of those under the cursor or
       around the task, and in three dimensions what the task lies in. A walk keeps to the
       stack in which it began; at an end it stays. */
    function through(step) {
      const at = here();
      const walks = moved === state.view && stack.includes(at);
      const under = task2box.isSolid(state.view) ? [] : explorer.pictures.boxes.stackUnder();
      if (under.length) stack = under;
      else if (!walks) stack = stackAround(at);
      const place = stack.indexOf(at);
      const next = stack[place < 0 ? 0 : place + step];
      if (next === undefined) return;
      explorer.change({ task: state.atlas.names[next] }, { replace: moved === state.view });
      moved = state.view;
    }

    function stackAround(row) {
      if (row < 0) return [];
      if (!task2box.isSolid(state.view)) return explorer.pictures.boxes.stackAround(row);
      return state.atlas.path(row).reverse().filter(there);
    }

    const zoom = (factor) => !task2box.isSolid(state.view) && explorer.pictures.boxes.step(factor);
    const moves = {
      ArrowLeft: () => beside((at, count) => (at - 1 + count) % count),
      ArrowRight: () => beside((at, count) => (at + 1) % count),
      Home: () => beside(() => 0),
      End: () => beside((at, count) => count - 1),
      ArrowDown: () => (state.atlas.children[here()].length ? go(state.atlas.children[here()].find(there)) : look(here())),
      ArrowUp: () => go(above()),
      Enter: () => explorer.drill(here()),
      Backspace: explorer.up,
      Escape: () => explorer.change(state.selection ? { selection: "" } : { task: "" }),
      "+": () => zoom(ZOOM),
      "=": () => zoom(ZOOM), // the same key without shift
      "-": () => zoom(1 / ZOOM),
      0: () => explorer.change({ viewport: "" }),
      m: () => explorer.use("move"),
      r: () => explorer.use("rectangle"),
      l: () => explorer.use("lasso"),
      x: () => explorer.toggle(here()),
      s: () => through(1),
      S: () => through(-1),
    };
    const anywhere = { "/": () => element("search").focus(), "?": () => task2box.openHelp() };

    document.addEventListener("keydown", (event) => {
      const { target, key } = event;
      const typing = target.closest("input, textarea, select, [contenteditable]");
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector("dialog[open]")) return;
      const picture = target === document.body || target.closest(".panel");
      const own = target.closest("button, a, summary") && key === "Enter";
      const action = anywhere[key] || (picture && !own && moves[key]);
      if (!action) return;
      event.preventDefault();
      keyed = true;
      action();
      explorer.pictures.mark();
    });
    document.addEventListener("keydown", () => (pressed = false), true);
    document.addEventListener("pointerdown", () => ([keyed, pressed] = [false, true]), true);

    for (const panel of document.querySelectorAll(".panel")) {
      panel.addEventListener("focus", () => {
        keyed = !pressed;
        if (!keyed) return;
        task2box.say(state, here());
        explorer.pictures.mark();
      });
      panel.addEventListener("blur", () => explorer.pictures.mark());
    }
    listenSkip(explorer);
  };

  /* Where nothing is chosen: the first task inside the focus that is not hidden. */
  function first({ atlas, shown }, focus) {
    const rows = focus < 0 ? atlas.roots : atlas.children[focus];
    return rows.find((row) => shown[row] !== task2box.GONE) ?? rows[0] ?? focus;
  }

  /* What to change so that a box is seen: nothing where it is, or else one looks inside
     its parent. */
  function shown({ state, pictures }, row) {
    const { atlas, played, view } = state;
    const { root, toPixel } = pictures.boxes;
    if (task2box.isSolid(view) || !root.clientWidth) return {};
    const [x0, x1, y0, y1] = (played || atlas).frame(row);
    const [[left, bottom], [right, top]] = [toPixel(x0, y0), toPixel(x1, y1)];
    const within = (from, to, most) => Math.min(to, most) - Math.max(from, 0) >= 0.5 * (to - from);
    const seen = within(left, right, root.clientWidth) && within(top, bottom, root.clientHeight);
    if (seen && Math.max(right - left, bottom - top) >= LEAST) return {};
    const [parent] = atlas.parents[row];
    return { focus: parent === undefined ? "" : atlas.names[parent], viewport: "" };
  }

  /* The first link of the page leads past the header. */
  function listenSkip({ state }) {
    document.querySelector(".skip").addEventListener("click", (event) => {
      event.preventDefault();
      element(task2box.isSolid(state.view) ? "cuboids-panel" : "boxes-panel").focus();
    });
  }

  /* The ring, among the marks of the boxes: two lines, seen on any colour. */
  task2box.ringBox = function (ctx, atlas, { ring, range, width, height, look }) {
    if (ring < 0) return;
    const [x0, x1, y0, y1] = range;
    const [left, right, bottom, top] = atlas.frame(ring);
    const [sx, sy] = [width / (x1 - x0), height / (y1 - y0)];
    const box = [(left - x0) * sx - 4, (y1 - top) * sy - 4, (right - left) * sx + 8, (top - bottom) * sy + 8];
    for (const [color, line] of [[look.panel, 6], [look.focus, 3]]) {
      ctx.strokeStyle = color;
      ctx.lineWidth = line;
      ctx.strokeRect(...box);
    }
  };
})(window.task2box);
