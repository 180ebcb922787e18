/* Boxes of a fit as they move, small, beside its loss; along their first two axes. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const GLIDE = 450; // ms from one known place to the next
  const AIR = 6; // px around all boxes
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  /* A place between known frames that glides to the last one; `see(place)` draws it. */
  task2box.gliding = function (see) {
    let [place, moving] = [0, 0];
    return {
      to(target) {
        cancelAnimationFrame(moving);
        const [from, begun] = [Math.min(place, target), performance.now()];
        const step = (now) => {
          const share = still.matches ? 1 : Math.min(1, Math.max(0, now - begun) / GLIDE);
          place = from + share * (target - from);
          moving = share < 1 ? requestAnimationFrame(step) : 0;
          see(place);
        };
        step(begun);
      },
      stop() {
        cancelAnimationFrame(moving);
      },
    };
  };

  /* An element that shows boxes; `show(frames)` moves them to the latest ones. */
  task2box.previewOf = function (explorer) {
    const canvas = Object.assign(document.createElement("canvas"), { className: "preview" });
    canvas.setAttribute("role", "img");
    let kept = null;
    const glide = task2box.gliding(draw);

    /* One coordinate of all boxes at a place: [lower or upper][axis](row). */
    function reader(place) {
      const { tasks, dim, steps } = kept;
      const step = Math.min(Math.floor(place), steps.length - 1);
      const after = Math.min(step + 1, steps.length - 1) * tasks * dim;
      const [before, share] = [step * tasks * dim, place - step];
      return (corner, axis, row) => {
        const at = dim * row + axis;
        const from = kept[corner][before + at];
        return from + share * (kept[corner][after + at] - from);
      };
    }

    function draw(place) {
      if (!kept || !canvas.clientWidth) return;
      const ctx = task2box.blank(canvas, canvas);
      const at = reader(place);
      const rows = Array.from({ length: kept.tasks }, (_, row) =>
        ["lower", "upper"].flatMap((corner) => [0, 1].map((axis) => at(corner, axis, row)))
      );
      rows.sort((a, b) => areaOf(b) - areaOf(a)); // small ones lie on large ones
      const [x0, y0] = [0, 1].map((axis) => rows.reduce((least, box) => Math.min(least, box[axis]), Infinity));
      const [x1, y1] = [2, 3].map((axis) => rows.reduce((most, box) => Math.max(most, box[axis]), -Infinity));
      const [wide, high] = [canvas.clientWidth - 2 * AIR, canvas.clientHeight - 2 * AIR];
      const [sx, sy] = [wide / (x1 - x0 || 1), high / (y1 - y0 || 1)];
      const { look } = explorer.state;
      [ctx.fillStyle, ctx.strokeStyle, ctx.lineWidth] = [look.focus, look.focus, 1];
      for (const [left, bottom, right, top] of rows) {
        const box = [AIR + (left - x0) * sx, AIR + (y1 - top) * sy, (right - left) * sx, (top - bottom) * sy];
        ctx.globalAlpha = 0.06;
        ctx.fillRect(...box);
        ctx.globalAlpha = 0.55;
        ctx.strokeRect(...box);
      }
    }

    const areaOf = ([left, bottom, right, top]) => (right - left) * (top - bottom);

    return {
      root: canvas,
      show(frames) {
        const rewound = kept && frames.steps.length < kept.steps.length;
        const fresh = !kept || rewound || frames.steps.length > kept.steps.length;
        kept = frames;
        const step = kept.steps.at(-1).toLocaleString("en");
        canvas.setAttribute("aria-label", `The boxes at step ${step}`);
        if (fresh) glide.to(kept.steps.length - 1);
        else draw(kept.steps.length - 1);
      },
    };
  };
})(window.task2box);
