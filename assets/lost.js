/* What is lost where tasks are points: a dialog with figures of boxes and point maps, of
   the selected tasks, of those inside the focus, or of all (dashboard/preservation.py). */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const MAPS = { tsne: "t-SNE", umap: "UMAP", pca: "PCA" };
  const COLUMNS = {
    trustworthiness: "Trustworthiness",
    continuity: "Continuity",
    either: "Containments, either way",
    directed: "Containments, with direction",
    size: "Size",
  };
  const element = (id) => document.getElementById(id);
  const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
  let turn = 0; // of figures that were asked for: only the latest are shown

  /* The tasks that the figures are of, and what they are called. */
  function asked({ atlas, view, selection }, focus) {
    if (selection) return [Array.from(selection.rows), "that are selected"];
    const inside = atlas.inside(focus);
    const rows = Array.from({ length: atlas.count }, (_, row) => row).filter((row) => inside[row]);
    const label = (text) => `“${task2box.short(text, 60)}”`;
    return [rows, view.focus ? `in ${label(atlas.labels[focus])}` : `of ${label(atlas.title)}`];
  }

  task2box.openLost = async function ({ state, focusRow }) {
    const mine = ++turn;
    const { atlas, view } = state;
    const [rows, of] = asked(state, focusRow());
    const title = Object.assign(task2box.node("h2", "", "What points lose of tasks"), { id: "lost-title" });
    const whose = `${count(rows.length, "task", "tasks")} ${of}`;
    const scope = task2box.node("p", "scope", `${whose}: measuring…`);
    const place = element("lost");
    place.replaceChildren(title, scope);
    place.tabIndex = 0; // it may be longer than the window, and keys scroll it
    element("lost-dialog").showModal();
    const told = await ask(atlas, view, rows).catch((error) => error);
    if (mine !== turn) return;
    scope.textContent = whose;
    const fault = told instanceof Error ? told.message : told.fault;
    if (fault) {
      place.append(task2box.node("p", "notice", fault));
      return;
    }
    const part = told.measured < told.tasks;
    if (part) scope.textContent += `: sampled ${told.measured.toLocaleString("en")} tasks, the same every time`;
    place.append(table(told, view), ...sentences(told, view), ...keys(told, view));
  };

  async function ask(atlas, { collection, dim }, rows) {
    const answer = await task2box.fetched(`preservation/${encodeURIComponent(collection)}.json`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ names: rows.map((row) => atlas.names[row]), dim }),
    });
    return answer.json();
  }

  const pictures = ({ boxes, points }, { dim }) => [
    ["boxes", `Boxes, ${dim}D`, boxes],
    ...Object.entries(points).map(([method, figures]) => [method, MAPS[method], figures]),
  ];

  // ---------------------------------------------------------------- the table

  function table(told, view) {
    const seen = pictures(told, view);
    const columns = Object.keys(COLUMNS).filter((key) => seen.some(([, , figures]) => key in figures));
    const best = (key) => Math.max(...seen.map(([, , figures]) => figures[key] ?? -Infinity));
    const made = task2box.node("table", "");
    const head = task2box.node("tr", "");
    head.append(task2box.node("td", ""), ...columns.map((key) => headerOf(COLUMNS[key], "col")));
    const lines = seen.map(([kind, word, figures]) => {
      const line = task2box.node("tr", "");
      if (kind === view.beside) line.setAttribute("aria-current", "true");
      const cells = columns.map((key) =>
        key in figures
          ? task2box.node("td", figures[key] === best(key) ? "best" : "", task2box.figure(figures[key]))
          : task2box.node("td", "", "none")
      );
      line.append(headerOf(word, "row"), ...cells);
      return line;
    });
    made.append(head, ...lines);
    const rows = task2box.node("div", "rows");
    rows.tabIndex = 0; // it may be wider than the window
    rows.setAttribute("role", "region");
    rows.setAttribute("aria-label", "Figures");
    rows.append(made);
    return rows;
  }

  const headerOf = (word, scope) => Object.assign(task2box.node("th", "", word), { scope });

  // ---------------------------------------------------------------- words

  const f1 = (number) => `F1 ${task2box.figure(number)}`;

  function sentences(told, view) {
    const lines = pictures(told, view).map(([kind, word, figures]) => {
      const line = task2box.node("p", "");
      line.append(task2box.node("strong", "", `${word}. `), (kind === "boxes" ? ofBoxes : ofPoints)(figures));
      return line;
    });
    const known = "either" in told.boxes;
    const toss = "A distance is the same both ways: which of two tasks contains the other is a coin toss. ";
    const never = `${known ? toss : ""}A point has no size.`;
    const line = task2box.node("p", "never");
    line.append(task2box.node("strong", "", "Any map of points. "), never);
    return [...lines, line];
  }

  function ofBoxes({ either, directed, size, continuity }) {
    const parts = [];
    if (either !== undefined)
      parts.push(`Which task lies in which is told at ${f1(either)}, with the direction at ${f1(directed)}.`);
    if (size !== undefined)
      parts.push(`Larger tasks have larger boxes: rank correlation ${task2box.figure(size)}.`);
    if (continuity !== undefined)
      parts.push("Boxes lie by what tasks share, and not by features alone.");
    return parts.join(" ");
  }

  function ofPoints({ either, directed, trustworthiness, continuity }) {
    const parts = [];
    if (trustworthiness !== undefined)
      parts.push(
        `Neighbours that are seen are true at ${task2box.figure(trustworthiness)}, true ones are seen at ` +
          `${task2box.figure(continuity)}.`
      );
    if (either !== undefined)
      parts.push(
        `No distance tells more of the containments than ${f1(either)}, or ${f1(directed)} with the direction.`
      );
    return parts.join(" ");
  }

  /* How the figures were made. */
  function keys({ neighbours, measured, containments, boxes }, { dim }) {
    const near = "trustworthiness" in boxes;
    const found = "either" in boxes;
    const told = [
      near &&
        `Trustworthiness: whether the ${neighbours} tasks seen nearest to each are its nearest by features, 1 ` +
          "if all are; continuity: whether its nearest by features are seen so (Venna and Kaski, 2001). By " +
          "features, the nearest have the largest cosine, seen from the middle of all tasks; by boxes, those " +
          "that need least moving and stretching.",
      found &&
        `Containments: ${count(containments, "true one", "true ones")} among all pairs of these ` +
          `${measured.toLocaleString("en")} tasks. Points claim the pairs that are nearer than a distance, ` +
          `boxes those of which one lies in the other by more than a share; each at the threshold that is ` +
          "best for it, so none is held out.",
      !found && "Too few of these tasks contain one another to measure containment.",
      "size" in boxes &&
        `Size: Spearman's rank correlation of ${dim === 2 ? "area" : "volume"} with how large the tasks are.`,
    ];
    return told.filter(Boolean).map((text) => task2box.node("p", "key", text));
  }
})(window.task2box);
