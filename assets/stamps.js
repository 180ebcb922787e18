/* Small things, many at once: boxes and dots of a few pixels are written straight into
   an image that is laid over the picture. A canvas takes a microsecond and more for each
   of its own rectangles, and there may be 20,000 in a frame. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const masks = new Map(); // of discs and rings, by kind and radius
  const sheets = new WeakMap(); // images, by the canvas that they are laid over

  function sheetOf(ctx) {
    const { width, height } = ctx.canvas;
    let sheet = sheets.get(ctx.canvas);
    if (!sheet || sheet.canvas.width !== width || sheet.canvas.height !== height) {
      const canvas = new OffscreenCanvas(Math.max(1, width), Math.max(1, height));
      const image = new ImageData(canvas.width, canvas.height);
      const pixels = new Uint32Array(image.data.buffer);
      sheet = { canvas, image, pixels, context: canvas.getContext("2d"), used: [0, 0] };
      sheets.set(ctx.canvas, sheet);
    }
    return sheet;
  }

  /* An empty sheet over the canvas of a context; `lay` puts it there. */
  task2box.stampsOn = function (ctx) {
    const sheet = sheetOf(ctx);
    const { canvas, image, pixels, context } = sheet;
    const { width, height } = canvas;
    const ratio = ctx.getTransform().a;
    pixels.fill(0, width * sheet.used[0], width * sheet.used[1]);
    let [first, last] = [height, 0]; // rows that are written, all but `last`: few, zoomed in

    function uses(y0, y1) {
      first = Math.min(first, Math.max(0, y0));
      last = Math.max(last, Math.min(height, y1));
    }

    /* One pixel over what is there; alpha in 0 to 255. */
    function blend(at, ink, alpha) {
      const below = pixels[at];
      if (below === 0) {
        pixels[at] = (alpha << 24) | ink;
        return;
      }
      const sum = alpha + (((below >>> 24) * (255 - alpha)) >> 8);
      const share = ((alpha << 8) / sum) | 0; // of the new colour in the mix, of 256
      const [r, g, b] = [below & 255, (below >> 8) & 255, (below >> 16) & 255];
      pixels[at] =
        (sum << 24) |
        ((b + ((((ink >> 16) - b) * share) >> 8)) << 16) |
        ((g + (((((ink >> 8) & 255) - g) * share) >> 8)) << 8) |
        (r + ((((ink & 255) - r) * share) >> 8));
    }

    function row(x0, x1, y, ink, alpha) {
      if (y < 0 || y >= height) return;
      const end = y * width + Math.min(x1, width);
      const bare = ((alpha << 24) | ink) >>> 0;
      for (let at = y * width + Math.max(x0, 0); at < end; at++) {
        if (pixels[at] === 0) pixels[at] = bare;
        else blend(at, ink, alpha);
      }
    }

    return {
      /* A box in pixels of the page: opacities of what fills it, of its outline, and of
         a box too small for both; 0 leaves either out. */
      box(left, top, w, h, ink, opacity, outline, dot) {
        const x0 = Math.round(left * ratio);
        const y0 = Math.round(top * ratio);
        const x1 = Math.max(x0 + 1, Math.round((left + w) * ratio));
        const y1 = Math.max(y0 + 1, Math.round((top + h) * ratio));
        const line = Math.round(255 * outline);
        const fill = Math.round(255 * opacity);
        uses(y0, y1);
        if (x1 - x0 < 3 || y1 - y0 < 3) {
          for (let y = y0; y < y1; y++) row(x0, x1, y, ink, Math.round(255 * dot));
          return;
        }
        if (!line) {
          for (let y = y0; y < y1 && fill; y++) row(x0, x1, y, ink, fill);
          return;
        }
        row(x0, x1, y0, ink, line);
        for (let y = y0 + 1; y < y1 - 1; y++) {
          row(x0, x0 + 1, y, ink, line);
          if (fill) row(x0 + 1, x1 - 1, y, ink, fill);
          row(x1 - 1, x1, y, ink, line);
        }
        row(x0, x1, y1 - 1, ink, line);
      },

      /* A disc, or a ring of a line's width, around a point. */
      round(x, y, radius, line, ink, opacity) {
        const { size, across, alphas } = maskOf(radius * ratio, line * ratio);
        const x0 = Math.round(x * ratio - size / 2);
        const y0 = Math.round(y * ratio - size / 2);
        if (x0 < 0 || y0 < 0 || x0 + size > width || y0 + size > height) return;
        uses(y0, y0 + size);
        const corner = y0 * width + x0;
        for (let k = 0; k < across.length; k += 2) {
          blend(corner + across[k + 1] * width + across[k], ink, (alphas[k >> 1] * opacity) | 0);
        }
      },

      lay() {
        sheet.used = [first, last];
        if (first >= last) return;
        const part = [0, first, width, last - first];
        context.putImageData(image, 0, 0, ...part);
        ctx.save();
        ctx.setTransform(1, 0, 0, 1, 0, 0);
        ctx.globalAlpha = 1;
        ctx.drawImage(canvas, ...part, ...part);
        ctx.restore();
      },
    };
  };

  /* Pixels of a disc (line 0) or ring: their places (x, y) and alphas, soft at the edge. */
  function maskOf(radius, line) {
    const half = Math.round(2 * radius) / 2;
    const key = 1000 * half + line;
    if (!masks.has(key)) masks.set(key, newMask(half, line));
    return masks.get(key);
  }

  function newMask(radius, line) {
    const size = Math.ceil(2 * radius + line) + 2;
    const [across, alphas] = [[], []];
    for (let at = 0; at < size * size; at++) {
      const x = (at % size) - size / 2 + 0.5;
      const y = Math.floor(at / size) - size / 2 + 0.5;
      const away = Math.hypot(x, y) - radius;
      const edge = line ? line / 2 - Math.abs(away) : -away;
      const alpha = Math.min(1, Math.max(0, edge + 0.5));
      if (alpha < 0.02) continue;
      across.push(at % size, Math.floor(at / size));
      alphas.push(255 * alpha);
    }
    return { size, across: Uint8Array.from(across), alphas: Float32Array.from(alphas) };
  }
})(window.task2box);
