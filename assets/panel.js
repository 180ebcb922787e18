/* One picture: two canvases under the transparent axes of a Plotly graph.

   The lower canvas holds the tasks, the upper one the marks of hover and selection, so
   that hovering never draws the tasks again. While a hand moves the view, the canvases
   move alone, as a sheet (sheet.js); Plotly's axes are told when it rests, since a
   relayout costs more than a frame may take. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const FLIGHT = 80; // ms
  const REST = 120; // ms without a move before Plotly's axes are told
  // How far one may zoom, as shares of the frame around everything.
  const [NEAREST, FARTHEST] = [1e-4, 4];

  task2box.frames = []; // last draw times in ms, newest last

  /* drawnGraph: a promise of the Plotly graph, if there is one; the canvases do not wait for it.
     actions: scene() -> what to draw besides range and size; paint(ctx, scene),
     mark(ctx, scene); frame() -> the range of all there is; hover(x, y, event), leave(),
     click(x, y, event), doubleClick(x, y); moved(range) after a hand panned or zoomed;
     tool() -> what a drag does; drawn(kind, path) after a hand drew a rectangle or a
     lasso, both in the coordinates of the picture; seen(range) of what is shown or about to
     be; still: whether parts of the picture
     stay where they are when it is panned, so that each frame is painted anew. */
  task2box.panelOf = function (root, drawnGraph, actions) {
    const base = root.querySelector("canvas.base");
    const marks = root.querySelector("canvas.marks");
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    let range = actions.frame();
    const sheet = task2box.sheetOf(root, [base, marks], range);
    let flight = 0;
    let waiting = 0;
    let whole = false; // whether the frame that is waited for paints all of the picture
    let telling = 0;
    let stale = false; // whether what a flight comes to looks different by now
    let shape = null; // what a hand draws: {kind, path} in pixels

    const scene = () => ({
      ...actions.scene(),
      range,
      width: root.clientWidth,
      height: root.clientHeight,
    });

    /* Where buttons and notes lie on the picture, [left, top, width, height] each: no name is
       written there. */
    const covered = () =>
      Array.from(root.querySelectorAll(".tools, .zoom, .replay, .fit-note"), (bar) => [
        bar.offsetLeft,
        bar.offsetTop,
        bar.offsetWidth,
        bar.offsetHeight,
      ]);

    function drawMarks() {
      if (!root.clientWidth) return;
      const ctx = sheet.blank(marks);
      const seen = { ...scene(), ...sheet.scene };
      actions.mark(ctx, seen);
      if (shape) task2box.paintShape(ctx, seen.look, shape);
    }

    /* Time what makes a frame. */
    function timed(make) {
      if (!root.clientWidth) return;
      const start = performance.now();
      make();
      task2box.frames.push(performance.now() - start);
      if (task2box.frames.length > 240) task2box.frames.shift();
    }

    const draw = () => timed(paintAll);

    function paintAll() {
      [whole, stale] = [false, true];
      actions.seen?.(range);
      sheet.fit(range);
      paint(base);
      drawMarks();
    }

    function paint(canvas, part = range) {
      actions.paint(task2box.blank(root, canvas), { ...scene(), range: part, covered: covered() });
    }

    function slide() {
      actions.seen?.(range);
      if (!sheet.covers(range)) {
        sheet.widen(range, (ctx, place) =>
          actions.paint(ctx, { ...scene(), ...sheet.scene, covered: [place], beside: place })
        );
        drawMarks();
      }
      sheet.move(range);
    }

    function drawSoon() {
      whole = true;
      nextFrame();
    }

    function nextFrame() {
      waiting ||= requestAnimationFrame(() => {
        waiting = 0;
        if (whole) draw();
        else timed(slide);
      });
    }

    function stop() {
      cancelAnimationFrame(flight);
      flight = 0;
    }

    /* Painted with the next frame: until then the server is asked for words. */
    function land(target) {
      range = target;
      drawSoon();
      tellAxes();
    }

    function tellAxes() {
      clearTimeout(telling);
      telling = setTimeout(relayout, REST); // not before the first picture is seen
    }

    async function relayout() {
      const graph = await drawnGraph;
      if (!graph) return;
      const axes = { "xaxis.range": range.slice(0, 2), "yaxis.range": range.slice(2) };
      window.Plotly.relayout(graph, axes);
    }

    /* Move the view there, smoothly unless told otherwise. */
    function flyTo(target, { jump = false } = {}) {
      stop();
      if (near(range, target)) return drawSoon(); // a hand brought us here already
      actions.seen?.(target);
      if (jump || calm.matches || !root.clientWidth) return land(target);
      const from = { range: sheet.range, canvas: task2box.copyOf(base) };
      const start = range;
      const begin = performance.now();
      let to = null;
      const step = (now) => {
        to ||= { range: target, canvas: painted(target) };
        const share = Math.min(1, Math.max(0, now - begin) / FLIGHT);
        const ease = share * share * (3 - 2 * share);
        const between = (value, k) => value + ease * (target[k] - value);
        range = share < 1 ? start.map(between) : target;
        sheet.fit(range);
        task2box.blend(task2box.blank(root, base), scene(), from, to, ease);
        drawMarks();
        flight = share < 1 ? requestAnimationFrame(step) : 0;
        if (share === 1) arrive();
      };
      flight = requestAnimationFrame(step);
      return undefined;
    }

    /* What a picture will look like there. */
    function painted(part) {
      const canvas = document.createElement("canvas");
      paint(canvas, part);
      stale = false;
      return canvas;
    }

    function arrive() {
      if (stale) drawSoon();
      tellAxes();
    }

    function toData(px, py) {
      const [x0, x1, y0, y1] = range;
      const x = x0 + (px / root.clientWidth) * (x1 - x0);
      return [x, y1 - (py / root.clientHeight) * (y1 - y0)];
    }

    function toPixel(x, y) {
      const [x0, x1, y0, y1] = range;
      const px = ((x - x0) / (x1 - x0)) * root.clientWidth;
      return [px, ((y1 - y) / (y1 - y0)) * root.clientHeight];
    }

    function pan(dx, dy) {
      stop();
      const [x0, x1, y0, y1] = range;
      const shiftX = (dx / root.clientWidth) * (x1 - x0);
      const shiftY = (dy / root.clientHeight) * (y1 - y0);
      range = [x0 - shiftX, x1 - shiftX, y0 + shiftY, y1 + shiftY];
      if (actions.still) drawSoon();
      else nextFrame();
    }

    /* The range after a zoom; the point under the pixel stays where it is. */
    function zoomed(factor, px, py) {
      const [x, y] = toData(px, py);
      const all = actions.frame();
      const share = (factor * (range[1] - range[0])) / (all[1] - all[0]);
      if (factor > 1 ? share > FARTHEST : share < NEAREST) return range;
      const around = (center, value) => center + factor * (value - center);
      const [x0, x1, y0, y1] = range;
      return [around(x, x0), around(x, x1), around(y, y0), around(y, y1)];
    }

    /* Names are put where they are read best. */
    function rest() {
      drawSoon();
      tellAxes();
      actions.moved(range);
    }

    task2box.listenGestures(root, {
      hover: actions.hover,
      leave: actions.leave,
      click: actions.click,
      doubleClick: actions.doubleClick,
      tool: actions.tool,
      draw(kind, path) {
        shape = kind ? { kind, path } : null;
        drawMarks();
      },
      drawn: (kind, path) => actions.drawn(kind, path.map(([px, py]) => toData(px, py))),
      pan,
      zoom(factor, px, py) {
        stop();
        range = zoomed(factor, px, py);
        drawSoon();
      },
      rest,
    });
    new ResizeObserver(async () => {
      if (!root.clientWidth) return;
      draw();
      const graph = await drawnGraph;
      if (!graph) return;
      const { width, height } = graph._fullLayout;
      const same = width === root.clientWidth && height === root.clientHeight;
      if (!same && root.clientWidth) window.Plotly.Plots.resize(graph);
    }).observe(root);

    return {
      root,
      scene,
      draw,
      drawMarks,
      flyTo,
      toData,
      toPixel,
      /* For a button: a step in or out around the middle. */
      step(factor) {
        const target = zoomed(factor, root.clientWidth / 2, root.clientHeight / 2);
        flyTo(target);
        actions.moved(target);
      },
      get range() {
        return range;
      },
      get flying() {
        return flight !== 0 || waiting !== 0;
      },
    };
  };

  function near(range, target) {
    const slack = 1e-3 * Math.min(range[1] - range[0], range[3] - range[2]);
    return range.every((value, k) => Math.abs(value - target[k]) < slack);
  }
})(window.task2box);
