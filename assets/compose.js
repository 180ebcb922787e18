/* Elements of what the server composed of Dash's HTML components.

   Drawn here and not by Dash, whose callbacks take some 50 ms on their way: a click is
   answered before the eye has moved. Names are data: texts become text nodes. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  /* Show components, as their JSON says them, in place of what an element holds. */
  task2box.compose = (place, told) => place.replaceChildren(...nodesOf(told));

  function nodesOf(told) {
    if (told === null || told === undefined) return [];
    if (Array.isArray(told)) return told.flatMap(nodesOf);
    return [typeof told === "object" ? elementOf(told) : String(told)];
  }

  function elementOf({ type, props: { children, className = "", style = {}, ...attributes } }) {
    const made = task2box.node(type.toLowerCase(), className);
    for (const [name, value] of Object.entries(style)) made.style.setProperty(name, value);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null) made.setAttribute(name.toLowerCase(), value);
    }
    made.append(...nodesOf(children));
    return made;
  }
})(window.task2box);
