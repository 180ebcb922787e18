/* The tree below a task as an icicle: columns from left to right, in each the tasks one
   level deeper, as high as they have members. The way down to the task is a strip above. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const DEEP = 3; // levels below the focus
  const NEARLY = 0.9; // share of a task from which on one inside it is as good as all of it
  const STRIP = 24; // px, height of the way above
  const GAP = 6; // px below it
  const [FIRST, THIN] = [0.6, 0.4]; // width of the first columns, of that of the others
  const LEAST = 11; // px, height of a cell that has a name: smaller tasks share a list
  const LINE = 15; // px, height of a line of a list
  const PART = 0.4; // of a cell that a list may take from what is larger
  const PADDING = 5; // px beside a name
  const STEP = 14; // px beside a name in the strip

  /* What a task weighs: its members, or where they are not counted its leaves. */
  function weightsOf(atlas) {
    if (atlas.colors.includes("members")) return atlas.members;
    atlas.leaves ||= leavesOf(atlas);
    return atlas.leaves;
  }

  function leavesOf({ count, depth, children, parents }) {
    const leaves = new Uint32Array(count);
    const rows = Array.from({ length: count }, (_, row) => row).sort((a, b) => depth[b] - depth[a]);
    for (const row of rows) {
      leaves[row] ||= 1; // has no child of its own
      if (parents[row].length) leaves[parents[row][0]] += leaves[row];
    }
    return leaves;
  }

  /* Tasks drawn below `row`, -1 for all, those that weigh most first: each below one
     parent, as branch colours have it, and none that the legend hides. */
  task2box.drawnBelow = function (atlas, { focus, shown }, row) {
    const seen = task2box.seenParent(atlas, focus);
    const there = (child) => shown[child] !== task2box.GONE;
    if (row < 0) return atlas.roots.filter(there);
    return atlas.children[row].filter((child) => seen(child) === row && there(child));
  };

  /* The task that the icicle begins with: where all have one root, that. */
  task2box.topOf = ({ roots }, focus) => (focus < 0 && roots.length === 1 ? roots[0] : focus);

  /* How often, from the top on, nearly all of a task lies in one: that is no level. */
  function chainOf(atlas, scene, top) {
    const weights = weightsOf(atlas);
    for (let [row, steps] = [top, 0]; ; steps++) {
      const [largest] = row < 0 ? [] : task2box.drawnBelow(atlas, scene, row);
      if (largest === undefined || weights[largest] < NEARLY * weights[row]) return steps;
      row = largest;
    }
  }

  /* Whether a task is drawn, or shares a cell: not too far below what is looked into. */
  task2box.isDrawn = function (atlas, scene, row) {
    const top = task2box.topOf(atlas, scene.focus);
    const steps = drawnPath(atlas, scene.focus, row).length - (top < 0 ? 0 : 1);
    return steps <= chainOf(atlas, scene, top) + DEEP;
  };

  /* {cells, strip: rows}. A cell is {row, left, top, width, height, level, cut: there is
     more inside}; one of many small tasks has `rows`, the `parent`, and `first`: which of
     them the list above it would show next, -1 where there is none. scene: {focus, shown,
     selected, turned: lists by parent, width, height}. */
  task2box.icicleOf = function (atlas, scene) {
    const { focus, width, height } = scene;
    const top = task2box.topOf(atlas, focus);
    const strip = focus < 0 ? [] : [-1, ...atlas.path(focus).slice(0, -1)];
    const head = strip.length ? STRIP + GAP : 0;
    const cells = [{ row: top, top: head, height: height - head, level: 0 }];
    const way = new Set(scene.selected < 0 ? [] : drawnPath(atlas, focus, scene.selected));
    const chain = chainOf(atlas, scene, top);
    const levels = chain + DEEP;
    for (const cell of cells) { // grows while it is read: one level after another
      if (cell.rows || cell.level === levels) continue;
      const rows = task2box.drawnBelow(atlas, scene, cell.row);
      cells.push(...divided(atlas, scene, cell, rows, way));
    }
    const deepest = Math.max(...cells.map(({ level }) => level));
    const narrow = chain ? THIN : FIRST;
    const shares = Array.from({ length: deepest + 1 }, (_, level) => (level <= chain ? narrow : 1));
    const unit = width / shares.reduce((sum, share) => sum + share, 0);
    const lefts = shares.map((_, level) => unit * shares.slice(0, level).reduce((a, b) => a + b, 0));
    for (const cell of cells) {
      cell.left = lefts[cell.level];
      cell.width = unit * shares[cell.level];
      cell.cut = cell.level === levels && !cell.rows && atlas.children[cell.row].length > 0;
    }
    return { cells, strip };
  };

  /* The task and what it is drawn below, up to a root. */
  function drawnPath(atlas, focus, row) {
    const seen = task2box.seenParent(atlas, focus);
    const rows = [];
    for (let at = row; at !== undefined; at = at === focus ? undefined : seen(at)) rows.push(at);
    return rows;
  }
  task2box.drawnPath = drawnPath;

  /* Cells of the tasks below a cell: the small ones as a list, of which a part is seen.
     What is left free is of members that lie in none of them. */
  function divided(atlas, { turned }, cell, rows, way) {
    const weights = weightsOf(atlas);
    const total = (some) => some.reduce((sum, row) => sum + weights[row], 0);
    const all = total(rows);
    const unit = cell.height / Math.max(all, cell.row < 0 ? 0 : weights[cell.row]);
    const large = rows.filter((row) => weights[row] * unit >= LEAST);
    const small = rows.filter((row) => weights[row] * unit < LEAST);
    // A list has room for two lines, of what is free or else of the large ones.
    const own = total(small) * unit;
    const most = large.length ? PART * cell.height : cell.height;
    const height = Math.max(own, Math.min(LINE * Math.min(small.length, 2), most));
    const lack = Math.max(0, height - own - (cell.height - all * unit));
    const scale = large.length ? unit - lack / total(large) : unit;
    let top = cell.top;
    const add = (high, more) => {
      top += high;
      return { ...more, level: cell.level + 1, top: top - high, height: high };
    };
    const cells = large.map((row) => add(weights[row] * scale, { row }));
    if (small.length === 1) cells.push(add(height, { row: small[0] }));
    else if (small.length) cells.push(...listed(turned.get(cell.row), small, way, cell, height, add));
    return cells;
  }

  /* A part of the small tasks, the one with the chosen task unless a hand turned it. */
  function listed(turned, small, way, { row: parent }, height, add) {
    const places = Math.min(small.length, Math.max(1, Math.floor(height / LINE)));
    const lines = places < small.length ? places - 1 : places;
    const chosen = small.findIndex((row) => way.has(row));
    const usual = lines && chosen > 0 ? chosen - (chosen % lines) : 0;
    const first = (turned ?? usual) < small.length ? (turned ?? usual) : 0;
    const one = !lines && chosen >= 0; // what is chosen is always drawn
    const seen = one ? [small[chosen]] : small.slice(first, first + lines);
    const line = one ? 0.75 * height : height / places;
    const cells = seen.map((row) => add(line, { row }));
    const rows = small.filter((row) => !seen.includes(row));
    if (!rows.length) return cells;
    const rest = height - line * seen.length;
    return [...cells, add(rest, { row: -2, rows, parent, first: lines ? first + lines : -1 })];
  }

  // ---------------------------------------------------------------- drawing

  const labelOf = (atlas, row) => task2box.short(row < 0 ? atlas.title : atlas.labels[row]);

  const fontOf = (atlas, row) => {
    const leaf = row >= 0 && atlas.children[row].length === 0;
    return `${leaf ? 400 : 600} 11.5px ${task2box.FONT}`;
  };

  /* scene: as above, and {colors, look, selection}; tree: cells on their way. */
  task2box.paintTree = function (ctx, atlas, scene) {
    const tree = scene.tree || task2box.icicleOf(atlas, scene);
    for (const cell of tree.cells) paintCell(ctx, scene, cell);
    paintSelected(ctx, scene, tree.cells);
    ctx.globalAlpha = 1;
    if (scene.look.names) for (const cell of tree.cells) writeName(ctx, atlas, scene, cell);
    for (const step of stripOf(ctx, atlas, scene, tree.strip)) paintStep(ctx, atlas, scene, step);
  };

  function paintCell(ctx, { look, colors, shown }, { row, rows, left, top, width, height }) {
    const flag = row < 0 ? task2box.DIM : shown[row];
    const there = flag === task2box.SHOWN;
    const [w, h] = [Math.max(1, width - 2), Math.max(1, height - 1)];
    ctx.fillStyle = ctx.strokeStyle = there ? colors[row] : look.ghost;
    ctx.lineWidth = 0.75;
    ctx.globalAlpha = there ? look.leaf : rows ? 0.12 : 0.05;
    ctx.fillRect(left + 1, top + 0.5, w, h);
    ctx.globalAlpha = there ? look.leafLine : look.ghostLine;
    ctx.strokeRect(left + 1, top + 0.5, w, h);
  }

  /* Outlines of the selected tasks, in ink as among the boxes. */
  function paintSelected(ctx, { look, selection, shown }, cells) {
    if (!selection) return;
    ctx.globalAlpha = 1;
    ctx.strokeStyle = look.ink;
    ctx.lineWidth = 1.75;
    for (const { row, left, top, width, height } of cells) {
      if (row < 0 || !selection.flags[row] || shown[row] === task2box.FRAME) continue;
      ctx.strokeRect(left + 2, top + 1.5, Math.max(1, width - 4), Math.max(1, height - 3));
    }
  }

  function writeName(ctx, atlas, scene, { row, rows, cut, left, top, width, height }) {
    if (height < LEAST) return;
    const { look, shown } = scene;
    const inside = rows || row < 0 ? 0 : atlas.children[row].length;
    // Beside a leaf there is nothing, up to the edge.
    const free = !rows && row >= 0 && !inside ? scene.width - left : width;
    const more = cut ? 10 : 0;
    ctx.font = rows ? `400 11px ${task2box.FONT}` : fontOf(atlas, row);
    const text = rows ? `… ${rows.length.toLocaleString("en")} more` : labelOf(atlas, row);
    const dim = rows || (row >= 0 && shown[row] !== task2box.SHOWN);
    const ink = { ...look, ink: dim ? look.muted : look.ink };
    const place = { x: left + PADDING, y: top + height / 2, font: ctx.font };
    const room = free - 2 * PADDING - more;
    const words = rows && ctx.measureText(text).width > room ? "…" : task2box.fitted(ctx, text, room);
    if (words) task2box.writeText(ctx, ink, words, place);
    // There is more inside than is drawn.
    const edge = { x: left + width - PADDING - 7, y: place.y, font: `400 10px ${task2box.FONT}` };
    if (more && width > 30) task2box.writeText(ctx, { ...look, ink: look.muted }, "▸", edge);
  }

  /* Places of the steps above: the last ones as they have room, for the others one cell
     that leads to the lowest of them. */
  function stripOf(ctx, atlas, scene, strip) {
    ctx.font = `400 11.5px ${task2box.FONT}`;
    const wide = strip.map((row) => ctx.measureText(labelOf(atlas, row)).width + STEP);
    const cut = ctx.measureText("…").width + STEP;
    let from = strip.length;
    let room = scene.width;
    while (from > 0 && room - wide[from - 1] >= (from > 1 ? cut : 0)) room -= wide[--from];
    const steps = [];
    let left = 0;
    const add = (row, text, width) => {
      steps.push({ row, text, left, top: 0, width, height: STRIP });
      left += width;
    };
    if (from > 0) add(strip[from - 1], "…", Math.min(cut, scene.width));
    for (let k = from; k < strip.length; k++) add(strip[k], labelOf(atlas, strip[k]), wide[k]);
    return steps;
  }

  function paintStep(ctx, atlas, { look, colors }, { row, text, left, width }) {
    ctx.fillStyle = ctx.strokeStyle = row < 0 ? look.ghost : colors[row];
    ctx.globalAlpha = 0.12;
    ctx.fillRect(left + 1, 1, Math.max(1, width - 2), STRIP - 2);
    ctx.globalAlpha = 1;
    const font = `400 11.5px ${task2box.FONT}`;
    task2box.writeText(ctx, look, text, { x: left + STEP / 2, y: STRIP / 2, font });
  }

  // ---------------------------------------------------------------- looking up

  /* All that can be pointed at, as cells. */
  task2box.cellsOf = function (ctx, atlas, scene) {
    const tree = scene.tree || task2box.icicleOf(atlas, scene);
    return [...stripOf(ctx, atlas, scene, tree.strip), ...tree.cells];
  };

  /* The cell that stands for a task: its own, or of what it is drawn in. */
  task2box.cellOf = function (atlas, { focus }, cells, row) {
    for (const at of drawnPath(atlas, focus, row)) {
      const found = cells.find((cell) => cell.row === at) || cells.find(({ rows }) => rows?.includes(at));
      if (found) return found;
    }
    return null;
  };

  /* The marked tasks and the ring of the keyboard. */
  task2box.markTree = function (ctx, atlas, scene) {
    const cells = task2box.cellsOf(ctx, atlas, scene);
    const { look, selected, hovered, ring = -1 } = scene;
    const lines = [[selected, look.accent, 3], [hovered === selected ? -1 : hovered, look.accent, 1.5]];
    for (const [row, color, line] of [...lines, [ring, look.focus, 3]]) {
      const cell = row < 0 ? null : task2box.cellOf(atlas, scene, cells, row);
      if (cell) outline(ctx, look, cell, color, line);
    }
  };

  function outline(ctx, look, { left, top, width, height }, color, thick) {
    ctx.globalAlpha = 1;
    const low = height < 2 * LINE; // its name needs the room
    const line = low ? Math.min(2, thick) : thick;
    const inset = color === look.focus && !low ? 4 : low ? 1 : 2; // a ring lies within a mark
    const sides = [Math.max(2, width - 2 * inset), Math.max(2, height - 2 * inset + 1)];
    for (const [style, wide] of [[look.panel, low ? line : line + 2], [color, line]]) {
      ctx.strokeStyle = style;
      ctx.lineWidth = wide;
      ctx.strokeRect(left + inset, top + inset, ...sides);
    }
  }
})(window.task2box);
