/* Discovered tasks, in a tab of the dialog of what is one's own: how far networks agree on each, where it lies among tasks
   of people, the images it is surest of, a quiz, and splits on which networks break
   (dashboard/discovery.py). */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const LOW = 0.5; // agreement by chance, where the colours begin
  const PARTS = { tasks: "Tasks", quiz: "Quiz", splits: "Where networks break" };
  const chosen = { name: "", part: "tasks", task: 0 }; // as it was left
  let turn = 0; // of discoveries that were asked for: only the latest is shown

  /* A part of the page with attributes and other parts in it. */
  function part(tag, name, inside = [], attributes = {}) {
    const made = task2box.node(tag, name);
    made.append(...inside);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  task2box.part = part;

  /* A colour of an agreement score, from that of chance to that of all. */
  task2box.agreementColor = (score) => {
    const share = Math.round(100 * Math.min(1, Math.max(0, (score - LOW) / (1 - LOW))));
    return `color-mix(in oklab, var(--focus) ${share}%, var(--found))`;
  };

  task2box.taskName = ({ given, name }) => given || name[0].toUpperCase() + name.slice(1);

  /* An image of the sheet. */
  task2box.cell = function ({ name, sheet }, at, words) {
    const down = Math.ceil(sheet.count / sheet.across);
    const spot = (k, of) => (of > 1 ? (100 * k) / (of - 1) : 0);
    const made = part("span", "thumb", [], words ? { role: "img", "aria-label": words, title: words } : {});
    made.style.backgroundImage = `url("discovery/${encodeURIComponent(name)}.png")`;
    made.style.backgroundSize = `${100 * sheet.across}% ${100 * down}%`;
    made.style.backgroundPosition = `${spot(at % sheet.across, sheet.across)}% ${spot(Math.floor(at / sheet.across), down)}%`;
    return made;
  };

  async function open(place) {
    const names = await task2box.ask("discoveries.json").catch((error) => error);
    if (names instanceof Error) place.replaceChildren(part("p", "notice", [names.message]));
    else if (!names.length) place.replaceChildren(none());
    else {
      if (!names.includes(chosen.name)) chosen.name = names[0];
      await show(place, names);
    }
  }

  const none = () =>
    part("div", "", [
      part("p", "", ["Nothing has been discovered yet. Search for tasks with:"]),
      part("pre", "", [part("code", "", ["python -m core discover digits"])]),
    ]);

  async function show(place, names) {
    const mine = ++turn;
    const told = await task2box.ask(`discovery/${encodeURIComponent(chosen.name)}.json`).catch((error) => error);
    if (mine !== turn) return;
    const choice = chooser(names, place);
    if (told instanceof Error) {
      place.replaceChildren(choice, part("p", "notice", [told.message]));
      return;
    }
    chosen.task = Math.min(chosen.task, told.tasks.length - 1);
    const body = part("div", "discovery-body");
    place.replaceChildren(part("div", "discovery-top", [choice, strip(told, body)]), summary(told), body);
    draw(told, body);
  }

  function chooser(names, place) {
    const select = part("select", "", [], { "aria-label": "Discovery" });
    select.append(...names.map((name) => new Option(name, name, false, name === chosen.name)));
    select.addEventListener("change", () => {
      Object.assign(chosen, { name: select.value, task: 0 });
      show(place, names).then(() => place.querySelector("select").focus());
    });
    return select;
  }

  function summary({ tasks, images, data, networks, mean, encoder, similar, preset, source }) {
    const than = encoder === null ? "" : ` (of random encoders' ${task2box.figure(encoder)})`;
    return part("p", "muted", [
      `${tasks.length} tasks of ${images.toLocaleString("en")} images of ${data}, by the preset ${preset}. ${networks} networks ` +
        `that learn one agree on ${task2box.figure(mean)}${than} of other images; no two tasks are more similar than ` +
        `${task2box.figure(similar)}. ${source}.`,
    ]);
  }

  /* Parts are chosen by a press, or by arrow keys as one is focused. */
  function strip(told, body) {
    const keys = Object.keys(PARTS);
    const buttons = keys.map((key) => part("button", "", [PARTS[key]], { type: "button", role: "tab", id: `discovery-${key}` }));
    function choose(at, focus) {
      chosen.part = keys[at];
      buttons.forEach((button, k) => {
        button.setAttribute("aria-selected", String(k === at));
        button.tabIndex = k === at ? 0 : -1;
      });
      body.setAttribute("aria-labelledby", buttons[at].id);
      if (body.isConnected) draw(told, body);
      if (focus) buttons[at].focus();
    }
    buttons.forEach((button, k) => button.addEventListener("click", () => choose(k)));
    const list = part("div", "discovery-tabs", buttons, { role: "tablist", "aria-label": "Discovery" });
    list.addEventListener("keydown", ({ key }) => {
      const at = buttons.indexOf(document.activeElement);
      const last = buttons.length - 1;
      const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[key];
      if (at >= 0 && next !== undefined) choose((next + last + 1) % (last + 1), true);
    });
    body.setAttribute("role", "tabpanel");
    choose(keys.indexOf(chosen.part));
    return list;
  }

  function draw(told, body) {
    const drawn = { tasks: drawTasks, quiz: task2box.drawQuiz, splits: task2box.drawSplits };
    drawn[chosen.part](told, body, chosen);
  }

  // ---------------------------------------------------------------- tasks

  function drawTasks(told, body) {
    const beside = part("div", "discovery-side");
    const lines = told.tasks.map((task, k) => line(task, k === chosen.task, () => choose(k)));
    const rest = [
      ["People's tasks", told.human],
      ["Labels by chance", told.random],
    ].flatMap(([word, scores]) => [part("h3", "", [word]), ...scores.map((score) => line(score))]);
    const list = part("div", "discovery-list", [part("h3", "", ["Discovered"]), ...lines, ...rest, key()]);
    function choose(k) {
      chosen.task = k;
      lines.forEach((one, at) => one.setAttribute("aria-pressed", String(at === k)));
      drawTask(told, beside, lines[k]);
    }
    body.replaceChildren(part("div", "discovery-tasks", [list, beside]));
    choose(chosen.task);
  }

  /* A score as a coloured bar with its interval. */
  function line(score, pressed, press) {
    const { low, high, kappa, rate, accuracy, converged } = score;
    const left = (value) => `${100 * Math.max(0, (value - LOW) / (1 - LOW))}%`;
    const bar = part("span", "bar");
    const fill = part("span", "fill");
    const range = part("span", "range");
    fill.style.width = left(score.score);
    fill.style.background = task2box.agreementColor(score.score);
    range.style.left = left(low);
    range.style.width = `calc(${left(high)} - ${left(low)})`;
    bar.append(fill, range);
    const words = converged ? task2box.figure(score.score) : "not learned";
    const made = part(press ? "button" : "div", "score", [part("span", "name", [task2box.taskName(score)]), bar, part("span", "number", [words])]);
    made.title =
      `${task2box.taskName(score)}: agreement ${task2box.figure(score.score)}, 95 % interval ${task2box.figure(low)} to ${task2box.figure(high)}` +
      `${kappa === null ? "" : `, kappa ${task2box.figure(kappa)}`}; ${task2box.percent(rate)} of images on side 1; ` +
      `${task2box.percent(accuracy)} told right`;
    if (press) {
      made.type = "button";
      made.setAttribute("aria-pressed", String(pressed));
      made.addEventListener("click", press);
    }
    return made;
  }

  const key = () =>
    part("p", "muted", [
      "Bars are agreement from chance (0.5) to 1, by colour too; the line is the 95 % interval over images and networks.",
    ]);

  function drawTask(told, beside, line) {
    const task = told.tasks[chosen.task];
    const title = part("h3", "", [task2box.taskName(task)]);
    beside.replaceChildren(title, naming(told, chosen.task, title, line), ...gallery(told, task));
    if (told.map) beside.append(task2box.drawTaskMap(told, chosen.task));
  }

  function gallery(told, task) {
    if (!told.sheet) return [missing(told)];
    return task.sides.map((cells, side) =>
      part("section", "", [
        part("h4", "", [`Surest of side ${side}`]),
        part("div", "cells", cells.map((at, k) => task2box.cell(told, at, `Image ${k + 1} of side ${side}`))),
      ])
    );
  }

  /* Images that are not ours to ship are drawn from the person's own copy. */
  const missing = ({ name }) =>
    part("div", "", [
      part("p", "", ["These images are not shipped. Draw them from your own copy with:"]),
      part("pre", "", [part("code", "", [`python -m core gallery ${name} --images PATH`])]),
    ]);

  task2box.missingImages = missing;

  function naming(told, number, title, line) {
    const field = part("input", "", [], { maxlength: "60", placeholder: "What would you call it?", id: "task-name" });
    field.value = told.tasks[number].given;
    const said = part("span", "muted", [], { role: "status" });
    field.addEventListener("change", async () => {
      const kept = await task2box
        .fetched(`discovery/${encodeURIComponent(told.name)}/name.json`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ task: number, name: field.value }),
        })
        .then((answer) => answer.json())
        .catch((error) => error);
      if (kept instanceof Error) {
        said.textContent = kept.message;
        return;
      }
      told.tasks[number].given = kept[number] || "";
      title.textContent = task2box.taskName(told.tasks[number]);
      line.querySelector(".name").textContent = title.textContent;
      said.textContent = kept[number] ? "Kept." : "Forgotten.";
    });
    return part("p", "naming", [part("label", "muted", ["Name"], { for: "task-name" }), field, said]);
  }

  let root = null;

  task2box.ownTabs = {
    ...task2box.ownTabs,
    discovery: {
      make: (_, place) => (root = place),
      shown: () => open(root),
    },
  };
})(window.task2box);
