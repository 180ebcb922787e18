/* What a person looks at and does: one view, shown by linked pictures.

   A view is {collection, dim, focus, task, points, color, theme, viewport}, all words
   and numbers; `show` draws one, `change` is what every gesture ends in. Knows no
   Dash: the page and the standalone file both mount it. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const element = (id) => document.getElementById(id);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const USUAL = { dim: 2, focus: "", task: "", color: "branch", theme: "auto", viewport: "" };

  const state = { view: null, atlas: null, hovered: -1, panels: {}, cuboids: null };
  let onChange = () => {};
  let cycle = { key: "", at: 0 };

  // ---------------------------------------------------------------- what is seen

  const row = (name) => (name ? state.atlas.row(name) : -1);
  const focusRow = () => row(state.view.focus);
  const taskRow = () => row(state.view.task);

  function tone() {
    const { theme } = state.view;
    return theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
  }

  function look() {
    const style = getComputedStyle(document.documentElement);
    const value = (name) => style.getPropertyValue(`--${name}`).trim();
    const names = ["ink", "muted", "page", "panel", "accent", "ghost", "grid"];
    const tokens = Object.fromEntries(names.map((name) => [name, value(name)]));
    return { ...tokens, leaf: Number(value("leaf")), group: Number(value("group")) };
  }

  function sceneOf() {
    const { atlas, view } = state;
    return {
      inside: atlas.inside(focusRow()),
      colors: state.colors,
      look: state.look,
      method: view.points,
      labels: true,
      focus: focusRow(),
      selected: taskRow(),
      hovered: state.hovered,
    };
  }

  const marked = () => ({ selected: taskRow(), hovered: state.hovered });

  /* A little air around a frame, so that its outline is seen. */
  function padded([x0, x1, y0, y1], share = 0.03) {
    const [dx, dy] = [(x1 - x0) * share, (y1 - y0) * share];
    return [x0 - dx, x1 + dx, y0 - dy, y1 + dy];
  }

  function boxRange() {
    const { viewport } = state.view;
    if (viewport) return viewport.split(",").map(Number);
    return padded(state.atlas.frame(focusRow()));
  }

  function pointRange() {
    const points = state.atlas.points[state.view.points];
    const frame = [Infinity, -Infinity, Infinity, -Infinity];
    for (let at = 0; at < points.length; at += 2) {
      frame[0] = Math.min(frame[0], points[at]);
      frame[1] = Math.max(frame[1], points[at]);
      frame[2] = Math.min(frame[2], points[at + 1]);
      frame[3] = Math.max(frame[3], points[at + 1]);
    }
    return padded(frame, 0.05);
  }

  // ---------------------------------------------------------------- the pictures

  function makePanels(graphs) {
    const { atlas } = state;
    state.panels.boxes = task2box.panelOf(element("boxes-panel"), graphs.boxes, {
      scene: sceneOf,
      paint: (ctx, scene) => task2box.paintBoxes(ctx, state.atlas, scene),
      mark: (ctx, scene) => task2box.markBoxes(ctx, state.atlas, scene, marked()),
      hover(px, py, event) {
        const [x, y] = state.panels.boxes.toData(px, py);
        const stack = visibleStack(x, y);
        hover(stack.length ? stack[0] : -1, stack, event);
      },
      leave: () => hover(-1, []),
      pick: (px, py) => pickBox(px, py),
      drill(px, py) {
        const [x, y] = state.panels.boxes.toData(px, py);
        const stack = visibleStack(x, y);
        if (stack.length) drill(stack.includes(taskRow()) ? taskRow() : stack[0]);
      },
      moved: (range) => change({ viewport: range.map(short).join(",") }, { replace: true }),
    });
    state.panels.points = task2box.panelOf(element("projection-panel"), graphs.projection, {
      scene: sceneOf,
      paint: (ctx, scene) => {
        if (state.view.points) task2box.paintPoints(ctx, state.atlas, scene);
      },
      mark: (ctx, scene) => {
        if (state.view.points) task2box.markPoints(ctx, state.atlas, scene, marked());
      },
      hover(px, py, event) {
        const found = pointAt(px, py);
        hover(found, found < 0 ? [] : upwards(found), event);
      },
      leave: () => hover(-1, []),
      pick(px, py) {
        const found = pointAt(px, py);
        change({ task: found < 0 ? "" : state.atlas.names[found] });
      },
      drill(px, py) {
        const found = pointAt(px, py);
        if (found >= 0) drill(found);
      },
      moved() {},
    });
    state.cuboids = graphs.cuboids;
    return atlas;
  }

  const short = (value) => Number(value.toPrecision(5));

  /* The stack under a point as far as the view shows it: inside the focus first. */
  function visibleStack(x, y) {
    const inside = state.atlas.inside(focusRow());
    const stack = state.atlas.stack(x, y);
    const shown = stack.filter((at) => inside[at]);
    return shown.length ? [...shown, ...stack.filter((at) => !inside[at])] : stack;
  }

  const upwards = (at) => state.atlas.path(at).reverse();

  function pointAt(px, py) {
    if (!state.view.points) return -1;
    return task2box.pointAt(state.atlas, state.panels.points.scene(), px, py);
  }

  /* A click takes the innermost box; clicking again at the same place the next one. */
  function pickBox(px, py) {
    const [x, y] = state.panels.boxes.toData(px, py);
    const stack = visibleStack(x, y);
    const key = stack.join(",");
    const again = key === cycle.key && stack[cycle.at] === taskRow();
    cycle = { key, at: again ? (cycle.at + 1) % stack.length : 0 };
    change({ task: stack.length ? state.atlas.names[stack[cycle.at]] : "" });
  }

  // ---------------------------------------------------------------- three dimensions

  let drawnCuboids = "";

  function drawCuboids() {
    const { view, cuboids, atlas } = state;
    if (view.dim !== 3) return;
    const scene = sceneOf();
    const key = JSON.stringify([view.collection, view.focus, view.color, tone()]);
    if (key === drawnCuboids) {
      task2box.markCuboid(cuboids, atlas, "selected", scene.selected);
      return;
    }
    drawnCuboids = key;
    const traces = task2box.cuboidTraces(atlas, scene);
    const layout = task2box.cuboidLayout(scene.look);
    window.Plotly.react(cuboids, traces, layout, task2box.CONFIG);
  }

  function listenCuboids(root) {
    const { cuboids } = state;
    // Plotly answers a 3D click only while the button is down: take the hovered one.
    let pressed = null;
    let last = 0;
    cuboids.on("plotly_hover", (event) => {
      const found = event.points[0].customdata;
      if (typeof found === "number") hover(found, upwards(found), event.event);
    });
    cuboids.on("plotly_unhover", () => hover(-1, []));
    root.addEventListener("pointerleave", () => hover(-1, []));
    root.addEventListener("pointerdown", (event) => (pressed = event), true);
    window.addEventListener(
      "pointerup",
      (event) => {
        const start = pressed;
        pressed = null;
        if (!start || Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > 4)
          return;
        if (state.hovered < 0) return;
        if (performance.now() - last < 500 && state.hovered === taskRow()) drill(state.hovered);
        else change({ task: state.atlas.names[state.hovered] });
        last = performance.now();
      },
      true
    );
  }

  // ---------------------------------------------------------------- hover

  function hover(at, stack, event) {
    showTooltip(at, stack, event);
    if (at === state.hovered) return;
    state.hovered = at;
    if (state.view.dim === 2) state.panels.boxes.drawMarks();
    else task2box.markCuboid(state.cuboids, state.atlas, "hovered", at);
    state.panels.points.drawMarks();
  }

  let told = "";

  function showTooltip(at, stack, event) {
    const tip = element("tooltip");
    tip.hidden = at < 0;
    if (at < 0) return;
    const key = stack.join(",");
    if (key !== told) {
      told = key;
      tip.replaceChildren(...stackLines(stack), definitionOf(stack[0]));
    }
    if (!event) return;
    const [w, h] = [tip.offsetWidth, tip.offsetHeight];
    const left = event.clientX + 16 + w > innerWidth ? event.clientX - w - 12 : event.clientX + 16;
    const top = Math.min(event.clientY + 14, innerHeight - h - 8);
    tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  }

  function definitionOf(at) {
    return task2box.node("p", "definition", state.atlas.definitions[at]);
  }

  /* One line a box, innermost first; those that are no ancestors only overlap here. */
  function stackLines(stack) {
    const { atlas } = state;
    return stack.map((at) => {
      const related = at === stack[0] || atlas.inside(at)[stack[0]];
      const line = task2box.node("div", related ? "line" : "line across");
      const swatch = task2box.node("span", "swatch");
      swatch.style.background = state.colors[at];
      const count = `${atlas.members[at].toLocaleString("en")} ${countWord(atlas.members[at])}`;
      line.append(
        swatch,
        task2box.node("span", "name", atlas.labels[at]),
        task2box.node("span", "count", related ? count : `${count}, overlaps`)
      );
      return line;
    });
  }

  function countWord(count) {
    const { member } = state.atlas;
    return count === 1 ? member : `${member}${/s$/.test(member) ? "es" : "s"}`;
  }

  // ---------------------------------------------------------------- moving about

  /* Look inside a task; a task with nothing inside shows its parent's inside. */
  function drill(at) {
    const { atlas } = state;
    const group = atlas.children[at].length ? at : atlas.parents[at][0];
    if (group === undefined) return;
    change({ focus: atlas.names[group], task: atlas.names[at], viewport: "" });
  }

  function up() {
    const { atlas, view } = state;
    if (!view.focus) return change({ viewport: "" });
    const above = atlas.parents[focusRow()][0];
    const focus = above === undefined ? "" : atlas.names[above];
    return change({ focus, task: view.focus, viewport: "" });
  }

  function goTo(at) {
    const { atlas } = state;
    const group = atlas.children[at].length ? at : atlas.parents[at][0];
    const focus = group === undefined ? "" : atlas.names[group];
    change({ focus, task: atlas.names[at], viewport: "" });
  }

  /* Any gesture ends here: show the new view, then tell who mounted the explorer. */
  function change(patch, { replace = false } = {}) {
    const view = { ...state.view, ...patch };
    if (JSON.stringify(view) === JSON.stringify(state.view)) return;
    show(view);
    onChange(view, { replace });
  }

  /* Draw a view; only what differs from the last one is done. */
  function show(view, atlas = state.atlas) {
    const before = state.view;
    const fresh = atlas !== state.atlas || !before;
    if (!fresh && JSON.stringify(view) === JSON.stringify(before)) return;
    Object.assign(state, { view, atlas });
    const differs = (...keys) => fresh || keys.some((key) => view[key] !== before[key]);
    if (fresh) told = drawnCuboids = "";
    if (fresh) hover(-1, []);
    if (differs("theme")) applyTheme();
    if (differs("color", "focus", "collection", "theme")) chooseColors();
    if (differs("dim")) {
      element("boxes-panel").hidden = view.dim !== 2;
      element("cuboids-panel").hidden = view.dim !== 3;
    }
    if (differs("focus", "collection", "dim")) drawBreadcrumb();
    if (differs("focus", "task")) say();
    const jump = fresh || differs("dim");
    const { boxes, points } = state.panels;
    if (view.dim === 2) {
      const target = boxRange();
      const same = target.every((value, axis) => value === boxes.range[axis]);
      const dragged = !fresh && differs("viewport") && view.viewport;
      if (same || (dragged && !differs("focus"))) boxes.draw();
      else boxes.flyTo(target, { jump });
    }
    drawCuboids();
    if (view.points && differs("points")) points.flyTo(pointRange(), { jump: true });
    else points.draw();
  }

  function chooseColors() {
    const { atlas, view } = state;
    told = "";
    state.colors = task2box.colorsOf(atlas, view.color, tone(), focusRow());
  }

  function applyTheme() {
    document.documentElement.dataset.theme = tone();
    state.look = look();
    told = drawnCuboids = "";
  }

  // ---------------------------------------------------------------- words

  function drawBreadcrumb() {
    const { atlas, view } = state;
    const rows = view.focus ? atlas.path(focusRow()) : [];
    const crumb = (label, focus, here) => {
      const button = task2box.node("button", "crumb", label);
      button.type = "button";
      if (here) button.setAttribute("aria-current", "location");
      button.addEventListener("click", () => change({ focus, task: focus, viewport: "" }));
      return button;
    };
    const items = [crumb(atlas.title, "", !rows.length)];
    rows.forEach((at, k) => {
      items.push(task2box.node("span", "chevron", "▸"));
      items.push(crumb(atlas.labels[at], atlas.names[at], k === rows.length - 1));
    });
    const bar = element("breadcrumb");
    bar.replaceChildren(...items);
    bar.scrollLeft = bar.scrollWidth;
  }

  /* The sentence that a screen reader hears. */
  function say() {
    const { atlas } = state;
    const at = taskRow();
    if (at < 0) {
      element("live").textContent = `${atlas.title}: no task selected.`;
      return;
    }
    const [parent] = atlas.parents[at];
    const above = parent === undefined ? "" : `, inside ${atlas.labels[parent]}`;
    const inside = atlas.children[at].length;
    const below = inside ? `, ${inside} tasks directly inside` : "";
    const count = `${atlas.members[at]} ${countWord(atlas.members[at])}`;
    element("live").textContent = `${atlas.labels[at]}, ${count}${above}${below}.`;
  }

  task2box.node = function (tag, name, text = "") {
    const made = document.createElement(tag);
    made.className = name;
    made.textContent = text; // names are data, never markup
    return made;
  };

  // ---------------------------------------------------------------- mounting

  /* Show pictures in the page's elements. graphs: {boxes, projection, cuboids}, the
     Plotly graphs; changed(view, {replace}) hears of every gesture. */
  task2box.mount = function ({ graphs, view, atlas, changed }) {
    Object.assign(state, { view: null, atlas });
    onChange = changed;
    state.view = view;
    applyTheme();
    makePanels(graphs);
    listenCuboids(element("cuboids-panel"));
    state.view = null;
    show(view, atlas);
    dark.addEventListener("change", () => {
      applyTheme();
      chooseColors();
      redraw();
    });
    task2box.listenKeys(task2box.explorer);
    task2box.listenSearch(task2box.explorer);
    task2box.listenButtons(task2box.explorer);
  };

  function redraw() {
    state.panels.boxes.draw();
    state.panels.points.draw();
    drawCuboids();
  }

  task2box.explorer = { state, show, change, drill, up, goTo, look: () => state.look, tone };
  task2box.CONFIG = {
    displayModeBar: false,
    displaylogo: false,
    showSendToCloud: false,
    plotlyServerURL: "",
    scrollZoom: true,
    doubleClick: false,
    responsive: false,
  };
  task2box.USUAL = USUAL;

  // ---------------------------------------------------------------- for tests, scripts

  /* A pixel of the page where `task` is the innermost box, or its middle. */
  task2box.pixelOf = function (name) {
    const at = row(name);
    const { atlas, panels } = state;
    if (at < 0) return null;
    const [x0, x1, y0, y1] = atlas.frame(at);
    let spot = [(x0 + x1) / 2, (y0 + y1) / 2];
    search: for (let i = 1; i < 40; i++) {
      for (let j = 1; j < 40; j++) {
        const x = x0 + ((x1 - x0) * i) / 40;
        const y = y0 + ((y1 - y0) * j) / 40;
        if (visibleStack(x, y)[0] === at) {
          spot = [x, y];
          break search;
        }
      }
    }
    const frame = panels.boxes.root.getBoundingClientRect();
    const [px, py] = panels.boxes.toPixel(...spot);
    return [frame.left + px, frame.top + py];
  };

  task2box.stackAt = function (x, y) {
    const frame = state.panels.boxes.root.getBoundingClientRect();
    const at = state.panels.boxes.toData(x - frame.left, y - frame.top);
    return visibleStack(...at).map((found) => state.atlas.names[found]);
  };
})(window.task2box);
