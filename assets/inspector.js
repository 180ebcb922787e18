/* What is asked about the chosen and the selected tasks, beside the details: lists of what
   a task contains (here), two tasks or a few (pairs.js), errors of the boxes (errors.js).

   Boxes are in the browser; what is true comes from the server, after the details. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const MOST = 20; // tasks that are compared (dashboard/inspector.py)
  const LISTS = {
    contains: ["contains", "inside"],
    contained: ["contained in", "around"],
    overlaps: ["overlaps", ""],
    to: ["transfers to", "inside"],
    from: ["transfers from", "around"],
  };
  const MEANINGS = {
    inside: "The share of its box that lies in this one",
    around: "The share of this box that lies in its",
  };
  const element = (id) => document.getElementById(id);
  const TITLE = "Related tasks, ranked";
  let open = "contains"; // the list that was looked at last

  task2box.isMeasured = (atlas) => !atlas.complete;

  /* A section that shows the answer to a question, which is asked once; key: of the
     question, empty for none. */
  function answering(id, draw) {
    let now = { key: "" };
    const show = (explorer, told, key) => {
      element(id).removeAttribute("aria-busy");
      element(id).hidden = !draw(explorer, element(id), told, key);
    };
    return {
      forget: () => (now = { key: "" }),
      async ask(explorer, key, question) {
        if (key === now.key) return;
        const mine = (now = { key });
        if (!key) {
          element(id).hidden = true;
          return;
        }
        element(id).setAttribute("aria-busy", "true");
        const { atlas } = explorer.state;
        const told = await question().catch((error) => error);
        if (mine !== now) return;
        const late = atlas !== explorer.state.atlas; // another collection is shown
        if (late || told instanceof Error) now = { key: "" }; // asked again, it may come
        if (!late) show(explorer, told, key);
      },
    };
  }

  const lists = answering("inspector", (explorer, place, told) => {
    if (told instanceof Error) return task2box.refuse(place, TITLE, told);
    return drawLists(explorer, place, told);
  });
  const errors = answering("errors", (explorer, place, told) => {
    if (told instanceof Error) return task2box.refuse(place, "Truth against boxes", told);
    return task2box.drawErrors(explorer, place, told);
  });
  const truths = answering("compared", (explorer, place, told, key) => {
    if (!(told instanceof Error)) task2box.learnTruth(explorer, place, told, key);
    return !place.hidden;
  });

  task2box.refuse = function (place, title, { message }) {
    place.replaceChildren(task2box.node("h3", "", title), task2box.node("p", "muted", message));
    return true;
  };

  /* Everything that a view has to be told; detailed(): when the details are there. */
  task2box.inspect = async function (explorer, detailed) {
    const { atlas, view, selection } = explorer.state;
    if (atlas.window) {
      task2box.refuseWhole(["inspector", "compared", "errors"]);
      return;
    }
    const rows = compared(atlas, view, selection);
    const pairs = rows.length > 1 ? JSON.stringify([atlas.edition, rows]) : "";
    task2box.drawCompared(explorer, element("compared"), rows);
    await detailed();
    if (view !== explorer.state.view) return;
    truths.ask(explorer, pairs, () => task2box.ask(truthOf(view.collection, rows)));
    const alone = atlas.names[oneOf(atlas, view, selection)];
    const about = { ...view, selection: "", viewport: "" };
    const ask = (name, asked) => () => task2box.ask(`${name}.json${task2box.queryOf(asked)}`);
    const one = { ...about, task: alone };
    const { dim, focus, task, color } = view;
    const key = alone ? JSON.stringify([atlas.edition, dim, alone]) : "";
    lists.ask(explorer, key, ask("inspector", one));
    const wrong = color === "edges" ? JSON.stringify([atlas.edition, dim, focus, task, explorer.tone()]) : "";
    errors.ask(explorer, wrong, ask("errors", about));
  };

  /* The server was away: all is asked again. */
  task2box.forgetInspected = () => [lists, errors, truths].forEach((one) => one.forget());

  const truthOf = (collection, rows) => `truth/${encodeURIComponent(collection)}.json?rows=${rows.join(",")}`;

  /* The selected tasks, or the chosen one and the one that is selected; the chosen one
     first, of more than two those with most members, and none where there are too many. */
  function compared(atlas, { task }, selection) {
    const chosen = atlas.row(task);
    if (selection?.rows.length > MOST) return [];
    const rows = selection ? Array.from(selection.rows) : [];
    if (rows.length > 2) return rows.sort((a, b) => atlas.rank[a] - atlas.rank[b]);
    const beside = rows.length === 2 && !rows.includes(chosen);
    return chosen < 0 || beside ? rows : [...new Set([chosen, ...rows])];
  }

  /* The task whose lists are shown: that of the details, or the only one that is selected. */
  function oneOf(atlas, { task, focus }, selection) {
    const only = selection?.rows.length === 1 ? selection.rows[0] : -1;
    return task || focus ? atlas.row(task || focus) : only;
  }

  // ---------------------------------------------------------------- lists of one task

  function drawLists(explorer, place, told) {
    const kinds = Object.keys(LISTS).filter((kind) => told[kind]);
    if (!kinds.length) return false;
    const kind = kinds.includes(open) ? open : kinds[0];
    const held = place.querySelector(".segments")?.contains(document.activeElement);
    const choose = (other) => {
      open = other;
      drawLists(explorer, place, told);
    };
    const words = kinds.map((one) => [one, `${LISTS[one][0]} ${told[one].count.toLocaleString("en")}`]);
    place.replaceChildren(
      task2box.node("h3", "", TITLE),
      task2box.segments(TITLE, words, kind, choose),
      ...listOf(explorer.state.atlas, kind, told[kind])
    );
    if (held) place.querySelector("[aria-pressed=true]").focus();
    return true;
  }

  /* A choice of one among a few: [[value, word]]. */
  task2box.segments = function (label, choices, chosen, choose) {
    const group = task2box.node("div", "segments");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", label);
    for (const [value, word] of choices) {
      const button = task2box.node("button", "", word);
      button.type = "button";
      button.setAttribute("aria-pressed", String(value === chosen));
      button.addEventListener("click", () => choose(value));
      group.append(button);
    }
    return group;
  };

  /* Two columns: the boxes and the truth, or both directions where neither contains. */
  function listOf(atlas, kind, told) {
    const way = LISTS[kind][1];
    const truth = task2box.truthWord(atlas);
    const heads = way ? ["boxes", truth] : ["this in it", "it in this"];
    const head = task2box.node("div", "ranked head muted");
    head.append(task2box.node("span", "", ""), ...heads.map((word) => task2box.node("span", "", word)));
    const lines = told.rows.map((row, k) => {
      const [inside, around] = [told.inside[k], told.around[k]];
      const [trueInside, trueAround] = [told.true_inside[k], told.true_around[k]];
      const both = { inside: [inside, trueInside], around: [around, trueAround] };
      if (!way) return lineOf(atlas, row, [barOf(around, trueAround), barOf(inside, trueInside)]);
      return lineOf(atlas, row, both[way].map((share) => barOf(share)));
    });
    const more = told.count - told.rows.length;
    const said = way ? MEANINGS[way] : `A tick is ${truth === "truth" ? "the truth" : "what was measured"}`;
    const by = kind === "to" || kind === "from" ? ", by what was measured" : "";
    const rest = more > 0 ? ` The first ${told.rows.length} of ${told.count.toLocaleString("en")}.` : "";
    return [head, ...lines, task2box.node("p", "muted key", `${said}${by}.${rest}`)];
  }

  task2box.truthWord = (atlas) => (task2box.isMeasured(atlas) ? "measured" : "truth");

  function lineOf(atlas, row, bars) {
    const line = task2box.node("button", "ranked");
    line.type = "button";
    line.dataset.task = atlas.names[row];
    line.append(task2box.node("span", "name", task2box.short(atlas.labels[row], 200)), ...bars);
    return line;
  }

  /* A share as a bar with a number, and the true one as a tick; null where it is unknown. */
  function barOf(share, truth = null) {
    if (share === null) return task2box.node("span", "muted", "unknown");
    const bar = task2box.node("span", "share", task2box.figure(share));
    bar.style.setProperty("--learned", `${100 * share}%`);
    if (truth !== null) bar.style.setProperty("--truth", `${100 * truth}%`);
    return bar;
  }

  task2box.barOf = barOf;
})(window.task2box);
