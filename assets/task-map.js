/* Boxes of discovered tasks, hollow, among those of people's tasks, as a drawing. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const [WIDTH, HEIGHT, AIR] = [520, 330, 14];
  const SPACE = "http://www.w3.org/2000/svg";

  function shape(tag, attributes, inside = []) {
    const made = document.createElementNS(SPACE, tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  }

  task2box.drawTaskMap = function (told, chosen) {
    const boxes = told.map;
    const [x0, y0] = [0, 1].map((axis) => Math.min(...boxes.map(({ lower }) => lower[axis])));
    const [x1, y1] = [0, 1].map((axis) => Math.max(...boxes.map(({ upper }) => upper[axis])));
    const x = (value) => AIR + ((WIDTH - 2 * AIR) * (value - x0)) / (x1 - x0 || 1);
    const y = (value) => HEIGHT - AIR - ((HEIGHT - 2 * AIR) * (value - y0)) / (y1 - y0 || 1);
    let number = -1;
    const drawn = boxes.map(({ name, discovered, lower, upper }) => {
      const size = { x: x(lower[0]), y: y(upper[1]), width: x(upper[0]) - x(lower[0]), height: y(lower[1]) - y(upper[1]) };
      number += discovered;
      const score = discovered ? told.tasks[number] : null;
      const word = score ? `${task2box.taskName(score)}, agreement ${task2box.figure(score.score)}` : name;
      const kind = discovered ? (number === chosen ? "found chosen" : "found") : "known";
      const box = shape("rect", { ...size, class: kind, rx: 2 }, [shape("title", {}, [word])]);
      if (score) box.style.stroke = task2box.agreementColor(score.score);
      const spot = { x: size.x + 4, y: discovered ? size.y + size.height - 5 : size.y + 12, class: kind };
      // Halves of the classes are large, lie upon one another, and say what they are when pointed at.
      const named = score ? number === chosen : told.classes.includes(name);
      const label = named ? task2box.short(score ? task2box.taskName(score) : name, 22) : "";
      const fits = score || size.width > 7 * label.length;
      return [box, ...(label && fits ? [shape("text", spot, [label])] : [])];
    });
    const order = [...drawn.filter((_, k) => !boxes[k].discovered), ...drawn.filter((_, k) => boxes[k].discovered)];
    const picture = shape(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": "Boxes of discovered tasks among those of people's" },
      order.flat()
    );
    return task2box.part("section", "task-map", [
      task2box.part("h4", "", ["Among people's tasks"]),
      picture,
      task2box.part("p", "muted", [
        "Filled: people's tasks (a class, or half of the classes), whose boxes were learned; hollow: discovered tasks, placed " +
          "by what Task2Vec says it takes to tell their sides apart. The colour is agreement.",
      ]),
    ]);
  };
})(window.task2box);
