/* A 2D context that writes SVG: what painter.js draws, as vectors. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const ruler = document.createElement("canvas").getContext("2d");

  task2box.escapeXml = function (text) {
    // XML has no place at all for control characters.
    return String(text)
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
      .replace(/&/g, "&amp;")
      .replace(/</g, "&lt;")
      .replace(/>/g, "&gt;")
      .replace(/"/g, "&quot;");
  };

  const short = (value) => Number(value.toFixed(2));

  task2box.svgRecorder = function () {
    const parts = [];
    let path = "";
    let dashed = "";
    const context = {
      globalAlpha: 1,
      fillStyle: "#000",
      strokeStyle: "#000",
      lineWidth: 1,
      font: "",
      fillRect: (x, y, w, h) => rect(x, y, w, h, fill()),
      strokeRect: (x, y, w, h) => rect(x, y, w, h, stroke()),
      beginPath: () => (path = ""),
      arc: (x, y, r) => (path = `<circle cx="${short(x)}" cy="${short(y)}" r="${short(r)}"`),
      fill: () => parts.push(`${path} ${fill()}/>`),
      stroke: () => parts.push(`${path} ${stroke()}/>`),
      fillText: (text, x, y) => words(text, x, y, fill()),
      strokeText: (text, x, y) => words(text, x, y, `${stroke()} stroke-linejoin="round"`),
      setLineDash: (dash) => (dashed = dash.length ? ` stroke-dasharray="${dash.join(" ")}"` : ""),
      measureText(text) {
        ruler.font = context.font;
        return ruler.measureText(text);
      },
      /* A canvas as an image of its pixels. */
      image(canvas, x, y, w, h) {
        const [left, top, wide, tall] = [x, y, w, h].map(short);
        parts.push(
          `<image x="${left}" y="${top}" width="${wide}" height="${tall}" preserveAspectRatio="none" ` +
            `style="image-rendering: pixelated" href="${canvas.toDataURL()}"/>`
        );
      },
      markup: () => parts.join("\n"),
    };
    const fill = () => `fill="${context.fillStyle}" fill-opacity="${context.globalAlpha}"`;
    const stroke = () =>
      `fill="none" stroke="${context.strokeStyle}" stroke-width="${context.lineWidth}" ` +
      `stroke-opacity="${context.globalAlpha}"${dashed}`;
    function rect(x, y, w, h, style) {
      parts.push(
        `<rect x="${short(x)}" y="${short(y)}" width="${short(w)}" height="${short(h)}" ${style}/>`
      );
    }
    function words(text, x, y, style) {
      const [, weight, size] = /^(\d+) ([\d.]+)px/.exec(context.font);
      parts.push(
        `<text x="${short(x)}" y="${short(y)}" font-family="${task2box.escapeXml(task2box.FONT)}" ` +
          `font-size="${short(Number(size))}" font-weight="${weight}" ` +
          `dominant-baseline="central" ${style}>${task2box.escapeXml(text)}</text>`
      );
    }
    return context;
  };
})(window.task2box);
