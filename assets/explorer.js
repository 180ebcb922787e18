/* What a person looks at and does: one view, shown by linked pictures.

   A view is {collection, dim, axes, focus, task, beside, color, theme, viewport, near, selection,
   hidden, between, off, floor, opacity, features, measure}, all words and numbers (dashboard/view.py). `show`
   draws one; every gesture ends in `change`. Knows no Dash: the page and the standalone
   file both mount it. */
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
    // Of every task, found when they change and looked up by every frame.
    colors: [],
    shown: new Uint8Array(), // filter.js
    legend: {},
    edges: null, // what each task is by its containments, when colours mean that (edges.js)
    version: 0, // of what cuboids look like
    selection: null, // the tasks that the view says (selection.js)
    tool: "move", // what a drag does (tools.js)
    played: null, // the atlas with boxes on their way, while they are seen (replay.js)
  };
  let legend = ""; // what it says
  let wanted = 0; // the dimension that was last chosen
  let told = null; // the view that who mounted the explorer knows
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
    const { atlas, view } = state;
    state.colors = task2box.colorsOf(atlas, view, tone(), focusRow());
    state.legend = task2box.legendOf(state, tone(), focusRow());
    state.edges = task2box.edgeStates(atlas, view);
    task2box.forgetTooltip();
    chooseShown();
    const said = JSON.stringify([atlas.title, view.color, tone(), state.legend.entries]);
    if (!atlas.window || said !== legend) task2box.drawLegend(explorer); // a hand may hold it
    legend = said;
    if (state.legend.waiting) learnColumn(atlas, task2box.columnKey(view));
  }

  function filter() {
    chooseShown();
    task2box.markLegend(explorer);
  }

  function chooseShown() {
    state.shown = task2box.flagsOf(state, focusRow());
    state.version++;
  }

  /* Colours of a column come when it does; where it does not, others are shown. */
  async function learnColumn(atlas, key) {
    const failed = await task2box.askColumn(atlas, key, explorer.column).catch((error) => error);
    if (state.atlas !== atlas || task2box.columnKey(state.view) !== key) return;
    if (failed) {
      task2box.tell(`These colours could not be loaded. ${failed.message}`);
      change({ color: atlas.colors[0] }, { replace: true });
    } else {
      chooseColors();
      pictures.draw();
    }
  }

  // ---------------------------------------------------------------- moving about

  /* Look inside a task; a task with nothing inside shows its parent's inside. */
  function drill(at) {
    const { atlas } = state;
    const group = atlas.holds(at) ? at : atlas.parents[at][0];
    const focus = group === undefined ? "" : atlas.names[group];
    change({ focus, task: atlas.names[at], viewport: "" });
  }

  function up() {
    const { atlas, view } = state;
    const above = view.focus ? atlas.parents[focusRow()][0] : undefined;
    const focus = above === undefined ? "" : atlas.names[above];
    change({ focus, task: view.focus || view.task, viewport: "" });
  }

  const same = (one, other) => Object.keys(one).every((key) => one[key] === other[key]);

  /* Any gesture ends here: show the new view, then tell who mounted the explorer; live:
     not yet, a hand is still moving. */
  function change(patch, { replace = false, live = false } = {}) {
    const view = { ...state.view, ...unfiltered(patch), ...unmoved(patch), ...patch };
    if (patch.dim) wanted = patch.dim;
    if (!state.atlas.boxes[view.dim]) {
      changeLater(patch, { replace });
      return;
    }
    if (!task2box.knows(state.atlas, view)) {
      explorer.bring(view).then(() => change(patch, { replace, live }), ({ message }) => task2box.tell(message));
      return;
    }
    if (!same(view, state.view)) draw(view);
    if (live || same(view, told)) return;
    told = view;
    onChange(view, { replace });
  }

  /* Look inside the task of that name, also where it is too small to be here yet. */
  async function visit(name) {
    if (row(name) < 0 && state.atlas.window) await task2box.orSay(() => explorer.bring({ ...state.view, task: name }));
    if (row(name) >= 0) drill(row(name));
  }

  /* Other tasks of the same collection are here: what is seen stays as it is. */
  function renew(atlas) {
    const name = state.hovered < 0 ? "" : state.atlas.names[state.hovered];
    const inner = atlas.window.focus !== state.atlas.window.focus;
    atlas.see(state.view);
    Object.assign(state, { atlas, hovered: atlas.row(name), selection: task2box.selectionOf(atlas, state.view.selection) });
    chooseColors();
    pictures.draw();
    if (inner) pictures.frame(); // what lies inside is known by now
  }

  /* Boxes come when they are first seen; whoever chose others meanwhile sees those. */
  async function changeLater(patch, how) {
    const { atlas } = state;
    element("dim").setAttribute("aria-busy", "true");
    const failed = await need(patch.dim).then(() => null, (error) => error);
    element("dim").removeAttribute("aria-busy");
    if (state.atlas !== atlas || wanted !== patch.dim) return;
    if (failed) task2box.tell(`The ${patch.dim}D boxes could not be loaded. ${failed.message}`);
    else change(patch, how);
  }

  const need = (dim) => task2box.boxesOf(state.atlas, dim, explorer.boxes);

  /* What is hidden goes by the legend: another one begins whole. */
  function unfiltered({ color, focus }) {
    const { view } = state;
    const branches = view.color === "branch" && focus !== undefined && focus !== view.focus;
    const other = color !== undefined && color !== view.color;
    return branches || other ? { hidden: "", between: "" } : {};
  }

  /* Along other axes there are other coordinates. */
  function unmoved(patch) {
    return task2box.samePlane({ ...state.view, ...patch }, state.view) ? {} : { viewport: "" };
  }

  /* Draw a view of whom nobody needs to be told. */
  function show(view, atlas) {
    told = view;
    draw(view, atlas);
  }

  // ---------------------------------------------------------------- many tasks

  /* Select these rows, in place of those that were. none: said where there are none. */
  function select(rows, none = "") {
    if (!rows.length && none) task2box.tell(none);
    change({ selection: task2box.selectionText(state.atlas, Uint32Array.from(rows).sort()) });
  }

  /* Add one task that is shown to the selection, or take it away. */
  function toggle(at) {
    if (state.shown[at] !== task2box.SHOWN) return;
    const rows = state.selection ? Array.from(state.selection.rows) : [];
    const others = rows.filter((row) => row !== at);
    select(others.length < rows.length ? others : [...rows, at]);
  }

  /* What a drag does from now on. */
  function use(tool) {
    state.tool = tool;
    task2box.setTools(state);
  }

  /* words: what is said of the stack besides. */
  function hover(at, stack, event, words = "") {
    task2box.showTooltip(state, at, stack, event, words);
    if (at === state.hovered) return;
    state.hovered = at;
    pictures.mark();
  }

  /* Draw a view; only what differs from the last one is done. */
  function draw(view, atlas = state.atlas) {
    const before = state.view;
    const fresh = !before || atlas !== state.atlas;
    const differs = (...keys) => fresh || keys.some((key) => view[key] !== before[key]);
    Object.assign(state, { view, atlas });
    atlas.see(view);
    if (fresh) {
      state.hovered = -1;
      task2box.showTooltip(state, -1, []);
    }
    const recolored = differs("color", "focus", "theme") || (["f1", "edges"].includes(view.color) && differs("dim"));
    if (differs("selection")) state.selection = task2box.selectionOf(atlas, view.selection);
    if (differs("theme")) applyTheme();
    if (recolored) chooseColors();
    else if (differs("hidden", "between")) filter();
    if (differs("off", "opacity", "selection")) state.version++;
    if (fresh) task2box.drawNotes(state);
    if (differs("focus")) task2box.drawBreadcrumb(state, change);
    if (differs("selection") && state.selection) task2box.saySelection(state);
    else if (differs("focus", "task", "selection")) task2box.say(state);
    task2box.setControls(state);
    task2box.setTools(state);
    task2box.setLayers(state);
    if (differs("dim", "axes", "focus", "task", "beside")) task2box.drawDisagreement(explorer);
    if (differs("dim", "axes", "theme")) task2box.setReplay();
    if (differs("dim", "axes")) task2box.followPlaced?.(explorer);
    task2box.drawNeighbourhoods?.(explorer);
    if (task2box.setWatch) task2box.setWatch(); // where jobs can be (watch.js)
    pictures.show(differs, fresh);
  }

  /* Show pictures in the page's elements. plotly: a promise of the library; graphs:
     promises of the graphs of `boxes` and `projection`; changed(view, {replace}) hears
     of every gesture; open(collection) shows another one; boxes(collection, dim) promises
     corners, report(collection) the figures of its evaluation; column(collection, color) what a column says;
     members(view) the members of its task, fit(collection, one) a further fit and
     replay(collection, dim) how boxes came about, matrix(view, rows) distances of tasks and
     neighbourhoods(collection, rows) how near their taxonomy they are, part(collection,
     question) what is seen in a window and find(collection, text) tasks by their names,
     where someone knows them. */
  task2box.mount = function ({ plotly, graphs, view, atlas, changed, open, ...parts }) {
    onChange = changed;
    Object.assign(explorer, parts);
    task2box.plotly = plotly;
    Object.assign(state, { view, atlas });
    atlas.see(view);
    task2box.listenLayers(explorer);
    task2box.makeWindows(explorer, parts.part);
    pictures = task2box.picturesOf(explorer, graphs);
    explorer.pictures = pictures;
    task2box.listenKeys(explorer);
    task2box.makeTools(explorer);
    task2box.makeReplay(explorer);
    state.view = null;
    show(view, atlas);
    dark.addEventListener("change", () => {
      if (state.view.theme !== "auto") return;
      applyTheme();
      chooseColors();
      pictures.draw();
    });
    task2box.listenSearch(explorer);
    task2box.listenControls(explorer, open);
    task2box.listenButtons(explorer);
    task2box.makePictureDialog(explorer);
    task2box.listenDialogs();
  };

  const gestures = { change, drill, visit, up, hover, select, toggle, use };
  const explorer = { state, show, renew, tone, need, row, focusRow, taskRow, ...gestures };
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
