/* Tasks near the chosen one, below its details: by features, or by boxes. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const WAYS = {
    features: ["features", "Cosine of what describes them, 1 for the same."],
    boxes: ["boxes", "How far the box would have to move or stretch, as a share of the picture."],
  };
  const STRANGE = "Neither above, nor below, nor beside it in the hierarchy.";
  const place = () => document.getElementById("nearest");

  task2box.hideNearest = () => (place().hidden = true);

  /* told: {features, boxes}, as far as they are known (dashboard/nearest.py). */
  task2box.drawNearest = function ({ state, change }, told) {
    const ways = Object.keys(WAYS).filter((way) => told[way]?.rows.length);
    const way = ways.includes(state.view.near) ? state.view.near : ways[0];
    const held = place().querySelector(".segments")?.contains(document.activeElement);
    place().hidden = !ways.length;
    if (!ways.length) return;
    const head = task2box.node("h3", "", "Nearest by");
    if (ways.length > 1) head.append(switchOf(ways, way, (near) => change({ near })));
    else head.append(` ${WAYS[way][0]}`);
    const { rows, numbers, strange } = told[way];
    const lines = rows.map((row, k) => lineOf(state.atlas, row, numbers[k], strange[k]));
    const words = [WAYS[way][1], ...(strange.includes(true) ? [`◇ ${STRANGE}`] : [])];
    place().replaceChildren(head, ...lines, ...words.map((text) => task2box.node("p", "muted key", text)));
    if (held) place().querySelector("[aria-pressed=true]").focus();
  };

  task2box.refuseNearest = function (message) {
    place().hidden = false;
    place().replaceChildren(task2box.node("h3", "", "Nearest"), task2box.node("p", "muted", message));
  };

  function switchOf(ways, way, choose) {
    const group = task2box.node("span", "segments");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Nearest by");
    for (const one of ways) {
      const button = task2box.node("button", "", WAYS[one][0]);
      button.type = "button";
      button.setAttribute("aria-pressed", String(one === way));
      button.addEventListener("click", () => choose(one));
      group.append(button);
    }
    return group;
  }

  function lineOf(atlas, row, number, strange) {
    const line = task2box.node("button", strange ? "near strange" : "near");
    line.type = "button";
    line.dataset.task = atlas.names[row];
    line.append(task2box.node("span", "name", task2box.short(atlas.labels[row], 200)));
    if (strange) {
      const mark = task2box.node("span", "mark", "◇");
      mark.setAttribute("role", "img");
      mark.setAttribute("aria-label", STRANGE);
      mark.title = STRANGE;
      line.append(mark);
    }
    line.append(task2box.node("span", "number", shown(number)));
    return line;
  }

  /* Two decimals, never rounded up; two figures where that would be nothing. */
  function shown(number) {
    if (number !== 0 && Math.abs(number) < 0.1) return number.toPrecision(2);
    return task2box.figure(number);
  }
})(window.task2box);
