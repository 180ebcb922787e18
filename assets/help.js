/* Every key and gesture, in a dialog. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const KEYS = [
    [["Tab"], "from one part of the page to the next; into the boxes"],
    [["←", "→"], "the task before or after it, beside the same parent"],
    [["Home", "End"], "the first or the last of them"],
    [["↑", "↓"], "the parent, the first task inside"],
    [["↑", "↓", "PgUp", "PgDn"], "in the intervals: from row to row"],
    [["↑", "↓", "←", "→"], "in the tree: its siblings, its parent, the first task inside"],
    [["↑", "↓", "←", "→", "Enter"], "in the matrix: from cell to cell; select its pair"],
    [["Enter"], "look inside"],
    [["Backspace"], "look outside: up to the parent"],
    [["s", "S"], "the next box out, or in, of those under the cursor or around the task"],
    [["Esc"], "select nothing, then choose nothing; close what is open"],
    [["m", "r", "l"], "a drag moves, or selects by a rectangle or a lasso"],
    [["x"], "add the task to the selection, or take it out"],
    [["+", "-", "0"], "zoom in, zoom out, all of it"],
    [["/"], "search"],
    [["?"], "this help"],
  ];
  const GESTURES = [
    ["move over the boxes", "name all boxes there, the innermost first"],
    ["click", "choose the innermost box; click again for the next one out"],
    ["double click", "look inside"],
    ["drag, or two fingers", "move the picture"],
    ["Shift + drag", "select what lies in a rectangle"],
    ["Shift or Ctrl + click", "add the box to the selection, or take it out"],
    ["wheel, or pinch", "zoom; near enough, the members of a task are points"],
  ];
  const element = (id) => document.getElementById(id);

  task2box.openHelp = function () {
    element("help").replaceChildren(...contents());
    element("help").tabIndex = 0; // it is longer than a small window, and keys scroll it
    element("help-dialog").showModal();
  };

  function contents() {
    const heading = task2box.node("h2", "", "Keys and gestures");
    heading.id = "help-title";
    const keys = KEYS.map(([names, meaning]) => [names.map((name) => task2box.node("kbd", "", name)), meaning]);
    return [heading, listOf(keys), task2box.node("h3", "", "By hand"), listOf(GESTURES)];
  }

  function listOf(lines) {
    const list = task2box.node("dl", "");
    for (const [what, meaning] of lines) {
      const term = task2box.node("dt", "");
      term.append(...[what].flat());
      list.append(term, task2box.node("dd", "", meaning));
    }
    return list;
  }
})(window.task2box);
