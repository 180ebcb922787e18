/* The three pictures of a view: rectangles, cuboids, points; what each does when a
   person hovers, clicks or looks inside. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const element = (id) => document.getElementById(id);
  const LEAST = 0.06; // of the point map: closer than this there is nothing to see
  // What changes how boxes and points look, and not which part of them is seen.
  const LOOKS = ["color", "theme", "hidden", "between", "off", "floor", "opacity", "selection"];
  const NO_BOX = "No box lies in it as a whole, so nothing is selected.";
  const NO_POINT = "No point lies in it, so nothing is selected.";
  const short = (value) => Number(value.toPrecision(5));

  /* What else can be beside the boxes, by kind, which a view writes before a point where
     there are several of it (`fit.2d.published`): {word, make(explorer, scene)}, where
     `make` gives {root, show(differs, fresh), draw(), mark()} of a panel of the page,
     with the class `other`.
     `show` is told what of the view differs, `mark` that another task is hovered. One
     that is made into files has {scene(), paint, paintMarks} of (ctx, atlas, scene) too. */
  task2box.besides = task2box.besides || {};

  const kindOf = (beside) => beside.split(".")[0];

  task2box.besideWord = function (beside) {
    const { word } = task2box.besides[kindOf(beside)];
    return typeof word === "function" ? word(beside) : word;
  };

  task2box.picturesOf = function (explorer, graphs) {
    const { state, focusRow, taskRow } = explorer;
    const scene = () => ({
      shown: state.shown,
      colors: state.colors,
      edges: state.edges,
      look: task2box.lookOf(state.look, state.view),
      method: state.view.beside,
      focus: focusRow(),
      selected: taskRow(),
      hovered: state.hovered,
      ring: explorer.ring(),
      selection: state.selection,
      placed: task2box.placedIn?.(explorer) || null, // tasks of one's own, where one can have some
    });
    const boxes = boxesPanel(explorer, graphs.boxes, scene);
    const points = pointsPanel(explorer, graphs.projection, scene);
    const cuboids = cuboidsPanel(explorer, element("cuboids"), scene);
    const others = Object.entries(task2box.besides).map(([kind, { make }]) => ({
      kind,
      ...make(explorer, scene),
    }));
    const drawOthers = () => others.forEach((other) => other.root.hidden || other.draw());

    function show(differs, fresh) {
      const { view } = state;
      if (differs("dim", "axes")) {
        element("boxes-panel").hidden = task2box.isSolid(view);
        element("cuboids-panel").hidden = !task2box.isSolid(view);
      }
      const hidden = element("projection-panel").hidden;
      element("projection-panel").hidden = !task2box.pointsShown(state);
      showBoxes(differs, fresh);
      showPoints(differs, hidden);
      for (const other of others) {
        const away = other.root.hidden;
        other.root.hidden = kindOf(view.beside) !== other.kind;
        if (!other.root.hidden) other.show(differs, fresh || away);
      }
    }

    function showBoxes(differs, fresh) {
      const jump = fresh || differs("dim", "axes");
      if (task2box.isSolid(state.view)) cuboids.draw();
      else if (differs("dim", "axes", "focus", "viewport")) boxes.flyTo(boxRange(state, focusRow()), { jump });
      else if (differs(...LOOKS)) boxes.draw();
      else boxes.drawMarks();
    }

    function showPoints(differs, hidden) {
      if (!task2box.pointsShown(state)) return;
      const jump = hidden || differs("beside");
      if (jump || differs("focus")) points.flyTo(pointRange(state, focusRow()), { jump });
      else if (differs(...LOOKS, "dim")) points.draw();
      else points.drawMarks();
    }

    return {
      boxes,
      points,
      cuboids,
      others,
      /* The panel of another kind that is shown and can be drawn into a file, if any. */
      other: () => others.find(({ root, paint }) => paint && !root.hidden),
      show,
      /* There are other points inside the focus than a moment ago. */
      frame: () => task2box.pointsShown(state) && points.flyTo(pointRange(state, focusRow()), { jump: true }),
      /* The boxes are other ones than a moment ago (replay.js). */
      follow() {
        if (state.played?.held) boxes.draw();
        else boxes.flyTo(boxRange(state, focusRow()), { jump: true });
      },
      draw() {
        boxes.draw();
        points.draw();
        drawOthers();
        if (task2box.isSolid(state.view)) cuboids.draw();
      },
      mark() {
        if (task2box.isSolid(state.view)) cuboids.mark();
        else boxes.drawMarks();
        points.drawMarks();
        others.forEach((other) => other.root.hidden || other.mark());
      },
    };
  };

  // ---------------------------------------------------------------- rectangles

  /* What a hand does among rectangles: those that `atlasOf` gives, in a panel. */
  task2box.handsOf = function (explorer, atlasOf, panelOf) {
    const { state, taskRow } = explorer;
    let cycle = { key: "", at: 0 };
    const stackAt = (px, py) => {
      const panel = panelOf();
      const seen = { atlas: atlasOf(), shown: state.shown };
      return task2box.visibleStack(seen, panel.toData(px, py), leastSides(panel, state.view));
    };
    let cursor = null; // where it is: [x, y] in pixels
    return {
      frame: () => atlasOf().frame(-1),
      hover(px, py, event) {
        const stack = stackAt(px, py);
        cursor = [px, py];
        explorer.hover(stack.length ? stack[0] : -1, stack, event);
      },
      leave() {
        cursor = null;
        explorer.hover(-1, []);
      },
      stackAt,
      /* The boxes under the cursor, and around the middle of a task, innermost first. */
      stackUnder: () => (cursor ? stackAt(...cursor) : []),
      stackAround(row) {
        const [x0, x1, y0, y1] = atlasOf().frame(row);
        return stackAt(...panelOf().toPixel((x0 + x1) / 2, (y0 + y1) / 2));
      },
      tool: () => state.tool,
      drawn: (kind, path) =>
        explorer.select(task2box.boxesWithin(atlasOf(), panelOf().scene(), kind, path), NO_BOX),
      /* The innermost box; clicking again at the same place takes the next one out. */
      click(px, py, event) {
        const stack = stackAt(px, py);
        if (task2box.adds(event)) return explorer.toggle(stack[0]);
        const key = stack.join(",");
        const again = key === cycle.key && stack[cycle.at] === taskRow();
        cycle = { key, at: again ? (cycle.at + 1) % stack.length : 0 };
        return explorer.change({ task: stack.length ? state.atlas.names[stack[cycle.at]] : "" });
      },
      doubleClick(px, py) {
        const stack = stackAt(px, py);
        const chosen = taskRow();
        if (stack.length) explorer.drill(stack.includes(chosen) ? chosen : stack[0]);
      },
    };
  };

  function boxesPanel(explorer, graph, scene) {
    const { state } = explorer;
    const members = task2box.membersOf(explorer, () => panel);
    const atlasOf = () => state.played || state.atlas;
    // Members lie in the boxes that they end up in, and in no others.
    const placed = (seen) => {
      if (state.played) return null;
      return seen.beside ? members.current : members.see(seen);
    };
    const hands = task2box.handsOf(explorer, atlasOf, () => panel);
    /* The task of one's own under a pixel, where no known box inside it is. */
    function ownAt(px, py) {
      const seen = panel.scene();
      if (!seen.placed) return -1;
      const { at, area } = task2box.placedBoxAt(seen, px, py);
      const [inner] = hands.stackAt(px, py);
      if (at < 0 || inner === undefined) return at;
      const [x0, x1, y0, y1] = state.atlas.frame(inner);
      const [[ax, ay], [bx, by]] = [panel.toPixel(x0, y0), panel.toPixel(x1, y1)];
      return area <= Math.abs((bx - ax) * (by - ay)) ? at : -1;
    }
    const panel = task2box.panelOf(element("boxes-panel"), graph, {
      ...hands,
      scene: () => ({ ...scene(), members: state.played ? null : members.current }),
      paint: (ctx, seen) => task2box.paintBoxes(ctx, atlasOf(), { ...seen, members: placed(seen) }),
      mark(ctx, seen) {
        task2box.markBoxes(ctx, atlasOf(), seen);
        if (!state.played) members.mark(ctx, seen);
        task2box.ringBox(ctx, atlasOf(), seen);
      },
      hover(px, py, event) {
        hands.hover(px, py, event);
        if (!state.played) members.hover(px, py);
        if (ownAt(px, py) >= 0) task2box.tellPlaced(explorer, ownAt(px, py), event);
        else if (panel.scene().placed) task2box.tellPlaced(explorer, -1);
      },
      click(px, py, event) {
        const own = task2box.adds(event) ? -1 : ownAt(px, py);
        if (own >= 0) task2box.choosePlaced(explorer, own);
        else hands.click(px, py, event);
      },
      leave() {
        members.leave();
        hands.leave();
      },
      seen: (range) => explorer.follow?.(range),
      /* Where one looks among boxes on their way is not kept. */
      moved(range) {
        if (state.played) state.played.held = true;
        else explorer.change({ viewport: range.map(short).join(",") }, { replace: true });
      },
    });
    const { stackUnder, stackAround } = hands;
    return Object.assign(panel, { members, stackUnder, stackAround });
  }

  /* The boxes under a point, innermost first; those in the background come last, and
     those that are smaller than the least sides are not there. */
  task2box.visibleStack = function ({ atlas, shown }, [x, y], [width, height]) {
    const { lower, upper } = atlas.flat;
    const side = (row, axis) => upper[2 * row + axis] - lower[2 * row + axis];
    const drawn = (row) => side(row, 0) >= width || side(row, 1) >= height;
    const stack = atlas.stack(x, y);
    const which = (flag) => stack.filter((row) => shown[row] === flag && drawn(row));
    return [...which(task2box.SHOWN), ...which(task2box.DIM)];
  };

  /* Sides of the smallest box that is drawn, in box coordinates. */
  function leastSides({ range: [x0, x1, y0, y1], root }, { floor }) {
    return [(floor * (x1 - x0)) / root.clientWidth, (floor * (y1 - y0)) / root.clientHeight];
  }

  function boxRange({ atlas, played, view }, focus) {
    if (view.viewport) return view.viewport.split(",").map(Number);
    return task2box.padded((played || atlas).frame(focus), 0.03);
  }

  /* A little air around a frame, so that its outline is seen. */
  task2box.padded = function ([x0, x1, y0, y1], share) {
    const [dx, dy] = [(x1 - x0) * share, (y1 - y0) * share];
    return [x0 - dx, x1 + dx, y0 - dy, y1 + dy];
  };

  // ---------------------------------------------------------------- points

  function pointsPanel(explorer, graph, scene) {
    const { state } = explorer;
    const ownAt = (px, py) => (panel.scene().placed ? task2box.placedPointAt(panel.scene(), px, py) : -1);
    const found = (px, py) =>
      task2box.pointsShown(state) ? task2box.pointAt(state.atlas, panel.scene(), px, py) : -1;
    const panel = task2box.panelOf(element("projection-panel"), graph, {
      scene,
      paint: (ctx, seen) => task2box.pointsShown(state) && task2box.paintPoints(ctx, state.atlas, seen),
      mark: (ctx, seen) => task2box.pointsShown(state) && task2box.markPoints(ctx, state.atlas, seen),
      hover(px, py, event) {
        const row = found(px, py);
        explorer.hover(row, row < 0 ? [] : state.atlas.path(row).reverse(), event);
        if (ownAt(px, py) >= 0) task2box.tellPlaced(explorer, ownAt(px, py), event);
        else if (panel.scene().placed) task2box.tellPlaced(explorer, -1);
      },
      frame: () => framed(state.atlas, state.view.beside, state.atlas.inside(-1)),
      leave: () => explorer.hover(-1, []),
      tool: () => state.tool,
      drawn: (kind, path) =>
        explorer.select(task2box.pointsWithin(state.atlas, panel.scene(), kind, path), NO_POINT),
      click(px, py, event) {
        if (ownAt(px, py) >= 0) {
          task2box.choosePlaced(explorer, ownAt(px, py));
          return;
        }
        const row = found(px, py);
        if (task2box.adds(event)) explorer.toggle(row);
        else explorer.change({ task: row < 0 ? "" : state.atlas.names[row] });
      },
      doubleClick(px, py) {
        const row = found(px, py);
        if (row >= 0) explorer.drill(row);
      },
      moved() {}, // the point map follows the focus; where else one looks is not kept
    });
    return panel;
  }

  /* Frame of the points inside the focus. */
  function pointRange({ atlas, view }, focus) {
    const all = framed(atlas, view.beside, atlas.inside(-1));
    const some = framed(atlas, view.beside, atlas.inside(focus));
    const grown = [0, 2].flatMap((axis) => {
      const least = LEAST * (all[axis + 1] - all[axis]);
      const lack = Math.max(0, least - (some[axis + 1] - some[axis])) / 2;
      return [some[axis] - lack, some[axis + 1] + lack];
    });
    return task2box.padded(grown, focus < 0 ? 0.05 : 0.15);
  }

  function framed(atlas, method, flags) {
    const points = atlas.points[method];
    if (!points) return [0, 1, 0, 1]; // a collection without point maps
    const frame = [Infinity, -Infinity, Infinity, -Infinity];
    flags.forEach((flag, row) => {
      if (!flag) return;
      for (const axis of [0, 1]) {
        const value = points[2 * row + axis];
        frame[2 * axis] = Math.min(frame[2 * axis], value);
        frame[2 * axis + 1] = Math.max(frame[2 * axis + 1], value);
      }
    });
    return frame;
  }

  // ---------------------------------------------------------------- cuboids

  const SLOP = 5; // px that a click may move
  const DOUBLE = 500; // ms between the clicks of a double click

  function cuboidsPanel(explorer, graph, scene) {
    const { state, taskRow } = explorer;
    let drawn = 0; // what the edges stand for
    let listening = false;

    async function draw() {
      if (!task2box.hasWebGL()) return task2box.offerWithoutWebGL(explorer);
      const { look, atlas, version } = state;
      if (drawn === version) return mark();
      drawn = version;
      const Plotly = await task2box.plotly;
      if (drawn !== version) return undefined; // overtaken while Plotly was loading
      const traces = task2box.cuboidTraces(atlas, scene());
      await Plotly.react(graph, traces, task2box.cuboidLayout(look), task2box.CUBOID_CONFIG);
      window.Plotly.Plots.resize(graph);
      if (!listening) listen();
      return undefined;
    }

    function mark() {
      if (!listening) return; // nothing is drawn yet
      task2box.markCuboid(graph, state.atlas, "selected", taskRow());
      task2box.markCuboid(graph, state.atlas, "hovered", state.hovered);
    }

    function listen() {
      listening = true;
      const root = element("cuboids-panel");
      let pressed = null;
      let last = 0;
      graph.on("plotly_hover", ({ points, event }) => {
        const row = points[0].customdata;
        if (typeof row === "number") explorer.hover(row, state.atlas.path(row).reverse(), event);
      });
      graph.on("plotly_unhover", () => explorer.hover(-1, []));
      root.addEventListener("pointerleave", () => explorer.hover(-1, []));
      // Plotly answers a 3D click only while the button is down, so that short clicks
      // are lost on slow machines: take the hovered box instead.
      const press = ({ clientX, clientY }) => {
        pressed ||= { clientX, clientY, row: state.hovered };
      };
      const released = (event) => {
        const { clientX, clientY } = event;
        const start = pressed;
        pressed = null;
        if (!start || start.row < 0) return;
        if (Math.hypot(clientX - start.clientX, clientY - start.clientY) > SLOP) return;
        if (task2box.adds(event)) {
          explorer.toggle(start.row);
          return;
        }
        const twice = performance.now() - last < DOUBLE && start.row === taskRow();
        last = performance.now();
        if (twice) explorer.drill(start.row);
        else explorer.change({ task: state.atlas.names[start.row] });
      };
      root.addEventListener("pointerdown", press, true);
      window.addEventListener("pointerup", released, true);
      window.addEventListener("mouseup", released, true);
    }

    return { draw, mark, graph, root: graph };
  }

  // ---------------------------------------------------------------- for tests, scripts

  /* A pixel of the page where `task` is the innermost box, or its middle. */
  task2box.pixelOf = function (task) {
    const { state, pictures, row } = task2box.explorer;
    const at = row(task);
    if (at < 0) return null;
    const [x0, x1, y0, y1] = state.atlas.frame(at);
    const steps = Array.from({ length: 39 }, (_, k) => (k + 1) / 40);
    const spots = steps.flatMap((i) => steps.map((j) => [x0 + i * (x1 - x0), y0 + j * (y1 - y0)]));
    const least = leastSides(pictures.boxes, state.view);
    const innermost = (spot) => task2box.visibleStack(state, spot, least)[0] === at;
    const middle = [(x0 + x1) / 2, (y0 + y1) / 2];
    const frame = pictures.boxes.root.getBoundingClientRect();
    const pixel = (spot) => {
      const [px, py] = pictures.boxes.toPixel(...spot);
      return [frame.left + px, frame.top + py];
    };
    const bare = (spot) => !document.elementFromPoint(...pixel(spot))?.closest("button, .replay");
    return pixel([middle, ...spots].find((spot) => innermost(spot) && bare(spot)) || middle);
  };

  /* Names of the boxes under a pixel of the page, innermost first. */
  task2box.stackAt = function (x, y) {
    const { state, pictures } = task2box.explorer;
    const frame = pictures.boxes.root.getBoundingClientRect();
    const at = pictures.boxes.toData(x - frame.left, y - frame.top);
    const least = leastSides(pictures.boxes, state.view);
    return task2box.visibleStack(state, at, least).map((row) => state.atlas.names[row]);
  };
})(window.task2box);
