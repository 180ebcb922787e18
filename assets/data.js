/* What is known of many tasks, as a file: of those that are selected, or else of those
   that the table shows. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const chosen = ({ atlas, view }) =>
    view.selection ? view.selection.split(",").map(decodeURIComponent) : task2box.listedNames(atlas);

  /* kind: csv, json or parquet; the server knows all columns, and names the file. */
  task2box.exportData = ({ state }, kind) =>
    task2box.orSay(async () => {
      const { view } = state;
      const names = chosen(state);
      if (!names.length) throw new Error("The table is empty.");
      const answer = await task2box.fetched(`data/${encodeURIComponent(view.collection)}.${kind}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ names, dim: view.dim }),
      });
      task2box.save(nameOf(answer), await answer.blob());
    });

  function nameOf(answer) {
    const said = answer.headers.get("Content-Disposition");
    const [, name] = /filename\*?=(?:UTF-8'')?"?([^";]+)/.exec(said);
    return decodeURIComponent(name);
  }

  /* The menu says whose data it exports, whenever it is opened. */
  task2box.listenExports = function ({ state }) {
    document.getElementById("exports").addEventListener("toggle", () => {
      const count = chosen(state).length.toLocaleString("en");
      const whose = state.selection ? "selected" : "in the table";
      document.getElementById("export-count").textContent = `Data: ${count} ${whose}`;
    });
  };
})(window.task2box);
