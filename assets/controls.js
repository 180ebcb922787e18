/* Choices and the small buttons: ways to ask the explorer for a view. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const element = (id) => document.getElementById(id);

  // ---------------------------------------------------------------- choices

  // What can be seen beside the boxes: point maps, and what modules add (pictures.js).
  const POINTS = { tsne: "t-SNE", umap: "UMAP", pca: "PCA" };

  task2box.listenControls = function (explorer, open) {
    element("collection").addEventListener("change", (event) => open(event.target.value));
    const { change } = explorer;
    const shown = (beside) => (POINTS[beside] ? task2box.withPoints(explorer.state.view) : {});
    element("color").addEventListener("change", ({ target }) => change({ color: target.value }));
    element("beside").addEventListener("change", ({ target: { value: beside } }) =>
      change({ beside, ...shown(beside), ...task2box.featuresOf(explorer.state.atlas, beside) })
    );
    element("features").addEventListener("change", ({ target: { value: features } }) =>
      change({ features, measure: "cosine", ...task2box.fitBy(explorer.state, features) })
    );
    element("dim").addEventListener("click", (event) => {
      const dim = Number(event.target.dataset.dim);
      if (dim) explorer.change({ dim, axes: "" });
    });
    element("axes").addEventListener("change", ({ target }) => change({ axes: target.value }));
  };

  /* The controls offer what the collection has, and say what the view says. */
  task2box.setControls = function ({ atlas, view }) {
    const word = (kind) => POINTS[kind] || task2box.besideWord(kind);
    offer(element("beside"), atlas.besides.map((kind) => [kind, word(kind)]));
    offer(element("color"), atlas.colors.map((by) => [by, task2box.colorWord(atlas, by)]));
    const planes = task2box.axesOffered(view.dim);
    offer(element("axes"), planes);
    element("axes").value = view.axes || planes[0]?.[0];
    const kinds = Object.entries(atlas.described).map(([kind, { word: name }]) => [kind, name]);
    offer(element("features"), kinds.length > 1 ? kinds : []);
    for (const key of ["collection", "beside", "color", "features"]) element(key).value = view[key];
    const held = element("dim").contains(document.activeElement);
    element("dim").replaceChildren(...dimsOf(atlas).map((dim) => dimButton(atlas, view, dim)));
    if (held) element("dim").querySelector("[aria-pressed=true]").focus();
  };

  const dimsOf = ({ dims }) => [...new Set([2, 3, ...dims])].sort((a, b) => a - b);

  function dimButton(atlas, view, dim) {
    const button = task2box.node("button", "", `${dim}D`);
    button.type = "button";
    button.dataset.dim = dim;
    button.disabled = !atlas.dims.includes(dim);
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
      "export-picture": () => task2box.openPicture(),
      "export-png": () => task2box.exportPng(explorer),
      "export-svg": () => task2box.exportSvg(explorer),
      "export-html": () => task2box.exportHtml(explorer),
      "export-csv": () => task2box.exportData(explorer, "csv"),
      "export-json": () => task2box.exportData(explorer, "json"),
      "export-parquet": () => task2box.exportData(explorer, "parquet"),
      "clear-selection": () => explorer.change({ selection: "" }),
      share: () => share(explorer.state),
      help: () => task2box.openHelp(),
      "close-help": () => element("help-dialog").close(),
      own: () => task2box.openOwn(),
      "close-own": () => element("own-dialog").close(),
      about: () => task2box.openAbout(),
      "close-about": () => element("about-dialog").close(),
      evaluation: () => task2box.openEvaluation(explorer),
      lost: () => task2box.openLost(explorer),
      "close-lost": () => element("lost-dialog").close(),
      "close-evaluation": () => element("evaluation-dialog").close(),
    };
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-action]");
      if (button && actions[button.dataset.action]) {
        actions[button.dataset.action]();
        button.closest("details")?.removeAttribute("open");
      }
      const link = event.target.closest("[data-task]");
      if (link) explorer.visit(link.dataset.task);
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

  async function share({ view, selection }) {
    const address = window.location.href;
    const without = task2box.isLinked(view.selection)
      ? ""
      : ` It leaves out the selection: the names of ${task2box.selectionWord(selection)} are too long.`;
    try {
      await navigator.clipboard.writeText(address);
      task2box.tell(`Link copied.${without}`);
    } catch {
      task2box.tell(`Copy this link: ${address}${without}`); // no permission, or no HTTPS
    }
  }
})(window.task2box);
