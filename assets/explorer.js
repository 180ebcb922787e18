/* What a person looks at and does: one view, shown by linked pictures.

   A view is {collection, dim, focus, task, points, color, theme, viewport, near, selection},
   all words and numbers. `show` draws one; every gesture ends in `change`. Knows no
   Dash: the page and the standalone file both mount it. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const element = (id) => document.getElementById(id);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const TOKENS = ["ink", "muted", "page", "panel", "accent", "focus", "ghost", "grid"];

  const state = {
    view: null,
    atlas: null,
    hovered: -1,
    look: null,
    colors: [],
    selection: null, // the tasks that the view says (selection.js)
    tool: "move", // what a drag does (tools.js)
  };
  let pictures = null;
  let onChange = () => {};

  const row = (name) => (name ? state.atlas.row(name) : -1);
  const focusRow = () => row(state.view.focus);
  const taskRow = () => row(state.view.task);

  function tone() {
    const { theme } = state.view;
    return theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
  }

  function applyTheme() {
    document.documentElement.dataset.theme = tone();
    const style = getComputedStyle(document.documentElement);
    const value = (name) => style.getPropertyValue(`--${name}`).trim();
    state.look = Object.fromEntries(TOKENS.map((name) => [name, value(name)]));
    state.look.leaf = Number(value("leaf"));
    state.look.group = Number(value("group"));
    state.look.small = 0; // groups of a few pixels are outlines
    state.look.dots = 0.85; // leaves among the points
  }

  function chooseColors() {
    state.colors = task2box.colorsOf(state.atlas, state.view, tone(), focusRow());
    task2box.forgetTooltip();
  }

  // ---------------------------------------------------------------- moving about

  /* Look inside a task; a task with nothing inside shows its parent's inside. */
  function drill(at) {
    const { atlas } = state;
    const group = atlas.children[at].length ? at : atlas.parents[at][0];
    const focus = group === undefined ? "" : atlas.names[group];
    change({ focus, task: atlas.names[at], viewport: "" });
  }

  function up() {
    const { atlas, view } = state;
    const above = view.focus ? atlas.parents[focusRow()][0] : undefined;
    const focus = above === undefined ? "" : atlas.names[above];
    change({ focus, task: view.focus || view.task, viewport: "" });
  }

  /* Any gesture ends here: show the new view, then tell who mounted the explorer. */
  function change(patch, { replace = false } = {}) {
    const view = { ...state.view, ...patch };
    if (JSON.stringify(view) === JSON.stringify(state.view)) return;
    show(view);
    onChange(view, { replace });
  }

  // ---------------------------------------------------------------- many tasks

  /* Select these rows, in place of those that were. none: said where there are none. */
  function select(rows, none = "") {
    if (!rows.length && none) task2box.tell(none);
    change({ selection: task2box.selectionText(state.atlas, Uint32Array.from(rows).sort()) });
  }

  /* Add one task inside the focus to the selection, or take it away. */
  function toggle(at) {
    if (!state.atlas.inside(focusRow())[at]) return;
    const rows = state.selection ? Array.from(state.selection.rows) : [];
    const others = rows.filter((row) => row !== at);
    select(others.length < rows.length ? others : [...rows, at]);
  }

  /* What a drag does from now on. */
  function use(tool) {
    state.tool = tool;
    task2box.setTools(state);
  }

  function hover(at, stack, event) {
    task2box.showTooltip(state, at, stack, event);
    if (at === state.hovered) return;
    state.hovered = at;
    pictures.mark();
  }

  /* Draw a view; only what differs from the last one is done. */
  function show(view, atlas = state.atlas) {
    const before = state.view;
    const fresh = !before || atlas !== state.atlas;
    const differs = (...keys) => fresh || keys.some((key) => view[key] !== before[key]);
    Object.assign(state, { view, atlas });
    if (fresh) {
      state.hovered = -1;
      task2box.showTooltip(state, -1, []);
    }
    const recolored = differs("color", "focus", "theme") || (view.color === "f1" && differs("dim"));
    if (differs("selection")) state.selection = task2box.selectionOf(atlas, view.selection);
    if (differs("theme")) applyTheme();
    if (recolored) chooseColors();
    if (fresh) task2box.drawNotes(state);
    if (recolored) task2box.drawLegend(state, tone(), focusRow());
    if (differs("focus")) task2box.drawBreadcrumb(state, change);
    if (differs("selection") && state.selection) task2box.saySelection(state);
    else if (differs("focus", "task", "selection")) task2box.say(state);
    task2box.setControls(state);
    task2box.setTools(state);
    pictures.show(differs, fresh);
  }

  /* Show pictures in the page's elements. plotly: a promise of the library; graphs:
     promises of the graphs of `boxes` and `projection`; changed(view, {replace}) hears
     of every gesture; open(collection) shows another one; report(collection) promises
     the figures of its evaluation. */
  task2box.mount = function ({ plotly, graphs, view, atlas, changed, open, report }) {
    onChange = changed;
    explorer.report = report;
    task2box.plotly = plotly;
    Object.assign(state, { view, atlas });
    pictures = task2box.picturesOf(explorer, graphs);
    explorer.pictures = pictures;
    task2box.listenKeys(explorer);
    task2box.makeTools(explorer);
    state.view = null;
    show(view, atlas);
    dark.addEventListener("change", () => {
      if (state.view.theme !== "auto") return;
      applyTheme();
      chooseColors();
      task2box.drawLegend(state, tone(), focusRow());
      pictures.draw();
    });
    task2box.listenSearch(explorer);
    task2box.listenControls(explorer, open);
    task2box.listenButtons(explorer);
    task2box.makePictureDialog(explorer);
    task2box.listenDialogs();
  };

  const gestures = { change, drill, up, hover, select, toggle, use };
  const explorer = { state, show, tone, row, focusRow, taskRow, ...gestures };
  task2box.explorer = explorer;

  task2box.node = function (tag, name, text = "") {
    const made = document.createElement(tag);
    made.className = name;
    made.textContent = text; // names are data, never markup
    return made;
  };

  /* A message that goes away by itself. */
  let telling = 0;
  task2box.tell = function (text) {
    element("toast").textContent = text;
    element("toast").hidden = false;
    clearTimeout(telling);
    telling = setTimeout(() => (element("toast").hidden = true), 5000);
  };
})(window.task2box);
