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
    let results = [];
    let at = 0;
    let coming = Promise.resolve(); // the answer to it
    let turn = 0; // of what was typed: only the last answer is shown

    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function choose({ name }) {
      close();
      input.value = "";
      input.blur();
      explorer.visit(name);
    }

    function option(result, k) {
      const item = itemOf(result);
      item.id = `search-result-${k}`;
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        choose(result);
      });
      return item;
    }

    /* What was found for what is typed now; the server is asked about many tasks. */
    function open() {
      const mine = ++turn;
      const { atlas } = explorer.state;
      if (!atlas.window) {
        show(foundIn(atlas, input.value), atlas.words.typed(input.value));
        return;
      }
      const text = input.value;
      const answer = text.trim() && explorer.find ? explorer.find(atlas.collection, text) : Promise.resolve([]);
      coming = answer.then(
        (told) => mine === turn && show(told.map((one) => read(one, text)), Boolean(text.trim())),
        ({ message }) => mine === turn && task2box.tell(message)
      );
    }

    function show(found, typed) {
      results = found;
      const items = results.map(option);
      list.replaceChildren(...(items.length ? items : [noResult()]));
      list.hidden = !typed;
      list.scrollTop = 0;
      input.setAttribute("aria-expanded", String(!list.hidden));
      point(0);
    }

    /* One of the results is the one that Enter takes. */
    function point(k) {
      at = k;
      [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === k && results.length > 0)));
      if (!results.length) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", `search-result-${k}`);
      return list.children[k].scrollIntoView({ block: "nearest" });
    }

    input.addEventListener("input", open);
    input.addEventListener("focus", open);
    input.addEventListener("blur", () => {
      turn++; // an answer that is on its way comes too late
      close();
    });
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") {
        close();
        input.blur();
      } else if (event.key === "Enter") {
        const mine = turn;
        coming.then(() => mine === turn && results.length && choose(results[at]));
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        if (results.length) point((at + step + results.length) % results.length);
      }
    });
  };

  function noResult() {
    const item = task2box.node("li", "result none", "No task of that name");
    item.setAttribute("role", "option");
    item.setAttribute("aria-disabled", "true");
    return item;
  }

  /* What is found among the tasks that are here: {name, label, other, place}. */
  function foundIn(atlas, text) {
    const { rows, where } = atlas.words.find(text, FOUND);
    return rows.map((row) => ({ name: atlas.names[row], place: placeOf(atlas, row), ...where(row) }));
  }

  /* The same as the server says it (dashboard/windows.py). */
  function read({ name, label, above }, text) {
    const own = name === label ? "" : name;
    return { name, label: task2box.marksIn(label, text), other: null, place: wayOf(above, own) };
  }

  /* A result: its name, where it lies, and where the words stand if not in the name. */
  function itemOf({ label, other, place }) {
    const item = task2box.node("li", "result");
    item.setAttribute("role", "option");
    item.append(marked("name", label));
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
    const above = atlas.path(row).slice(0, -1).map((at) => atlas.labels[at]);
    return wayOf(above, atlas.names[row] === atlas.labels[row] ? "" : atlas.names[row]);
  }

  function wayOf(above, own) {
    if (!above.length) return task2box.short(own, LETTERS);
    const named = above.slice(-ABOVE).map((label) => task2box.short(label, LETTERS));
    return [...(above.length > ABOVE ? ["…"] : []), ...named].join(" ▸ ");
  }
})(window.task2box);
