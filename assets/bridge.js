/* Between the explorer and the page: the address bar, the server, Dash. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  // What a link leaves out; the server fills it in (dashboard/view.py).
  const USUAL = {
    dim: 2,
    axes: "",
    focus: "",
    task: "",
    color: "branch",
    theme: "auto",
    viewport: "",
    near: "features",
    features: "mean",
    measure: "cosine",
    selection: "",
    hidden: "",
    between: "",
    off: "",
    floor: 0,
    opacity: 100,
  };
  const LINKED = 1500; // letters of a selection that a link can carry
  const KEPT = 4; // collections in memory
  const WALK = 120; // ms without a step of a walk by keys before words follow
  const atlases = new Map(); // promises by collection
  const versions = new Map(); // which of its versions the server has, by collection
  let described = { key: "", drawn: Promise.resolve() }; // what the details were last asked for
  let tabulated = ""; // and the table
  let around = { key: "", told: null }; // what lies near the chosen task
  let telling = 0;
  let turn = 0; // of views that were asked for: only the latest is shown
  let news = 0; // of views that were shown anew: only the latest is
  let grid = null; // a promise of the table

  const element = (id) => document.getElementById(id);

  task2box.queryOf = function (view) {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(view)) {
      if (value !== USUAL[key] && (key !== "selection" || task2box.isLinked(value))) query.set(key, value);
    }
    return `?${query}`;
  };

  /* Whether a selection goes into a link. */
  task2box.isLinked = (selection) => selection.length <= LINKED;

  function atlas(collection) {
    const found = atlases.get(collection) || load(collection);
    atlases.delete(collection); // and back as the youngest
    atlases.set(collection, found);
    if (atlases.size > KEPT) atlases.delete(atlases.keys().next().value);
    found.catch(() => atlases.delete(collection)); // asked again, it may be mended
    return found;
  }

  async function load(collection) {
    const payload = await task2box.ask(`atlas/${encodeURIComponent(collection)}.json`);
    return task2box.atlasOf(payload);
  }

  /* Texts that are searched and shown by the tooltip; the picture does not wait. */
  async function learn(loaded) {
    if (loaded.learning || loaded.window) return; // names of many are searched by the server
    loaded.learning = true;
    const words = await task2box.ask(`words/${encodeURIComponent(loaded.collection)}.json`);
    loaded.learn(words);
    loaded.words.prepare();
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

  // ---------------------------------------------------------------- views

  /* Gestures go to the address bar, and to the server where it has something to say. */
  function changed(view, { replace }) {
    turn++;
    const { pathname, search } = window.location;
    const address = pathname + task2box.queryOf(view);
    // Where the address stays, going back would seem to do nothing.
    if (replace || address === pathname + search) window.history.replaceState(null, "", address);
    else window.history.pushState(null, "", address);
    const { atlas: loaded } = task2box.explorer.state;
    clearTimeout(telling);
    if (replace) telling = setTimeout(() => tell(view, loaded), WALK);
    else tell(view, loaded);
  }

  /* Another collection, seen as much like the present one as it can be. */
  async function open(collection) {
    const mine = ++turn;
    const { explorer } = task2box;
    describe({ ...explorer.state.view, collection, focus: "", task: "" }); // meanwhile
    const loaded = await atlas(collection).catch((error) => error);
    if (mine !== turn) return;
    if (loaded instanceof Error) return refuse(loaded);
    const now = explorer.state.view;
    const offered = (wanted, choices) => (choices.includes(wanted) ? wanted : choices[0]);
    const view = {
      ...now,
      collection,
      dim: offered(now.dim, loaded.dims),
      beside: offered(now.beside, loaded.besides) || "",
      color: offered(now.color, loaded.colors),
      ...describedAs(loaded, now),
      axes: "",
      focus: "",
      task: "",
      viewport: "",
      selection: "",
      hidden: "",
      between: "",
    };
    const failed = await task2box.boxesOf(loaded, view.dim, boxes).then(() => null, (error) => error);
    if (mine !== turn) return;
    if (failed) return refuse(failed);
    notice([]);
    explorer.show(view, loaded);
    changed(view, { replace: false });
  }

  /* By what tasks are compared: as before, where they can be. */
  function describedAs({ described }, { features, measure }) {
    if (!(features in described)) return { features: "mean", measure: "cosine" };
    return { features, measure };
  }

  /* What cannot be shown is said, and all stays as it is. */
  function refuse(error) {
    const { view } = task2box.explorer.state;
    notice([error.message], "");
    element("collection").value = view.collection;
    describe(view);
  }

  /* What of a large collection a view shows, before there is a picture too. */
  async function partOf(view) {
    if (task2box.partOf) return task2box.partOf(view);
    const { collection, focus, task, selection, viewport } = view;
    const also = [encodeURIComponent(task), selection].filter(Boolean).join(",");
    const frame = viewport ? { frame: viewport } : {};
    return task2box.atlasOf(await part(collection, { ...frame, focus, also }));
  }

  /* The view that the address bar asks for, or the nearest valid one; the server says
     what had to be left out. */
  async function asked(query = window.location.search) {
    const { view, faults } = await task2box.ask(`view.json${query}`);
    const first = await atlas(view.collection);
    const loaded = first.window ? await partOf(view) : first;
    await task2box.boxesOf(loaded, view.dim, boxes);
    return { view, faults, loaded };
  }

  function notice(faults, instead = "Showing the nearest view instead.") {
    element("notice").hidden = !faults.length;
    element("notice").textContent = [...faults, instead].join(" ");
  }

  /* Back and forward, also before the first picture is there. */
  async function reopen() {
    const mine = ++turn;
    await started;
    const found = await asked().catch((error) => error);
    if (mine !== turn) return;
    if (found instanceof Error) {
      refuse(found);
      return;
    }
    notice(found.faults);
    task2box.explorer.show(found.view, found.loaded);
    tell(found.view, found.loaded);
  }

  // ---------------------------------------------------------------- words

  const keyOf = ({ collection, dim, focus, task }) => JSON.stringify([collection, dim, task || focus]);

  /* What lies near a task goes by what describes them too. */
  const nearOf = (view) => `${keyOf(view)} ${view.features}`;

  /* What the server knows of the task, or of the collection where none is chosen. */
  function describe(view) {
    const key = keyOf(view);
    if (key === described.key) return;
    const mine = (described = { key, drawn: null });
    const { collection, dim, focus, task } = view;
    const asked = task2box.ask(`details.json?${new URLSearchParams({ collection, dim, focus, task })}`);
    mine.drawn = asked.then(
      (told) => described === mine && task2box.compose(element("details"), told),
      ({ message }) => described === mine && notice([message], "")
    );
  }

  /* Details are read first, and would wait for the table to be laid out. */
  const detailed = () => described.drawn.then(() => new Promise(requestAnimationFrame));

  function tell(view, loaded) {
    describe(view);
    const tabled = tabulate(view, loaded).catch(({ message }) => notice([message], ""));
    surround(view, tabled);
    task2box.inspect(task2box.explorer, detailed);
    learn(loaded).catch(({ message }) => notice([message], ""));
  }

  /* The server was away: what it said meanwhile, if anything, is not worth much. */
  function tellAgain() {
    const { view, atlas: loaded } = task2box.explorer.state;
    forgetTold();
    tell(view, loaded);
    if (element("about-dialog").open) askAbout(view.collection);
  }

  function forgetTold() {
    described = { key: "", drawn: described.drawn };
    tabulated = "";
    around = { key: "", told: null };
    task2box.forgetInspected();
  }

  // ---------------------------------------------------------------- news

  /* A collection is new, gone or has other boxes: where it is in sight, it is shown as it
     is by now, in the same view or the nearest to it. */
  task2box.renewed = async function (collection) {
    atlases.delete(collection);
    versions.delete(collection);
    try {
      const offered = await list();
      const { view } = task2box.explorer.state;
      if (view.collection === collection) await showAnew(offered.includes(collection) ? view : { theme: view.theme });
    } catch ({ message }) {
      notice([message], "");
    }
  };

  /* Whatever a person does meanwhile, or has begun to do, comes first. */
  async function showAnew(wanted) {
    const [before, mine] = [turn, ++news];
    const { view, faults, loaded } = await asked(task2box.queryOf(wanted));
    if (before !== turn || mine !== news) return;
    notice(faults);
    window.history.replaceState(null, "", window.location.pathname + task2box.queryOf(view));
    task2box.explorer.show(view, loaded);
    forgetTold();
    tell(view, loaded);
  }

  /* The collections that can be chosen. */
  async function list() {
    const offered = await task2box.ask("collections.json");
    const select = element("collection");
    select.replaceChildren(...offered.map(([name, title]) => new Option(title, name)));
    select.value = task2box.explorer.state.view.collection;
    return offered.map(([name]) => name);
  }

  task2box.openCollection = (collection) => open(collection);

  /* Somebody else may have changed a collection, in another tab say. */
  function compareVersions(collection, version) {
    const known = versions.get(collection);
    versions.set(collection, version);
    if (known && known !== version && atlases.has(collection)) task2box.renewed(collection);
  }

  async function tabulate(view, loaded, begin = 0) {
    const key = JSON.stringify([keyOf(view), view.selection, begin]);
    if (key === tabulated) return;
    tabulated = key;
    const known = task2box.tableOf(loaded, view);
    const query = task2box.queryOf({ ...view, viewport: "" });
    const page = begin ? `&begin=${begin}` : "";
    const table = known || task2box.readTable(await task2box.ask(`table.json${query}${page}`));
    table.turn = (to) => tabulate(view, loaded, to).catch(({ message }) => notice([message], ""));
    const api = await grid;
    if (!known) await detailed();
    if (key !== tabulated) return;
    task2box.fillGrid(api, table.atlas || loaded, table, view.dim);
  }

  /* Which tasks lie near the chosen one; the first time for a collection takes seconds. */
  async function surround(view, tabled) {
    const { explorer } = task2box;
    const key = nearOf(view);
    if (key === around.key) return around.told && task2box.drawNearest(explorer, around.told);
    around = { key, told: null };
    if (explorer.state.atlas.window || (!view.task && !view.focus)) return task2box.hideNearest();
    element("nearest").setAttribute("aria-busy", "true");
    await tabled; // is read first, and would wait for what takes longer to find
    if (key !== around.key) return undefined;
    const query = task2box.queryOf({ ...view, viewport: "" });
    const told = await task2box.ask(`nearest.json${query}`).catch((error) => error);
    if (key !== around.key) return undefined;
    element("nearest").removeAttribute("aria-busy");
    if (told instanceof Error) return task2box.refuseNearest(told.message);
    around.told = told;
    return task2box.drawNearest(explorer, told);
  }

  /* All about the collection, in a dialog: Esc closes it and the focus goes back. */
  task2box.openAbout = function () {
    const { collection } = task2box.explorer.state.view;
    if (element("about").dataset.collection !== collection) element("about").replaceChildren();
    element("about").dataset.collection = collection;
    askAbout(collection);
    element("about-dialog").showModal();
  };

  async function askAbout(collection) {
    const told = await task2box.ask(`about/${encodeURIComponent(collection)}.json`).catch((error) => error);
    if (element("about").dataset.collection !== collection) return;
    if (told instanceof Error) task2box.refuse(element("about"), "About this collection", told);
    else task2box.compose(element("about"), told);
  }

  const boxes = (collection, dim) => task2box.ask(`boxes/${encodeURIComponent(collection)}.json?dim=${dim}`);

  const part = (collection, question) =>
    task2box.ask(`window/${encodeURIComponent(collection)}.json?${new URLSearchParams(question)}`);

  const find = (collection, text) =>
    task2box.ask(`search/${encodeURIComponent(collection)}.json?${new URLSearchParams({ text })}`);

  const column = (collection, color) =>
    task2box.ask(`column/${encodeURIComponent(collection)}.json?color=${encodeURIComponent(color)}`);

  const members = ({ collection, dim, task }) =>
    task2box.ask(`members.json?${new URLSearchParams({ collection, dim, task })}`);

  const fit = (collection, one) =>
    task2box.ask(`fit/${encodeURIComponent(collection)}.json?fit=${encodeURIComponent(one)}`);

  const replay = (collection, dim) => task2box.ask(`replay/${encodeURIComponent(collection)}.json?dim=${dim}`);

  const matrix = ({ collection, features, measure }, rows) =>
    task2box.ask(
      `matrix/${encodeURIComponent(collection)}.json?${new URLSearchParams({ features, measure })}&rows=${rows.join(",")}`
    );

  const neighbourhoods = (collection, rows) =>
    task2box.ask(`neighbourhoods/${encodeURIComponent(collection)}.json?rows=${rows.join(",")}`);

  const report = (collection) => task2box.ask(`evaluation/${encodeURIComponent(collection)}.json`);

  // ---------------------------------------------------------------- start

  async function start() {
    const { view, faults, loaded } = await asked();
    await sometime(() => document.querySelector("#projection-panel canvas"));
    notice(faults);
    const plotly = sometime(() => window.Plotly);
    const graphs = { boxes: graph("boxes"), projection: graph("projection") };
    grid = sometime(() => window.dash_ag_grid).then(() => task2box.gridOf(task2box.explorer));
    const parts = { boxes, column, report, members, fit, replay, matrix, neighbourhoods, part, find };
    task2box.mount({ plotly, graphs, view, atlas: loaded, changed, open, ...parts });
    task2box.listenExports(task2box.explorer);
    task2box.makeOwn(task2box.explorer);
    task2box.ready = performance.now();
    tell(view, loaded);
  }

  /* Where nothing can be shown, the page says why. */
  async function startOrSay() {
    try {
      await start();
    } catch (error) {
      await sometime(() => element("notice"));
      notice([error.message], "");
      throw error;
    }
  }

  const started = startOrSay();
  started.then(
    () => {
      task2box.onReturn(tellAgain);
      task2box.onVersion(compareVersions);
    },
    () => {}
  );
  window.addEventListener("popstate", reopen);

  /* Axes follow the first picture, which would wait while Plotly's library is read. */
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.task2box = { axes: (graphs) => started.then(painted, painted).then(() => graphs) };
})(window.task2box);
