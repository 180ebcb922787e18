/* A 2D context that writes PDF: what painter.js draws, as vectors on one page.

   Words are in Helvetica, which is not part of the file; those that it cannot write are
   images, with the words themselves for those who search and copy. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const POINTS = 0.75; // of a pixel: 72 points and 96 pixels are an inch
  const ARC = 0.5523; // how far the handles of a quarter circle reach, in radii
  const RISE = 0.35; // from the baseline to the middle of small letters, in sizes
  const EDGE = 50; // px beyond the page, after which nothing is drawn
  const FINE = 4; // pixels of an image of words per pixel of the page
  const FONTS = ["Helvetica", "Helvetica-Bold"];

  const short = (value) => String(Number(value.toFixed(2)));
  const ruler = document.createElement("canvas").getContext("2d");

  /* Any colour of the style sheet as three shares. */
  function shares(color) {
    ruler.fillStyle = color; // reads as #rrggbb
    return [1, 3, 5].map((at) => short(parseInt(ruler.fillStyle.slice(at, at + 2), 16) / 255)).join(" ");
  }

  /* Text as PDF has it outside of pages: UTF-16 in hexadecimal digits. */
  function utf16(text) {
    const units = Array.from({ length: text.length }, (_, k) => text.charCodeAt(k));
    return `<feff${units.map((unit) => unit.toString(16).padStart(4, "0")).join("")}>`;
  }

  const readFont = (font) => {
    const [, weight, size] = /^(\d+) ([\d.]+)px/.exec(font);
    return { bold: Number(weight) >= 600, size: Number(size) };
  };

  task2box.pdfRecorder = function (width, height) {
    const parts = [`${POINTS} 0 0 -${POINTS} 0 ${short(POINTS * height)} cm 1 j`];
    const alphas = new Map(); // names of opacities
    const images = []; // canvases
    let path = "";
    const context = {
      globalAlpha: 1,
      fillStyle: "#000",
      strokeStyle: "#000",
      lineWidth: 1,
      font: "400 10px",
      fillRect: (x, y, w, h) => parts.push(`${fill()} ${rect(x, y, w, h)} f`),
      strokeRect: (x, y, w, h) => parts.push(`${stroke()} ${rect(x, y, w, h)} S`),
      beginPath: () => (path = ""),
      arc: (x, y, radius) => (path = circle(x, y, radius)),
      fill: () => parts.push(`${fill()} ${path} f`),
      stroke: () => parts.push(`${stroke()} ${path} S`),
      fillText: (text, x, y) => words(text, x, y, "fill"),
      strokeText: (text, x, y) => words(text, x, y, "stroke"),
      setLineDash: (dash) => parts.push(`[${dash.join(" ")}] 0 d`),
      measureText(text) {
        const { bold, size } = readFont(context.font);
        if (task2box.helvetica.hex(text) !== null) return { width: size * task2box.helvetica.width(text, bold) };
        ruler.font = context.font;
        return ruler.measureText(text);
      },
      /* A canvas as an image of so many pixels of the page. */
      image(canvas, x, y, w, h) {
        images.push(canvas);
        const place = [w, 0, 0, -h, x, y + h].map(short).join(" ");
        parts.push(`q ${opacity()} ${place} cm /I${images.length} Do Q`);
      },
      /* The file, a promise of a blob. about: {title, notes}, texts. */
      file: (about) => fileOf({ width, height, content: parts.join("\n"), alphas, images, about }),
    };

    function opacity() {
      const alpha = short(context.globalAlpha);
      if (!alphas.has(alpha)) alphas.set(alpha, `A${alphas.size + 1}`);
      return `/${alphas.get(alpha)} gs`;
    }
    const fill = () => `${opacity()} ${shares(context.fillStyle)} rg`;
    const stroke = () =>
      `${opacity()} ${shares(context.strokeStyle)} RG ${short(context.lineWidth)} w`;

    /* Readers do not take numbers of any size: what is off the page is cut. */
    function rect(x, y, w, h) {
      const [left, top] = [Math.max(x, -EDGE), Math.max(y, -EDGE)];
      const right = Math.min(x + w, width + EDGE);
      const bottom = Math.min(y + h, height + EDGE);
      return `${[left, top, right - left, bottom - top].map(short).join(" ")} re`;
    }

    function circle(x, y, radius) {
      const reach = ARC * radius;
      const quarter = (...numbers) => `${numbers.map(short).join(" ")} c`;
      return [
        `${short(x + radius)} ${short(y)} m`,
        quarter(x + radius, y + reach, x + reach, y + radius, x, y + radius),
        quarter(x - reach, y + radius, x - radius, y + reach, x - radius, y),
        quarter(x - radius, y - reach, x - reach, y - radius, x, y - radius),
        quarter(x + reach, y - radius, x + radius, y - reach, x + radius, y),
        "h",
      ].join(" ");
    }

    /* Text from its left end and middle; what is a halo is nothing to be read. */
    function words(text, x, y, how) {
      const hex = task2box.helvetica.hex(text);
      const { bold, size } = readFont(context.font);
      const what = how === "stroke" ? "/Artifact BMC" : `/Span <</ActualText ${utf16(text)}>> BDC`;
      if (hex === null) {
        parts.push(what);
        pictured(text, x, y, size, how);
        parts.push("EMC");
        return;
      }
      const style = how === "stroke" ? `${stroke()} 1 Tr` : `${fill()} 0 Tr`;
      const place = `1 0 0 -1 ${short(x)} ${short(y + RISE * size)} Tm`;
      const shown = `BT ${style} /F${bold ? 2 : 1} ${short(size)} Tf ${place} <${hex}> Tj ET`;
      parts.push(how === "stroke" ? `${what} ${shown} EMC` : shown);
    }

    /* Words of any script, as this browser draws them. */
    function pictured(text, x, y, size, how) {
      const room = size; // around them, for halos and long tails
      const w = context.measureText(text).width + 2 * room;
      const h = 2 * size + room;
      const canvas = document.createElement("canvas");
      canvas.width = Math.ceil(FINE * w);
      canvas.height = Math.ceil(FINE * h);
      const ctx = canvas.getContext("2d");
      ctx.scale(FINE, FINE);
      const { font, fillStyle, strokeStyle, lineWidth } = context;
      Object.assign(ctx, { font, fillStyle, strokeStyle, lineWidth, lineJoin: "round", textBaseline: "middle" });
      if (how === "stroke") ctx.strokeText(text, room, h / 2);
      else ctx.fillText(text, room, h / 2);
      context.image(canvas, x - room, y - h / 2, canvas.width / FINE, canvas.height / FINE);
    }
    return context;
  };

  // ---------------------------------------------------------------- the file

  async function deflated(bytes) {
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  /* Two streams for a canvas: its colours, and its opacity, the object of that number. */
  async function imageStreams(canvas, mask) {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const colors = new Uint8Array(3 * width * height);
    const opacities = new Uint8Array(width * height);
    for (let at = 0; at < opacities.length; at++) {
      colors.set(data.subarray(4 * at, 4 * at + 3), 3 * at);
      opacities[at] = data[4 * at + 3];
    }
    const kind = `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /BitsPerComponent 8`;
    return [
      { head: `${kind} /ColorSpace /DeviceRGB /SMask ${mask} 0 R`, bytes: await deflated(colors) },
      { head: `${kind} /ColorSpace /DeviceGray`, bytes: await deflated(opacities) },
    ];
  }

  async function fileOf({ width, height, content, alphas, images, about }) {
    const first = 6 + FONTS.length; // number of the first object of an image
    const fonts = FONTS.map((_, k) => `/F${k + 1} ${6 + k} 0 R`);
    const states = Array.from(alphas, ([alpha, name]) => `/${name} <</ca ${alpha} /CA ${alpha}>>`);
    const drawn = images.map((_, k) => `/I${k + 1} ${first + 2 * k} 0 R`);
    const resources = `<</Font <<${fonts.join(" ")}>> /ExtGState <<${states.join(" ")}>> /XObject <<${drawn.join(" ")}>>>>`;
    const size = `[0 0 ${short(POINTS * width)} ${short(POINTS * height)}]`;
    const objects = [
      "<</Type /Catalog /Pages 2 0 R>>",
      "<</Type /Pages /Kids [3 0 R] /Count 1>>",
      `<</Type /Page /Parent 2 0 R /MediaBox ${size} /Contents 4 0 R /Resources ${resources}>>`,
      { head: "", bytes: await deflated(new TextEncoder().encode(content)) },
      `<</Title ${utf16(about.title)}${about.notes && ` /Subject ${utf16(about.notes)}`}>>`,
      ...FONTS.map((name) => `<</Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding>>`),
    ];
    for (const [k, canvas] of images.entries()) objects.push(...(await imageStreams(canvas, first + 2 * k + 1)));
    return new Blob(assembled(objects), { type: "application/pdf" });
  }

  /* The bytes of a file of these objects, with the table that says where each begins. */
  function assembled(objects) {
    const chunks = [];
    let length = 0;
    const write = (part) => {
      const bytes = typeof part === "string" ? new TextEncoder().encode(part) : part;
      chunks.push(bytes);
      length += bytes.length;
    };
    write("%PDF-1.7\n");
    write(Uint8Array.of(37, 226, 227, 207, 211, 10)); // a comment: this is no text
    const starts = objects.map((object, k) => {
      const start = length;
      write(`${k + 1} 0 obj\n`);
      if (typeof object === "string") write(object);
      else {
        write(`<<${object.head} /Filter /FlateDecode /Length ${object.bytes.length}>>\nstream\n`);
        write(object.bytes);
        write("\nendstream");
      }
      write("\nendobj\n");
      return start;
    });
    const end = length;
    const line = (start) => `${String(start).padStart(10, "0")} 00000 n \n`;
    write(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${starts.map(line).join("")}`);
    write(`trailer\n<</Size ${objects.length + 1} /Root 1 0 R /Info 5 0 R>>\nstartxref\n${end}\n%%EOF\n`);
    return chunks;
  }
})(window.task2box);
