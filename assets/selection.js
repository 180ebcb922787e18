/* Many tasks at once: as the words of a view, and which of them lie in a shape that a
   hand has drawn. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  /* What a view says of these rows (dashboard/view.py): a name may have a comma. */
  task2box.selectionText = function (atlas, rows) {
    return Array.from(rows, (row) => encodeURIComponent(atlas.names[row])).join(",");
  };

  /* The tasks that a view says: {rows, flags: 1 for each of them, count}, null for none. */
  task2box.selectionOf = function (atlas, text) {
    const named = text ? text.split(",").map((name) => atlas.row(decodeURIComponent(name))) : [];
    const rows = named.filter((row) => row >= 0); // of a large collection not all are here
    if (!named.length) return null;
    const flags = new Uint8Array(atlas.count);
    for (const row of rows) flags[row] = 1;
    return { rows: Uint32Array.from(rows), flags, count: named.length };
  };

  task2box.selectionWord = function (selection) {
    const count = selection ? selection.count : 0;
    return `${count.toLocaleString("en")} ${count === 1 ? "task" : "tasks"} selected`;
  };

  // ---------------------------------------------------------------- shapes

  /* A shape in the coordinates of a picture: {frame, holds(x, y), cuts(box)}, boxes and
     frames as [x0, x1, y0, y1]. kind, path: as a hand drew it (gestures.js). */
  function shapeOf(kind, path) {
    const [xs, ys] = [0, 1].map((axis) => path.map((corner) => corner[axis]));
    const frame = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    if (kind === "rectangle") return { frame, holds: () => true, cuts: () => false };
    const edges = path.map((corner, k) => [...corner, ...path[(k + 1) % path.length]]);
    return {
      frame,
      holds: (x, y) => turns(edges, x, y) !== 0,
      cuts: (box) => edges.some((edge) => passes(edge, box)),
    };
  }

  /* How often a closed line goes around a point. One that crosses itself, as a lasso
     does at its end, still holds what it goes around twice. */
  function turns(edges, x, y) {
    let count = 0;
    for (const [ax, ay, bx, by] of edges) {
      if (ay <= y === by <= y) continue;
      const side = (bx - ax) * (y - ay) - (x - ax) * (by - ay);
      if (by > ay && side > 0) count++;
      if (by < ay && side < 0) count--;
    }
    return count;
  }

  /* Whether a part of an edge lies within a box, not only along its sides (Liang and
     Barsky, "A new concept and method for line clipping", 1984). */
  function passes([ax, ay, bx, by], [x0, x1, y0, y1]) {
    if ((ax <= x0 && bx <= x0) || (ax >= x1 && bx >= x1)) return false; // most of them
    if ((ay <= y0 && by <= y0) || (ay >= y1 && by >= y1)) return false;
    let [from, to] = [0, 1];
    const sides = [
      [ax - bx, ax - x0],
      [bx - ax, x1 - ax],
      [ay - by, ay - y0],
      [by - ay, y1 - ay],
    ];
    for (const [step, room] of sides) {
      if (step === 0 && room <= 0) return false;
      if (step < 0) from = Math.max(from, room / step);
      if (step > 0) to = Math.min(to, room / step);
    }
    return from < to;
  }

  /* Rows of the tasks that are shown whose whole boxes lie in a shape, and are drawn. */
  task2box.boxesWithin = function (atlas, scene, kind, path) {
    const { frame, holds, cuts } = shapeOf(kind, path);
    const [x0, x1, y0, y1] = frame;
    const { shown, look, range, width, height } = scene;
    const [sx, sy] = [width / (range[1] - range[0]), height / (range[3] - range[2])];
    const found = [];
    for (let row = 0; row < atlas.count; row++) {
      if (shown[row] !== task2box.SHOWN) continue;
      const box = atlas.frame(row);
      if (box[0] < x0 || box[1] > x1 || box[2] < y0 || box[3] > y1) continue;
      const [w, h] = [(box[1] - box[0]) * sx, (box[3] - box[2]) * sy];
      if (task2box.leftOut(atlas, look, row, w, h)) continue;
      if (!holds((box[0] + box[1]) / 2, (box[2] + box[3]) / 2) || cuts(box)) continue;
      found.push(row);
    }
    return found;
  };

  /* Rows of the tasks that are shown whose points lie in a shape. */
  task2box.pointsWithin = function (atlas, scene, kind, path) {
    const { frame, holds } = shapeOf(kind, path);
    const [x0, x1, y0, y1] = frame;
    const points = atlas.points[scene.method];
    const found = [];
    for (let row = 0; row < atlas.count; row++) {
      const [x, y] = [points[2 * row], points[2 * row + 1]];
      if (scene.shown[row] !== task2box.SHOWN) continue;
      if (x < x0 || x > x1 || y < y0 || y > y1) continue;
      if (holds(x, y)) found.push(row);
    }
    return found;
  };
})(window.task2box);
