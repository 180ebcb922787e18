/* Draws boxes and points into a 2D context: a canvas, or the recorder of svg.js.

   Batching rectangles into one path is far slower than fillRect and strokeRect. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";
  const LABELS = 400; // more than this cannot be read
  const NAMED = 60; // names among the points
  const TRIED = 600; // of the largest tasks, whether their names fit among the points
  const FEW = 300; // discs that a canvas draws sooner than an image is laid over it
  const CROWD = 3000; // tasks, from which on boxes and points have less room
  const CELL = 4; // px, resolution of the map of taken places
  const VAST = 0.5; // share of the picture above which a group has no fill
  const SPECK = 1.5; // px, below which a box is a dot
  const SMALL = 12; // px, below which a box has neither a name nor soft edges
  const GHOST = 3; // px, below which a box outside the focus is not worth a line

  /* scene: {width, height, range: [x0, x1, y0, y1], shown, colors, look}; shown has a flag
     for every task (filter.js); area: of the window, where that is not all that is painted;
     beside: [left, top, width, height] of what is painted already. */
  function scaleOf(scene) {
    const [x0, x1, y0, y1] = scene.range;
    const sx = scene.width / (x1 - x0);
    const sy = scene.height / (y1 - y0);
    return { x: (x) => (x - x0) * sx, y: (y) => (y1 - y) * sy, sx, sy, x0, y1 };
  }

  function rectOf(atlas, scale, row) {
    const { lower, upper } = atlas.flat;
    const at = 2 * row;
    return {
      left: (lower[at] - scale.x0) * scale.sx,
      top: (scale.y1 - upper[at + 1]) * scale.sy,
      width: (upper[at] - lower[at]) * scale.sx,
      height: (upper[at + 1] - lower[at + 1]) * scale.sy,
    };
  }

  task2box.paintBoxes = function (ctx, atlas, scene) {
    const { look, colors, edges, shown: flags, width, height, area = width * height } = scene;
    const { floor, leafLine, groupLine, speck } = look;
    const { SHOWN } = task2box;
    const [x0, x1, y0, y1] = scene.range;
    const [sx, sy] = [width / (x1 - x0), height / (y1 - y0)];
    const { corners, order, children } = atlas;
    const small = scene.vector ? null : task2box.stampsOn(ctx);
    const inks = task2box.inksOf(colors);
    const flat = isFlat(atlas);
    const shown = [];
    for (let k = 0; k < order.length; k++) {
      const at = 4 * k;
      const left = (corners[at] - x0) * sx;
      const w = (corners[at + 1] - corners[at]) * sx;
      if (left > width || left + w < 0) continue;
      const top = (y1 - corners[at + 3]) * sy;
      const h = (corners[at + 3] - corners[at + 2]) * sy;
      if (top > height || top + h < 0 || (w < floor && h < floor)) continue;
      const row = order[k];
      if (flags[row] !== SHOWN) {
        if (flags[row] && (w > GHOST || h > GHOST)) ghost(ctx, look, left, top, w, h);
        continue;
      }
      const leaf = children[row].length === 0;
      if (task2box.leftOut(atlas, look, row, w, h)) continue;
      if (w < SMALL && h < SMALL && small) {
        const [fill, line] = leaf ? [look.leaf, leafLine] : [look.small, groupLine];
        small.box(left, top, w, h, inks[row], fill, line, speck);
        if (flat) shown.push(row);
        continue;
      }
      ctx.fillStyle = colors[row];
      if (w < SPECK || h < SPECK) {
        ctx.globalAlpha = speck;
        ctx.fillRect(left, top, Math.max(w, SPECK), Math.max(h, SPECK));
        continue;
      }
      // What covers most of the picture would tint it all, at the price of every pixel.
      if (leaf || w * h < VAST * area) {
        ctx.globalAlpha = leaf ? look.leaf : look.group;
        ctx.fillRect(left, top, w, h);
      }
      ctx.globalAlpha = leaf ? leafLine : groupLine;
      ctx.strokeStyle = colors[row];
      const dash = edges && task2box.dashOf(edges[row]);
      ctx.lineWidth = dash ? 1.75 : leaf ? 0.75 : 1.25;
      if (dash) ctx.setLineDash(dash);
      ctx.strokeRect(left, top, w, h);
      if (dash) ctx.setLineDash([]);
      shown.push(row);
    }
    ctx.globalAlpha = 1;
    if (small) small.lay();
    task2box.paintSelectedBoxes(ctx, atlas, scene);
    if (scene.members) task2box.paintMembers(ctx, atlas, scene);
    if (look.names) paintLabels(ctx, atlas, scene, scaleOf(scene), shown);
    if (scene.placed) task2box.paintPlacedBoxes(ctx, scene);
  };

  /* Whether a box of so many pixels is not drawn, though its task is shown. */
  task2box.leftOut = (atlas, look, row, w, h) =>
    (w < look.floor && h < look.floor) ||
    (look.bare && w < SMALL && h < SMALL && atlas.children[row].length === 0);

  function ghost(ctx, look, left, top, w, h) {
    ctx.globalAlpha = look.ghostLine;
    ctx.strokeStyle = look.ghost;
    ctx.lineWidth = 0.75;
    ctx.strokeRect(left, top, w, h);
  }

  /* Names where they fit: the tasks with most members first, never one on another. */
  function paintLabels(ctx, atlas, scene, scale, shown) {
    const taken = grid(scene);
    // Where nothing lies in anything by its nature, a name may stand beside its box.
    const flat = isFlat(atlas);
    let count = 0;
    for (const row of mostMembersFirst(atlas, shown)) {
      if (count === LABELS) break;
      if (scene.beside && meets(rectOf(atlas, scale, row), scene.beside)) continue; // has its name
      const place =
        placeOf(ctx, atlas, scene, scale, row, taken) ||
        (flat && placeBeside(ctx, atlas, scene, scale, row, taken));
      if (!place) continue;
      count++;
      const put = scene.vector ? write : task2box.stampText;
      put(ctx, scene.look, nameOf(atlas, row), place);
    }
  }

  const meets = (box, [left, top, width, height]) =>
    box.left < left + width && box.left + box.width > left && box.top < top + height && box.top + box.height > top;

  const isFlat = (atlas) => atlas.roots.length === atlas.count && atlas.count < CROWD;

  /* What is written of a label: as much as can be read at a glance. */
  const nameOf = (atlas, row) => task2box.short(atlas.labels[row]);

  function mostMembersFirst(atlas, rows) {
    const { rank, byMembers } = atlas;
    return Uint32Array.from(rows, (row) => rank[row]).sort().map((at) => byMembers[at]);
  }

  /* Text with a halo of the background, readable on any box. */
  function write(ctx, look, text, { x, y, font }) {
    ctx.lineJoin = "round";
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    ctx.font = font;
    ctx.strokeStyle = look.panel;
    ctx.lineWidth = 3;
    ctx.globalAlpha = 0.75;
    ctx.strokeText(text, x, y);
    ctx.globalAlpha = 1;
    ctx.fillStyle = look.ink;
    ctx.fillText(text, x, y);
  }

  function placeOf(ctx, atlas, scene, scale, row, taken) {
    const box = rectOf(atlas, scale, row);
    const left = Math.max(box.left, 0);
    const top = Math.max(box.top, 0);
    const right = Math.min(box.left + box.width, scene.width);
    const bottom = Math.min(box.top + box.height, scene.height);
    const leaf = atlas.children[row].length === 0;
    // A frame around all that is seen names nothing that is seen.
    if (!leaf && right - left >= scene.width && bottom - top >= scene.height) return null;
    const size = leaf ? 11 : Math.min(16, 11 + Math.log2(atlas.members[row]) / 2);
    const height = size + 4;
    if (bottom - top < height || right - left < 16) return null;
    const width = labelWidth(ctx, atlas, row, leaf) * size;
    if (width + 8 > right - left) return null;
    const font = `${leaf ? 400 : 600} ${size}px ${FONT}`;
    const corners = leaf
      ? [[(left + right - width) / 2, (top + bottom) / 2 + belowMembers(scene, bottom - top)]]
      : [
          [left + 4, top + height / 2 + 1],
          [right - width - 4, top + height / 2 + 1],
          [left + 4, bottom - height / 2 - 1],
          [right - width - 4, bottom - height / 2 - 1],
        ];
    for (const [x, y] of corners) {
      if (taken.claim(x - 2, y - height / 2, width + 4, height)) return { x, y, font };
    }
    return null;
  }

  /* A single member lies in the very middle, and must be seen. */
  const belowMembers = ({ members }, height) => (members && height > 48 ? 14 : 0);

  function placeBeside(ctx, atlas, scene, scale, row, taken) {
    const { left, top, width: w, height: h } = rectOf(atlas, scale, row);
    const size = 10.5;
    const width = labelWidth(ctx, atlas, row, true) * size;
    const middle = left + (w - width) / 2;
    const spots = [
      [middle, top + h + size / 2 + 3],
      [middle, top - size / 2 - 3],
      [left + w + 3, top + h / 2],
      [left - width - 3, top + h / 2],
    ];
    for (const [x, y] of spots) {
      const out = x < 2 || x + width > scene.width - 2 || y < 8 || y > scene.height - 8;
      if (out || !taken.claim(x - 2, y - 7, width + 4, 14)) continue;
      return { x, y, font: `400 ${size}px ${FONT}` };
    }
    return null;
  }

  /* Width of a label in units of its font size, measured once. */
  function labelWidth(ctx, atlas, row, leaf) {
    atlas.labelWidths = atlas.labelWidths || new Float32Array(atlas.count);
    if (!atlas.labelWidths[row]) {
      ctx.font = `${leaf ? 400 : 600} 20px ${FONT}`;
      atlas.labelWidths[row] = ctx.measureText(nameOf(atlas, row)).width / 20;
    }
    return atlas.labelWidths[row];
  }

  /* Which places of the picture carry text already. */
  function grid({ width, height, covered = [] }) {
    const columns = Math.ceil(width / CELL) + 1;
    const rows = Math.ceil(height / CELL) + 1;
    const cells = new Uint8Array(columns * rows);
    const taken = {
      claim(left, top, w, h) {
        const x0 = Math.max(0, Math.floor(left / CELL));
        const y0 = Math.max(0, Math.floor(top / CELL));
        const x1 = Math.min(columns - 1, Math.floor((left + w) / CELL));
        const y1 = Math.min(rows - 1, Math.floor((top + h) / CELL));
        for (let y = y0; y <= y1; y++) {
          for (let x = x0; x <= x1; x++) if (cells[y * columns + x]) return false;
        }
        for (let y = y0; y <= y1; y++) cells.fill(1, y * columns + x0, y * columns + x1 + 1);
        return true;
      },
    };
    for (const place of covered) taken.claim(...place);
    return taken;
  }

  /* Leaves are dots, groups are rings that grow with their members. */
  task2box.radiusOf = function (atlas, row) {
    const scale = atlas.count > CROWD ? 0.7 : 1; // a crowd needs room
    if (atlas.children[row].length === 0) return 2.6 * scale;
    return (3 + 0.8 * Math.log2(atlas.members[row])) * scale;
  };

  task2box.paintPoints = function (ctx, atlas, scene) {
    const scale = scaleOf(scene);
    const points = atlas.points[scene.method];
    const { look, colors, shown: flags } = scene;
    const { SHOWN, DIM } = task2box;
    task2box.paintSelectedPoints(ctx, atlas, scene, scale.x, scale.y);
    const round = task2box.roundsOn(ctx, scene);
    const [inks, ghostInk] = [task2box.inksOf(colors), task2box.inkOf(look.ghost)];
    const shown = [];
    for (const row of atlas.order) {
      const there = flags[row] === SHOWN;
      if (!there && flags[row] !== DIM) continue;
      const x = scale.x(points[2 * row]);
      const y = scale.y(points[2 * row + 1]);
      if (x < -20 || y < -20 || x > scene.width + 20 || y > scene.height + 20) continue;
      const leaf = atlas.children[row].length === 0;
      if (there) shown.push(row);
      const style = there
        ? { color: colors[row], ink: inks[row], alpha: leaf ? look.dots : look.rings }
        : { color: look.ghost, ink: ghostInk, alpha: 0.25 };
      round.draw(x, y, task2box.radiusOf(atlas, row), leaf ? 0 : 1.2, style);
    }
    round.end();
    if (look.names) paintNames(ctx, atlas, scene, scale, shown);
    if (scene.placed) task2box.paintPlacedPoints(ctx, scene);
  };

  /* What draws discs (line 0) and rings: as pixels, since there may be 20,000 of them,
     or as shapes for a file. */
  task2box.roundsOn = (ctx, scene) => (scene.vector ? circlesOn(ctx) : stampsFor(ctx));

  function stampsFor(ctx) {
    const stamps = task2box.stampsOn(ctx);
    return {
      draw: (x, y, radius, line, { ink, alpha }) => stamps.round(x, y, radius, line, ink, alpha),
      end: stamps.lay,
    };
  }

  function circlesOn(ctx) {
    return {
      draw(x, y, radius, line, { color, alpha }) {
        ctx.globalAlpha = alpha;
        ctx.beginPath();
        ctx.arc(x, y, radius, 0, 2 * Math.PI);
        if (line) {
          ctx.strokeStyle = color;
          ctx.lineWidth = line;
          ctx.stroke();
        } else {
          ctx.fillStyle = color;
          ctx.fill();
        }
      },
      end: () => (ctx.globalAlpha = 1),
    };
  }

  /* Names beside the points where there is room: nowhere in the thick of a crowd. */
  function paintNames(ctx, atlas, scene, scale, shown) {
    const points = atlas.points[scene.method];
    const taken = grid(scene);
    const place = (row) => [scale.x(points[2 * row]), scale.y(points[2 * row + 1])];
    if (shown.length <= NAMED) {
      for (const row of shown) {
        const [x, y] = place(row);
        taken.claim(x - 3, y - 3, 6, 6);
      }
    }
    let count = 0;
    for (const row of mostMembersFirst(atlas, shown).subarray(0, TRIED)) {
      if (count === NAMED) break;
      const leaf = atlas.children[row].length === 0;
      const size = leaf ? 11 : 12;
      const [middle, y] = place(row);
      const x = middle + task2box.radiusOf(atlas, row) + 3;
      const width = labelWidth(ctx, atlas, row, leaf) * size;
      if (x + width > scene.width || !taken.claim(x, y - 8, width, 16)) continue;
      count++;
      const font = `${leaf ? 400 : 600} ${size}px ${FONT}`;
      write(ctx, scene.look, nameOf(atlas, row), { x, y, font });
    }
  }

  /* Selected and hovered task, on a layer of their own above the boxes. */
  task2box.markBoxes = function (ctx, atlas, scene) {
    const { selected, hovered } = scene;
    const scale = scaleOf(scene);
    if (selected >= 0) outline(ctx, rectOf(atlas, scale, selected), scene.look, 3);
    if (hovered >= 0 && hovered !== selected) {
      outline(ctx, rectOf(atlas, scale, hovered), scene.look, 1.5);
    }
  };

  function outline(ctx, box, look, width) {
    ctx.strokeStyle = look.panel;
    ctx.lineWidth = width + 2.5;
    ctx.strokeRect(box.left, box.top, box.width, box.height);
    ctx.strokeStyle = look.accent;
    ctx.lineWidth = width;
    ctx.strokeRect(box.left, box.top, box.width, box.height);
  }

  function markInside(ctx, atlas, scene, center) {
    const scale = scaleOf(scene);
    const points = atlas.points[scene.method];
    const inside = atlas.inside(center);
    const { SHOWN, DIM } = task2box;
    const { accent } = scene.look;
    const style = { color: accent, ink: task2box.inkOf(accent), alpha: 0.9 };
    const leaves = [];
    for (let row = 0; row < atlas.count; row++) {
      const there = scene.shown[row] === SHOWN || scene.shown[row] === DIM;
      if (there && inside[row] && !atlas.children[row].length) leaves.push(row);
    }
    const round = scene.vector || leaves.length < FEW ? circlesOn(ctx) : stampsFor(ctx);
    for (const row of leaves) {
      const radius = task2box.radiusOf(atlas, row);
      round.draw(scale.x(points[2 * row]), scale.y(points[2 * row + 1]), radius, 0, style);
    }
    round.end();
  }

  /* The marked task and all tasks inside it, among the points. */
  task2box.markPoints = function (ctx, atlas, scene) {
    const { selected, hovered } = scene;
    const scale = scaleOf(scene);
    const points = atlas.points[scene.method];
    const center = hovered >= 0 ? hovered : selected;
    if (center < 0) return;
    // Where everything is inside there is nothing to tell apart.
    if (center !== atlas.roots[0] || atlas.roots.length > 1) markInside(ctx, atlas, scene, center);
    for (const row of new Set([selected, hovered])) {
      if (row < 0) continue;
      for (const [style, width] of [[scene.look.panel, 5], [scene.look.accent, 2.5]]) {
        ctx.beginPath();
        const radius = task2box.radiusOf(atlas, row) + 3;
        ctx.arc(scale.x(points[2 * row]), scale.y(points[2 * row + 1]), radius, 0, 2 * Math.PI);
        ctx.strokeStyle = style;
        ctx.lineWidth = width;
        ctx.stroke();
      }
    }
  };

  /* Row of the point nearest to a pixel, or -1 where none is near. */
  task2box.pointAt = function (atlas, scene, px, py) {
    const { x0, y1, sx, sy } = scaleOf(scene);
    const points = atlas.points[scene.method];
    const { SHOWN } = task2box;
    let best = -1;
    let least = 12 * 12;
    for (let row = 0; row < atlas.count; row++) {
      const dx = (points[2 * row] - x0) * sx - px;
      const dy = (y1 - points[2 * row + 1]) * sy - py;
      const distance = dx * dx + dy * dy;
      if (distance < least && scene.shown[row] === SHOWN) [best, least] = [row, distance];
    }
    return best;
  };

  Object.assign(task2box, { FONT, writeText: write });
})(window.task2box);
