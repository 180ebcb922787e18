/* Tasks of one's own in words: beside the details, and in the tooltip. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const LISTED = 100;
  const WORDS = { holders: "in", contents: "holds", across: "overlaps" };
  const BAND =
    "Dashed boxes are new; no other box has moved. The shade around one is where its corners lie in 8 of 10 " +
    "placements, each compared with a part of what is known: how much its place hangs on that, not how wrong it is.";
  const place = () => document.getElementById("placed");
  let drawn = null; // the answer that the list is of

  const percent = (share) => `${Math.floor(100 * share + 1e-9)} %`;

  function button(word, title, press) {
    const made = Object.assign(task2box.node("button", "", word), { type: "button", title });
    made.addEventListener("click", press);
    return made;
  }

  /* told: what the server said; none where there is nothing to list. */
  task2box.drawPlacedList = function (explorer, told) {
    if (!place() || told === drawn) return;
    drawn = told;
    place().hidden = !told;
    if (!told) return;
    const { tasks, notes } = told;
    const clear = button("Clear", "Forget these tasks", () => task2box.clearPlaced(explorer));
    const head = task2box.node("h3", "", task2box.placedWord(tasks));
    head.append(clear);
    const list = task2box.node("ul", "");
    list.append(...tasks.slice(0, LISTED).map((task, at) => item(explorer, task, at)));
    const more = tasks.length - LISTED;
    const words = [...(more > 0 ? [`and ${more.toLocaleString("en")} more; they are drawn, too.`] : []), ...notes, BAND];
    place().replaceChildren(head, list, ...words.map((text) => task2box.node("p", "muted", text)));
  };

  task2box.placedWord = function (tasks) {
    const away = tasks.filter(({ outside }) => outside).length;
    const count = `${tasks.length.toLocaleString("en")} ${tasks.length === 1 ? "task" : "tasks"} of your own`;
    return away ? `${count}, ${away.toLocaleString("en")} outside what this map knows` : count;
  };

  /* Why they could not be placed among the boxes of this view. */
  task2box.refusePlaced = function (message) {
    drawn = null;
    place().hidden = false;
    place().replaceChildren(task2box.node("h3", "", "Your own tasks"), task2box.node("p", "muted", message));
  };

  function item(explorer, task, at) {
    const line = task2box.node("li", task.outside ? "outside" : "");
    line.append(button(task.name, "Show it in the picture", () => task2box.flyToPlaced(explorer, at)));
    if (task.outside) line.append(task2box.node("p", "reason", `? Outside what this map knows: ${task.outside}.`));
    for (const [kind, word] of Object.entries(WORDS)) {
      const { count, first } = task[kind];
      if (count) line.append(related(explorer, word, count, first));
    }
    if (!task.holders.count) line.append(task2box.node("p", "muted", "in no known box"));
    return line;
  }

  function related({ state }, word, count, first) {
    const { labels, names } = state.atlas;
    const line = task2box.node("p", "related", `${word} `);
    for (const [row, ...shares] of first) {
      const link = task2box.node("button", "link", task2box.short(labels[row], 60));
      Object.assign(link, { type: "button", title: "Look inside" });
      link.dataset.task = names[row];
      line.append(link, ` ${shares.map(percent).join(" / ")}${row === first.at(-1)[0] ? "" : ", "}`);
    }
    if (count > first.length) line.append(` and ${(count - first.length).toLocaleString("en")} more`);
    return line;
  }

  task2box.markPlacedList = function (at) {
    [...(place()?.querySelectorAll("li") || [])].forEach((line, k) => {
      line.classList.toggle("chosen", k === at);
      if (k === at) seen(line);
    });
  };

  /* Within the list: in a narrow window the pictures would be scrolled away. */
  function seen(line) {
    const list = line.parentElement;
    const [top, room] = [line.offsetTop - list.offsetTop, list.clientHeight - line.offsetHeight];
    list.scrollTop = Math.min(top, Math.max(top - room, list.scrollTop));
  }

  /* The tooltip names it above the known boxes that it lies in. */
  task2box.tellPlaced = function (explorer, at, event) {
    const tip = document.getElementById("tooltip");
    tip.querySelector(".own")?.remove();
    const task = task2box.placedIn(explorer)?.tasks[at];
    if (!task) return;
    const line = task2box.node("div", "line own");
    line.append(task2box.node("span", "swatch"), task2box.node("span", "name", task2box.short(task.name, 200)));
    line.append(task2box.node("span", "count", task.outside ? "outside what this map knows" : "your own"));
    if (tip.hidden) tip.replaceChildren();
    tip.prepend(line);
    tip.hidden = false;
    if (event) task2box.placeTooltip(tip, event);
  };
})(window.task2box);
