/* Starts the explorer in a file of its own: no server, no Dash. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const read = (id) => JSON.parse(document.getElementById(id).textContent);

  async function start() {
    const { view, axes, config } = read("start");
    const atlas = task2box.atlasOf(read("columns"));
    const graphs = {};
    for (const id of ["boxes", "projection"]) {
      const layout = structuredClone(axes.layout);
      graphs[id] = await window.Plotly.newPlot(id, structuredClone(axes.data), layout, config);
    }
    graphs.cuboids = await window.Plotly.newPlot("cuboids", [], {}, config);
    task2box.mount({ graphs, view, atlas, changed() {} });
  }

  start();
})(window.task2box);
