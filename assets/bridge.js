/* Between the explorer and Dash: stores, controls, the address bar. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const atlases = new Map();
  let mounted = null;

  // What a link leaves out; the server fills it in (dashboard/view.py).
  const USUAL = { dim: 2, focus: "", task: "", color: "branch", theme: "auto", viewport: "" };

  task2box.queryOf = function (view) {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(view)) {
      if (value !== USUAL[key]) query.set(key, value);
    }
    return `?${query}`;
  };

  async function atlas(collection) {
    if (!atlases.has(collection)) {
      const answer = await fetch(`atlas/${encodeURIComponent(collection)}.json`);
      if (!answer.ok) throw new Error(`The server has no collection ${collection}.`);
      atlases.set(collection, task2box.atlasOf(await answer.json()));
    }
    return atlases.get(collection);
  }

  const graphIn = (id) => document.querySelector(`#${id} .js-plotly-plot`);

  function graphsDrawn() {
    return new Promise((done) => {
      const look = () => {
        const graphs = {
          boxes: graphIn("boxes"),
          projection: graphIn("projection"),
          cuboids: graphIn("cuboids"),
        };
        const ready = Object.values(graphs).every((graph) => graph && graph._fullLayout);
        if (ready && window.Plotly) done(graphs);
        else requestAnimationFrame(look);
      };
      look();
    });
  }

  /* Gestures go to the server's store and to the address bar. */
  function changed(view, { replace }) {
    const address = window.location.pathname + task2box.queryOf(view);
    if (replace) window.history.replaceState(null, "", address);
    else window.history.pushState(null, "", address);
    window.dash_clientside.set_props("view", { data: view });
  }

  const POINTS = { tsne: "t-SNE", umap: "UMAP", pca: "PCA" };

  /* The controls offer what the collection has, and say what the view says. */
  function setControls(view, loaded) {
    const { set_props: set } = window.dash_clientside;
    const dims = Object.keys(loaded.boxes).map(Number);
    const methods = Object.keys(loaded.points);
    set("collection", { value: view.collection });
    set("dim", { value: view.dim, options: dims.map((dim) => ({ label: `${dim}D`, value: dim })) });
    const points = methods.map((method) => ({ label: POINTS[method], value: method }));
    set("points", { value: view.points, options: points });
    set("color", { value: view.color });
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.task2box = {
    /* A view from the server, or the echo of one of ours. */
    async show(view) {
      const none = window.dash_clientside.no_update;
      if (!view) return none;
      const loaded = await atlas(view.collection);
      if (!mounted) {
        mounted = graphsDrawn().then((graphs) =>
          task2box.mount({ graphs, view, atlas: loaded, changed })
        );
        await mounted;
        task2box.ready = performance.now();
      } else {
        await mounted;
        task2box.explorer.show(view, loaded);
      }
      setControls(view, loaded);
      return none;
    },

    /* A row of the table was clicked. */
    pick(cell) {
      if (cell && mounted) {
        const { atlas } = task2box.explorer.state;
        task2box.explorer.drill(atlas.row(cell.rowId));
      }
      return window.dash_clientside.no_update;
    },

    /* A control was set by hand. */
    async choose(collection, dim, points, color, view) {
      const none = window.dash_clientside.no_update;
      if (!view || !mounted) return none;
      await mounted;
      const explorer = task2box.explorer;
      const now = explorer.state.view;
      if (collection !== now.collection) {
        // Another collection: only the server knows its valid views.
        const query = task2box.queryOf({ collection, dim, color, theme: now.theme });
        window.history.pushState(null, "", window.location.pathname + query);
        window.dispatchEvent(new PopStateEvent("popstate"));
        return none;
      }
      explorer.change({ dim, points, color });
      return none;
    },
  };
})(window.task2box);
