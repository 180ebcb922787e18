/* Names on a picture, each written once and then stamped: to write some dozens of them with
   their halos takes a tenth of a frame. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const KEPT = 400; // written names
  const AIR = 3; // px around a name, for its halo
  const TALL = 1.6; // of a name, in sizes of its font
  const written = new Map(); // {canvas, width, height} by all that tells how it looks

  /* Write a text that begins at x, with its middle at y, in CSS pixels. */
  task2box.stampText = function (ctx, look, text, { x, y, font }) {
    const ratio = ctx.getTransform().a;
    const stamp = stampOf(look, text, font, ratio);
    const whole = (at) => Math.round(at * ratio) / ratio; // between pixels it would blur
    ctx.drawImage(stamp.canvas, whole(x - AIR), whole(y - stamp.height / 2), stamp.width, stamp.height);
  };

  function stampOf(look, text, font, ratio) {
    const key = [text, font, look.ink, look.panel, ratio].join("\n");
    const stamp = written.get(key) || lettered(look, text, font, ratio);
    written.delete(key); // and back as the youngest
    written.set(key, stamp);
    if (written.size > KEPT) written.delete(written.keys().next().value);
    return stamp;
  }

  function lettered(look, text, font, ratio) {
    const canvas = document.createElement("canvas");
    const ctx = canvas.getContext("2d");
    ctx.font = font;
    const size = Number(/([\d.]+)px/.exec(font)[1]);
    canvas.width = Math.ceil((ctx.measureText(text).width + 2 * AIR) * ratio);
    canvas.height = Math.ceil(TALL * size * ratio);
    const [width, height] = [canvas.width / ratio, canvas.height / ratio];
    ctx.scale(ratio, ratio);
    task2box.writeText(ctx, look, text, { x: AIR, y: height / 2, font });
    return { canvas, width, height };
  }
})(window.task2box);
