/* Colours that mean something: a hue per branch of what is shown, a ramp per number. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  // Lightness and chroma (OKLCH) of branch colours: every hue reads equally strong.
  const TONES = { light: [0.62, 0.14], dark: [0.74, 0.12] };
  const FIRST_HUE = 20;
  const FREE = 0.05; // share of a branch's part of the wheel kept free at either end

  /* A colour (#rrggbb) per task. by: "branch", "depth" or "members"; tone: "light" or
     "dark", the theme they must stand out in; focus: the row whose branches are told
     apart, -1 for all. */
  task2box.colorsOf = function (atlas, by, tone, focus) {
    if (by === "branch") {
      return Array.from(branchHues(atlas, focus), (hue) => hex(...TONES[tone], hue));
    }
    const values = by === "members" ? atlas.members.map(Math.log) : atlas[by];
    const least = Math.min(...values);
    const span = Math.max(...values) - least || 1;
    return values.map((value) => ramp((value - least) / span, tone));
  };

  /* Hues in degrees. The wheel is split among the children of a task, again and again
     (Tennekes and de Jonge, "Tree Colors", InfoVis 2014). By canonical parents, and by
     the square root of members: one giant must not take the whole wheel. */
  function branchHues(atlas, focus) {
    const hues = new Float32Array(atlas.count);
    const roots = atlas.parents.flatMap((above, row) => (above.length ? [] : [row]));
    const parts = split(atlas, focus < 0 ? roots : [focus], FIRST_HUE, 360);
    while (parts.length) {
      const [row, start, width] = parts.pop();
      hues[row] = start + width / 2;
      // Below the focus a task goes by the parent that is seen, whichever it is.
      const inside = atlas.inside(focus);
      const seen = (child) => atlas.parents[child].find((parent) => inside[parent]);
      const own = atlas.children[row].filter((child) => seen(child) === row);
      parts.push(...split(atlas, own, start, width));
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

  /* From deep violet to pale yellow with evenly rising lightness: readable without
     colour vision. The end that vanishes against the theme is left out. */
  function ramp(share, tone) {
    const at = tone === "light" ? 0.85 * share : 0.2 + 0.8 * share;
    return hex(0.33 + 0.55 * at, 0.13, 300 - 195 * at);
  }

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
