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

  /* The tooltip names every task of `stack`, innermost first; row -1 hides it. */
  task2box.showTooltip = function (state, row, stack, event) {
    const tip = element("tooltip");
    tip.hidden = row < 0;
    if (row < 0) return;
    const key = stack.join(",");
    if (key !== stacked) {
      stacked = key;
      const definition = state.atlas.definitions[stack[0]] || "";
      const above = state.atlas.above(stack[0]);
      tip.replaceChildren(
        ...stack.slice(0, LINES).map((at) => stackLine(state, at, above)),
        task2box.node("p", "definition", more(stack.length - LINES)),
        task2box.node("p", "definition", task2box.short(definition, 400))
      );
    }
    if (event) place(tip, event);
  };

  const more = (count) => (count > 0 ? `and ${count} more` : "");

  /* A box of the stack that is no ancestor of the innermost only overlaps it here. */
  function stackLine(state, at, above) {
    if (lines.size > KEPT) lines.clear();
    if (!lines.has(at)) lines.set(at, newLine(state, at));
    const line = lines.get(at);
    line.classList.toggle("across", !above.has(at));
    return line;
  }

  /* What a line ends with: what colours mean, or how large the task is. */
  function told(atlas, view, at) {
    if (task2box.isColumn(atlas, view.color)) return task2box.short(task2box.saidOf(atlas, view.color, at), 40);
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
    bar.scrollLeft = bar.scrollWidth;
  };

  /* The sentence that a screen reader hears. */
  task2box.say = function ({ atlas, view }) {
    element("live").textContent = sentence(atlas, atlas.row(view.task), atlas.row(view.focus));
  };

  function sentence(atlas, task, focus) {
    const label = (row) => task2box.short(atlas.labels[row], 200);
    if (task < 0) {
      const where = focus < 0 ? task2box.short(atlas.title, 200) : label(focus);
      return `${where}: no task selected.`;
    }
    const [parent] = atlas.parents[task];
    const above = parent === undefined ? "" : `inside ${label(parent)}`;
    const inside = atlas.children[task].length;
    const below = inside ? `${inside} tasks directly inside` : "";
    return `${[label(task), extentOf(atlas, task), above, below].filter(Boolean).join(", ")}.`;
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
