/* Which parts of the pictures are drawn, and how strongly: a menu. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const element = (id) => document.getElementById(id);
  const LAYERS = { fill: "Fill", outline: "Outlines", labels: "Labels", points: "Points", members: "Members" };
  // Where only groups have a figure, leaves step back; the smallest are left out.
  const GROUPS = { leaf: 0.1, group: 0.32, small: 0.32, dots: 0.3, bare: true };
  const [FLOOR, LEAST, MOST, STEP] = [60, 10, 200, 10]; // px; opacity in percent

  const isOff = (view, layer) => view.off.split(",").includes(layer);

  /* Whether a point map is beside the boxes. */
  task2box.pointsShown = ({ atlas, view }) => view.beside in atlas.points && !isOff(view, "points");

  task2box.membersDrawn = ({ view }) => !isOff(view, "members");

  /* What a view says instead where points are asked for. */
  task2box.withPoints = ({ off }) => ({
    off: off.split(",").filter((layer) => layer !== "points").join(","),
  });

  /* Opacities and colours with which a view is drawn. */
  task2box.lookOf = function (look, view) {
    const usual = view.color === "f1" ? { ...look, ...GROUPS } : look;
    const strength = view.opacity / 100;
    const part = (share, shown = true) => (shown ? Math.min(1, share * strength) : 0);
    const [fill, outline] = [!isOff(view, "fill"), !isOff(view, "outline")];
    return {
      ...usual,
      leaf: part(usual.leaf, fill),
      group: part(usual.group, fill),
      small: part(usual.small, fill),
      leafLine: part(0.75, outline),
      groupLine: part(0.9, outline),
      ghostLine: outline ? 0.35 : 0,
      speck: part(0.8, fill || outline),
      dots: part(usual.dots),
      rings: part(0.7),
      edges: part(1),
      strength,
      names: !isOff(view, "labels"),
      floor: view.floor,
    };
  };

  // ---------------------------------------------------------------- the menu

  /* Made here and not by Dash, which has no element for it. */
  task2box.listenLayers = function (explorer) {
    const flip = (layer) => {
      const { view } = explorer.state;
      const off = Object.keys(LAYERS).filter((one) => (one === layer) !== isOff(view, one));
      explorer.change({ off: off.join(",") });
    };
    const boxes = Object.entries(LAYERS).map(([layer, word]) => {
      const input = inputOf({ type: "checkbox" });
      input.addEventListener("change", () => flip(layer));
      return row(`layer-${layer}`, [input, task2box.node("span", "", word)]);
    });
    const opacity = slider(explorer, "opacity", { min: LEAST, max: MOST, step: STEP });
    const floor = slider(explorer, "floor", { min: 0, max: FLOOR });
    element("layers").replaceChildren(
      ...boxes,
      row("layer-opacity", [task2box.node("span", "", "Opacity"), ...opacity]),
      row("layer-floor", [task2box.node("span", "", "Smallest box"), ...floor])
    );
    closeMenus();
  };

  function inputOf(properties) {
    return Object.assign(document.createElement("input"), properties);
  }

  function row(id, parts) {
    const label = task2box.node("label", "layer");
    label.id = id;
    label.append(...parts);
    return label;
  }

  function slider(explorer, key, range) {
    const input = inputOf({ type: "range", ...range });
    const choose = (live) => explorer.change({ [key]: Number(input.value) }, { live });
    input.addEventListener("input", () => choose(true));
    input.addEventListener("change", () => choose(false));
    return [input, task2box.node("output", "")];
  }

  /* The menu says what the view says, and offers what is drawn. */
  task2box.setLayers = function ({ atlas, view }) {
    const flat = !task2box.isSolid(view);
    const members = task2box.membersKnown(task2box.explorer);
    const offered = { outline: flat, floor: flat, points: view.beside in atlas.points, members };
    for (const layer of Object.keys(LAYERS)) {
      element(`layer-${layer}`).querySelector("input").checked = !isOff(view, layer);
    }
    for (const [key, unit] of [["opacity", " %"], ["floor", " px"]]) {
      const place = element(`layer-${key}`);
      place.querySelector("input").value = view[key];
      place.querySelector("input").setAttribute("aria-valuetext", `${view[key]}${unit}`);
      place.querySelector("output").textContent = `${view[key]}${unit}`;
    }
    for (const [key, there] of Object.entries(offered)) element(`layer-${key}`).hidden = !there;
  };

  /* A press elsewhere, or Esc, closes a menu. */
  function closeMenus() {
    const open = () => document.querySelectorAll("details.menu[open]");
    document.addEventListener("pointerdown", ({ target }) => {
      for (const menu of open()) if (!menu.contains(target)) menu.open = false;
    });
    document.addEventListener("keydown", ({ key, target }) => {
      const menu = key === "Escape" && target.closest?.("details.menu[open]");
      if (!menu) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
})(window.task2box);
