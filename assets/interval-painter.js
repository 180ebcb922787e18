/* Draws boxes of any number of dimensions as rows of intervals, one column an axis. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const [ROW, HEAD] = [20, 26]; // px
  const [EDGE, GAP] = [8, 10]; // px around the columns, and between them
  const NAMES = 0.4; // share of the width that names take
  const [LEAST, MOST] = [110, 260]; // px that they take
  const WORD = 100; // px that are left for a name, however deep it lies
  const STEP = 7; // px that a task stands to the right of its parent
  const [GROUP, LEAF] = [10, 7]; // px, height of a bar
  const THIN = 2; // px, width of a bar that would not be seen
  const SHARE = 44; // px of the column that says how much lies in the band
  const ROOM = 60; // px, below which a column is worth no more than a share
  const OUT = 0.28; // opacity of what lies outside the band

  Object.assign(task2box, { INTERVAL_ROW: ROW, INTERVAL_HEAD: HEAD });

  /* Where columns are: {names, axes: [[left, width], ...], share: left or null}. */
  function columnsOf(width, dim, banded) {
    const names = Math.min(MOST, Math.max(LEAST, width * NAMES));
    const share = banded && width - names - SHARE > dim * ROOM ? SHARE : 0;
    const room = width - names - EDGE - share - (dim - 1) * GAP;
    const each = Math.max(1, room / dim);
    const axes = Array.from({ length: dim }, (_, k) => [names + k * (each + GAP), each]);
    return { names, axes, share: share ? width - share - EDGE / 2 : null };
  }

  const font = (weight, size) => `${weight} ${size}px ${task2box.FONT}`;

  function write(ctx, text, x, y, color, style) {
    ctx.font = style;
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    ctx.fillStyle = color;
    ctx.fillText(text, x, y);
  }

  function fitted(ctx, text, width, style) {
    ctx.font = style;
    return task2box.fitted(ctx, text, width);
  }

  /* scene: {width, height, top: px scrolled, rows, depths, scale: [[least, most], ...],
     dim, band: row or -1, seen: axes of the rectangles or null, shown, colors, look,
     selected, hovered, selection}. */
  task2box.paintIntervals = function (ctx, atlas, scene) {
    const { width, height, top, rows, dim, band, look } = scene;
    const columns = columnsOf(width, dim, band >= 0);
    const first = Math.max(0, Math.floor(top / ROW));
    const last = Math.min(rows.length, Math.ceil((top + height - HEAD) / ROW));
    ctx.globalAlpha = 1;
    for (const [left, each] of columns.axes) {
      ctx.fillStyle = look.grid;
      ctx.globalAlpha = 0.28;
      ctx.fillRect(left, HEAD, each, height - HEAD);
    }
    if (band >= 0) paintBand(ctx, atlas, scene, columns);
    for (let k = first; k < last; k++) {
      paintRow(ctx, atlas, scene, columns, k, HEAD + k * ROW - top);
    }
    paintHead(ctx, atlas, scene, columns);
    if (!rows.length) {
      write(ctx, "The legend hides all tasks.", EDGE, HEAD + ROW, look.muted, font(400, 12));
    }
  };

  /* Pixels of an interval in the column of an axis, within that column. */
  function spanOf({ lower, upper }, { dim, scale }, columns, axis, row) {
    const [left, each] = columns.axes[axis];
    const [least, most] = scale[axis];
    const place = (value) => left + each * Math.min(1, Math.max(0, (value - least) / (most - least)));
    return [place(lower[dim * row + axis]), place(upper[dim * row + axis])];
  }

  function paintBand(ctx, atlas, scene, columns) {
    const { band, dim, look, height } = scene;
    for (let axis = 0; axis < dim; axis++) {
      const [from, to] = spanOf(atlas.boxes[dim], scene, columns, axis, band);
      ctx.fillStyle = look.accent;
      ctx.globalAlpha = 0.13;
      ctx.fillRect(from, HEAD, Math.max(to - from, 1), height - HEAD);
      ctx.globalAlpha = 0.75;
      for (const edge of [from, to]) ctx.fillRect(edge - 0.5, HEAD, 1, height - HEAD);
    }
    ctx.globalAlpha = 1;
  }

  function paintRow(ctx, atlas, scene, columns, k, y) {
    const { rows, depths, dim, look, shown, colors, selected, hovered, selection, band } = scene;
    const row = rows[k];
    const middle = y + ROW / 2;
    const leaf = atlas.children[row].length === 0;
    const there = shown[row] === task2box.SHOWN;
    if (row === selected || row === hovered) {
      ctx.globalAlpha = row === selected ? 0.16 : 0.1;
      ctx.fillStyle = row === selected ? look.accent : look.ink;
      ctx.fillRect(0, y, scene.width, ROW);
    }
    ctx.globalAlpha = 1;
    const style = font(leaf ? 400 : 600, 12);
    const left = EDGE + STEP * Math.min(depths[k], Math.max(0, columns.names - EDGE - WORD) / STEP);
    const name = fitted(ctx, task2box.short(atlas.labels[row]), columns.names - left - 6, style);
    write(ctx, name, left, middle, there ? look.ink : look.muted, style);
    const tall = leaf ? LEAF : GROUP;
    ctx.fillStyle = there ? colors[row] : look.ghost;
    for (let axis = 0; axis < dim; axis++) {
      const [from, to] = spanOf(atlas.boxes[dim], scene, columns, axis, row);
      const wide = Math.max(to - from, THIN);
      bar(ctx, atlas, scene, columns, axis, from, wide, middle - tall / 2, tall, row);
      if (selection?.flags[row] || row === selected || row === hovered) {
        ctx.globalAlpha = 1;
        ctx.strokeStyle = row === selected || row === hovered ? look.accent : look.ink;
        ctx.lineWidth = 1.5;
        ctx.strokeRect(from, middle - tall / 2, wide, tall);
      }
    }
    ctx.globalAlpha = 1;
    if (columns.share === null || row === band) return;
    const share = task2box.shareIn(atlas.boxes[dim], dim, row, band);
    write(ctx, task2box.percent(share), columns.share, middle, share >= 0.5 ? look.ink : look.muted, font(400, 11));
  }

  /* What lies within the band is strong, what sticks out is faint. */
  function bar(ctx, atlas, scene, columns, axis, from, wide, y, tall, row) {
    const { dim, band, look } = scene;
    const full = Math.min(1, 0.9 * look.strength);
    const [a, b] = band < 0 ? [from, from + wide] : spanOf(atlas.boxes[dim], scene, columns, axis, band);
    const [inner, outer] = [Math.max(from, a), Math.min(from + wide, b)];
    if (row === band || inner >= outer) {
      ctx.globalAlpha = row === band ? full : full * OUT;
      ctx.fillRect(from, y, wide, tall);
      return;
    }
    ctx.globalAlpha = full * OUT;
    if (inner > from) ctx.fillRect(from, y, inner - from, tall);
    if (from + wide > outer) ctx.fillRect(outer, y, from + wide - outer, tall);
    ctx.globalAlpha = full;
    ctx.fillRect(inner, y, outer - inner, tall);
  }

  /* What the columns are; an arrow at the axes along which rectangles are seen. */
  function paintHead(ctx, atlas, { width, rows, dim, band, seen, look }, columns) {
    ctx.globalAlpha = 1;
    ctx.fillStyle = look.panel;
    ctx.fillRect(0, 0, width, HEAD);
    ctx.fillStyle = look.grid;
    ctx.fillRect(0, HEAD - 1, width, 1);
    const [style, middle] = [font(400, 11), HEAD / 2];
    const count = `${rows.length.toLocaleString("en")} ${rows.length === 1 ? "task" : "tasks"}`;
    if (band < 0) write(ctx, count, EDGE, middle, look.muted, style);
    else {
      ctx.globalAlpha = 0.3;
      ctx.fillStyle = look.accent;
      ctx.fillRect(EDGE, middle - 6, 10, 12);
      ctx.globalAlpha = 1;
      const room = columns.names - EDGE - 20;
      write(ctx, fitted(ctx, atlas.labels[band], room, style), EDGE + 15, middle, look.ink, style);
    }
    columns.axes.forEach(([left, each], axis) => {
      const arrow = seen ? ["→", "↑"][seen.indexOf(axis)] || "" : "";
      const long = `axis ${axis + 1} ${arrow}`.trim();
      const short = `${axis + 1}${arrow}`;
      ctx.font = style;
      write(ctx, ctx.measureText(long).width <= each ? long : short, left, middle, look.muted, style);
    });
    if (columns.share !== null) write(ctx, "in it", columns.share, middle, look.muted, style);
  }
})(window.task2box);
