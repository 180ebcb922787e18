/* One picture: two canvases under the transparent axes of a Plotly graph.

   Plotly owns pan, zoom and the ranges; the canvases follow. The lower canvas holds
   the tasks, the upper one the marks of hover and selection, so that hovering never
   draws the tasks again. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const FLIGHT = 320; // ms
  const SLOP = 5; // px that a click may move
  const DOUBLE = 400; // ms between the clicks of a double click

  task2box.frames = []; // last draw times in ms, newest last

  /* actions: paint(ctx, scene), mark(ctx, scene), scene() -> what to draw besides the
     range and the size, hover(x, y, event), leave(), pick(x, y), drill(x, y),
     moved(range) after a person panned or zoomed. */
  task2box.panelOf = function (root, graph, actions) {
    const base = root.querySelector("canvas.base");
    const marks = root.querySelector("canvas.marks");
    const still = window.matchMedia("(prefers-reduced-motion: reduce)");
    let range = rangeOf(graph);
    let flight = 0;
    let waiting = 0;

    const scene = () => ({
      ...actions.scene(),
      range,
      width: root.clientWidth,
      height: root.clientHeight,
    });

    function fit(canvas) {
      const ratio = window.devicePixelRatio || 1;
      const width = Math.round(root.clientWidth * ratio);
      const height = Math.round(root.clientHeight * ratio);
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      const ctx = canvas.getContext("2d");
      ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      ctx.clearRect(0, 0, root.clientWidth, root.clientHeight);
      return ctx;
    }

    function drawMarks() {
      if (root.clientWidth) actions.mark(fit(marks), scene());
    }

    function draw() {
      if (!root.clientWidth) return;
      const start = performance.now();
      actions.paint(fit(base), scene());
      drawMarks();
      task2box.frames.push(performance.now() - start);
      if (task2box.frames.length > 240) task2box.frames.shift();
    }

    function drawSoon() {
      if (waiting) return;
      waiting = requestAnimationFrame(() => {
        waiting = 0;
        draw();
      });
    }

    function land(target) {
      flight = 0;
      range = target;
      draw();
      const update = { "xaxis.range": target.slice(0, 2), "yaxis.range": target.slice(2) };
      return window.Plotly.relayout(graph, update);
    }

    /* Move the view; the canvas flies, Plotly is told once at the end. */
    function flyTo(target, { jump = false } = {}) {
      cancelAnimationFrame(flight);
      flight = 0;
      if (near(range, target)) return draw(); // a hand on the mouse brought us here
      if (jump || still.matches || !root.clientWidth) return land(target);
      const from = range;
      const begin = performance.now();
      const step = (now) => {
        const share = Math.min(1, Math.max(0, now - begin) / FLIGHT);
        if (share === 1) return land(target);
        const ease = share * share * (3 - 2 * share);
        range = from.map((value, axis) => value + ease * (target[axis] - value));
        draw();
        flight = requestAnimationFrame(step);
      };
      flight = requestAnimationFrame(step);
    }

    function zoom(factor) {
      const [x0, x1, y0, y1] = range;
      const half = [((x1 - x0) / 2) * factor, ((y1 - y0) / 2) * factor];
      const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2];
      flyTo([cx - half[0], cx + half[0], cy - half[1], cy + half[1]]);
      actions.moved([cx - half[0], cx + half[0], cy - half[1], cy + half[1]]);
    }

    graph.on("plotly_relayouting", (change) => {
      range = rangeOf(graph, change);
      drawSoon();
    });
    graph.on("plotly_relayout", (change) => {
      if (!("xaxis.range[0]" in change) && !("yaxis.range[0]" in change)) return;
      range = rangeOf(graph, change); // written by element: by hand, not by flyTo
      draw();
      actions.moved(range);
    });
    new ResizeObserver(() => {
      if (!root.clientWidth) return;
      window.Plotly.Plots.resize(graph);
      draw();
    }).observe(root);
    listen(root, actions);

    return {
      draw,
      drawMarks,
      flyTo,
      zoom,
      scene,
      root,
      get range() {
        return range;
      },
      get flying() {
        return flight !== 0;
      },
      toData(px, py) {
        const [x0, x1, y0, y1] = range;
        const x = x0 + (px / root.clientWidth) * (x1 - x0);
        return [x, y1 - (py / root.clientHeight) * (y1 - y0)];
      },
      toPixel(x, y) {
        const [x0, x1, y0, y1] = range;
        const px = ((x - x0) / (x1 - x0)) * root.clientWidth;
        return [px, ((y1 - y) / (y1 - y0)) * root.clientHeight];
      },
    };
  };

  function near(range, target) {
    const slack = 1e-3 * Math.min(range[1] - range[0], range[3] - range[2]);
    return range.every((value, k) => Math.abs(value - target[k]) < slack);
  }

  function rangeOf(graph, change = {}) {
    const layout = graph._fullLayout;
    const of = (axis) => [0, 1].map((end) => {
      const said = change[`${axis}.range[${end}]`];
      return Number(said === undefined ? layout[axis].range[end] : said);
    });
    return [...of("xaxis"), ...of("yaxis")];
  }

  /* Plotly covers the page while it drags, so clicks are told from drags here. */
  function listen(root, actions) {
    let pressed = null;
    let last = null;
    const at = (event) => {
      const frame = root.getBoundingClientRect();
      return [event.clientX - frame.left, event.clientY - frame.top];
    };
    root.addEventListener("pointermove", (event) => {
      if (event.buttons || event.pointerType === "touch") return;
      if (event.target.closest("button")) return actions.leave();
      actions.hover(...at(event), event);
    });
    root.addEventListener("pointerleave", () => actions.leave());
    root.addEventListener(
      "pointerdown",
      (event) => {
        const other = event.button !== 0 || event.target.closest("button");
        pressed = other ? null : { x: event.clientX, y: event.clientY };
        if (!other) root.focus({ preventScroll: true });
      },
      true
    );
    window.addEventListener(
      "pointerup",
      (event) => {
        if (!pressed) return;
        const moved = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
        pressed = null;
        if (moved > SLOP) return;
        const now = performance.now();
        const twice =
          last &&
          now - last.time < DOUBLE &&
          Math.hypot(event.clientX - last.x, event.clientY - last.y) < SLOP;
        last = twice ? null : { time: now, x: event.clientX, y: event.clientY };
        if (twice) actions.drill(...at(event));
        else actions.pick(...at(event));
      },
      true
    );
  }
})(window.task2box);
