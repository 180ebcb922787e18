/* How near their taxonomy the nearest tasks are, beside the details while the matrix is
   shown: a curve for every description, the best there is, chance, and what share of the
   way from chance to the best each description goes. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const [WIDTH, HEIGHT] = [380, 170];
  const [LEFT, RIGHT, TOP, BOTTOM] = [34, 8, 8, 32];
  const HUES = { mean: 4, "mean+variance": 1, task2vec: 3 }; // of a palette (colors.js)
  const DASHES = { mean: "", "mean+variance": "7 3", task2vec: "2 3" };
  const place = () => document.getElementById("neighbourhoods");
  const known = new Map(); // answers, by what they are of
  let now = ""; // what is shown, or waited for

  task2box.drawNeighbourhoods = async function (explorer) {
    if (!place()) return; // a file of its own has no such column
    const { atlas, view } = explorer.state;
    const { rows } = view.beside === "matrix" ? task2box.matrixRows(explorer.state, explorer.focusRow()) : { rows: [] };
    const of = JSON.stringify([atlas.edition, rows]);
    const key = `${of} ${view.features} ${explorer.tone()}`;
    if (key === now) return;
    now = key;
    if (rows.length < 2) {
      place().hidden = true;
      return;
    }
    if (!known.has(of)) {
      place().setAttribute("aria-busy", "true");
      const told = await explorer.neighbourhoods(atlas.collection, rows).catch(() => null);
      if (told && known.size === 12) known.clear();
      if (told) known.set(of, told);
      if (key !== now) return;
      place().removeAttribute("aria-busy");
      if (!told) now = ""; // asked again, it may come
    }
    const told = known.get(of);
    place().hidden = !told?.curves;
    if (told?.curves) draw(explorer, told);
  };

  function draw(explorer, told) {
    const { atlas, view } = explorer.state;
    const palette = task2box.paletteOf(explorer.tone());
    const lines = Object.entries(told.curves).map(([kind, curve]) => ({
      kind,
      curve,
      word: atlas.described[kind].word,
      color: palette[HUES[kind]],
      seen: kind === view.features,
    }));
    const chance = told.oracle.at(-1);
    const words =
      `Mean taxonomic distance of the k nearest of ${told.tasks.toLocaleString("en")} tasks, none inside another: ` +
      "0 where two share a parent of leaves, one more for every level up. Below, the share of the way from chance to " +
      `the taxonomy itself, 1 for all of it. ${nearestBy(lines, told)}`;
    place().replaceChildren(
      task2box.node("h3", "", "Neighbours and taxonomy"),
      curveOf(lines, told.oracle, chance),
      tableOf(lines, told),
      task2box.node("p", "muted key", words),
      ...(told.source ? [task2box.node("p", "muted key", `Published: ${told.source}; other tasks, read off a figure.`)] : [])
    );
  }

  /* By which distance what is nearest is found. */
  function nearestBy(lines, { nearest }) {
    const ways = new Map();
    for (const { kind, word } of lines) ways.set(nearest[kind], [...(ways.get(nearest[kind]) || []), word]);
    if (ways.size === 1) return `Nearest by ${nearest[lines[0].kind]}.`;
    return `Nearest by ${Array.from(ways, ([way, words]) => `${way} (${words.join(", ")})`).join(", ")}.`;
  }

  function shape(tag, attributes, text = "") {
    const made = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  }

  function curveOf(lines, oracle, chance) {
    const last = oracle.length;
    const most = Math.max(chance, ...lines.flatMap(({ curve }) => curve)) * 1.05 || 1;
    // Neighbours by their logarithm: what matters is said by the first few.
    const x = (k) => LEFT + (last > 1 ? Math.log(k) / Math.log(last) : 0) * (WIDTH - LEFT - RIGHT);
    const floor = HEIGHT - BOTTOM;
    const y = (far) => TOP + (floor - TOP) * (1 - far / most);
    const points = (curve) => curve.map((far, k) => `${x(k + 1).toFixed(1)},${y(far).toFixed(1)}`).join(" ");
    const parts = [shape("path", { d: `M${LEFT} ${TOP}V${floor}H${WIDTH - RIGHT}`, class: "axis" })];
    for (let level = 0; level <= most; level += Math.ceil(most / 5)) {
      parts.push(shape("text", { x: LEFT - 6, y: y(level) + 4, class: "of-y" }, String(level)));
    }
    for (const k of [1, 2, 5, 10, 20, 50, 100, 200].filter((one) => one <= last)) {
      parts.push(shape("text", { x: x(k), y: floor + 14, "text-anchor": "middle" }, String(k)));
    }
    parts.push(
      shape("text", { x: (LEFT + WIDTH) / 2, y: HEIGHT - 3, "text-anchor": "middle" }, "nearest tasks, k"),
      shape("path", { d: `M${LEFT} ${y(chance)}H${WIDTH - RIGHT}`, class: "grid" }),
      shape("text", { x: WIDTH - RIGHT, y: y(chance) - 4, "text-anchor": "end" }, "chance"),
      shape("polyline", { points: points(oracle), class: "oracle" })
    );
    for (const { curve, color, seen, kind } of lines) {
      const style = { fill: "none", stroke: color, "stroke-width": seen ? 2.75 : 1.75, "stroke-dasharray": DASHES[kind] };
      parts.push(shape("polyline", { points: points(curve), ...style }));
    }
    const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "curve", role: "img" });
    const first = lines.map(({ word, curve }) => `${word} ${task2box.numberWord(curve[0])}`).join(", ");
    svg.setAttribute(
      "aria-label",
      `Mean taxonomic distance of the nearest task: ${first}; taxonomy ${oracle[0]}, chance ${task2box.numberWord(chance)}`
    );
    svg.append(...parts);
    return svg;
  }

  function tableOf(lines, { asked, shares, published }) {
    const table = task2box.node("table", "shares");
    const head = table.createTHead().insertRow();
    head.append(headerOf("col", ""), ...asked.map((k) => headerOf("col", `k = ${k}`)));
    const body = table.createTBody();
    const row = (name, numbers, swatch) => {
      const line = body.insertRow();
      const header = headerOf("row", "");
      header.append(swatch, name);
      line.append(header, ...numbers.map((share) => task2box.node("td", "", share === null ? "–" : task2box.figure(share))));
      return line;
    };
    for (const { kind, word, color, seen } of lines) {
      const line = row(word, shares[kind], swatchOf(color, DASHES[kind]));
      if (seen) line.setAttribute("aria-current", "true");
    }
    row("taxonomy", asked.map(() => 1), swatchOf("", ""));
    if (published.length) row("Task2Vec, published", published, task2box.node("span", "swatch none"));
    return table;
  }

  const headerOf = (scope, text) => Object.assign(task2box.node("th", "", text), { scope });

  function swatchOf(color, dash) {
    const svg = shape("svg", { viewBox: "0 0 18 6", class: "swatch-line", "aria-hidden": "true" });
    const line = shape("path", { d: "M0 3H18", fill: "none", "stroke-width": 2.25, "stroke-dasharray": dash });
    if (color) line.setAttribute("stroke", color);
    else line.setAttribute("class", "oracle");
    svg.append(line);
    return svg;
  }
})(window.task2box);
