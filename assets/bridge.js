/* Between the explorer and the page: the address bar, the server, Dash. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  // What a link leaves out; the server fills it in (dashboard/view.py).
  const USUAL = { dim: 2, focus: "", task: "", color: "branch", theme: "auto", viewport: "" };
  const atlases = new Map(); // promises by collection
  let chosen = ""; // what the server was last asked about

  task2box.queryOf = function (view) {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(view)) {
      if (value !== USUAL[key]) query.set(key, value);
    }
    return `?${query}`;
  };

  function atlas(collection) {
    if (!atlases.has(collection)) atlases.set(collection, load(collection));
    return atlases.get(collection);
  }

  async function load(collection) {
    const answer = await fetch(`atlas/${encodeURIComponent(collection)}.json`);
    if (!answer.ok) throw new Error(`The server has no collection ${collection}.`);
    return task2box.atlasOf(await answer.json());
  }

  /* The first true answer to a question that is asked every frame. */
  function sometime(question) {
    return new Promise((done) => {
      const ask = () => {
        const answer = question();
        if (answer) done(answer);
        else requestAnimationFrame(ask);
      };
      ask();
    });
  }

  /* Dash draws a graph in its own time. */
  function graph(id) {
    return sometime(() => {
      const found = document.querySelector(`#${id} .js-plotly-plot`);
      return found && found._fullLayout && found;
    });
  }

  /* What the details and the table depend on; undefined when it is as it was. */
  function newlyChosen({ collection, dim, focus, task }) {
    const key = JSON.stringify([collection, dim, task || focus]);
    if (key === chosen) return undefined;
    chosen = key;
    return { collection, dim, focus, task };
  }

  /* Gestures go to the address bar, and to the server where it has something to say. */
  function changed(view, { replace }) {
    const address = window.location.pathname + task2box.queryOf(view);
    if (replace) window.history.replaceState(null, "", address);
    else window.history.pushState(null, "", address);
    tell(view);
  }

  /* Another collection, seen as much like the present one as it can be. */
  async function open(collection) {
    const { explorer } = task2box;
    const loaded = await atlas(collection);
    const now = explorer.state.view;
    const offered = (wanted, choices) => (choices.includes(wanted) ? wanted : choices[0]);
    const view = {
      ...now,
      collection,
      dim: offered(now.dim, Object.keys(loaded.boxes).map(Number)),
      points: offered(now.points, Object.keys(loaded.points)) || "",
      focus: "",
      task: "",
      viewport: "",
    };
    explorer.show(view, loaded);
    changed(view, { replace: false });
  }

  /* The view that the address bar asks for, or the nearest valid one; the server says
     what had to be left out. */
  async function asked() {
    const answer = await fetch(`view.json${window.location.search}`);
    const { view, faults } = await answer.json();
    return { view, faults, loaded: await atlas(view.collection) };
  }

  function notice(faults) {
    const place = document.getElementById("notice");
    place.hidden = !faults.length;
    place.textContent = `${faults.join(" ")} Showing the nearest view instead.`;
  }

  /* The pictures come first; then the server is asked what it knows of the task. */
  function tell(view) {
    const data = newlyChosen(view);
    if (data) window.dash_clientside.set_props("chosen", { data });
  }

  async function start() {
    const { view, faults, loaded } = await asked();
    await sometime(() => document.querySelector("#projection-panel canvas"));
    notice(faults);
    const plotly = sometime(() => window.Plotly);
    const graphs = { boxes: graph("boxes"), projection: graph("projection") };
    task2box.mount({ plotly, graphs, view, atlas: loaded, changed, open });
    task2box.ready = performance.now();
    tell(view);
  }

  window.addEventListener("popstate", async () => {
    const { view, faults, loaded } = await asked();
    notice(faults);
    task2box.explorer.show(view, loaded);
    tell(view);
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.task2box = {
    /* A row of the table was clicked. */
    pick(cell) {
      const { explorer } = task2box;
      if (cell) explorer.drill(explorer.state.atlas.row(cell.rowId));
    },
  };

  start();
})(window.task2box);
