/* What a hand does on a picture: hover, click, double click, drag, draw, wheel, pinch. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const SLOP = 5; // px that a click may move
  const DOUBLE = 400; // ms between the clicks of a double click
  const REST = 160; // ms without a turn of the wheel that end a zoom
  const STEP = 2; // px between the corners of a lasso
  const CORNERS = 600; // of a lasso, from which on every other one is left out

  /* Whether a click adds or removes, and does not choose. */
  task2box.adds = (event) => event.shiftKey || event.ctrlKey || event.metaKey;

  /* actions, all in pixels of `root`: hover(x, y, event), leave(), click(x, y, event),
     doubleClick(x, y), pan(dx, dy), zoom(factor, x, y), and rest() when a pan or a zoom
     has ended; tool() -> what a drag does, "move", "rectangle" or "lasso"; draw(kind,
     path) while one of these is drawn, draw() when it is not to be, and drawn(kind, path)
     when it is. A path is [[x, y], ...]: two corners of a rectangle, all of a lasso. */
  task2box.listenGestures = function (root, actions) {
    const fingers = new Map(); // what is down: pointer id -> [x, y]
    let travelled = 0; // px since the first finger came down
    let last = null; // the last click: {time, x, y}
    let resting = 0;
    let tool = "move"; // of the drag that goes on; "none" when it was given up
    let path = [];

    const at = (event) => {
      const frame = root.getBoundingClientRect();
      return [event.clientX - frame.left, event.clientY - frame.top];
    };
    const onButton = (event) => event.target.closest("button, .replay");
    const apart = () => {
      const [[ax, ay], [bx, by]] = fingers.values();
      return [Math.hypot(ax - bx, ay - by), (ax + bx) / 2, (ay + by) / 2];
    };

    function click(x, y, event) {
      const now = performance.now();
      const near = last && Math.hypot(x - last.x, y - last.y) < SLOP;
      const twice = near && now - last.time < DOUBLE && !task2box.adds(event);
      last = twice ? null : { time: now, x, y };
      if (twice) actions.doubleClick(x, y);
      else actions.click(x, y, event);
    }

    root.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || onButton(event)) return;
      if (fingers.size) abandon("move"); // a second finger: they pinch
      else begin(event);
      fingers.set(event.pointerId, at(event));
      root.focus({ preventScroll: true });
    });

    function begin(event) {
      travelled = 0;
      tool = event.shiftKey ? "rectangle" : actions.tool();
      path = [at(event)];
    }

    function abandon(instead) {
      tool = instead;
      actions.draw();
    }

    /* What can be seen is what can be drawn around: no path leaves the picture. */
    function trace(x, y) {
      const corner = [
        Math.min(Math.max(x, 0), root.clientWidth),
        Math.min(Math.max(y, 0), root.clientHeight),
      ];
      const before = path.at(-1);
      if (tool === "rectangle") path[1] = corner;
      else if (Math.hypot(corner[0] - before[0], corner[1] - before[1]) >= STEP) path.push(corner);
      if (path.length > CORNERS) path = path.filter((_, k) => k % 2 === 0);
      actions.draw(tool, path);
    }

    root.addEventListener("pointermove", (event) => {
      const [x, y] = at(event);
      if (!fingers.has(event.pointerId)) {
        if (onButton(event)) actions.leave();
        else if (event.pointerType !== "touch") actions.hover(x, y, event);
        return;
      }
      const [fromX, fromY] = fingers.get(event.pointerId);
      travelled += Math.hypot(x - fromX, y - fromY);
      if (fingers.size === 1) {
        if (travelled <= SLOP) return;
        if (!root.hasPointerCapture(event.pointerId)) grab(event.pointerId);
        fingers.set(event.pointerId, [x, y]);
        if (tool === "move") actions.pan(x - fromX, y - fromY);
        else if (tool !== "none") trace(x, y);
        return;
      }
      const [before] = apart();
      fingers.set(event.pointerId, [x, y]);
      const [after, middleX, middleY] = apart();
      if (before > 0 && after > 0) actions.zoom(before / after, middleX, middleY);
    });

    function grab(pointer) {
      root.setPointerCapture(pointer); // the drag goes on outside the picture
      if (tool === "move") root.classList.add("grabbed");
      actions.leave();
    }

    function release(event) {
      if (!fingers.delete(event.pointerId) || fingers.size) return;
      root.classList.remove("grabbed");
      const up = event.type === "pointerup";
      if (travelled <= SLOP) {
        if (up) click(...at(event), event);
      } else if (tool === "move") actions.rest();
      else if (tool !== "none") {
        actions.draw();
        if (up && path.length > 1) actions.drawn(tool, path);
      }
    }
    root.addEventListener("pointerup", release);
    root.addEventListener("pointercancel", release);
    root.addEventListener("pointerleave", () => actions.leave());

    root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || tool === "move" || !fingers.size) return;
      event.stopPropagation(); // it ends the drawing, and nothing else
      abandon("none");
    });

    root.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const lines = event.deltaMode === 1 ? 16 : 1; // some mice count in lines
        actions.zoom(Math.exp(0.0015 * lines * event.deltaY), ...at(event));
        clearTimeout(resting);
        resting = setTimeout(actions.rest, REST);
      },
      { passive: false }
    );
  };
})(window.task2box);
