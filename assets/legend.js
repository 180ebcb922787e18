/* What colours stand for, in a line above the pictures; a press hides what an entry
   stands for, two handles dim what lies outside a range. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const WORDS = {
    branch: "branch",
    position: "similar colours lie near each other",
    depth: "depth",
    size: "size",
  };
  const UNKNOWN = { f1: "none held out" };
  const SUBTREE = "F1 of subtree";
  const EDGES = "errors";
  const HINT = "A press hides or shows it; with Alt, or pressed twice, it shows only this.";
  const STEPS = 200; // of a handle
  const element = (id) => document.getElementById(id);

  task2box.colorWord = ({ member, columns }, by) =>
    ({ members: member[1], f1: SUBTREE, edges: EDGES, ...columns })[by] || by;

  /* The legend anew, as what colours mean has changed. */
  task2box.drawLegend = function (explorer) {
    const { legend } = explorer.state;
    const parts = [head(explorer)];
    if (legend.waiting) parts.push(task2box.node("span", "end", "is on its way"));
    if (legend.entries) parts.push(...legend.entries.map((one) => entry(explorer, one)));
    if (legend.scale) parts.push(...scale(explorer, legend.scale));
    element("legend").replaceChildren(...parts);
    task2box.markLegend(explorer);
  };

  /* What is hidden or dimmed has changed: a hand may hold a handle, nothing is replaced. */
  task2box.markLegend = function ({ state }) {
    const { view, legend } = state;
    const hidden = task2box.hiddenEntries(legend, view);
    const range = legend.scale ? task2box.rangeOf(view) : null;
    const place = element("legend");
    place.querySelectorAll(".entry").forEach((button, k) => {
      button.setAttribute("aria-pressed", String(!hidden[k]));
    });
    if (legend.scale) markScale(place, legend.scale, range);
    place.classList.toggle("filtered", hidden.includes(true) || Boolean(range));
    element("cuboids-legend").textContent = drawnWord(state);
    element("cuboids-legend").hidden = !element("cuboids-legend").textContent;
  };

  function wordOf(atlas, { color, dim }) {
    if (color === "f1") return `${SUBTREE}, ${atlas.scored(dim).of}`;
    if (color === "edges") return `boxes in ${dim}D`;
    if (task2box.isColumn(atlas, color)) return atlas.columns[color];
    return color === "members" ? atlas.member[1] : WORDS[color];
  }

  /* Where not all are drawn, which ones are. */
  function drawnWord({ shown }) {
    const count = shown.reduce((sum, flag) => sum + (flag === task2box.SHOWN), 0);
    const drawn = Math.min(count, task2box.CUBOIDS);
    return drawn === count ? "" : `the ${drawn} largest of ${count.toLocaleString("en")} tasks`;
  }

  // ---------------------------------------------------------------- entries

  function entry(explorer, { key, word, color, line, meaning = word }) {
    const button = task2box.node("button", "entry");
    button.type = "button";
    button.title = `${meaning}. ${HINT}`;
    const swatch = task2box.node("span", "swatch");
    if (line) swatch.style.color = color; // outlined as its boxes are
    else if (color) swatch.style.background = color;
    else swatch.classList.add("many"); // of colours of their own
    if (line) swatch.classList.add(line);
    button.append(swatch, task2box.node("span", "name", task2box.short(word, 28)));
    let before = ""; // what was hidden before the first of two clicks
    const alone = () => explorer.change({ hidden: only(explorer.state.legend, key, before) });
    button.addEventListener("click", ({ altKey, detail }) => {
      if (detail < 2) before = explorer.state.view.hidden;
      if (altKey || detail > 1) alone();
      else explorer.change({ hidden: flipped(explorer.state.view, key) });
    });
    button.addEventListener("keydown", (event) => {
      if (!event.altKey || event.key !== "Enter") return;
      before = explorer.state.view.hidden;
      event.preventDefault();
      alone();
    });
    return button;
  }

  /* What colours mean, and in the same place what shows all again: nothing that a hand is
     about to press may move. */
  function head(explorer) {
    const { atlas, view } = explorer.state;
    const place = task2box.node("span", "head");
    place.append(task2box.node("span", "word", task2box.short(wordOf(atlas, view))), showAll(explorer));
    return place;
  }

  function flipped({ hidden }, key) {
    const keys = hidden.split(",").filter(Boolean);
    const rest = keys.filter((one) => one !== key);
    return (rest.length < keys.length ? rest : [...keys, key]).join(",");
  }

  /* All others are hidden; where they were so already, none is. */
  function only({ entries }, key, before) {
    const others = entries.map((one) => one.key).filter((one) => one !== key);
    const hidden = others.join(",");
    return before === hidden ? "" : hidden;
  }

  function showAll(explorer) {
    const button = task2box.node("button", "all", "show all");
    button.type = "button";
    button.addEventListener("click", () => {
      element("legend").querySelector(".entry, input").focus(); // this one goes away
      explorer.change({ hidden: "", between: "" });
    });
    return button;
  }

  // ---------------------------------------------------------------- numbers

  function scale(explorer, { unknown }) {
    const { view } = explorer.state;
    const tone = explorer.tone();
    const ramp = task2box.rampOf(tone);
    const stops = Array.from({ length: 9 }, (_, k) => ramp[Math.round((k / 8) * (ramp.length - 1))]);
    const bar = task2box.node("span", "ramp");
    bar.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
    const handles = ["Least", "Most"].map((word) => handle(explorer, bar, word));
    bar.append(...handles);
    const parts = [task2box.node("span", "end least"), bar, task2box.node("span", "end most")];
    if (unknown) {
      const swatch = task2box.node("span", "swatch");
      swatch.style.background = task2box.unknownColor(tone);
      parts.push(swatch, task2box.node("span", "end", UNKNOWN[view.color] || "unknown"));
    }
    return parts;
  }

  function handle(explorer, bar, word) {
    const input = document.createElement("input");
    Object.assign(input, { type: "range", min: 0, max: STEPS });
    input.setAttribute("aria-label", `${word} that is not dimmed`);
    const choose = (live) => {
      const { scale: known } = explorer.state.legend;
      const [first, last] = bar.children;
      // One handle cannot pass the other.
      if (Number(first.value) > Number(last.value)) input.value = input === first ? last.value : first.value;
      const between = chosen(known, Number(first.value), Number(last.value));
      explorer.change({ between }, { live });
    };
    input.addEventListener("input", () => choose(true));
    input.addEventListener("change", () => choose(false));
    return input;
  }

  /* Two steps as a range of numbers, empty where nothing lies outside. */
  function chosen({ at, least, most }, low, high) {
    if (low === 0 && high === STEPS) return "";
    const number = (step) => (step === 0 ? least : step === STEPS ? most : at(step / STEPS));
    return [number(low), number(high)].join(",");
  }

  function markScale(place, { share, least, most }, range) {
    const [low, high] = range || [least, most];
    const [first, last] = place.querySelectorAll("input");
    const set = (input, number) => {
      const step = Math.round(STEPS * Math.min(1, Math.max(0, share(number))));
      // A handle that is held stays where it is, between numbers that can be chosen.
      if (!range || document.activeElement !== input) input.value = step;
      input.setAttribute("aria-valuetext", task2box.numberWord(number));
    };
    set(first, low);
    set(last, high);
    place.querySelector(".least").textContent = task2box.numberWord(low);
    place.querySelector(".most").textContent = task2box.numberWord(high);
  }
})(window.task2box);
