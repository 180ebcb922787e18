/* The place to search in: what is typed, what is found, and where each was found. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const FOUND = 12; // results shown while typing
  const ABOVE = 3; // tasks named of the way to a result
  const LETTERS = 60; // of a name on that way
  const element = (id) => document.getElementById(id);

  /* Made here and not by Dash, which would write old text back into it. */
  function searchInput() {
    const input = task2box.node("input", "");
    Object.assign(input, { id: "search", type: "text", autocomplete: "off", maxLength: 200 });
    input.placeholder = "Search tasks   /";
    const roles = { role: "combobox", "aria-label": "Search tasks", "aria-expanded": "false" };
    for (const [key, value] of Object.entries(roles)) input.setAttribute(key, value);
    input.setAttribute("aria-controls", "search-results");
    input.setAttribute("aria-autocomplete", "list");
    element("search-results").before(input);
    return input;
  }

  task2box.listenSearch = function (explorer) {
    const input = searchInput();
    const list = element("search-results");
    let rows = [];
    let at = 0;

    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function choose(row) {
      close();
      input.value = "";
      input.blur();
      explorer.drill(row);
    }

    function option(row, k, where) {
      const item = resultOf(explorer.state.atlas, row, where(row));
      item.id = `search-result-${k}`;
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        choose(row);
      });
      return item;
    }

    /* What was found for what is typed now. */
    function open() {
      const found = explorer.state.atlas.words.find(input.value, FOUND);
      rows = found.rows;
      const items = rows.map((row, k) => option(row, k, found.where));
      list.replaceChildren(...(items.length ? items : [noResult()]));
      list.hidden = !found.typed;
      list.scrollTop = 0;
      input.setAttribute("aria-expanded", String(!list.hidden));
      point(0);
    }

    /* One of the results is the one that Enter takes. */
    function point(k) {
      at = k;
      [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === k && rows.length > 0)));
      if (!rows.length) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", `search-result-${k}`);
      return list.children[k].scrollIntoView({ block: "nearest" });
    }

    input.addEventListener("input", open);
    input.addEventListener("focus", open);
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") {
        close();
        input.blur();
      } else if (event.key === "Enter" && rows.length) {
        choose(rows[at]);
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        if (rows.length) point((at + step + rows.length) % rows.length);
      }
    });
  };

  function noResult() {
    const item = task2box.node("li", "result none", "No task of that name");
    item.setAttribute("role", "option");
    item.setAttribute("aria-disabled", "true");
    return item;
  }

  /* A result: its name, where it lies, and where the words stand if not in the name. */
  function resultOf(atlas, row, { label, other }) {
    const item = task2box.node("li", "result");
    item.setAttribute("role", "option");
    item.append(marked("name", label));
    const place = placeOf(atlas, row);
    if (place) item.append(task2box.node("span", "place", place));
    if (!other) return item;
    const where = marked("where", other.pieces);
    where.prepend(task2box.node("span", "field", `${other.word}: `));
    item.append(where);
    return item;
  }

  /* Texts with what was found in them marked; names are data, never markup. */
  function marked(name, pieces) {
    const line = task2box.node("span", name);
    const parts = pieces.filter(([text]) => text);
    line.append(...parts.map(([text, found]) => (found ? task2box.node("mark", "", task2box.short(text)) : task2box.short(text, 200))));
    return line;
  }

  /* The way to a task from above; in a collection without one, its id. */
  function placeOf(atlas, row) {
    const above = atlas.path(row).slice(0, -1);
    const own = atlas.names[row] === atlas.labels[row] ? "" : atlas.names[row];
    if (!above.length) return task2box.short(own, LETTERS);
    const named = above.slice(-ABOVE).map((at) => task2box.short(atlas.labels[at], LETTERS));
    return [...(above.length > ABOVE ? ["…"] : []), ...named].join(" ▸ ");
  }
})(window.task2box);
