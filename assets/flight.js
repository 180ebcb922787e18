/* On the way from one part of a picture to another, both are stretched and blended.

   Each is painted once: painting thousands of boxes for every frame would keep the words
   about the task waiting until the picture has landed. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  /* A canvas of its own that shows what another one does. */
  task2box.copyOf = function (canvas) {
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [canvas.width, canvas.height];
    if (copy.width && copy.height) copy.getContext("2d").drawImage(canvas, 0, 0);
    return copy;
  };

  /* Show two pictures, {canvas, range} each, in the part of the plane that `scene` has; share:
     how much of the second is seen, and no longer of the first. */
  task2box.blend = function (ctx, scene, from, to, share) {
    ctx.globalAlpha = 1 - share;
    if (share < 1) stretch(ctx, scene, from);
    ctx.globalAlpha = share;
    if (share > 0) stretch(ctx, scene, to);
    ctx.globalAlpha = 1;
  };

  function stretch(ctx, { range: [x0, x1, y0, y1], width, height }, { canvas, range }) {
    if (!canvas.width || !canvas.height) return;
    const [across, down] = [width / (x1 - x0), height / (y1 - y0)];
    const [left, top] = [(range[0] - x0) * across, (y1 - range[3]) * down];
    ctx.drawImage(canvas, left, top, (range[1] - range[0]) * across, (range[3] - range[2]) * down);
  }
})(window.task2box);
