/* Which rectangles are seen of boxes: those in 2D, or boxes of more dimensions along two
   of their axes. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const FIRST = "0,1";

  /* Whether cuboids are seen, and no rectangles. */
  task2box.isSolid = ({ dim, axes }) => dim === 3 && !axes;

  /* The dimension and the axes of the rectangles; below cuboids lie those in 2D. */
  task2box.planeOf = function (view) {
    if (view.dim === 2 || task2box.isSolid(view)) return { dim: 2, axes: FIRST };
    return { dim: view.dim, axes: view.axes || FIRST };
  };

  task2box.samePlane = function (one, other) {
    const [a, b] = [one, other].map(task2box.planeOf);
    return a.dim === b.dim && a.axes === b.axes;
  };

  /* What can be chosen of boxes of so many dimensions: [[axes, word], ...]. */
  task2box.axesOffered = function (dim) {
    const pairs = [];
    for (let i = 0; i < dim; i++) {
      for (let j = i + 1; j < dim; j++) pairs.push([`${i},${j}`, `${i + 1} × ${j + 1}`]);
    }
    if (dim === 3) return [["", "all 3"], ...pairs];
    return dim > 3 ? pairs : [];
  };

  /* Two columns of many: corners of `count` boxes along two axes. */
  function along(column, dim, [i, j], count) {
    const found = new Float32Array(2 * count);
    for (let row = 0; row < count; row++) {
      found[2 * row] = column[dim * row + i];
      found[2 * row + 1] = column[dim * row + j];
    }
    return found;
  }

  /* Rows from the largest rectangle to the smallest: the order of drawing. */
  function largestFirst({ lower, upper }, count) {
    const area = new Float64Array(count);
    for (let row = 0; row < count; row++) {
      const at = 2 * row;
      area[row] = -(upper[at] - lower[at]) * (upper[at + 1] - lower[at + 1]);
    }
    return task2box.ordered(area);
  }

  /* Corners [x0, x1, y0, y1] of rectangles in an order, one after another. */
  function cornersIn(order, { lower, upper }) {
    const corners = new Float32Array(4 * order.length);
    order.forEach((row, k) => {
      corners[4 * k] = lower[2 * row];
      corners[4 * k + 1] = upper[2 * row];
      corners[4 * k + 2] = lower[2 * row + 1];
      corners[4 * k + 3] = upper[2 * row + 1];
    });
    return corners;
  }

  function frameOf(corners) {
    const frame = [Infinity, -Infinity, Infinity, -Infinity];
    for (let at = 0; at < corners.length; at += 4) {
      for (const end of [0, 2]) {
        frame[end] = Math.min(frame[end], corners[at + end]);
        frame[end + 1] = Math.max(frame[end + 1], corners[at + end + 1]);
      }
    }
    return frame;
  }

  /* {lower, upper, order, corners, whole} of the rectangles of `count` boxes. */
  task2box.rectanglesOf = function (boxes, { dim, axes }, count) {
    const pair = axes.split(",").map(Number);
    const flat = {
      lower: dim === 2 ? boxes[2].lower : along(boxes[dim].lower, dim, pair, count),
      upper: dim === 2 ? boxes[2].upper : along(boxes[dim].upper, dim, pair, count),
    };
    const order = largestFirst(flat, count);
    const corners = cornersIn(order, flat);
    return { ...flat, order, corners, whole: frameOf(corners) };
  };
})(window.task2box);
