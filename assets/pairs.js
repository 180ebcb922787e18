/* Tasks beside one another: two of them with both directions of containment, or a few as
   a matrix whose cells are such pairs. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const [WIDTH, HEIGHT, EDGE] = [260, 130, 4]; // px of a drawing
  const LEAST = 3; // px, of a box that would not be seen
  const DEPTH = [0.35, 0.28]; // how far the third axis leads right and up
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const KEPT = 100;
  const known = new Map(); // true shares by key
  // {key, rows, seen, truth, picked: a cell of the matrix, true: whether that shows the truth}
  let shown = null;

  const label = (atlas, row) => task2box.short(atlas.labels[row], 60);

  /* rows: two or more tasks, or fewer for nothing. */
  task2box.drawCompared = function (explorer, place, rows) {
    const { atlas, view } = explorer.state;
    const key = JSON.stringify([atlas.edition, rows]);
    if (key !== shown?.key) shown = { key, rows, truth: known.get(key) || null, picked: null, true: false };
    const seen = `${view.dim}:${view.axes}`;
    if (shown.seen === seen) return; // drawn as it is
    shown.seen = seen;
    place.hidden = rows.length < 2;
    if (!place.hidden) draw(explorer, place);
  };

  /* The true shares of some rows have come; meanwhile there may be others. */
  task2box.learnTruth = function (explorer, place, told, key) {
    if (known.size === KEPT) known.clear();
    known.set(key, told);
    if (key !== shown.key) return;
    shown.truth = told;
    draw(explorer, place);
  };

  function draw(explorer, place) {
    const { rows } = shown;
    if (rows.length === 2) {
      place.replaceChildren(task2box.node("h3", "", "Both directions"), ...pairOf(explorer, [0, 1]));
      return;
    }
    const cell = document.activeElement?.dataset?.cell;
    const parts = matrixOf(explorer, place);
    const { picked } = shown;
    place.replaceChildren(...parts, ...(picked ? pairOf(explorer, picked) : []));
    if (cell) place.querySelector(`[data-cell="${cell}"]`)?.focus();
  }

  const learned = ({ state: { atlas, view } }, i, j) =>
    task2box.shareIn(atlas.boxes[view.dim], view.dim, shown.rows[i], shown.rows[j]);

  const truth = (i, j) => (shown.truth ? shown.truth[i][j] : null);

  /* Of the share of task i in task j, by the boxes and in truth. */
  function sentence(explorer, i, j) {
    const { atlas } = explorer.state;
    const [inner, outer] = [i, j].map((k) => label(atlas, shown.rows[k]));
    const measured = task2box.isMeasured(atlas);
    const transfers = measured ? `: so far ${outer} transfers to ${inner}` : "";
    const by = `${task2box.percent(learned(explorer, i, j))} of ${inner} lies in ${outer} by the boxes${transfers}`;
    const share = truth(i, j);
    if (share === null) return `${by}${measured && shown.truth ? "; it was not measured" : ""}.`;
    return `${by}; ${measured ? "measured" : "in truth"} ${task2box.percent(share)}.`;
  }

  // ---------------------------------------------------------------- two tasks

  function pairOf(explorer, [i, j]) {
    const { atlas } = explorer.state;
    const names = task2box.node("p", "pair-names");
    [i, j].forEach((k, place) => {
      const row = shown.rows[k];
      const name = task2box.node("button", `link ${"ab"[place]}`, label(atlas, row));
      name.type = "button";
      name.dataset.task = atlas.names[row];
      names.append(name);
    });
    const lines = [[i, j], [j, i]].flatMap(([from, to]) => {
      const arrow = task2box.node("div", "direction");
      const [inner, outer] = [from, to].map((k) => label(atlas, shown.rows[k]));
      arrow.append(
        task2box.node("span", "name", `${inner} → ${outer}`),
        task2box.barOf(learned(explorer, from, to), truth(from, to))
      );
      arrow.setAttribute("aria-hidden", "true"); // the sentence says it
      return [arrow, task2box.node("p", "said", sentence(explorer, from, to))];
    });
    return [drawingOf(explorer, i, j), names, ...lines];
  }

  function made(tag, attributes) {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  }

  /* The two boxes as they lie to each other, as large as there is room. */
  function drawingOf(explorer, i, j) {
    const { atlas, view } = explorer.state;
    const solid = task2box.isSolid(view);
    const [boxes, dim] = solid ? [atlas.boxes[view.dim], 3] : [atlas.flat, 2];
    const outlines = [i, j].map((k) => outlineOf(boxes, dim, shown.rows[k]));
    const all = outlines.flat();
    const [xs, ys] = [0, 1].map((axis) => all.map((point) => point[axis]));
    const [left, bottom] = [Math.min(...xs), Math.min(...ys)];
    const [w, h] = [Math.max(...xs) - left, Math.max(...ys) - bottom];
    const scale = Math.min((WIDTH - 2 * EDGE) / w, (HEIGHT - 2 * EDGE) / h);
    const [right, down] = [(WIDTH - scale * w) / 2, (HEIGHT - scale * h) / 2];
    const at = ([x, y]) => [right + scale * (x - left), HEIGHT - down - scale * (y - bottom)];
    const alt = `The boxes of ${[i, j].map((k) => label(atlas, shown.rows[k])).join(" and ")}`;
    const svg = made("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": alt });
    svg.classList.add("pair");
    outlines.forEach((points, k) => {
      const path = made("path", { d: pathOf(points.map(at), dim), class: "ab"[k] });
      svg.append(path);
    });
    return svg;
  }

  /* Corners of a box in a plane; a cuboid is seen from the upper right. */
  function outlineOf({ lower, upper }, dim, row) {
    return Array.from({ length: 2 ** dim }, (_, bits) => {
      const side = (axis) => (bits & (1 << axis) ? upper : lower)[dim * row + axis];
      const depth = dim === 3 ? side(2) : 0;
      return [side(0) + DEPTH[0] * depth, side(1) + DEPTH[1] * depth];
    });
  }

  /* Its edges: between corners that differ in one bit; a speck is seen as well. */
  function pathOf(points, dim) {
    const [[x0, y0]] = points;
    const [x1, y1] = points.at(-1);
    const small = Math.abs(x1 - x0) < LEAST && Math.abs(y1 - y0) < LEAST;
    if (small) return `M${x0 - LEAST / 2} ${y0 - LEAST / 2}h${LEAST}v${LEAST}h${-LEAST}z`;
    if (dim === 2) return `M${x0} ${y0}H${x1}V${y1}H${x0}z`;
    const edges = points.flatMap((from, bits) =>
      [1, 2, 4].filter((bit) => !(bits & bit)).map((bit) => `M${from.join(" ")}L${points[bits | bit].join(" ")}`)
    );
    return edges.join("");
  }

  // ---------------------------------------------------------------- a few

  function matrixOf(explorer, place) {
    const { atlas } = explorer.state;
    const head = task2box.node("h3", "", "Share of the row inside the column");
    const told = shown.truth?.some((shares, i) => shares.some((share, j) => i !== j && share !== null));
    const choices = [["boxes", "boxes"], ["truth", task2box.truthWord(atlas)]];
    const flip = (value) => {
      shown.true = value === "truth";
      draw(explorer, place);
      place.querySelector("[aria-pressed=true]").focus();
    };
    const which = shown.true ? "truth" : "boxes";
    const choice = told ? [task2box.segments("Shares", choices, which, flip)] : [];
    const hint = task2box.node("p", "said muted", "Move over a cell to read it, press it for both directions.");
    const scroller = task2box.node("div", "matrix");
    scroller.append(tableOf(explorer, place, hint));
    return [head, ...choice, scroller, rampOf(), hint];
  }

  function rampOf() {
    const ramp = task2box.node("p", "matrix-key muted");
    ramp.append(task2box.node("span", "", "0 %"), task2box.node("span", "scale"), task2box.node("span", "", "100 %"));
    return ramp;
  }

  function tableOf(explorer, place, hint) {
    const { atlas } = explorer.state;
    const { rows } = shown;
    const table = document.createElement("table");
    const top = table.createTHead().insertRow();
    top.append(task2box.node("td", ""));
    rows.forEach((row, k) => top.append(headerOf("col", String(k + 1), label(atlas, row))));
    const body = table.createTBody();
    rows.forEach((row, i) => {
      const line = body.insertRow();
      line.append(headerOf("row", `${i + 1} ${label(atlas, row)}`, label(atlas, row)));
      rows.forEach((_, j) => {
        const cell = line.insertCell();
        if (i !== j) cell.append(cellOf(explorer, place, i, j));
      });
    });
    const read = ({ target }) => {
      const cell = target.dataset.cell;
      if (cell) hint.textContent = sentence(explorer, ...cell.split(",").map(Number));
    };
    table.addEventListener("pointerover", read);
    table.addEventListener("focusin", read);
    table.addEventListener("keydown", (event) => step(table, event));
    return table;
  }

  function headerOf(scope, text, name) {
    const header = task2box.node("th", "", text);
    header.scope = scope;
    header.title = name;
    if (scope === "col") header.append(task2box.node("span", "unseen", ` ${name}`));
    return header;
  }

  function cellOf(explorer, place, i, j) {
    const { picked } = shown;
    const share = shown.true ? truth(i, j) : learned(explorer, i, j);
    const button = task2box.node("button", "cell", share === null ? "?" : String(Math.floor(100 * share + 1e-3)));
    button.type = "button";
    button.dataset.cell = `${i},${j}`;
    button.style.setProperty("--share", `${100 * (share || 0)}%`);
    button.setAttribute("aria-label", sentence(explorer, i, j));
    const chosen = picked !== null && picked[0] === i && picked[1] === j;
    button.setAttribute("aria-pressed", String(chosen));
    // One stop of the Tab key; arrows go from cell to cell.
    button.tabIndex = chosen || (!picked && i === 0 && j === 1) ? 0 : -1;
    button.addEventListener("click", () => {
      shown.picked = chosen ? null : [i, j];
      draw(explorer, place);
    });
    return button;
  }

  function step(table, event) {
    const way = STEPS[event.key];
    const cell = event.target.dataset.cell;
    if (!way || !cell) return;
    event.preventDefault();
    const to = cell.split(",").map((at, axis) => Number(at) + way[axis]);
    if (to[0] === to[1]) way.forEach((by, axis) => (to[axis] += by)); // none of a task in itself
    const next = table.querySelector(`[data-cell="${to.join(",")}"]`);
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
})(window.task2box);
