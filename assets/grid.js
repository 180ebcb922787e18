/* The table: which rows and columns it shows, and cells that draw a share as a bar.

   Rows are made here, of columns that the browser has already: Dash would take seconds
   for 20,000 of them. */
window.task2box = window.task2box || {};
window.dashAgGridFunctions = window.dashAgGridFunctions || {};

(function (task2box) {
  "use strict";

  const HEADER = 32; // px
  const SHARES = ["inside", "true_inside", "around", "true_around"];
  let grid = null; // its functions

  /* Words and bars of cells, not components of React: of those a table is drawn in twice
     the time. */
  const told = (word) => ({ value }) => (value === undefined || value === null ? "" : word(value));
  Object.assign(window.dashAgGridFunctions, {
    count: told((value) => value.toLocaleString("en")),
    share: told((value) => value.toFixed(2)),
    figure: told((value) => task2box.figure(value)),
    bar: ({ value }) => ({ "--learned": value === undefined || value === null ? "" : `${100 * value}%` }),
  });

  /* The grid's own functions, once Dash has drawn it; a line that is clicked is gone to. */
  task2box.gridOf = async function ({ state, visit }) {
    const api = await window.dash_ag_grid.getApiAsync("contained");
    grid = api;
    const chosen = ({ data }) => {
      if (data?.collection === state.view.collection) visit(data.of.names[data.row]);
    };
    api.addEventListener("cellClicked", chosen);
    api.addEventListener("cellKeyDown", (pressed) => {
      if (pressed.event.key === "Enter") chosen(pressed);
    });
    return api;
  };

  /* A table as the server sends it. */
  task2box.readTable = function ({ title, rows, tasks, pages, ...columns }) {
    const shares = Object.entries(columns).map(([share, column]) => [share, task2box.thousandths(column)]);
    const atlas = tasks ? task2box.atlasOf(tasks) : null; // of a large collection, these tasks alone
    return { title, atlas, pages, rows: task2box.rows(rows), ...Object.fromEntries(shares) };
  };

  /* Show a table of `atlas`, {title, rows, and a column per share that is known, in
     thousandths}, beside boxes of so many dimensions. */
  task2box.fillGrid = function (api, atlas, table, dim) {
    const scores = atlas.scored(dim).column;
    document.getElementById("contained-title").textContent = task2box.short(table.title, 300);
    drawPages(table);
    const seen = {
      rank: Boolean(atlas.ranks),
      members: atlas.colors.includes("members"),
      size: Boolean(atlas.sizes),
      depth: atlas.colors.includes("depth"),
      f1: table.rows.some((row) => scores[row] !== null),
    };
    for (const share of SHARES) seen[share] = table[share]?.some((value) => value >= 0) || false;
    for (const wanted of [false, true]) {
      const other = (column) => api.getColumn(column).isVisible() !== wanted;
      const named = Object.keys(seen).filter((column) => seen[column] === wanted && other(column));
      if (named.length) api.setColumnsVisible(named, wanted); // lays all cells out anew
    }
    const shares = SHARES.filter((share) => seen[share]);
    const rowData = Array.from(table.rows, (row, k) => lineOf(atlas, table, shares, scores, row, k));
    api.updateGridOptions({ groupHeaderHeight: shares.length ? HEADER : 0, rowData });
    api.ensureIndexVisible(0);
  };

  /* Buttons to the pages of a table that comes in pages, beside its title. */
  function drawPages({ pages, turn }) {
    const heading = document.getElementById("contained-title").parentElement;
    heading.querySelectorAll(".page").forEach((button) => button.remove());
    if (!pages || pages.count <= pages.size) return;
    const { begin, end, count, size } = pages;
    const button = (word, to) => {
      const made = Object.assign(task2box.node("button", "page", word), { type: "button", disabled: to < 0 || to >= count });
      made.addEventListener("click", () => turn(to));
      return made;
    };
    heading.append(button("Previous", begin - size), button(`Next ${Math.min(size, count - end) || size}`, end));
  }

  function lineOf(atlas, table, shares, scores, row, k) {
    const line = {
      row,
      of: atlas,
      collection: atlas.collection,
      task: task2box.short(atlas.labels[row], 300),
      name: task2box.short(atlas.names[row], 300),
      rank: atlas.ranks?.[row],
      members: atlas.members[row],
      size: atlas.sizes?.[row],
      depth: atlas.depth[row],
      f1: scores[row],
    };
    for (const share of shares) line[share] = table[share][k] < 0 ? null : table[share][k] / 1000;
    return line;
  }

  /* Tables that need no server, those with most members first: the selection, or all
     tasks where none is chosen. */
  task2box.tableOf = function (atlas, view) {
    const rows = Array.from(atlas.byMembers);
    const selection = task2box.selectionOf(atlas, view.selection);
    if (selection) {
      const chosen = rows.filter((row) => selection.flags[row]);
      return { title: `${chosen.length.toLocaleString("en")} selected`, rows: chosen };
    }
    if (view.task || view.focus || atlas.window) return null;
    return { title: `All ${atlas.count.toLocaleString("en")} tasks of ${atlas.title}`, rows };
  };

  /* Names of the tasks that the table shows now, filtered and sorted as they are. */
  task2box.listedNames = function ({ collection }) {
    const names = [];
    grid?.forEachNodeAfterFilterAndSort(({ data }) => {
      if (data?.collection === collection) names.push(data.of.names[data.row]);
    });
    return names;
  };
})(window.task2box);
