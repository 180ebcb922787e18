/* Colours that mean something: a hue per branch of what is shown or per place in the
   picture, one of a few per category, a ramp per number. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  // Lightness and chroma (OKLCH) of branch colours: every hue reads equally strong.
  const TONES = { light: [0.62, 0.14], dark: [0.74, 0.12] };
  // After Okabe and Ito (2008), moved apart until every two of them, the last (what has no
  // hue of its own) and the unknown differ without any one kind of cones as well: by at
  // least 9 hundredths of OKLab (Machado, Oliveira and Fernandes, 2009).
  const PALETTES = {
    light: ["#0048a3", "#ad8c28", "#017b6b", "#cc55b5", "#1a98fd", "#b63c00", "#d6c609", "#30353d"],
    dark: ["#559aff", "#f09f48", "#76c398", "#f4aae3", "#028daf", "#bd733f", "#dae144", "#eef1f5"],
  };
  const UNKNOWN = { light: "#a9b1bc", dark: "#5a6472" };
  const FIRST_HUE = 20;
  const FREE = 0.05; // share of a branch's part of the wheel kept free at either end
  const HUES = 720; // of the wheel: finer ones look the same
  const STEPS = 256; // of a ramp
  const GOOD = 0.9; // F1, at or above which a ramp does not begin
  const tables = new Map(); // colours by tone and kind, made once

  /* A colour (#rrggbb) per task. by: one of atlas.colors; tone: "light" or "dark", the
     theme they must stand out in; focus: the row whose branches are told apart, -1 for
     all; dim: of the boxes that are shown. */
  task2box.colorsOf = function (atlas, { color: by, dim }, tone, focus) {
    const hue = { branch: branchHues, position: placeHues }[by];
    if (hue) {
      const wheel = wheelOf(tone);
      const turns = (degrees) => Math.round((degrees / 360) * HUES) % HUES;
      return Array.from(hue(atlas, focus), (degrees) => wheel[turns(degrees + 360)]);
    }
    if (by === "edges") return task2box.edgeColors(atlas, dim, tone);
    const column = task2box.columnOf(atlas, by);
    if (task2box.isColumn(atlas, by) && !column) return new Array(atlas.count).fill(UNKNOWN[tone]);
    if (column?.values) return categoryColors(column, tone);
    const { shares } = task2box.scaleOf(atlas, by, dim);
    const ramp = task2box.rampOf(tone);
    const color = (share) => (share < 0 ? UNKNOWN[tone] : ramp[Math.round(share * (STEPS - 1))]);
    return Array.from(shares, color);
  };

  /* Where there are more values than colours, the last is that of all others. */
  function categoryColors({ values, codes }, tone) {
    const palette = PALETTES[tone];
    const last = palette.length - 1;
    const color = (code) => (code < values.length ? palette[Math.min(code, last)] : UNKNOWN[tone]);
    return Array.from(codes, color);
  }

  task2box.paletteOf = (tone) => PALETTES[tone];

  /* Numbers that are coloured: {column, shares: of the ramp per task, -1 where unknown,
     least, most, unknown: whether some are; share(number) and at(share) between them}.
     Members, sizes and what else spans decades go by their logarithm. */
  task2box.scaleOf = function (atlas, by, dim) {
    const columns = { members: atlas.members, size: atlas.sizes, depth: atlas.depth };
    const known = task2box.columnOf(atlas, by);
    const column = known ? known.numbers : by === "f1" ? atlas.scored(dim).column : columns[by];
    const counts = by === "members" || by === "size";
    const floor = known ? known.floor : counts ? 1 : null; // of a logarithm
    const value = (number) => (floor ? Math.log(Math.max(floor, number)) : number);
    const isUnknown = (number) => number === null || Number.isNaN(number);
    let [least, most, whole] = [Infinity, -Infinity, true];
    for (const number of column) {
      if (isUnknown(number)) continue;
      whole &&= Number.isInteger(number);
      least = Math.min(least, number);
      most = Math.max(most, number);
    }
    if (atlas.window?.ends[by]) [least, most] = atlas.window.ends[by]; // of all tasks
    // Perfect is one end of the ramp, and nearly perfect must not look like the other.
    if (by === "f1") [least, most] = [Math.min(GOOD, Math.floor(20 * least) / 20), 1];
    const span = value(most) - value(least) || 1;
    const share = (number) => (value(number) - value(least)) / span;
    const at = (part) => {
      const found = value(least) + part * span;
      const number = floor ? Math.exp(found) : found;
      return whole ? Math.round(number) : Number(number.toPrecision(3));
    };
    const shares = Float32Array.from(column, (number) => (isUnknown(number) ? -1 : share(number)));
    return { column, shares, least, most, unknown: shares.includes(-1), share, at };
  };

  function table(key, make) {
    if (!tables.has(key)) tables.set(key, make());
    return tables.get(key);
  }

  function wheelOf(tone) {
    const color = (_, k) => hex(...TONES[tone], (360 * k) / HUES);
    return table(`wheel ${tone}`, () => Array.from({ length: HUES }, color));
  }

  task2box.rampOf = function (tone) {
    const color = (_, k) => ramp(k / (STEPS - 1), tone);
    return table(`ramp ${tone}`, () => Array.from({ length: STEPS }, color));
  };

  task2box.unknownColor = (tone) => UNKNOWN[tone];

  /* The parent whose branch a task belongs to: below the focus the one that is seen,
     whichever it is. */
  task2box.seenParent = function (atlas, focus) {
    if (focus < 0) return (child) => atlas.parents[child][0];
    const inside = atlas.inside(focus);
    return (child) => atlas.parents[child].find((parent) => inside[parent]);
  };

  /* Hues in degrees. The wheel is split among the children of a task, again and again
     (Tennekes and de Jonge, "Tree Colors", InfoVis 2014). By canonical parents, and by
     the square root of members: one giant must not take the whole wheel. */
  function branchHues(atlas, focus) {
    if (atlas.window) return atlas.window.hues; // of all branches, also those that are not sent
    const hues = new Float32Array(atlas.count);
    const seen = task2box.seenParent(atlas, focus);
    const parts = split(atlas, focus < 0 ? atlas.roots : [focus], FIRST_HUE, 360);
    while (parts.length) {
      const [row, start, width] = parts.pop();
      hues[row] = start + width / 2;
      const own = atlas.children[row].filter((child) => seen(child) === row);
      for (const part of split(atlas, own, start, width)) parts.push(part);
    }
    return hues;
  }

  function split(atlas, rows, start, width) {
    const shares = rows.map((row) => Math.sqrt(atlas.members[row]));
    const total = shares.reduce((sum, share) => sum + share, 0);
    const free = rows.length > 1 ? FREE : 0;
    let from = start;
    return rows.map((row, k) => {
      const part = (width * shares[k]) / total;
      from += part;
      return [row, from - part * (1 - free), part * (1 - 2 * free)];
    });
  }

  /* Hues by the direction in which the middle of a box lies from the middle of all:
     without branches, what is near is alike. */
  function placeHues(atlas) {
    const { lower, upper } = atlas.boxes[2];
    const middle = (row, axis) => (lower[2 * row + axis] + upper[2 * row + axis]) / 2;
    const mean = [0, 1].map((axis) => {
      let sum = 0;
      for (let row = 0; row < atlas.count; row++) sum += middle(row, axis);
      return sum / atlas.count;
    });
    return Float32Array.from({ length: atlas.count }, (_, row) => {
      const angle = Math.atan2(middle(row, 1) - mean[1], middle(row, 0) - mean[0]);
      return (angle * 180) / Math.PI + 180;
    });
  }

  /* From deep violet to pale yellow with evenly rising lightness: readable without
     colour vision. The end that vanishes against the theme is left out. */
  function ramp(share, tone) {
    const at = tone === "light" ? 0.85 * share : 0.2 + 0.8 * share;
    return hex(0.33 + 0.55 * at, 0.13, 300 - 195 * at);
  }
  /* The same colours as 0xbbggrr, the order of bytes in an image. */
  const packed = new WeakMap();
  task2box.inksOf = function (colors) {
    if (!packed.has(colors)) packed.set(colors, Uint32Array.from(colors, task2box.inkOf));
    return packed.get(colors);
  };

  const inks = new Map(); // by colour: there are few, and reading one takes long
  task2box.inkOf = function (color) {
    if (!inks.has(color)) {
      const rgb = Number(`0x${color.slice(1)}`);
      inks.set(color, ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16));
    }
    return inks.get(color);
  };

  /* OKLCH to #rrggbb (Ottosson, "A perceptual color space for image processing", 2020). */
  function hex(lightness, chroma, hue) {
    const angle = (hue * Math.PI) / 180;
    const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
    const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
    const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
    const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
    const linear = [
      4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
      -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
      -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
    ];
    const bytes = linear.map((value) => {
      const share = Math.min(1, Math.max(0, value));
      const curved = share <= 0.0031308 ? 12.92 * share : 1.055 * share ** (1 / 2.4) - 0.055;
      return Math.round(255 * curved).toString(16).padStart(2, "0");
    });
    return `#${bytes.join("")}`;
  }
})(window.task2box);
