/* Cuboids need WebGL: where a browser has none, that is said, and what shows as much. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const WHY = "This browser has no WebGL, which boxes in three dimensions need.";
  let known = null;

  task2box.hasWebGL = function () {
    if (known !== null) return known;
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("webgl2") || canvas.getContext("webgl");
    known = Boolean(context);
    context?.getExtension("WEBGL_lose_context")?.loseContext(); // a browser has few of them
    return known;
  };

  /* For what would draw a file of cuboids. */
  task2box.needWebGL = function () {
    if (!task2box.hasWebGL()) throw new Error(WHY);
  };

  /* In place of the cuboids: why there are none, and the same boxes in other pictures. */
  task2box.offerWithoutWebGL = function ({ state, change }) {
    const panel = document.getElementById("cuboids-panel");
    let place = panel.querySelector(".instead");
    if (!place) panel.append((place = task2box.node("div", "instead")));
    const offers = [["Show them along two axes", { axes: "0,1" }]];
    if (state.view.beside !== "intervals") offers.unshift(["Show them as intervals", { beside: "intervals" }]);
    const buttons = offers.map(([word, patch]) => {
      const button = task2box.node("button", "", word);
      button.type = "button";
      button.addEventListener("click", () => change(patch));
      return button;
    });
    place.replaceChildren(task2box.node("p", "", WHY), ...buttons);
  };
})(window.task2box);
