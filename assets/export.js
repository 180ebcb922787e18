/* All that is seen, as a file: SVG with vectors, PNG, or one HTML file that still works. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const HEAD = 44; // px above the pictures, for the title
  const GAP = 12;
  const LINE = 17; // px, height of a line of the notes below
  const SCALE = 2; // device pixels of a PNG per pixel of the page

  /* what: is seen in it. */
  task2box.fileName = function ({ state }, ending, what = `${state.view.dim}d`) {
    const { atlas, view } = state;
    const task = view.focus ? atlas.labels[atlas.row(view.focus)] : "all";
    const safe = task.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60);
    return `${view.collection}-${what}-${safe}.${ending}`;
  };

  task2box.save = function (name, blob) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  /* Do what writes a file; what was not written is said, and nothing else changes. */
  task2box.orSay = async function (write) {
    try {
      await write();
    } catch (error) {
      task2box.tell(`No file was written. ${error.message}`);
    }
  };

  /* What a canvas shows as a file; the browser has none where memory was short. */
  task2box.blobOf = async function (canvas, type) {
    const blob = await new Promise((done) => canvas.toBlob(done, type, 0.95));
    if (!blob) throw new Error("The picture is too large for this browser.");
    if (blob.type !== type) throw new Error(`This browser cannot write ${type}.`);
    return blob;
  };

  /* One picture as SVG markup of its own size. */
  function drawn(panel, atlas, paint, mark) {
    const ctx = task2box.svgRecorder();
    const scene = { ...panel.scene(), hovered: -1, vector: true };
    paint(ctx, atlas, scene);
    mark(ctx, atlas, scene);
    return { width: scene.width, height: scene.height, markup: ctx.markup() };
  }

  /* Plotly draws cuboids with WebGL: in an SVG they are an image. */
  async function photo(graph) {
    task2box.needWebGL();
    const { clientWidth: width, clientHeight: height } = graph;
    const size = { format: "png", width, height, scale: SCALE };
    const image = await window.Plotly.toImage(graph, size);
    return { width, height, markup: `<image href="${image}" width="${width}" height="${height}"/>` };
  }

  async function seenPictures({ state, pictures }) {
    const { atlas, played, view } = state;
    const { boxes, points, cuboids } = pictures;
    const seen = [
      task2box.isSolid(view)
        ? await photo(cuboids.graph)
        : drawn(boxes, played || atlas, task2box.paintBoxes, task2box.markBoxes),
    ];
    if (task2box.pointsShown(state)) seen.push(drawn(points, atlas, task2box.paintPoints, task2box.markPoints));
    const other = pictures.other();
    if (other) seen.push(drawn(other, atlas, other.paint, other.paintMarks));
    return seen;
  }

  /* The way to the focus, without its first steps where the picture is too narrow. */
  function titleWithin({ atlas, view }, width) {
    const rows = view.focus ? atlas.path(atlas.row(view.focus)) : [];
    const steps = [task2box.short(atlas.title), ...rows.map((row) => task2box.short(atlas.labels[row]))];
    const ruler = task2box.svgRecorder();
    ruler.font = `600 15px ${task2box.FONT}`;
    const words = (from) => (from ? "… ▸ " : "") + steps.slice(from).join(" ▸ ");
    let from = 0;
    while (from < steps.length - 1 && ruler.measureText(words(from)).width > width) from++;
    return words(from);
  }

  /* Sentences broken into lines of at most a width. */
  function linesWithin(sentences, width) {
    const ruler = task2box.svgRecorder();
    ruler.font = `400 12px ${task2box.FONT}`;
    const lines = [];
    for (const sentence of sentences) {
      let line = "";
      for (const word of task2box.short(sentence, 1000).split(/\s+/)) {
        const longer = line ? `${line} ${word}` : word;
        if (line && ruler.measureText(longer).width > width) {
          lines.push(line);
          line = word;
        } else line = longer;
      }
      lines.push(line);
    }
    return lines;
  }

  task2box.svgOfView = async function (explorer) {
    const { look } = explorer.state;
    const seen = await seenPictures(explorer);
    const tallest = Math.max(...seen.map((picture) => picture.height));
    const width = GAP + seen.reduce((sum, picture) => sum + picture.width + GAP, 0);
    let x = GAP;
    const parts = seen.map((picture) => {
      const frame =
        `<svg x="${x}" y="${HEAD}" width="${picture.width}" height="${picture.height}" overflow="hidden">` +
        `<rect width="100%" height="100%" fill="${look.panel}"/>${picture.markup}` +
        `<rect width="100%" height="100%" fill="none" stroke="${look.grid}"/></svg>`;
      x += picture.width + GAP;
      return frame;
    });
    const words = task2box.escapeXml(titleWithin(explorer.state, width - 2 * GAP));
    const font = task2box.escapeXml(task2box.FONT);
    // What must be known to read the picture rightly goes with it.
    const notes = linesWithin(explorer.state.atlas.notes, width - 2 * GAP);
    const height = HEAD + tallest + GAP + LINE * notes.length;
    const below = notes.map((line, k) => {
      const y = HEAD + tallest + GAP / 2 + LINE * (k + 0.5);
      const text = task2box.escapeXml(line);
      return (
        `<text x="${GAP}" y="${y}" font-family="${font}" font-size="12" ` +
        `dominant-baseline="central" fill="${look.muted}">${text}</text>`
      );
    });
    const markup =
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}"><title>${words}</title>` +
      `<rect width="100%" height="100%" fill="${look.page}"/>` +
      `<text x="${GAP}" y="${HEAD / 2}" font-family="${font}" font-size="15" font-weight="600" ` +
      `dominant-baseline="central" fill="${look.ink}">${words}</text>${parts.join("")}${below.join("")}</svg>`;
    return { markup, width, height };
  };

  /* Names are data: with no "<" in it nothing can end the element. */
  function inert(id, told) {
    const textContent = JSON.stringify(told).replaceAll("<", "\\u003c");
    return Object.assign(document.createElement("script"), { type: "application/json", id, textContent }).outerHTML;
  }

  task2box.exportSvg = (explorer) =>
    task2box.orSay(async () => {
      const { markup } = await task2box.svgOfView(explorer);
      task2box.save(task2box.fileName(explorer, "svg"), new Blob([markup], { type: "image/svg+xml" }));
    });

  task2box.exportPng = (explorer) =>
    task2box.orSay(async () => {
      const { markup, width, height } = await task2box.svgOfView(explorer);
      const image = new Image();
      const source = URL.createObjectURL(new Blob([markup], { type: "image/svg+xml" }));
      image.src = source;
      await image.decode();
      const canvas = document.createElement("canvas");
      canvas.width = width * SCALE;
      canvas.height = height * SCALE;
      const ctx = canvas.getContext("2d");
      ctx.drawImage(image, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(source);
      task2box.save(task2box.fileName(explorer, "png"), await task2box.blobOf(canvas, "image/png"));
    });

  /* The server writes the file: it has Plotly, these modules and the style sheet. What was
     placed it does not keep. */
  task2box.exportHtml = (explorer) =>
    task2box.orSay(async () => {
      const { view } = explorer.state;
      const query = task2box.queryOf({ ...view, theme: explorer.tone() });
      const { rows } = task2box.matrixRows(explorer.state, explorer.focusRow());
      const seen = view.beside === "matrix" && rows.length ? `&rows=${rows.join(",")}` : "";
      const part = task2box.partQuery(explorer);
      const answer = await task2box.fetched(`export/${encodeURIComponent(view.collection)}.html${query}${seen}${part}`);
      const placed = task2box.placedAnswers?.(explorer);
      const text = await answer.text();
      const page = placed ? text.replace("</head>", (end) => inert("placed-tasks", placed) + end) : text;
      task2box.save(task2box.fileName(explorer, "html"), new Blob([page], { type: "text/html" }));
    });
})(window.task2box);
