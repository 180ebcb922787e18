/* What a hand does on a picture: hover, click, double click, drag, wheel, pinch. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const SLOP = 5; // px that a click may move
  const DOUBLE = 400; // ms between the clicks of a double click
  const REST = 160; // ms without a turn of the wheel that end a zoom

  /* actions, all in pixels of `root`: hover(x, y, event), leave(), click(x, y),
     doubleClick(x, y), pan(dx, dy), zoom(factor, x, y), and rest() when a pan or a zoom
     has ended. */
  task2box.listenGestures = function (root, actions) {
    const fingers = new Map(); // what is down: pointer id -> [x, y]
    let travelled = 0; // px since the first finger came down
    let last = null; // the last click: {time, x, y}
    let resting = 0;

    const at = (event) => {
      const frame = root.getBoundingClientRect();
      return [event.clientX - frame.left, event.clientY - frame.top];
    };
    const onButton = (event) => event.target.closest("button");
    const apart = () => {
      const [[ax, ay], [bx, by]] = fingers.values();
      return [Math.hypot(ax - bx, ay - by), (ax + bx) / 2, (ay + by) / 2];
    };

    function click(x, y) {
      const now = performance.now();
      const near = last && Math.hypot(x - last.x, y - last.y) < SLOP;
      const twice = near && now - last.time < DOUBLE;
      last = twice ? null : { time: now, x, y };
      if (twice) actions.doubleClick(x, y);
      else actions.click(x, y);
    }

    root.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || onButton(event)) return;
      if (!fingers.size) travelled = 0;
      fingers.set(event.pointerId, at(event));
      root.focus({ preventScroll: true });
    });

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
        actions.pan(x - fromX, y - fromY);
        return;
      }
      const [before] = apart();
      fingers.set(event.pointerId, [x, y]);
      const [after, middleX, middleY] = apart();
      if (before > 0 && after > 0) actions.zoom(before / after, middleX, middleY);
    });

    function grab(pointer) {
      root.setPointerCapture(pointer); // the drag goes on outside the picture
      root.classList.add("grabbed");
      actions.leave();
    }

    function release(event) {
      if (!fingers.delete(event.pointerId) || fingers.size) return;
      root.classList.remove("grabbed");
      if (travelled > SLOP) actions.rest();
      else if (event.type === "pointerup") click(...at(event));
    }
    root.addEventListener("pointerup", release);
    root.addEventListener("pointercancel", release);
    root.addEventListener("pointerleave", () => actions.leave());

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
