/* How right the boxes are within the focus and of the chosen task, and what is wrong: an
   error that is pressed shows its two boxes. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const FEW = 5; // errors that are listed at first
  const AIR = 0.08; // around two boxes
  const MEASURES = { precision: "precision", recall: "recall", f1: "F1" };
  const MEANINGS = {
    precision: "Of what the boxes claim, the share that is true",
    recall: "Of what is true, the share that the boxes claim",
    f1: "The harmonic mean of both",
  };
  const RULE = "Of all pairs. A box lies in another when more than half of it does, and more so than the reverse.";
  let whole = false; // whether all errors are listed

  const label = (atlas, row) => task2box.short(atlas.labels[row], 80);

  /* told: what the server says (dashboard/edges.py); whether there is anything to show. */
  task2box.drawErrors = function (explorer, place, told) {
    if (!told.places) return false;
    const held = [...place.querySelectorAll("button")].indexOf(document.activeElement);
    place.replaceChildren(
      task2box.node("h3", "", "Truth against boxes"),
      measures(explorer.state.atlas, told.places),
      task2box.node("p", "muted key", RULE),
      ...list(explorer, place, told)
    );
    if (held >= 0) place.querySelectorAll("button")[held]?.focus(); // the same line, if it is there
    return true;
  };

  function measures(atlas, places) {
    const table = task2box.node("table", "measures");
    const top = table.createTHead().insertRow();
    top.append(task2box.node("td", ""));
    for (const [key, word] of Object.entries(MEASURES)) {
      const head = task2box.node("th", "", word);
      head.scope = "col";
      head.title = MEANINGS[key];
      top.append(head);
    }
    const body = table.createTBody();
    for (const place of places) {
      const line = body.insertRow();
      const name = task2box.node("th", "", place.row < 0 ? "all tasks" : label(atlas, place.row));
      name.scope = "row";
      line.append(name);
      for (const key of Object.keys(MEASURES)) {
        const known = place[key] !== null;
        line.append(task2box.node("td", "", known ? task2box.figure(place[key]) : "–"));
      }
      const [learned, missed, spurious] = ["learned", "missed", "spurious"].map((kind) => place[kind].toLocaleString("en"));
      const cell = body.insertRow().insertCell();
      cell.colSpan = 4;
      cell.className = "muted";
      cell.textContent = `pairs: ${learned} learned, ${missed} missed, ${spurious} spurious`;
    }
    return table;
  }

  function list(explorer, place, told) {
    const { count, child } = told;
    if (!count) return [task2box.node("p", "muted", "No errors: every box lies in those that it should lie in, and in no other.")];
    const some = whole ? child.length : Math.min(FEW, child.length);
    const lines = child.slice(0, some).map((_, k) => lineOf(explorer, told, k));
    const parts = [task2box.node("h3", "", titleOf(explorer.state, count)), ...lines];
    const rest = told.follow.toLocaleString("en");
    const follow = `${rest} more follow: a box that lies amiss takes along what is inside it.`;
    if (child.length > FEW) {
      const word = whole ? "fewer" : `the worst ${child.length}`;
      const more = task2box.node("button", "link", child.length === count && !whole ? "all of them" : word);
      more.type = "button";
      more.addEventListener("click", () => {
        whole = !whole;
        task2box.drawErrors(explorer, place, told);
        place.querySelector("button.link").focus();
      });
      parts.push(more);
    }
    if (told.follow) parts.push(task2box.node("p", "muted key", follow));
    return parts;
  }

  function titleOf({ atlas, view }, count) {
    const where = view.focus ? ` inside ${label(atlas, atlas.row(view.focus))}` : "";
    return `${count.toLocaleString("en")} ${count === 1 ? "error" : "errors"}${where}, the worst first`;
  }

  function lineOf(explorer, told, k) {
    const { atlas } = explorer.state;
    const [inner, outer] = [told.child[k], told.parent[k]];
    const kind = told.missed[k] ? "missed" : "spurious";
    const line = task2box.node("button", "wrong");
    line.type = "button";
    line.title =
      `${kind}: ${task2box.percent(told.learned[k])} of ${label(atlas, inner)} lies in ` +
      `${label(atlas, outer)} by the boxes; in truth ${task2box.percent(told.true[k])}. Shows both boxes.`;
    const mark = task2box.node("span", `swatch ${kind}`);
    mark.style.setProperty("--color", task2box.edgeColor(kind, explorer.tone()));
    const name = task2box.node("span", "name", `${label(atlas, inner)} in ${label(atlas, outer)}`);
    const number = task2box.node("span", "number", `${kind} ${task2box.figure(told.learned[k])}`);
    line.append(mark, name, number);
    line.addEventListener("click", () => see(explorer, inner, outer));
    return line;
  }

  /* Both boxes in the picture, selected. */
  function see({ state, change }, inner, outer) {
    const { atlas } = state;
    const [one, other] = [atlas.frame(inner), atlas.frame(outer)];
    const frame = one.map((edge, k) => (k % 2 ? Math.max : Math.min)(edge, other[k]));
    const [dx, dy] = [AIR * (frame[1] - frame[0]), AIR * (frame[3] - frame[2])];
    const range = [frame[0] - dx, frame[1] + dx, frame[2] - dy, frame[3] + dy];
    change({
      task: atlas.names[inner],
      selection: task2box.selectionText(atlas, [inner, outer].sort((a, b) => a - b)),
      viewport: range.map((value) => Number(value.toPrecision(7))).join(","),
    });
  }
})(window.task2box);
