/* What a drag does on boxes and points: move them, or select by a rectangle or a lasso. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const WITHIN = {
    boxes: "the boxes that lie in it as a whole",
    points: "the points that lie in it",
  };
  const TOOLS = {
    move: () => "Move the picture (m)",
    rectangle: (what) => `Rectangle (r, or shift and drag): selects ${WITHIN[what]}`,
    lasso: (what) => `Lasso (l): selects ${WITHIN[what]}`,
  };
  const ICONS = {
    move: "M8 1.5v13M1.5 8h13M6 3.5l2-2 2 2M6 12.5l2 2 2-2M3.5 6l-2 2 2 2M12.5 6l2 2-2 2",
    rectangle: "M2 5V3h2.5M6.5 3h3M11.5 3H14v2M14 7v2M14 11v2h-2.5M9.5 13h-3M4.5 13H2v-2M2 9V7",
    lasso:
      "M4.2 9.4C2.8 8.7 2 7.6 2 6.3 2 4 4.7 2.2 8 2.2s6 1.8 6 4.1-2.7 4.1-6 4.1" +
      "c-.9 0-1.7-.1-2.5-.4M4.4 11.8a1.4 1.4 0 1 0 0-2.8 1.4 1.4 0 0 0 0 2.8zM4.7 11.8" +
      "c.2 1.2-.4 2.2-1.7 2.6",
    none: "M4 4l8 8M12 4l-8 8",
  };
  const SVG = "http://www.w3.org/2000/svg";

  function button(title, icon) {
    const made = task2box.node("button", "");
    made.type = "button";
    made.title = title;
    made.setAttribute("aria-label", title);
    const drawing = document.createElementNS(SVG, "svg");
    drawing.setAttribute("viewBox", "0 0 16 16");
    drawing.setAttribute("aria-hidden", "true");
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("d", ICONS[icon]);
    drawing.append(line);
    made.append(drawing);
    return made;
  }

  function barOf(what, explorer) {
    const bar = task2box.node("div", "tools");
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "What a drag does");
    const none = button("Clear the selection (Esc)", "none");
    none.dataset.action = "clear-selection";
    bar.append(none); // first, so that the others stay where they are
    for (const [tool, title] of Object.entries(TOOLS)) {
      const choice = button(title(what), tool);
      choice.dataset.tool = tool;
      choice.addEventListener("click", () => explorer.use(tool));
      bar.append(choice);
    }
    return bar;
  }

  /* A bar in the corner of each picture in which a hand can draw. */
  task2box.makeTools = function (explorer) {
    const { boxes, points, others } = explorer.pictures;
    boxes.root.append(barOf("boxes", explorer));
    points.root.append(barOf("points", explorer));
    for (const { root, drawable } of others) if (drawable) root.append(barOf("boxes", explorer));
  };

  task2box.setTools = function ({ tool, selection }) {
    for (const bar of document.querySelectorAll(".tools")) {
      bar.parentElement.dataset.tool = tool;
      for (const choice of bar.querySelectorAll("[data-tool]")) {
        choice.setAttribute("aria-pressed", String(choice.dataset.tool === tool));
      }
    }
    const clear = document.querySelectorAll("[data-action=clear-selection]");
    for (const one of clear) one.hidden = !selection;
  };
})(window.task2box);
