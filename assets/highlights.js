/* How a selection of many tasks looks among boxes and points, and the shape that a hand
   draws around them. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const SMALL = 12; // px, below which an outline is written into an image (stamps.js)
  const SPECK = 2.5; // px, below which it would not be seen
  const TINY = 7; // px, below which the outline of a selected parent says enough
  const LINE = 1.75; // px
  const APART = 1.6; // px from the edge of a point to the middle of its ring

  /* Whether a task is selected, and not hidden by the legend. */
  function marked({ selection, shown }, row) {
    const there = shown[row] === task2box.SHOWN || shown[row] === task2box.DIM;
    return there && selection.flags[row] === 1;
  }

  /* Outlines of the selected boxes, in ink: branches have all other colours. */
  task2box.paintSelectedBoxes = function (ctx, atlas, scene) {
    const { look, selection, width, height, range } = scene;
    if (!selection) return;
    const [x0, x1, y0, y1] = range;
    const [sx, sy] = [width / (x1 - x0), height / (y1 - y0)];
    const { corners, order, parents } = atlas;
    const small = scene.vector ? null : task2box.stampsOn(ctx);
    const ink = task2box.inkOf(look.ink);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = look.ink;
    ctx.lineWidth = LINE;
    for (let k = 0; k < order.length; k++) {
      if (!marked(scene, order[k])) continue;
      const at = 4 * k;
      const left = (corners[at] - x0) * sx;
      const w = Math.max((corners[at + 1] - corners[at]) * sx, SPECK);
      const top = (y1 - corners[at + 3]) * sy;
      const h = Math.max((corners[at + 3] - corners[at + 2]) * sy, SPECK);
      if (left > width || left + w < 0 || top > height || top + h < 0) continue;
      if (w < TINY && h < TINY && marked(scene, parents[order[k]][0])) continue;
      if (small && w < SMALL && h < SMALL) small.box(left, top, w, h, ink, 0, 0.75, 0.8);
      else ctx.strokeRect(left, top, w, h);
    }
    if (small) small.lay();
  };

  /* Rings around the selected points, below all points: a crowd keeps its colours. */
  task2box.paintSelectedPoints = function (ctx, atlas, scene, x, y) {
    const { look, selection, method } = scene;
    if (!selection) return;
    const points = atlas.points[method];
    const round = task2box.roundsOn(ctx, scene);
    const style = { color: look.ink, ink: task2box.inkOf(look.ink), alpha: 1 };
    for (const row of selection.rows) {
      if (!marked(scene, row)) continue;
      const [px, py] = [x(points[2 * row]), y(points[2 * row + 1])];
      if (px < 0 || py < 0 || px > scene.width || py > scene.height) continue;
      round.draw(px, py, task2box.radiusOf(atlas, row) + APART, 1.25, style);
    }
    round.end();
  };

  /* The rectangle or lasso that is being drawn. */
  task2box.paintShape = function (ctx, look, { kind, path }) {
    ctx.beginPath();
    if (kind === "rectangle") {
      const [[ax, ay], [bx, by]] = path;
      ctx.rect(Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by));
    } else {
      path.forEach(([x, y]) => ctx.lineTo(x, y));
      ctx.closePath();
    }
    ctx.globalAlpha = 0.1;
    ctx.fillStyle = look.ink;
    ctx.fill("nonzero");
    ctx.globalAlpha = 1;
    ctx.strokeStyle = look.ink;
    ctx.lineWidth = 1.5;
    ctx.setLineDash([5, 4]);
    ctx.stroke();
    ctx.setLineDash([]);
  };
})(window.task2box);
