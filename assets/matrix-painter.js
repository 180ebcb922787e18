/* Draws distances of tasks as a matrix, its dendrogram to the left and names to the right.

   Cells are an image of a pixel each; what lies around them is drawn over it. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const [TREE, STRIP, GAP] = [52, 8, 3]; // px: dendrogram, colours of the tasks, air
  const LEFT = TREE + STRIP + 2 * GAP;
  const [TOP, BOTTOM] = [42, 54]; // px: of what is compared and the scale; of the note
  const [NAMES, LEAST, MOST] = [0.27, 84, 170]; // names: share of the width, px
  const READABLE = 9; // px, of a row that has room for a name
  const [RAMP, STEPS] = [90, 24]; // px of the scale, and of what it is made of
  const WIDE = 1000; // how far distances reach from which on their logarithm is coloured
  const OUT = 0.99; // of the distances; larger ones have the last colour
  const font = (weight, size) => `${weight} ${size}px ${task2box.FONT}`;

  const namesOf = (width) => Math.min(MOST, Math.max(LEAST, NAMES * width));

  /* Where cells are: [left, top, right, bottom] in pixels. */
  function areaOf({ width, height }) {
    return [LEFT, TOP, Math.max(LEFT + 1, width - namesOf(width)), Math.max(TOP + 1, height - BOTTOM)];
  }

  /* The range of a picture in which all of so many tasks are seen; a cell is 1 by 1, the
     first row on top. */
  task2box.matrixFrame = function (count, size) {
    const [left, top, right, bottom] = areaOf(size);
    const [sx, sy] = [(right - left) / count, (bottom - top) / count];
    const [x0, y1] = [-left / sx, count + top / sy];
    return [x0, x0 + size.width / sx, y1 - size.height / sy, y1];
  };

  /* Distances as they are looked at: of a distance to itself nothing is said.
     sent: {rows, far, joins, height} (dashboard/matrix.py), numbers as Float32Array; kept:
     whether it stays as it is whatever is in sight. */
  task2box.matrixOf = function ({ rows, far, joins, height, kept = false }) {
    const count = rows.length;
    const known = far.filter((_, at) => at % (count + 1)).sort();
    const least = known[0] ?? 0;
    const most = known[Math.max(0, Math.floor(OUT * known.length) - 1)] ?? 1;
    // What reaches over decades has its colours by the logarithm.
    const wide = least > 0 && most > WIDE * least;
    const value = wide ? (number) => Math.log(Math.max(number, least)) : (number) => number;
    const span = value(most) - value(least) || 1;
    const share = (number) => Math.min(1, Math.max(0, (value(number) - value(least)) / span));
    const highest = Math.max(...height, 0) || 1;
    const depth = wide ? share : (number) => number / highest; // of a join
    const ends = { least, most, over: known.at(-1) > most };
    return { rows, far, joins, height, kept, count, share, depth, ...ends, at: (i, j) => far[i * count + j], images: new Map() };
  };

  /* What is near stands out: dark on light, light on dark. */
  function colorOf(tone, share) {
    const ramp = task2box.rampOf(tone);
    return ramp[Math.round((tone === "light" ? share : 1 - share) * (ramp.length - 1))];
  }

  function imageOf(matrix, tone) {
    if (matrix.images.has(tone)) return matrix.images.get(tone);
    const { count, far, share } = matrix;
    const canvas = Object.assign(document.createElement("canvas"), { width: count, height: count });
    const pixels = new Uint32Array(count * count);
    const inks = Array.from({ length: 256 }, (_, k) => 0xff000000 | task2box.inkOf(colorOf(tone, k / 255)));
    for (let at = 0; at < pixels.length; at++) {
      pixels[at] = at % (count + 1) ? inks[Math.round(255 * share(far[at]))] : 0; // itself
    }
    const data = new ImageData(new Uint8ClampedArray(pixels.buffer), count, count);
    canvas.getContext("2d").putImageData(data, 0, 0);
    matrix.images.set(tone, canvas);
    return canvas;
  }

  function scaleOf({ range: [x0, x1, y0, y1], width, height }, count) {
    const [sx, sy] = [width / (x1 - x0), height / (y1 - y0)];
    return { sx, sy, x: (column) => (column - x0) * sx, y: (row) => (y1 - count + row) * sy };
  }

  /* Rows or columns that are seen of some pixels: [first, beyond the last]. */
  function seen(start, step, from, to, count) {
    const within = (value) => Math.min(count, Math.max(0, value));
    return [within(Math.floor((from - start) / step)), within(Math.ceil((to - start) / step))];
  }

  /* scene: {width, height, range, matrix, words, directed, tone, look, colors, shown,
     selected, hovered, selection}. */
  task2box.paintMatrix = function (ctx, atlas, scene) {
    const { matrix, look, width } = scene;
    ctx.globalAlpha = 1;
    if (!matrix || !matrix.count) return;
    const scale = scaleOf(scene, matrix.count);
    const area = areaOf(scene);
    paintCells(ctx, scene, scale, area);
    const [left, top, right, bottom] = area;
    ctx.fillStyle = look.panel;
    for (const place of [
      [0, 0, width, top],
      [0, bottom, width, scene.height - bottom],
      [0, 0, left, scene.height],
      [right, 0, width - right, scene.height],
    ]) {
      ctx.fillRect(...place);
    }
    paintTree(ctx, scene, scale, area);
    paintColors(ctx, scene, scale, area);
    if (scale.sy >= READABLE && look.names) paintNames(ctx, atlas, scene, scale, area);
    paintScale(ctx, scene);
  };

  function paintCells(ctx, { matrix, tone, look }, scale, [left, top, right, bottom]) {
    const { count } = matrix;
    const [c0, c1] = seen(scale.x(0), scale.sx, left, right, count);
    const [r0, r1] = seen(scale.y(0), scale.sy, top, bottom, count);
    const [w, h] = [c1 - c0, r1 - r0];
    if (w < 1 || h < 1) return;
    const place = [scale.x(c0), scale.y(r0), w * scale.sx, h * scale.sy];
    ctx.fillStyle = look.grid; // shows on the diagonal
    ctx.fillRect(...place);
    const whole = imageOf(matrix, tone);
    if (!ctx.image) {
      ctx.imageSmoothingEnabled = false;
      ctx.drawImage(whole, c0, r0, w, h, ...place);
      return;
    }
    const part = Object.assign(document.createElement("canvas"), { width: w, height: h });
    part.getContext("2d").drawImage(whole, -c0, -r0);
    ctx.image(part, ...place);
  }

  /* Lines from what is joined to where it is, as far from the cells as it is apart. */
  function paintTree(ctx, { matrix, look }, scale, [, top, , bottom]) {
    const { joins, height, count, depth } = matrix;
    const nodes = Array.from({ length: count }, (_, row) => [TREE, scale.y(row + 0.5)]);
    ctx.fillStyle = look.muted;
    ctx.globalAlpha = 0.85;
    const line = (x, y, w, h) => {
      const [from, to] = [Math.max(y, top), Math.min(y + h, bottom)];
      if (to > from) ctx.fillRect(x, from, w, to - from);
    };
    joins.forEach(([one, other], k) => {
      const x = GAP + (TREE - GAP) * (1 - depth(height[k]));
      const [[ax, ay], [bx, by]] = [nodes[one], nodes[other]];
      line(x, ay - 0.5, ax - x, 1);
      line(x, by - 0.5, bx - x, 1);
      line(x, ay - 0.5, 1, by - ay + 1);
      nodes.push([x, (ay + by) / 2]);
    });
    ctx.globalAlpha = 1;
  }

  /* The colours that the tasks have among the boxes. */
  function paintColors(ctx, { matrix, colors, shown, look }, scale, [left, top, , bottom]) {
    matrix.rows.forEach((row, k) => {
      const [from, to] = [Math.max(top, scale.y(k)), Math.min(bottom, scale.y(k + 1))];
      if (to <= from) return;
      ctx.fillStyle = shown[row] === task2box.SHOWN ? colors[row] : look.ghost;
      ctx.fillRect(left - GAP - STRIP, from, STRIP, to - from);
    });
  }

  function paintNames(ctx, atlas, scene, scale, area) {
    const [r0, r1] = seen(scale.y(0), scale.sy, area[1], area[3], scene.matrix.count);
    for (let k = r0; k < r1; k++) name(ctx, atlas, scene, scale, area, k, scene.look.ink, 400);
  }

  function name(ctx, atlas, { matrix, width }, scale, [, top, right, bottom], k, color, weight) {
    const y = scale.y(k + 0.5);
    if (y < top || y > bottom) return;
    ctx.font = font(weight, Math.min(12, Math.max(READABLE, scale.sy - 1)));
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    ctx.fillStyle = color;
    ctx.fillText(task2box.fitted(ctx, task2box.short(atlas.labels[matrix.rows[k]]), width - right - 2 * GAP), right + GAP, y);
  }

  /* Which distance it is, and the colours of near and far. */
  function paintScale(ctx, { matrix, words, tone, look, width, vector }) {
    const { least, most, over } = matrix;
    ctx.font = font(400, 11);
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    const middle = TOP / 2;
    const [low, high] = [task2box.numberWord(rounded(least)), `${over ? "≥ " : ""}${task2box.numberWord(rounded(most))}`];
    const [first, last] = [low, high].map((text) => ctx.measureText(text).width);
    const right = width - 2 * GAP;
    const start = right - last - GAP - RAMP;
    ctx.fillStyle = look.muted;
    // On the page a list says it, in the same place.
    if (vector) ctx.fillText(task2box.fitted(ctx, words, start - first - 5 * GAP), 2 * GAP, middle);
    ctx.fillText(low, start - first - GAP, middle);
    ctx.fillText(high, right - last, middle);
    for (let k = 0; k < STEPS; k++) {
      ctx.fillStyle = colorOf(tone, k / (STEPS - 1));
      ctx.fillRect(start + (k * RAMP) / STEPS, middle - 5, RAMP / STEPS + 0.4, 10);
    }
  }

  const rounded = (number) => Number(number.toPrecision(2));

  /* The cell that is pointed at, the chosen task, the hovered one and those selected. */
  task2box.markMatrix = function (ctx, atlas, scene) {
    const { matrix, look, cell, selected, hovered, selection } = scene;
    if (!matrix || !matrix.count) return;
    const scale = scaleOf(scene, matrix.count);
    const area = areaOf(scene);
    const [left, top, right, bottom] = area;
    const box = (x, y, w, h, color, line) => {
      const [x0, y0] = [Math.max(left, x), Math.max(top, y)];
      const [x1, y1] = [Math.min(right, x + w), Math.min(bottom, y + h)];
      if (x1 <= x0 || y1 <= y0) return;
      ctx.strokeStyle = look.panel;
      ctx.lineWidth = line + 2;
      ctx.strokeRect(x0, y0, x1 - x0, y1 - y0);
      ctx.strokeStyle = color;
      ctx.lineWidth = line;
      ctx.strokeRect(x0, y0, x1 - x0, y1 - y0);
    };
    matrix.rows.forEach((row, k) => {
      const chosen = row === selected || row === hovered;
      if (!chosen && !selection?.flags[row]) return;
      if (selection?.flags[row]) {
        const y = Math.min(bottom, Math.max(top, scale.y(k)));
        ctx.fillStyle = look.ink;
        ctx.fillRect(right - 1, y, 3, Math.max(2, Math.min(scale.sy, bottom - y)));
      }
      if (!chosen) return;
      const [x, y] = [scale.x(k), scale.y(k)];
      box(left, y, right - left, scale.sy, look.accent, 1);
      box(x, top, scale.sx, bottom - top, look.accent, 1);
    });
    if (cell) box(scale.x(cell[1]), scale.y(cell[0]), scale.sx, scale.sy, look.accent, 2);
    if (scale.sy >= READABLE) return;
    const named = matrix.rows.flatMap((row, k) => (row === hovered || row === selected ? [k] : []));
    for (const k of new Set([...named, ...(cell || [])])) namePlate(ctx, atlas, scene, scale, area, k);
  };

  function namePlate(ctx, atlas, scene, scale, area, k) {
    const [, top, right, bottom] = area;
    const y = scale.y(k + 0.5);
    if (y < top || y > bottom) return;
    ctx.fillStyle = scene.look.panel;
    ctx.fillRect(right + 2, y - 8, scene.width - right - 2, 16);
    name(ctx, atlas, scene, { ...scale, sy: 13 }, area, k, scene.look.ink, 400);
  }

  /* The cell under a pixel, [row, column], with -1 where it is beside the cells; or null. */
  task2box.matrixCellAt = function (scene, px, py) {
    const { matrix } = scene;
    if (!matrix || !matrix.count) return null;
    const [left, top, right, bottom] = areaOf(scene);
    const scale = scaleOf(scene, matrix.count);
    const i = Math.floor((py - scale.y(0)) / scale.sy);
    const j = Math.floor((px - scale.x(0)) / scale.sx);
    if (py < top || py >= bottom || i < 0 || i >= matrix.count) return null;
    return [i, px < left || px >= right || j < 0 || j >= matrix.count ? -1 : j];
  };

  /* The middle of a cell in pixels of the picture. */
  task2box.matrixPixelOf = function (scene, i, j) {
    const scale = scaleOf(scene, scene.matrix.count);
    return [scale.x(j + 0.5), scale.y(i + 0.5)];
  };
})(window.task2box);
