/* Starts the explorer in a file of its own: no server, no Dash. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const read = (id) => JSON.parse(document.getElementById(id).textContent);

  function start() {
    const { view, axes, config } = read("start");
    const atlas = task2box.atlasOf(read("columns"));
    atlas.learn(read("words"));
    atlas.words.prepare();
    const draw = (id) => {
      const { data, layout } = structuredClone(axes);
      return window.Plotly.newPlot(id, data, layout, config);
    };
    const graphs = { boxes: draw("boxes"), projection: draw("projection") };
    const plotly = Promise.resolve(window.Plotly);
    const values = read("values");
    const column = (_, color) => Promise.resolve(values[color]);
    const report = () => Promise.resolve(read("figures"));
    task2box.mount({ plotly, graphs, view, atlas, changed() {}, open() {}, column, report });
  }

  start();
})(window.task2box);
