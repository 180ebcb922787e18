/* Words around the pictures: the stack under the cursor, where one is, what is chosen. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const element = (id) => document.getElementById(id);
  const lines = new Map(); // of the tooltip, by task: most stay as the cursor moves
  let told = ""; // the stack that the tooltip shows

  task2box.forgetTooltip = function () {
    told = "";
    lines.clear();
  };

  function countOf({ member }, count) {
    const word = count === 1 ? member : `${member}${/s$/.test(member) ? "es" : "s"}`;
    return `${count.toLocaleString("en")} ${word}`;
  }

  /* The tooltip names every task of `stack`, innermost first; row -1 hides it. */
  task2box.showTooltip = function (state, row, stack, event) {
    const tip = element("tooltip");
    tip.hidden = row < 0;
    if (row < 0) return;
    const key = stack.join(",");
    if (key !== told) {
      told = key;
      const definition = state.atlas.definitions[stack[0]];
      tip.replaceChildren(
        ...stack.map((at) => stackLine(state, at, stack[0])),
        task2box.node("p", "definition", definition)
      );
    }
    if (event) place(tip, event);
  };

  /* A box of the stack that is no ancestor of the innermost only overlaps it here. */
  function stackLine(state, at, innermost) {
    if (!lines.has(at)) lines.set(at, newLine(state, at));
    const line = lines.get(at);
    line.classList.toggle("across", !state.atlas.inside(at)[innermost]);
    return line;
  }

  function newLine({ atlas, colors }, at) {
    const line = task2box.node("div", "line");
    const swatch = task2box.node("span", "swatch");
    swatch.style.background = colors[at];
    const name = task2box.node("span", "name", atlas.labels[at]);
    line.append(swatch, name, task2box.node("span", "count", countOf(atlas, atlas.members[at])));
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
    if (task < 0) {
      const where = focus < 0 ? atlas.title : atlas.labels[focus];
      return `${where}: no task selected.`;
    }
    const [parent] = atlas.parents[task];
    const above = parent === undefined ? "" : `, inside ${atlas.labels[parent]}`;
    const inside = atlas.children[task].length;
    const below = inside ? `, ${inside} tasks directly inside` : "";
    return `${atlas.labels[task]}, ${countOf(atlas, atlas.members[task])}${above}${below}.`;
  }
})(window.task2box);
