/* What is seen, as a file: SVG with vectors, PNG, or one HTML file that still works. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const HEAD = 44; // px above the pictures, for the title
  const GAP = 12;
  const SCALE = 2; // device pixels of a PNG per pixel of the page

  function fileName(explorer, ending) {
    const { atlas, view } = explorer.state;
    const task = view.focus ? atlas.labels[atlas.row(view.focus)] : "all";
    const safe = task.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60);
    return `${view.collection}-${view.dim}d-${safe}.${ending}`;
  }

  function save(name, blob) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function title({ atlas, view }) {
    const rows = view.focus ? atlas.path(atlas.row(view.focus)) : [];
    return [atlas.title, ...rows.map((row) => atlas.labels[row])].join(" ▸ ");
  }

  /* One picture as SVG markup of its own size. */
  function drawn(panel, paint) {
    const ctx = task2box.svgRecorder();
    const scene = panel.scene();
    paint(ctx, scene);
    return { width: scene.width, height: scene.height, markup: ctx.markup() };
  }

  async function pictures(explorer) {
    const { atlas, view, panels, cuboids } = explorer.state;
    const marks = { selected: atlas.row(view.task), hovered: -1 };
    const seen = [];
    if (view.dim === 2) {
      const paint = (ctx, scene) => {
        task2box.paintBoxes(ctx, atlas, scene);
        task2box.markBoxes(ctx, atlas, scene, marks);
      };
      seen.push(drawn(panels.boxes, paint));
    } else {
      const { clientWidth: width, clientHeight: height } = cuboids;
      const image = await window.Plotly.toImage(cuboids, { format: "png", width, height, scale: SCALE });
      seen.push({ width, height, markup: `<image href="${image}" width="${width}" height="${height}"/>` });
    }
    if (view.points && panels.points.root.clientWidth) {
      const paint = (ctx, scene) => {
        task2box.paintPoints(ctx, atlas, scene);
        task2box.markPoints(ctx, atlas, scene, marks);
      };
      seen.push(drawn(panels.points, paint));
    }
    return seen;
  }

  task2box.svgOfView = async function (explorer) {
    const look = explorer.look();
    const seen = await pictures(explorer);
    const height = HEAD + GAP + Math.max(...seen.map((picture) => picture.height));
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
    const words = task2box.escapeXml(title(explorer.state));
    const font = task2box.escapeXml(task2box.FONT);
    const markup =
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}"><title>${words}</title>` +
      `<rect width="100%" height="100%" fill="${look.page}"/>` +
      `<text x="${GAP}" y="${HEAD / 2}" font-family="${font}" font-size="15" font-weight="600" ` +
      `dominant-baseline="central" fill="${look.ink}">${words}</text>${parts.join("")}</svg>`;
    return { markup, width, height };
  };

  task2box.exportSvg = async function (explorer) {
    const { markup } = await task2box.svgOfView(explorer);
    save(fileName(explorer, "svg"), new Blob([markup], { type: "image/svg+xml" }));
  };

  task2box.exportPng = async function (explorer) {
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
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    save(fileName(explorer, "png"), blob);
  };

  /* The server writes the file: it has Plotly, these modules and the style sheet. */
  task2box.exportHtml = async function (explorer) {
    const { view } = explorer.state;
    const query = task2box.queryOf({ ...view, theme: explorer.tone() });
    const answer = await fetch(`export/${encodeURIComponent(view.collection)}.html${query}`);
    if (!answer.ok) return task2box.tell(`The server could not write the file (${answer.status}).`);
    return save(fileName(explorer, "html"), await answer.blob());
  };
})(window.task2box);
