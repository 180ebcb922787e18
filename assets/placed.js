/* Tasks of one's own among those of the collection: asked for, kept, and seen by all
   pictures. What is known does not move, and nothing is stored on the server.

   They are kept while the page is open: as the files that they came in, and as the server
   placed them, by dimension. A file of the page has the latter only. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const KINDS = ["features", "members", "tasks"];
  const AIR = 0.15; // around what one flies to, as a share of it
  let kept = null; // {collection, files, atlas, answers, waiting}

  task2box.placedKinds = KINDS;

  const dimOf = (view) => (task2box.isSolid(view) ? 3 : task2box.planeOf(view).dim);

  function answerIn({ state }, dim = dimOf(state.view)) {
    const here = kept && kept.collection === state.view.collection && kept.atlas === state.atlas;
    return here ? kept.answers.get(dim) : undefined;
  }

  /* What pictures show: {tasks, axes, chosen}, or null. */
  task2box.placedIn = function (explorer) {
    const { view, played } = explorer.state;
    const told = played ? undefined : answerIn(explorer);
    if (!told) return null;
    const axes = task2box.isSolid(view) ? [0, 1, 2] : task2box.planeOf(view).axes.split(",").map(Number);
    return { tasks: told.tasks, axes, chosen: kept.chosen };
  };

  task2box.placedFiles = ({ state }) => (kept && kept.collection === state.view.collection ? kept.files : {});

  // ---------------------------------------------------------------- the server

  const address = ({ view }, what) => `place/${encodeURIComponent(view.collection)}${what}.json`;

  /* Make the server ready to place, which takes seconds the first time. */
  task2box.warmPlacing = ({ state }) => task2box.post(address(state, "/warm"), { dim: dimOf(state.view) });

  async function asked({ state }, files, dim) {
    const words = { dim };
    const where = address(state, "");
    for (const kind of KINDS.filter((one) => files[one])) {
      const query = new URLSearchParams({ name: files[kind].name, ...(words.token && { token: words.token }) });
      const { token } = await task2box.sendFile(`place/files/${kind}.json?${query}`, files[kind]);
      words.token = token;
    }
    return task2box.post(where, words);
  }

  /* Place the tasks of these files; those that were placed before stay where it fails. */
  task2box.place = async function (explorer, files) {
    const { atlas, view } = explorer.state;
    const dim = dimOf(view);
    const told = await asked(explorer, files, dim);
    if (explorer.state.atlas !== atlas) throw new Error("Another collection is shown by now; place them again.");
    kept = { collection: view.collection, files, atlas, answers: new Map([[dim, told]]), chosen: -1, waiting: "" };
    redraw(explorer);
    return told;
  };

  /* What the server said so far, by dimension; none where nothing was placed. */
  task2box.placedAnswers = ({ state }) => (kept?.atlas === state.atlas ? Object.fromEntries(kept.answers) : null);

  /* Where there is no server: what it said before. */
  task2box.keepPlaced = function (explorer, told) {
    const { atlas, view } = explorer.state;
    const answers = new Map(Object.entries(told).map(([dim, answer]) => [Number(dim), answer]));
    kept = { collection: view.collection, files: null, atlas, answers, chosen: -1, waiting: "" };
    redraw(explorer);
  };

  task2box.clearPlaced = function (explorer) {
    kept = null;
    redraw(explorer);
  };

  function redraw(explorer) {
    explorer.state.version++; // of cuboids
    explorer.pictures.draw();
    task2box.drawPlacedList(explorer, answerIn(explorer));
  }

  /* Another view: other boxes, of which they may not be known yet. */
  task2box.followPlaced = function (explorer) {
    const { view, atlas } = explorer.state;
    const mine = kept;
    const there = mine && mine.collection === view.collection;
    if (there && mine.atlas !== atlas) Object.assign(mine, { atlas, answers: new Map(), chosen: -1, waiting: "" });
    const dim = dimOf(view);
    task2box.drawPlacedList(explorer, answerIn(explorer));
    if (!there || !mine.files || mine.answers.has(dim) || mine.waiting === `${dim}`) return;
    mine.waiting = `${dim}`;
    asked(explorer, mine.files, dim).then(
      (told) => {
        if (mine !== kept || mine.atlas !== atlas) return;
        mine.answers.set(dim, told);
        mine.waiting = "";
        if (explorer.state.atlas === atlas) redraw(explorer);
      },
      ({ message }) => {
        if (mine === kept && mine.atlas === atlas) task2box.refusePlaced(`Your tasks have no ${dim}D boxes. ${message}`);
      }
    );
  };

  // ---------------------------------------------------------------- choosing

  /* Mark one of them, in the pictures and in the list; -1 for none. */
  task2box.choosePlaced = function (explorer, at) {
    if (!kept || kept.chosen === at) return;
    kept.chosen = at;
    explorer.state.version++;
    explorer.pictures.draw();
    task2box.markPlacedList(at);
  };

  /* The rectangle [x0, x1, y0, y1] of one, along two axes. */
  task2box.placedFrame = ({ lower, upper }, [i, j]) => [lower[i], upper[i], lower[j], upper[j]];

  /* See one with the smallest known box around it. */
  task2box.flyToPlaced = function (explorer, at) {
    const seen = task2box.placedIn(explorer);
    task2box.choosePlaced(explorer, at);
    if (!seen || task2box.isSolid(explorer.state.view)) return;
    const task = seen.tasks[at];
    const frames = [task2box.placedFrame(task, seen.axes)];
    if (task.spread) {
      const { lower, upper } = task.spread;
      frames.push(task2box.placedFrame({ lower: lower[0], upper: upper[1] }, seen.axes));
    }
    const [holder] = task.holders.first;
    if (holder) frames.push(explorer.state.atlas.frame(holder[0]));
    const range = task2box.padded(joined(frames), AIR);
    explorer.change({ viewport: range.map((value) => Number(value.toPrecision(7))).join(",") });
  };

  const joined = (frames) =>
    [Math.min, Math.max, Math.min, Math.max].map((end, k) => end(...frames.map((frame) => frame[k])));

  /* After they were placed: where none is in sight, all is. */
  task2box.showPlaced = function (explorer) {
    const seen = task2box.placedIn(explorer);
    if (!seen || task2box.isSolid(explorer.state.view)) return;
    if (seen.tasks.length === 1) {
      task2box.flyToPlaced(explorer, 0);
      return;
    }
    const [x0, x1, y0, y1] = explorer.pictures.boxes.range;
    const visible = seen.tasks.some((task) => {
      const [a0, a1, b0, b1] = task2box.placedFrame(task, seen.axes);
      return a0 < x1 && a1 > x0 && b0 < y1 && b1 > y0;
    });
    if (!visible) explorer.change({ focus: "", viewport: "" });
  };
})(window.task2box);
