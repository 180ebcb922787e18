/* Starts the explorer in a file of its own: no server, no Dash. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const textOf = (id) => document.getElementById(id).textContent;

  /* A promise of a text that is packed in the file (dashboard/standalone.py). */
  function unpacked(id) {
    const packed = new Blob([task2box.bytes(textOf(id))]).stream();
    return new Response(packed.pipeThrough(new DecompressionStream("gzip"))).text();
  }

  const read = async (id) => JSON.parse(await unpacked(id));

  /* The library runs as if it stood in the file as it is. */
  async function library() {
    const script = document.createElement("script");
    script.textContent = await unpacked("plotly");
    document.head.append(script);
    return window.Plotly;
  }

  async function start() {
    const { view, axes, config } = JSON.parse(textOf("start"));
    const [columns, fits] = [await read("columns"), await read("fits")];
    const sent = await read("matrix"); // of the tasks that were in sight
    const there = (beside) => (beside === "matrix" ? "rows" in sent : !beside.startsWith("fit.") || beside.slice(4) in fits);
    const besides = columns.besides.filter(there);
    const atlas = task2box.atlasOf({ ...columns, besides, described: task2box.onlyMeasure(columns, view) });
    const matrix = async () => ({ ...sent, kept: true });
    const plotly = library(); // the first picture does not wait for it
    const draw = async (id) => {
      const { data, layout } = structuredClone(axes);
      return (await plotly).newPlot(id, data, layout, config);
    };
    const graphs = { boxes: draw("boxes"), projection: draw("projection") };
    const values = read("values");
    const column = async (_, color) => (await values)[color];
    const report = async () => {
      const told = await read("figures");
      for (const model of told.explanation?.models ?? []) model.cases = {}; // pictures are not in the file
      return told;
    };
    const fit = async (_, one) => fits[one];
    const boxes = async (_, dim) => (await read("further"))[dim];
    await task2box.boxesOf(atlas, view.dim, boxes);
    task2box.mount({ plotly, graphs, view, atlas, changed() {}, open() {}, boxes, column, report, fit, matrix });
    const own = document.getElementById("placed-tasks");
    if (own) task2box.keepPlaced(task2box.explorer, JSON.parse(own.textContent));
    atlas.learn(await read("words"));
    atlas.words.prepare();
    await plotly;
    task2box.ready = performance.now();
  }

  if ("DecompressionStream" in window) start();
  else task2box.tell("This file needs a newer browser: Chrome or Edge 80, Safari 16.4, Firefox 113.");
})(window.task2box);
