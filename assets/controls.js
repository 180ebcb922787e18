/* Search, keyboard and the small buttons: every way to ask the explorer for a view. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const FOUND = 12; // results shown while typing
  const element = (id) => document.getElementById(id);

  // ---------------------------------------------------------------- search

  /* Made here and not by Dash, which would write old text back into it. */
  function searchInput() {
    const input = task2box.node("input", "");
    Object.assign(input, { id: "search", type: "text", autocomplete: "off" });
    input.placeholder = "Search tasks   /";
    const roles = { role: "combobox", "aria-label": "Search tasks", "aria-expanded": "false" };
    for (const [key, value] of Object.entries(roles)) input.setAttribute(key, value);
    input.setAttribute("aria-controls", "search-results");
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

    function option(row, k) {
      const { atlas } = explorer.state;
      const item = task2box.node("li", "result");
      item.id = `search-result-${k}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(k === at));
      const parent = atlas.parents[row][0];
      const where = parent === undefined ? atlas.names[row] : `in ${atlas.labels[parent]}`;
      const name = task2box.node("span", "name", task2box.short(atlas.labels[row], 200));
      item.append(name, task2box.node("span", "count", task2box.short(where, 40)));
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        choose(row);
      });
      return item;
    }

    function open() {
      const { atlas } = explorer.state;
      rows = atlas.search(input.value, FOUND);
      at = Math.min(at, Math.max(0, rows.length - 1));
      const none = task2box.node("li", "result none", "No task of that name");
      const items = rows.length ? rows.map(option) : [none];
      list.replaceChildren(...items);
      list.hidden = !input.value.trim();
      input.setAttribute("aria-expanded", String(!list.hidden));
      if (rows.length) input.setAttribute("aria-activedescendant", `search-result-${at}`);
    }

    input.addEventListener("input", () => {
      at = 0;
      open();
    });
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
        at = (at + step + rows.length) % Math.max(1, rows.length);
        open();
      }
    });
  };

  // ---------------------------------------------------------------- keyboard

  task2box.listenKeys = function (explorer) {
    const beside = (step) => {
      const { atlas, view } = explorer.state;
      const row = atlas.row(view.task || view.focus);
      if (row < 0) return within();
      const rows = atlas.siblings(row);
      const next = rows[(rows.indexOf(row) + step + rows.length) % rows.length];
      return explorer.change({ task: atlas.names[next] });
    };
    const within = () => {
      const { atlas, view } = explorer.state;
      const row = atlas.row(view.task || view.focus);
      const rows = row < 0 ? atlas.roots : atlas.children[row];
      if (rows.length) explorer.change({ task: atlas.names[rows[0]] });
    };
    const above = () => {
      const { atlas, view } = explorer.state;
      const row = atlas.row(view.task);
      const parent = row < 0 ? undefined : atlas.parents[row][0];
      if (parent !== undefined) explorer.change({ task: atlas.names[parent] });
    };
    const enter = () => {
      const { atlas, view } = explorer.state;
      if (view.task) explorer.drill(atlas.row(view.task));
    };
    const actions = {
      ArrowLeft: () => beside(-1),
      ArrowRight: () => beside(1),
      ArrowDown: within,
      ArrowUp: above,
      Enter: enter,
      Backspace: explorer.up,
      Escape: () => explorer.change({ task: "" }),
      "/": () => element("search").focus(),
    };
    document.addEventListener("keydown", (event) => {
      const { target } = event;
      const pictures = target === document.body || target.closest(".panel");
      const typing = target.closest("input, textarea, select, [contenteditable]");
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!pictures && event.key !== "/") return;
      if (target.closest("button") && event.key === "Enter") return;
      const action = actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    });
  };

  // ---------------------------------------------------------------- choices

  const POINTS = { tsne: "t-SNE", umap: "UMAP", pca: "PCA" };

  task2box.listenControls = function (explorer, open) {
    element("collection").addEventListener("change", (event) => open(event.target.value));
    for (const key of ["points", "color"]) {
      const choose = (event) => explorer.change({ [key]: event.target.value });
      element(key).addEventListener("change", choose);
    }
    element("dim").addEventListener("click", (event) => {
      const dim = Number(event.target.dataset.dim);
      if (dim) explorer.change({ dim });
    });
  };

  /* The controls offer what the collection has, and say what the view says. */
  task2box.setControls = function ({ atlas, view }) {
    // What is switched off (layers.js) has no kind to choose.
    const methods = task2box.pointsShown(view) ? Object.keys(atlas.points) : [];
    offer(element("points"), methods.map((method) => [method, POINTS[method]]));
    offer(element("color"), atlas.colors.map((by) => [by, task2box.colorWord(atlas, by)]));
    for (const key of ["collection", "points", "color"]) element(key).value = view[key];
    const held = element("dim").contains(document.activeElement);
    element("dim").replaceChildren(...[2, 3].map((dim) => dimButton(atlas, view, dim)));
    if (held) element("dim").querySelector("[aria-pressed=true]").focus();
  };

  function dimButton(atlas, view, dim) {
    const button = task2box.node("button", "", `${dim}D`);
    button.type = "button";
    button.dataset.dim = dim;
    button.disabled = !atlas.boxes[dim];
    if (button.disabled) button.title = `This collection has no boxes in ${dim}D`;
    button.setAttribute("aria-pressed", String(dim === view.dim));
    return button;
  }

  /* Nothing is replaced that is as it was: a list may be open. */
  function offer(select, choices) {
    select.parentElement.hidden = !choices.length;
    const offered = JSON.stringify(choices);
    if (select.dataset.offered === offered) return;
    select.dataset.offered = offered;
    select.replaceChildren(...choices.map(([value, word]) => new Option(word, value)));
  }

  // ---------------------------------------------------------------- buttons

  task2box.listenButtons = function (explorer) {
    const { boxes } = explorer.pictures;
    const actions = {
      "zoom-in": () => boxes.step(0.6),
      "zoom-out": () => boxes.step(1 / 0.6),
      "zoom-fit": () => explorer.change({ viewport: "" }),
      up: explorer.up,
      theme() {
        explorer.change({ theme: explorer.tone() === "dark" ? "light" : "dark" });
      },
      "export-png": () => task2box.exportPng(explorer),
      "export-svg": () => task2box.exportSvg(explorer),
      "export-html": () => task2box.exportHtml(explorer),
      share: () => share(),
      about: () => task2box.openAbout(),
      "close-about": () => element("about-dialog").close(),
      evaluation: () => task2box.openEvaluation(explorer),
      "close-evaluation": () => element("evaluation-dialog").close(),
    };
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-action]");
      if (button && actions[button.dataset.action]) {
        actions[button.dataset.action]();
        button.closest("details")?.removeAttribute("open");
      }
      const link = event.target.closest("[data-task]");
      if (link) {
        const row = explorer.state.atlas.row(link.dataset.task);
        if (row >= 0) explorer.drill(row);
      }
    });
  };

  /* A press beside a dialog closes it, as Esc does. */
  task2box.listenDialogs = function () {
    for (const dialog of document.querySelectorAll("dialog")) {
      dialog.addEventListener("click", (event) => {
        if (event.target === dialog) dialog.close();
      });
    }
  };

  async function share() {
    const address = window.location.href;
    try {
      await navigator.clipboard.writeText(address);
      task2box.tell("Link copied.");
    } catch {
      task2box.tell(`Copy this link: ${address}`); // no permission, or no HTTPS
    }
  }
})(window.task2box);
