/* A picture of one panel as a file, at a size of its own: PNG, WebP, SVG or PDF. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const MOST = 64e6; // pixels, of an image that a browser can be asked for
  const SIDE = 16384; // px, of an image that it can be asked for
  const TYPES = { png: "image/png", webp: "image/webp", svg: "image/svg+xml" };
  const isVector = (format) => format === "svg" || format === "pdf";

  /* What is shown and what draws it, of a panel of canvases. */
  function panelOf({ boxes, points, other }, panel) {
    if (panel === "boxes") return { ...boxes, paint: task2box.paintBoxes, paintMarks: task2box.markBoxes };
    if (panel === "points") return { ...points, paint: task2box.paintPoints, paintMarks: task2box.markPoints };
    return other();
  }

  /* Draw what a panel of canvases shows into a context, as large as it is asked for. */
  function draw(ctx, { state, pictures }, { panel, width, height }) {
    const { scene: seen, paint, paintMarks } = panelOf(pictures, panel);
    const scene = { ...seen(), width, height, hovered: -1, vector: true };
    const atlas = Object.create(panel === "boxes" && state.played ? state.played : state.atlas);
    atlas.labelWidths = null; // other fonts, other widths
    paint(ctx, atlas, scene);
    paintMarks(ctx, atlas, scene);
  }

  /* Plotly draws cuboids with WebGL: they are an image in any file. */
  async function cuboidsImage({ pictures }, { width, height, scale }) {
    task2box.needWebGL();
    const size = { format: "png", width, height, scale };
    const image = new Image();
    image.src = await window.Plotly.toImage(pictures.cuboids.graph, size);
    await image.decode();
    return image;
  }

  function canvasOf(width, height) {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: Math.round(width), height: Math.round(height) });
    return canvas;
  }

  async function raster(explorer, asked) {
    const { panel, format, width, height, scale, ground } = asked;
    const canvas = canvasOf(width * scale, height * scale);
    const ctx = canvas.getContext("2d");
    ctx.scale(scale, scale);
    fillGround(ctx, asked, ground);
    if (panel === "cuboids") ctx.drawImage(await cuboidsImage(explorer, asked), 0, 0, width, height);
    else draw(ctx, explorer, asked);
    return task2box.blobOf(canvas, TYPES[format]);
  }

  function fillGround(ctx, { width, height }, ground) {
    if (!ground) return;
    ctx.fillStyle = ground;
    ctx.fillRect(0, 0, width, height);
  }

  async function svg(explorer, asked) {
    const { panel, width, height, ground, about } = asked;
    const ctx = task2box.svgRecorder();
    fillGround(ctx, asked, ground);
    if (panel !== "cuboids") draw(ctx, explorer, asked);
    const image = panel === "cuboids" ? await cuboidsImage(explorer, asked) : null;
    const photo = image ? `<image href="${image.src}" width="${width}" height="${height}"/>` : "";
    const markup =
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}"><title>${task2box.escapeXml(about.title)}</title>` +
      `<desc>${task2box.escapeXml(about.notes)}</desc>${ctx.markup()}${photo}</svg>`;
    return new Blob([markup], { type: TYPES.svg });
  }

  async function pdf(explorer, asked) {
    const { panel, width, height, scale, ground, about } = asked;
    const ctx = task2box.pdfRecorder(width, height);
    fillGround(ctx, asked, ground);
    if (panel === "cuboids") {
      const canvas = canvasOf(width * scale, height * scale);
      const photo = await cuboidsImage(explorer, asked);
      canvas.getContext("2d").drawImage(photo, 0, 0, canvas.width, canvas.height);
      ctx.image(canvas, 0, 0, width, height);
    } else draw(ctx, explorer, asked);
    return ctx.file(about);
  }

  /* A promise of the file. asked: {panel: "boxes", "cuboids", "points" or another kind, format, width,
     height, scale, transparent}. */
  task2box.pictureOf = function (explorer, asked) {
    const { atlas, view, look } = explorer.state;
    const where = view.focus ? atlas.labels[atlas.row(view.focus)] : "";
    const title = [atlas.title, where].filter(Boolean).join(": ");
    const about = { title, notes: atlas.notes.join(" ") };
    const ground = asked.transparent ? "" : look.panel;
    const write = { svg, pdf }[asked.format] || raster;
    return write(explorer, { ...asked, ground, about });
  };

  /* Why there can be no such picture, or nothing. */
  task2box.pictureFault = function ({ panel, format, width, height, scale }) {
    const pixels = width * height * scale * scale;
    if (isVector(format) && panel !== "cuboids") return "";
    if (pixels <= MOST && Math.max(width, height) * scale <= SIDE) return "";
    return `An image has at most ${MOST / 1e6} million pixels, and ${SIDE.toLocaleString("en")} a side.`;
  };

  /* How large it will be, in words. */
  task2box.pictureSize = function ({ panel, format, width, height, scale }) {
    const pixels = [width, height].map((side) => Math.round(side * scale).toLocaleString("en"));
    if (!isVector(format)) return `${pixels.join(" × ")} pixels`;
    if (panel !== "cuboids") return "Vectors, sharp at any size";
    return `An image of ${pixels.join(" × ")} pixels: three dimensions are no vectors`;
  };

  task2box.isVector = isVector;
})(window.task2box);
