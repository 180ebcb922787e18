/* Tasks of one's own in the pictures: dashed boxes with the band in which their corners
   spread, rings among the points, dashed edges in three dimensions. Those outside what the
   map knows are dotted and have a question mark. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const NAMED = 40; // that have a name and a band each; of more only the chosen one
  const LEAST = 7; // px, a side of the smallest that is drawn
  const REACH = 9; // px from a point
  const SMALL = 12; // px, a side of a box that has finer dashes
  const DASHES = { inside: [6, 4], outside: [2, 3], small: [2, 2] };
  const RING = 5.5; // px, radius among the points; of many, less
  const CROWD = { ring: 3.5, lines: [3, 1.25] };

  const lineOf = ({ outside }, { w, h }) => DASHES[Math.max(w, h) < SMALL ? "small" : outside ? "outside" : "inside"];
  const inkOf = (task, look) => (task.outside ? look.accent : look.ink);
  const nameOf = ({ name, outside }) => `${outside ? "? " : ""}${task2box.short(name, 40)}`;
  const told = ({ tasks, chosen }, at) => tasks.length <= NAMED || at === chosen;

  function pixels({ range: [x0, x1, y0, y1], width, height }, frame) {
    const [sx, sy] = [width / (x1 - x0), height / (y1 - y0)];
    const box = { left: (frame[0] - x0) * sx, top: (y1 - frame[3]) * sy };
    return Object.assign(box, { w: (frame[1] - frame[0]) * sx, h: (frame[3] - frame[2]) * sy });
  }

  /* None is so small that it is not found. */
  function grown({ left, top, w, h }) {
    const [dx, dy] = [Math.max(0, LEAST - w) / 2, Math.max(0, LEAST - h) / 2];
    return { left: left - dx, top: top - dy, w: w + 2 * dx, h: h + 2 * dy };
  }

  const off = ({ left, top, w, h }, { width, height }) => left > width || top > height || left + w < 0 || top + h < 0;

  /* Above all that is known; the recorders of files draw them, too. */
  task2box.paintPlacedBoxes = function (ctx, scene) {
    const { placed, look } = scene;
    if (!placed) return;
    const names = [];
    placed.tasks.forEach((task, at) => {
      if (told(placed, at)) band(ctx, task, scene);
    });
    placed.tasks.forEach((task, at) => {
      const box = grown(pixels(scene, task2box.placedFrame(task, placed.axes)));
      if (off(box, scene)) return;
      const width = at === placed.chosen ? 3 : placed.tasks.length > NAMED ? 1.25 : 1.75;
      ctx.globalAlpha = 0.8;
      ctx.strokeStyle = look.panel;
      ctx.lineWidth = width + 2;
      ctx.strokeRect(box.left, box.top, box.w, box.h);
      ctx.globalAlpha = 1;
      ctx.strokeStyle = inkOf(task, look);
      ctx.lineWidth = width;
      ctx.setLineDash(lineOf(task, box));
      ctx.strokeRect(box.left, box.top, box.w, box.h);
      ctx.setLineDash([]);
      if (told(placed, at)) names.push([task, box]);
    });
    if (look.names) write(ctx, scene, names);
  };

  /* From the 10 % quantile of the lower corner to the 90 % quantile of the upper one. */
  function band(ctx, { spread, outside }, scene) {
    if (!spread) return;
    const { lower, upper } = spread;
    const frame = task2box.placedFrame({ lower: lower[0], upper: upper[1] }, scene.placed.axes);
    const box = pixels(scene, frame);
    if (off(box, scene)) return;
    ctx.globalAlpha = 0.12;
    ctx.fillStyle = inkOf({ outside }, scene.look);
    ctx.fillRect(box.left, box.top, box.w, box.h);
    ctx.globalAlpha = 1;
  }

  /* Names above their boxes, or below where another one stands. */
  function write(ctx, scene, names) {
    const taken = [];
    const free = (one) => !taken.some((other) => one.x < other.x + other.w && other.x < one.x + one.w && Math.abs(one.y - other.y) < 15);
    for (const [task, box] of names) {
      const text = nameOf(task);
      const font = `600 12px ${task2box.FONT}`;
      ctx.font = font;
      const w = ctx.measureText(text).width;
      const x = Math.min(Math.max(2, box.left + box.w / 2 - w / 2), Math.max(2, scene.width - w - 2));
      const spots = [box.top - 9, box.top + box.h + 9];
      const place = spots.map((y) => ({ x, y, w })).find((one) => one.y > 6 && one.y < scene.height - 6 && free(one));
      if (!place) continue;
      taken.push(place);
      task2box.writeText(ctx, { ...scene.look, ink: inkOf(task, scene.look) }, text, { ...place, font });
    }
  }

  task2box.paintPlacedPoints = function (ctx, scene) {
    const { placed, look } = scene;
    if (!placed) return;
    const names = [];
    const { ring, lines } = placed.tasks.length > NAMED ? CROWD : { ring: RING, lines: [4.5, 2] };
    placed.tasks.forEach((task, at) => {
      const box = pointBox(task, scene);
      if (!box || off(box, scene)) return;
      const [x, y, radius] = [box.left + box.w / 2, box.top + box.h / 2, ring + (at === placed.chosen ? 3 : 0)];
      for (const [color, width] of [[look.panel, lines[0]], [inkOf(task, look), lines[1]]]) {
        ctx.strokeStyle = color;
        ctx.lineWidth = width;
        ctx.beginPath();
        ctx.arc(x, y, radius, 0, 2 * Math.PI);
        ctx.stroke();
      }
      if (told(placed, at)) names.push([task, box]);
    });
    if (look.names) write(ctx, scene, names);
  };

  function pointBox(task, scene) {
    const point = task.points[scene.method];
    if (!point) return null;
    const { left, top } = pixels(scene, [point[0], point[0], point[1], point[1]]);
    return { left: left - RING, top: top - RING, w: 2 * RING, h: 2 * RING };
  }

  // ---------------------------------------------------------------- under a hand

  /* Which one is under a pixel of the boxes, the smallest, and how large; -1 for none. */
  task2box.placedBoxAt = function (scene, px, py) {
    let found = { at: -1, area: Infinity };
    scene.placed?.tasks.forEach((task, at) => {
      const { left, top, w, h } = grown(pixels(scene, task2box.placedFrame(task, scene.placed.axes)));
      const area = w * h;
      if (px >= left && px <= left + w && py >= top && py <= top + h && area < found.area) found = { at, area };
    });
    return found;
  };

  /* Which one is near a pixel of the points; -1 for none. */
  task2box.placedPointAt = function (scene, px, py) {
    let found = { at: -1, away: REACH };
    scene.placed?.tasks.forEach((task, at) => {
      const box = pointBox(task, scene);
      const away = box ? Math.hypot(box.left + RING - px, box.top + RING - py) : Infinity;
      if (away < found.away) found = { at, away };
    });
    return found.at;
  };

  // ---------------------------------------------------------------- three dimensions

  const WALK = [0, 1, 3, 2, 0, 4, 5, 7, 6, 4, null, 1, 5, null, 3, 7, null, 2, 6, null];

  const corner = ({ lower, upper }, bits) => [0, 1, 2].map((axis) => (bits & (1 << axis) ? upper : lower)[axis]);

  /* Edges and names, as traces of Plotly: always as many, so that none is left behind. */
  task2box.placedTraces = function ({ placed, look }) {
    const tasks = placed?.tasks || [];
    const group = (name, some, dash, color) => {
      const corners = some.flatMap((task) => WALK.map((bits) => (bits === null ? [null, null, null] : corner(task, bits))));
      const [x, y, z] = [0, 1, 2].map((axis) => corners.map((one) => one[axis]));
      return { type: "scatter3d", mode: "lines", name, x, y, z, line: { dash, color, width: 5 }, hoverinfo: "skip" };
    };
    const named = tasks.filter((_, at) => told(placed, at));
    const tops = named.map((task) => corner(task, 7));
    return [
      group("placed", tasks.filter(({ outside }) => !outside), "dash", look.ink),
      group("placed outside", tasks.filter(({ outside }) => outside), "dot", look.accent),
      {
        type: "scatter3d",
        mode: "text",
        name: "placed names",
        x: tops.map((one) => one[0]),
        y: tops.map((one) => one[1]),
        z: tops.map((one) => one[2]),
        // Plotly reads some markup in texts: a name is never markup.
        text: look.names ? named.map((task) => `<b>${task2box.escapeXml(nameOf(task))}</b>`) : [],
        textfont: { color: look.ink, size: 13, family: task2box.FONT },
        hoverinfo: "skip",
      },
    ];
  };
})(window.task2box);
