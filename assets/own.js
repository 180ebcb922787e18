/* What is a person's own, in one dialog: a tab for each module that has one to show.

   A module says ownTabs.<key> = {make(explorer, root), shown(about)}: `make` fills the
   root once, `shown` hears whenever the tab comes into sight, and what it was opened
   for, if anything. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const TITLES = { place: "Place", collections: "Collections", train: "Train", discovery: "Discovered" };
  const element = (id) => document.getElementById(id);
  const root = (key) => element(`own-${key}`);
  let keys = [];
  let chosen = "";

  task2box.ownTabs = task2box.ownTabs || {};

  /* Nothing where the server keeps nothing of anybody's own. */
  task2box.makeOwn = function (explorer) {
    if (!element("own-dialog")) return;
    keys = Object.keys(TITLES).filter((key) => key in task2box.ownTabs);
    for (const key of keys) task2box.ownTabs[key].make(explorer, root(key));
    const strip = element("own-tabs");
    strip.replaceChildren(...keys.map(tab));
    strip.addEventListener("keydown", ({ key }) => {
      const at = keys.indexOf(chosen);
      const last = keys.length - 1;
      const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[key];
      if (next === undefined) return;
      show(keys[(next + last + 1) % (last + 1)]);
      strip.children[keys.indexOf(chosen)].focus();
    });
  };

  function tab(key) {
    const made = task2box.node("button", "", TITLES[key]);
    Object.assign(made, { type: "button", id: `own-tab-${key}` });
    made.setAttribute("role", "tab");
    made.setAttribute("aria-controls", `own-${key}`);
    root(key).setAttribute("aria-labelledby", made.id);
    made.addEventListener("click", () => show(key));
    return made;
  }

  function show(key, about) {
    if (key !== chosen) element("own").scrollTop = 0;
    chosen = key;
    keys.forEach((one, at) => {
      const button = element("own-tabs").children[at];
      button.setAttribute("aria-selected", String(one === key));
      button.tabIndex = one === key ? 0 : -1;
      root(one).hidden = one !== key;
    });
    task2box.ownTabs[key].shown(about);
  }

  /* As it was left, or with this tab; about: what that tab is opened for. */
  task2box.openOwn = function (key = chosen || keys[0], about = undefined) {
    if (!element("own-dialog").open) element("own-dialog").showModal();
    show(key, about);
  };
})(window.task2box);
