/* Whether the explanations of a model can be trusted on a task: a tab of the dialog of
   figures. A table of methods against controls, consistency against sensitivity, and how
   both go with what is done to images, and worst cases. What it says comes from dashboard/explanation.py. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const SIDE = 300; // of the plot of consistency against sensitivity
  const [LEFT, BOTTOM, GAP] = [38, 36, 10];
  const SMALL = { width: 190, height: 96, left: 26, bottom: 16, top: 6, right: 6 };
  const CONTOURS = [0.2, 0.4, 0.6, 0.8];
  const LEVELS = [0, 0.5, 1];
  const AVERAGES = { micro: "every row alike", macro: "every operation alike" };
  const CASE = ["image", "changed", "its map", "map of the changed", "that, put back"];
  const MODES = { predicted: "class told then", fixed: "true class" };
  const chosen = { model: "", mode: "predicted", average: "micro", method: "" }; // as it was left

  /* Draw into a panel; `kit` has the parts that all tabs of the dialog share. */
  task2box.drawExplanation = function (panel, told, kit) {
    const { part } = kit;
    const words = told.meaning.map((text) => part("p", "meaning", [text]));
    if (!told.models.length) {
      const none = part("p", "", ["No explanation of this collection has been scored yet. Score some, with its images at hand:"]);
      panel.replaceChildren(...words, none, kit.command(told.command));
      return;
    }
    const draw = (focus) => {
      task2box.drawExplanation(panel, told, kit);
      panel.querySelector(focus)?.focus();
    };
    const model = told.models.find(({ word }) => word === chosen.model) ?? told.models[0];
    const rows = model.figures[chosen.average][chosen.mode];
    const methods = rows.filter(({ control }) => !control);
    const method = methods.find((one) => one.method === chosen.method) ?? methods[0];
    const choices = [
      ...(told.models.length > 1 ? [segments(kit, "model", Object.fromEntries(told.models.map(({ word }) => [word, word])), model.word, draw)] : []),
      segments(kit, "mode", MODES, chosen.mode, draw, "map of the"),
      segments(kit, "average", AVERAGES, chosen.average, draw, "average"),
    ];
    const ours = part("section", "ours", [
      part("div", "top", [part("h3", "", ["Methods against controls"])]),
      part("div", "choices", choices),
      table(kit, told.columns, rows),
      part("p", "muted key", [model.about]),
    ]);
    const plot = part("section", "duality", [part("h3", "", ["Consistency against sensitivity"]), duality(rows)]);
    const again = [part("h3", "", ["Run it again"]), kit.command(model.command)];
    const theirs = told.published ? [published(kit, told.published)] : [];
    panel.replaceChildren(
      ...words,
      part("div", "sides", [ours, plot]),
      changes(kit, model, methods, method, draw),
      worst(kit, told, model, method),
      ...theirs,
      ...again
    );
  };

  function segments({ part }, key, options, now, draw, label = key) {
    const buttons = Object.entries(options).map(([value, word]) => {
      const button = part("button", "", [word], { type: "button", "aria-pressed": String(value === now) });
      button.addEventListener("click", () => {
        chosen[key] = value;
        draw(`.of-${key} [aria-pressed=true]`);
      });
      return button;
    });
    const group = part("div", "segments", buttons, { role: "group", "aria-label": label });
    return part("div", `features of-${key}`, [part("span", "muted", [label]), group]);
  }

  // ---------------------------------------------------------------- table

  function table(kit, columns, rows) {
    const { part } = kit;
    const head = columns.map(([, word, meaning]) => part("th", "", [word], { scope: "col", title: meaning }));
    const first = part("th", "", ["Method"], { scope: "col" });
    const most = Math.max(...rows.map(({ images }) => images));
    const bodies = [false, true].map((control) => {
      const some = rows.filter((row) => row.control === control);
      const lines = some.map((row) => line(kit, columns, row, rows.indexOf(row) + 1, most));
      return part("tbody", control ? "control" : "", lines);
    });
    const made = part("table", "scores explained", [part("thead", "", [part("tr", "", [first, ...head])]), ...bodies]);
    return part("div", "wide", [made], { tabindex: "0", role: "region", "aria-label": "Methods against controls" });
  }

  function line({ part, bar }, columns, row, number, most) {
    const fewer = row.images < most ? [" ", part("span", "spread", [`${row.images} images`])] : [];
    const name = part("th", "", [part("span", "number", [String(number)]), row.word, ...fewer], { scope: "row" });
    const cells = columns.map(([key]) => {
      const { words, interval, value, low, high } = row.cells[key];
      const text = [part("b", value === null ? "none" : "", [words]), " ", part("span", "spread", [interval])];
      const drawn = value !== null && key === "cose" ? [bar({ share: value, low, high }, 0)] : [];
      return part("td", "score", [part("div", "words", text), ...drawn]);
    });
    return part("tr", row.control ? "control" : "own", [name, ...cells]);
  }

  // ---------------------------------------------------------------- plots

  function shape(tag, attributes, text = "") {
    const made = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    return made;
  }

  /* Points of methods with their intervals among lines of equal COSE; numbers are those
     of the table. */
  function duality(rows) {
    const [wide, tall] = [SIDE + LEFT + GAP, SIDE + BOTTOM + GAP];
    const x = (value) => LEFT + SIDE * clamp(value);
    const y = (value) => GAP + SIDE * (1 - clamp(value));
    const parts = [shape("path", { d: `M${LEFT} ${GAP}V${GAP + SIDE}H${LEFT + SIDE}`, class: "axis" })];
    for (const level of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
      parts.push(shape("text", { x: LEFT - 6, y: y(level) + 4, "text-anchor": "end" }, String(100 * level)));
      parts.push(shape("text", { x: x(level), y: GAP + SIDE + 15, "text-anchor": "middle" }, String(100 * level)));
    }
    parts.push(shape("text", { x: LEFT + SIDE / 2, y: tall - 4, "text-anchor": "middle" }, "sensitivity, %"));
    const upright = { x: 0, y: 0, "text-anchor": "middle", transform: `translate(10 ${GAP + SIDE / 2}) rotate(-90)` };
    parts.push(shape("text", upright, "consistency, %"));
    for (const level of CONTOURS) {
      const places = [...Array(61).keys()].map((k) => level ** 2 + (k / 60) * (1 - level ** 2));
      const points = places.map((place) => `${x(place).toFixed(1)},${y(level ** 2 / place).toFixed(1)}`).join(" ");
      parts.push(shape("polyline", { points, class: "contour" }));
      parts.push(shape("text", { x: x(1) - 2, y: y(level ** 2) - 3, "text-anchor": "end", class: "of-contour" }, `COSE ${100 * level}`));
    }
    rows.forEach((row, k) => {
      const { consistency, sensitivity } = row.cells;
      if (consistency.value === null || sensitivity.value === null) return;
      const [across, up] = [x(sensitivity.value), y(consistency.value)];
      const group = shape("g", { class: row.control ? "control" : "method" });
      const title = shape("title", {}, `${row.word}: consistency ${consistency.words} (${consistency.interval}), sensitivity ${sensitivity.words} (${sensitivity.interval})`);
      group.append(
        title,
        shape("path", { d: `M${x(sensitivity.low)} ${up}H${x(sensitivity.high)}M${across} ${y(consistency.low)}V${y(consistency.high)}`, class: "whisker" }),
        shape("circle", { cx: across, cy: up, r: 8.5 }),
        shape("text", { x: across, y: up + 4, "text-anchor": "middle", class: "number" }, String(k + 1))
      );
      parts.push(group);
    });
    const svg = shape("svg", { viewBox: `0 0 ${wide} ${tall}`, class: "duality-plot", role: "img" });
    const told = rows.map(({ word, cells }) => `${word} ${cells.consistency.words} and ${cells.sensitivity.words}`);
    svg.setAttribute("aria-label", `Consistency and sensitivity in percent: ${told.join("; ")}`);
    svg.append(...parts);
    return svg;
  }

  const clamp = (value) => Math.min(1, Math.max(0, value));

  /* A small plot for every operation: likeness by magnitude, told right and told wrong. */
  function changes(kit, model, methods, method, draw) {
    const { part } = kit;
    const options = methods.map((one) => part("option", "", [one.word], { value: one.method }));
    const select = part("select", "", options, { "aria-label": "Method" });
    select.value = method.method;
    select.addEventListener("change", () => {
      chosen.method = select.value;
      draw(".by-change select");
    });
    const plots = model.curves[method.method].map((curve) => part("figure", "", [small(curve), part("figcaption", "", [captionOf(curve)])]));
    const key =
      "Likeness of maps before and after, the true class told (line, filled) or another (hollow), by magnitude; " +
      "the grey line is the share of images told right. Pixels, degrees, or what is added to the factor 1; steps of an earlier head.";
    return part("section", "by-change", [
      part("div", "top", [part("h3", "", ["By what is done to an image"]), select]),
      part("div", "small-plots", plots),
      part("p", "muted key", [key]),
    ]);
  }

  function captionOf({ change, kind, points }) {
    const rows = points.reduce((sum, point) => sum + point[4], 0);
    return `${change.replace("-", " ")} · ${kind === change ? "" : `${kind}, `}${rows} rows`;
  }

  function small({ change, points }) {
    const { width, height, left, bottom, top, right } = SMALL;
    const least = Math.min(...points.map(([magnitude]) => magnitude));
    const most = Math.max(...points.map(([magnitude]) => magnitude));
    const floor = height - bottom;
    const x = (magnitude) => (most > least ? left + 6 + ((magnitude - least) / (most - least)) * (width - left - right - 12) : (left + width - right) / 2);
    const y = (value) => top + (floor - top) * (1 - clamp(value));
    const parts = [shape("path", { d: `M${left} ${top}V${floor}H${width - right}`, class: "axis" })];
    for (const level of LEVELS) parts.push(shape("text", { x: left - 4, y: y(level) + 4, "text-anchor": "end" }, String(level)));
    if (most > least) {
      for (const end of [least, most]) {
        parts.push(shape("text", { x: x(end), y: height - 3, "text-anchor": end === least ? "start" : "end" }, String(end)));
      }
    }
    const through = (at) => points.filter((point) => point[at] !== null).map((point) => `${x(point[0]).toFixed(1)},${y(point[at]).toFixed(1)}`).join(" ");
    if (points.length > 1) {
      parts.push(shape("polyline", { points: through(3), class: "share" }), shape("polyline", { points: through(1), class: "right" }));
    } else {
      parts.push(shape("path", { d: `M${left} ${y(points[0][3])}H${width - right}`, class: "share" }));
    }
    for (const [magnitude, right, wrong] of points) {
      if (right !== null) parts.push(shape("circle", { cx: x(magnitude), cy: y(right), r: 3.5, class: "right" }));
      if (wrong !== null) parts.push(shape("circle", { cx: x(magnitude), cy: y(wrong), r: 3.5, class: "wrong" }));
    }
    const words = points.map(([magnitude, right, wrong, share]) => `${magnitude}: told right ${share}, like ${right ?? "undefined"}, wrong ${wrong ?? "undefined"}`);
    const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${change}: ${words.join("; ")}` });
    svg.append(...parts);
    return svg;
  }

  // ---------------------------------------------------------------- worst cases

  /* A case at a time: a picture, its change, their maps, and the latter put back. Arrow
     keys go through them. Pictures are there where a person's own images were explained. */
  function worst(kit, { atlas }, model, method) {
    const { part } = kit;
    const title = part("h3", "", [`Worst cases of ${method.word}`]);
    const found = model.cases[method.method];
    if (!found) {
      const words = "Pictures are drawn from your own copy of the images, which are not shipped, and stay with it:";
      return part("section", "worst", [title, part("p", "muted", [words]), kit.command(`${model.again} --methods ${method.method}`)]);
    }
    const { sheet, cases } = found;
    const place = part("div", "case", [], { tabindex: "0", role: "group", "aria-label": `Worst cases of ${method.word}; arrow keys show others` });
    let at = 0;
    const step = (by) => {
      at = (at + by + cases.length) % cases.length;
      show();
    };
    const show = () => {
      const { right, words } = cases[at];
      const kind = right ? "Still told right, yet the map changed" : "No longer told right, yet the map stayed";
      const tiles = CASE.map((word, across) => part("figure", "", [tile(kit, atlas, sheet, across, at, cases.length, word), part("figcaption", "", [word])]));
      const said = part("p", "", [part("b", "", [`${at + 1} of ${cases.length}. ${kind}.`]), ` ${words}`], { role: "status" });
      place.replaceChildren(said, part("div", "tiles", tiles));
    };
    place.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      step(by);
    });
    show();
    const buttons = [["Previous", -1], ["Next", 1]].map(([word, by]) => {
      const button = part("button", "", [word], { type: "button" });
      button.addEventListener("click", () => step(by));
      return button;
    });
    const top = part("div", "top", [title, part("div", "steps", buttons)]);
    return part("section", "worst", [top, place]);
  }

  function tile({ part }, atlas, sheet, across, down, count, word) {
    const spot = (k, of) => (of > 1 ? (100 * k) / (of - 1) : 0);
    const made = part("span", "thumb", [], { role: "img", "aria-label": word });
    made.style.backgroundImage = `url("explanation/${encodeURIComponent(atlas)}/${sheet}.webp")`;
    made.style.backgroundSize = `${100 * CASE.length}% ${100 * count}%`;
    made.style.backgroundPosition = `${spot(across, CASE.length)}% ${spot(down, count)}%`;
    return made;
  }

  // ---------------------------------------------------------------- what is printed

  function published({ part }, { title, source, address, warning, columns, rows }) {
    const link = part("a", "", [source], { href: address, target: "_blank", rel: "noopener noreferrer" });
    const head = part("tr", "", ["", ...columns].map((word) => part("th", "", [word], { scope: "col" })));
    const lines = rows.map(({ word, cells }) => part("tr", "", [part("th", "", [word], { scope: "row" }), ...cells.map((cell) => part("td", "", [cell || "–"]))]));
    const made = part("table", "scores", [part("thead", "", [head]), part("tbody", "", lines)]);
    return part("section", "published cose", [part("h3", "", [title]), part("p", "warning", [warning]), made, part("p", "muted key", [link])]);
  }
})(window.task2box);
