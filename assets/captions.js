/* Words around the pictures: the stack under the cursor, where one is, what is chosen. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const element = (id) => document.getElementById(id);
  const LINES = 16; // of the tooltip
  const KEPT = 600; // lines
  const lines = new Map(); // of the tooltip, by task: most stay as the cursor moves
  let stacked = ""; // the stack that the tooltip shows

  task2box.forgetTooltip = function () {
    stacked = "";
    lines.clear();
  };

  function countOf({ member }, count) {
    return `${count.toLocaleString("en")} ${member[count === 1 ? 0 : 1]}`;
  }

  /* How large a task is: its members where they are known, its size where not. */
  function extentOf(atlas, at) {
    if (atlas.colors.includes("members")) return countOf(atlas, atlas.members[at]);
    const size = atlas.sizes ? atlas.sizes[at] : null;
    return size === null ? "" : `size ${size.toLocaleString("en")}`;
  }

  /* An F1 with two decimals, never rounded up. */
  task2box.figure = (f1) => (Math.floor(100 * f1 + 1e-6) / 100).toFixed(2);

  /* The tooltip names every task of `stack`, innermost first; row -1 hides it. Where there
     are words to say of them, they need not lie in one another. */
  task2box.showTooltip = function (state, row, stack, event, words = "") {
    const tip = element("tooltip");
    tip.hidden = row < 0;
    if (row < 0) return;
    const key = `${stack.join(",")} ${words}`;
    if (key !== stacked) {
      stacked = key;
      const definition = state.atlas.definitions[stack[0]] || "";
      const above = state.atlas.above(stack[0]);
      tip.replaceChildren(
        ...stack.slice(0, LINES).map((at) => stackLine(state, at, words ? null : above)),
        task2box.node("p", "definition figures", words),
        task2box.node("p", "definition", more(stack.length - LINES)),
        task2box.node("p", "definition", words ? "" : task2box.unseenWord(state.atlas, stack[0])),
        task2box.node("p", "definition", words ? "" : also(state.atlas, stack)),
        task2box.node("p", "definition", words ? "" : task2box.short(definition, 400))
      );
    }
    if (event) place(tip, event);
  };

  const more = (count) => (count > 0 ? `and ${count} more` : "");

  /* Parents that the stack does not show. */
  function also({ parents, labels }, [row, ...above]) {
    const others = parents[row].filter((parent) => !above.includes(parent));
    return others.length ? `Also under ${others.map((at) => task2box.short(labels[at])).join(", ")}` : "";
  }

  /* A box of the stack that is no ancestor of the innermost only overlaps it here. */
  function stackLine(state, at, above) {
    if (lines.size > KEPT) lines.clear();
    if (!lines.has(at)) lines.set(at, newLine(state, at));
    const line = lines.get(at);
    line.classList.toggle("across", above !== null && !above.has(at));
    return line;
  }

  /* What a line ends with: what colours mean, or how large the task is. */
  function told(atlas, view, at) {
    if (task2box.isColumn(atlas, view.color)) return task2box.short(task2box.saidOf(atlas, view.color, at), 40);
    if (view.color === "edges") return task2box.edgeWord(atlas, view.dim, at);
    if (view.color !== "f1") return extentOf(atlas, at);
    const f1 = atlas.scored(view.dim).column[at];
    return f1 === null ? "" : `F1 ${task2box.figure(f1)}`;
  }

  function newLine({ atlas, colors, view }, at) {
    const line = task2box.node("div", "line");
    const swatch = task2box.node("span", "swatch");
    swatch.style.background = colors[at];
    const name = task2box.node("span", "name", task2box.short(atlas.labels[at], 200));
    const rank = task2box.node("span", "rank", atlas.ranks ? atlas.ranks[at] : "");
    line.append(swatch, name, rank, task2box.node("span", "count", told(atlas, view, at)));
    return line;
  }

  task2box.placeTooltip = place;

  function place(tip, { clientX, clientY }) {
    const [width, height] = [tip.offsetWidth, tip.offsetHeight];
    const right = clientX + 16;
    const left = right + width > window.innerWidth ? clientX - width - 12 : right;
    const top = Math.min(clientY + 14, window.innerHeight - height - 8);
    tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  }

  /* The way from the whole collection to the focus; every step leads back there. */
  task2box.drawBreadcrumb = function ({ atlas, view }, change) {
    const rows = view.focus ? atlas.path(atlas.row(view.focus)) : [];
    const crumb = (label, focus) => {
      const button = task2box.node("button", "crumb", label);
      button.title = task2box.short(label, 300);
      button.type = "button";
      if (focus === view.focus) button.setAttribute("aria-current", "location");
      button.addEventListener("click", () => change({ focus, task: focus, viewport: "" }));
      return button;
    };
    const items = [crumb(atlas.title, "")];
    for (const at of rows) {
      const chevron = task2box.node("span", "chevron", "▸");
      chevron.setAttribute("aria-hidden", "true");
      items.push(chevron, crumb(atlas.labels[at], atlas.names[at]));
    }
    const bar = element("breadcrumb");
    bar.replaceChildren(...items);
    // With the frame: now, it would have the page laid out once more.
    requestAnimationFrame(() => (bar.scrollLeft = bar.scrollWidth));
  };

  /* The sentence that a screen reader hears, of the chosen task or another. */
  task2box.say = function ({ atlas, view }, task = atlas.row(view.task)) {
    element("live").textContent = sentence(atlas, view, task);
  };

  /* The same, of the tasks that are selected. */
  task2box.saySelection = function ({ selection }) {
    element("live").textContent = `${task2box.selectionWord(selection)}.`;
  };

  function sentence(atlas, view, task) {
    const focus = atlas.row(view.focus);
    const label = (row) => task2box.short(atlas.labels[row], 200);
    if (task < 0) {
      const where = focus < 0 ? task2box.short(atlas.title, 200) : label(focus);
      return `${where}: no task selected.`;
    }
    const [parent] = atlas.parents[task];
    const lies = (other) => percent(task2box.shareIn(atlas.boxes[view.dim], view.dim, task, other));
    const above = parent === undefined ? "" : `inside ${label(parent)} by ${lies(parent)}`;
    const inside = atlas.children[task].length;
    const all = atlas.window?.inside[task]; // a window has some of them
    const below = all ? `${all.toLocaleString("en")} inside` : inside ? `${inside} ${inside === 1 ? "task" : "tasks"} directly inside` : "";
    const across = overlapping(atlas, view.dim, task);
    const others = across.length === 1 ? "" : ` and ${(across.length - 1).toLocaleString("en")} more`;
    const beside = across.length ? `overlaps ${label(across[0])} by ${lies(across[0])}${others}` : "";
    return `${[label(task), extentOf(atlas, task), above, below, beside].filter(Boolean).join(", ")}.`;
  }

  const percent = (task2box.percent = (share) => `${Math.floor(100 * share + 1e-3)} %`); // never rounded up

  /* The share of box `row` that lies inside box `other`. */
  task2box.shareIn = function ({ lower, upper }, dim, row, other) {
    let share = 1;
    for (let [a, b] = [dim * row, dim * other]; a < dim * row + dim; a++, b++) {
      const both = Math.min(upper[a], upper[b]) - Math.max(lower[a], lower[b]);
      share *= Math.min(1, Math.max(0, both / (upper[a] - lower[a])));
    }
    return share;
  };

  const PART = 0.02; // of a box: less is not worth a word (dashboard/table.py)

  /* Tasks whose boxes lie across that of `task`, being neither above nor below it; the
     most of it first. */
  function overlapping(atlas, dim, task) {
    const below = atlas.inside(task);
    const above = atlas.above(task);
    const shares = new Map();
    for (let row = 0; row < atlas.count; row++) {
      if (below[row] || above.has(row)) continue;
      const share = task2box.shareIn(atlas.boxes[dim], dim, task, row);
      if (share >= PART) shares.set(row, share);
    }
    return [...shares.keys()].sort((a, b) => shares.get(b) - shares.get(a));
  }

  /* What a person must know to read the picture rightly, always in sight: one line,
     and where it is cut the rest is a press away. */
  task2box.drawNotes = function ({ atlas }) {
    const place = element("notes");
    place.hidden = !atlas.notes.length;
    const notes = task2box.node("span", "all");
    notes.append(...atlas.notes.map((note) => task2box.node("span", "note", note)));
    place.replaceChildren(notes);
    const over = (side) => notes[`scroll${side}`] > notes[`client${side}`];
    const cut = over("Width") || over("Height");
    if (!cut || !task2box.openAbout) return;
    const button = task2box.node("button", "link", "all notes");
    button.type = "button";
    button.dataset.action = "about";
    place.append(button);
  };
})(window.task2box);
