/* All figures of a collection, in a dialog: a tab per protocol, tables of bars beside
   those of the paper, and one of explanations (explanation.js). What they say comes from
   the server (dashboard/evaluation.py). */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const COPIED = 2000; // ms that a button says so
  const BEST = "◆";
  const element = (id) => document.getElementById(id);
  const chosen = { protocol: "", features: "" }; // as it was left
  let turn = 0; // of reports that were asked for: only the latest is shown

  /* A part of the page with attributes and other parts in it. */
  function part(tag, name, inside = [], attributes = {}) {
    const made = task2box.node(tag, name);
    made.append(...inside);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  task2box.openEvaluation = async function ({ state, report }) {
    const mine = ++turn;
    const { collection } = state.view;
    element("about-dialog")?.close();
    const place = element("evaluation");
    const waiting = part("p", "muted", ["Reading the figures …"], { role: "status" });
    place.replaceChildren(heading(task2box.short(state.atlas.title, 200)), waiting);
    element("evaluation-dialog").showModal();
    const told = await report(collection).catch((error) => error);
    if (mine !== turn) return;
    waiting.remove();
    if (told instanceof Error) place.append(part("p", "notice", [told.message]));
    else draw(place, told);
  };

  function heading(title) {
    return part("h2", "", [`Evaluation: ${title}`], { id: "evaluation-title" });
  }

  function draw(place, told) {
    const faults = told.faults.map((fault) => part("p", "notice", [fault]));
    const measures = told.measures.map((words) => part("p", "measure", [words]));
    const panel = part("div", "", [], { id: "evaluation-panel", role: "tabpanel", tabindex: "0" });
    const explained = told.explanation ? [asTab(told.explanation)] : [];
    const every = [...told.protocols, ...explained];
    const some = every.length > 0;
    const none = [part("p", "", ["Nothing has been evaluated yet. Make figures with:"]), command(told.command)];
    place.append(...measures, ...faults, ...(some ? [tabs(every, panel), panel] : none));
  }

  // ---------------------------------------------------------------- tabs

  /* A tab is chosen by a press, or by arrow keys as it is focused. */
  function tabs(protocols, panel) {
    const buttons = protocols.map(tab);
    function choose(at, focus) {
      chosen.protocol = protocols[at].name;
      buttons.forEach((button, k) => {
        button.setAttribute("aria-selected", String(k === at));
        button.tabIndex = k === at ? 0 : -1;
      });
      panel.setAttribute("aria-labelledby", buttons[at].id);
      drawProtocol(panel, protocols[at]);
      if (focus) buttons[at].focus();
    }
    buttons.forEach((button, k) => button.addEventListener("click", () => choose(k)));
    const list = part("div", "tabs", buttons, { role: "tablist", "aria-label": "Protocol" });
    list.addEventListener("keydown", ({ key }) => {
      const at = buttons.indexOf(document.activeElement);
      const last = buttons.length - 1;
      const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[key];
      if (at >= 0 && next !== undefined) choose((next + last + 1) % (last + 1), true);
    });
    const before = protocols.findIndex(({ name }) => name === chosen.protocol);
    choose(Math.max(0, before));
    return list;
  }

  /* What explanations say is a tab among the protocols. */
  function asTab(explanation) {
    const rows = explanation.models[0]?.figures.micro.predicted ?? [];
    const [own, control] = [false, true].map((kind) => rows.find((row) => row.control === kind));
    const against = own && control ? `COSE of ${own.word}; best control ${control.cells.cose.words}` : "";
    const headline = { own: own?.cells.cose.words ?? "", against, model: own?.word ?? "" };
    return { name: "explanation", title: "Explanations", headline, explanation };
  }

  function tab({ name, title, headline }) {
    const { dim, own, best, model, against = best ? `in ${dim}; best of the others ${best}` : "" } = headline;
    const words = [part("span", "title", [title])];
    if (own) words.push(part("span", "own", [own]));
    if (against) words.push(part("span", "against", [against]));
    const made = part("button", "", words, { id: `protocol-${name}`, role: "tab", type: "button" });
    made.setAttribute("aria-controls", "evaluation-panel");
    made.title = model;
    return made;
  }

  function drawProtocol(panel, protocol) {
    for (const words of document.querySelectorAll("#evaluation .measure")) words.hidden = Boolean(protocol.explanation);
    if (protocol.explanation) {
      task2box.drawExplanation(panel, protocol.explanation, { part, bar, command });
      return;
    }
    const { tables, published, meaning } = protocol;
    const at = tables.findIndex(({ features }) => features === chosen.features);
    const table = tables[Math.max(0, at)];
    const choose = (features) => {
      chosen.features = features;
      drawProtocol(panel, protocol);
      panel.querySelector(".features [aria-pressed=true]").focus();
    };
    const sides = [ours(table, tables, choose)];
    if (published) sides.push(theirs(published));
    const again = [part("h3", "", ["Run it again"]), ...table.columns.map(({ command: words }) => command(words))];
    const by = protocol.described ? [described(protocol.described)] : [];
    const parts = [part("p", "meaning", [meaning]), part("div", "sides", sides), ...by, ...again];
    panel.replaceChildren(...parts);
  }

  function featureButtons(table, tables, choose) {
    const buttons = tables.map(({ features, word }) => {
      const pressed = { type: "button", "aria-pressed": String(features === table.features) };
      const button = part("button", "", [word], pressed);
      button.addEventListener("click", () => choose(features));
      return button;
    });
    const group = part("div", "segments", buttons, { role: "group", "aria-label": "Features" });
    return part("div", "features", [part("span", "muted", ["features"]), group]);
  }

  // ---------------------------------------------------------------- tables

  function ours(table, tables, choose) {
    const { columns, rows, controls, notes, least } = table;
    const from = Math.floor(10 * Math.min(0, least)) / 10; // where bars begin
    const lines = (control) => {
      const some = rows.filter(({ kind }) => (kind === "control") === control);
      return some.map((row) => line(row, from));
    };
    const bodies = [part("tbody", "", lines(false))];
    if (controls) {
      const words = part("th", "controls", [controls], { colspan: String(columns.length + 1) });
      bodies.push(part("tbody", "control", [part("tr", "", [words]), ...lines(true)]));
    }
    const head = part("tr", "", [part("th", "", ["Model"]), ...columns.map(columnHead)]);
    const made = part("table", "scores", [part("thead", "", [head]), ...bodies]);
    const best = rows.some(({ cells }) => cells.some((cell) => cell?.best));
    const choices = tables.length > 1 ? [featureButtons(table, tables, choose)] : [];
    return part("section", "ours", [
      part("div", "top", [part("h3", "", ["On this collection"]), ...choices]),
      made,
      ...(best ? [part("p", "muted key", [`${BEST} best of the others. Seconds are of one fit.`])] : []),
      ...notes.map((note) => part("p", "note", [note])),
    ]);
  }

  function columnHead({ title, counts }) {
    const words = counts.map((count) => part("span", "count", [count]));
    return part("th", "", [part("span", "dim", [title]), ...words], { scope: "col" });
  }

  function line({ word, kind = "theirs", cells }, from) {
    const name = part("th", "", [word], { scope: "row" });
    return part("tr", kind, [name, ...cells.map((cell) => scoreCell(cell, from))]);
  }

  /* A figure over its bar: from zero to the mean, a whisker one deviation either way. */
  function scoreCell(cell, from) {
    if (!cell) return part("td", "score none", ["–"]);
    const { mean, spread, seconds, best, cases } = cell;
    const words = [part("b", "", [mean]), " "];
    if (spread) words.push(part("span", "spread", [spread]), " ");
    if (best) words.push(part("span", "best", [BEST], { title: "best of the others" }), " ");
    if (seconds) words.push(part("span", "seconds", [seconds]));
    const made = part("td", "score", [part("div", "words", words), bar(cell, from)]);
    if (cases?.length) made.title = `Cases: ${cases.join(", ")}`;
    return made;
  }

  function bar({ share, low, high }, from) {
    const place = (value) => `${(100 * (Math.max(from, value) - from)) / (1 - from)}%`;
    const made = part("div", low === undefined ? "bar" : "bar whisker");
    made.style.setProperty("--from", place(Math.min(0, share)));
    made.style.setProperty("--to", place(Math.max(0, share)));
    if (low === undefined) return made;
    made.style.setProperty("--low", place(low));
    made.style.setProperty("--high", place(high));
    return made;
  }

  /* One table of all descriptions of tasks, the paper's figures below those found here. */
  function described({ columns, rows }) {
    const head = part("tr", "", ["", "Model", ...columns].map((word) => part("th", "", [word], { scope: "col" })));
    const lines = rows.map((row, k) => {
      const made = line(row, 0);
      const first = rows[k - 1]?.dim !== row.dim;
      made.prepend(part("th", "dim", [first ? row.dim : ""], { scope: "row" }));
      if (first) made.classList.add("first");
      return made;
    });
    const table = part("table", "scores", [part("thead", "", [head]), part("tbody", "", lines)]);
    return part("section", "by-description", [part("h3", "", ["By what describes a task"]), table]);
  }

  function theirs({ title, source, address, warning, columns, rows }) {
    const link = part("a", "", [source], { href: address, target: "_blank", rel: "noopener noreferrer" });
    const head = part("tr", "", ["Method", ...columns].map((word) => part("th", "", [word], { scope: "col" })));
    const body = part("tbody", "", rows.map((row) => line(row, 0)));
    const table = part("table", "scores", [part("thead", "", [head]), body]);
    return part("section", "published", [
      part("h3", "", [title]),
      part("p", "warning", [warning]),
      ...(rows.length ? [table] : []),
      part("p", "muted key", [link]),
    ]);
  }

  // ---------------------------------------------------------------- commands

  function command(words) {
    const code = part("code", "", [words]);
    const button = part("button", "copy", ["Copy"], { type: "button" });
    button.addEventListener("click", async () => {
      button.textContent = await copied(code);
      setTimeout(() => (button.textContent = "Copy"), COPIED);
    });
    return part("div", "command", [code, button]);
  }

  async function copied(code) {
    try {
      await navigator.clipboard.writeText(code.textContent);
      return "Copied";
    } catch {
      window.getSelection().selectAllChildren(code); // no permission, or no HTTPS
      return "Selected";
    }
  }
})(window.task2box);
