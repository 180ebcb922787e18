/* Splits on which networks break: accuracy beside that of a split by chance, what is taken
   for what, and the images that all networks get wrong. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const WAYS = { halves: "Two halves of the classes", classes: "All classes" };
  const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  let shown = 0;

  task2box.drawSplits = function (told, body) {
    const { part } = task2box;
    if (!told.splits.length) {
      body.replaceChildren(
        part("p", "", ["Nothing was split yet. Make splits with:"]),
        part("pre", "", [part("code", "", [`python -m core split ${told.data} --preset ${told.preset}`])])
      );
      return;
    }
    shown = Math.min(shown, told.splits.length - 1);
    const place = part("div", "split");
    const select = part("select", "", [], { "aria-label": "Split" });
    const by = (numbers) => numbers.map((task) => task2box.taskName(told.tasks[task - 1])).join(" and ");
    const word = ({ target, tasks }) => `By ${by(tasks)}: ${target}`;
    select.append(...told.splits.map((split, k) => new Option(task2box.short(word(split), 80), k, false, k === shown)));
    select.addEventListener("change", () => {
      shown = Number(select.value);
      drawSplit(told, place);
    });
    body.replaceChildren(rule(), means(told), select, place);
    drawSplit(told, place);
  };

  const rule = () =>
    task2box.part("p", "muted", [
      "Learned from are images on which a target of people and a discovered task say the same; tested on are the others, " +
        "where whoever took the task's way is wrong. By two tasks, both say the target where networks learn, neither does on " +
        "the test, and the rest is left out. Beside it a split by chance of the same sizes.",
    ]);

  function bar(word, share, kind) {
    const { part } = task2box;
    const fill = part("span", `fill ${kind}`);
    fill.style.width = `${100 * share}%`;
    return part("div", "score", [part("span", "name", [word]), part("span", "bar", [fill]), part("span", "number", [task2box.figure(share)])]);
  }

  /* Means over splits by one task, as published, and over those by two. */
  function means({ splits }) {
    const { part } = task2box;
    const kinds = { "one task": 1, "two tasks": 2 };
    const own = (number) => splits.filter(({ tasks }) => tasks.length === number);
    const told = Object.entries(kinds).filter(([, number]) => own(number).length);
    const over = (some, way, kind) => mean(some.map((split) => mean(split[way][kind].accuracy)));
    return part(
      "div",
      "split-means",
      Object.entries(WAYS).map(([way, word]) =>
        part("section", "", [
          part("h3", "", [word]),
          ...told.flatMap(([by, number]) => [
            part("h4", "", [`By ${by}, mean of ${own(number).length} splits`]),
            bar("by chance", over(own(number), way, "random"), "fair"),
            bar("adversarial", over(own(number), way, "adversarial"), "hit"),
          ]),
        ])
      )
    );
  }

  function drawSplit(told, place) {
    const { part } = task2box;
    const split = told.splits[shown];
    const file = part("a", "", ["Download this split (CSV)"], {
      href: `discovery/${encodeURIComponent(told.name)}/split-${shown}.csv`,
      download: "",
    });
    const sizes = `${split.learn.toLocaleString("en")} images to learn from, ${split.test.toLocaleString("en")} to test on. `;
    const ways = Object.entries(WAYS).map(([way, word]) => {
      const { random, adversarial } = split[way];
      return part("section", "", [
        part("h3", "", [word]),
        bar("kept back from learning", mean(adversarial["held out"]), "fair"),
        bar("test, split by chance", mean(random.accuracy), "fair"),
        bar("test, adversarial", mean(adversarial.accuracy), "hit"),
        confusion(split[way].confusion, way === "classes" ? told.classes : ["other half", "this half"]),
        ...mistakes(told, split, way),
      ]);
    });
    place.replaceChildren(part("p", "", [sizes, file]), part("div", "split-ways", ways));
  }

  function confusion(shares, names) {
    const { part } = task2box;
    const table = part("table", "confusion");
    table.append(part("caption", "muted", ["Of every class (row), the share that is taken for each class"]));
    const top = table.createTHead().insertRow();
    top.append(part("td"), ...names.map((name) => part("th", "", [part("span", "", [name])], { scope: "col" })));
    const body = table.createTBody();
    shares.forEach((row, at) => {
      const line = body.insertRow();
      line.append(part("th", "", [names[at]], { scope: "row" }));
      row.forEach((share, k) => {
        const cell = part("td", at === k ? "own" : "", [share >= 0.005 ? Math.round(100 * share).toString() : ""]);
        cell.style.setProperty("--share", `${Math.round(70 * share)}%`);
        line.append(cell);
      });
    });
    return part("div", "confusion-frame", [table], { tabindex: "0", role: "region", "aria-label": "Confusion in percent" });
  }

  function mistakes(told, { half }, way) {
    const { part, cell } = task2box;
    const found = told.splits[shown][way].mistakes;
    if (!told.sheet || !found.length) return [];
    const side = (one) => (one ? "this half" : "other half");
    const words = ([, label, taken]) =>
      way === "classes"
        ? `${told.classes[label]}, taken for ${told.classes[taken]}`
        : `${told.classes[label]} (${side(half.includes(label))}), taken for ${side(taken)}`;
    return [
      part("h4", "", ["All networks are wrong, and sure of it"]),
      part("div", "cells", found.map((one) => cell(told, one[0], words(one)))),
    ];
  }
})(window.task2box);
