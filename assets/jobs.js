/* Fits and projections that run elsewhere: what is known of them, asked for again and
   again while one waits or runs, and told to whoever shows it. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const EVERY = 500; // ms between two looks
  const SOON = 100; // ms, where a job is about to begin or to end
  const MOVING = 250; // ms between two messages of a hand that moves
  const HERE = ["localhost", "127.0.0.1", "[::1]"];
  const POINTS = { tsne: "t-SNE", umap: "UMAP", pca: "PCA" };
  const listeners = new Set();
  const titles = new Map(); // of collections, which may have no boxes yet
  const frames = new Map(); // boxes on their way so far, by job
  let jobs = [];
  let next = 0; // the look that is waited for
  let looking = null; // a promise of the one under way

  const isOver = ({ state }) => state !== "queued" && state !== "running";
  const element = (id) => document.getElementById(id);

  // ---------------------------------------------------------------- words

  const offered = (name) => [...element("collection").options].find(({ value }) => value === name);

  /* What a collection is called, where the page knows it. */
  task2box.titleOf = (name) => offered(name)?.textContent || titles.get(name) || name;

  /* Whether a collection can be shown and is not. */
  task2box.isElsewhere = (name) => Boolean(offered(name)) && element("collection").value !== name;

  /* What a job makes, in words. */
  task2box.jobWords = function ({ what, options }) {
    if (what === "project") return `${POINTS[options.method]} points, seed ${options.seed}`;
    const steps = options.steps ? `, ${options.steps.toLocaleString("en")} steps` : "";
    return `${options.dim}D boxes, ${options.recipe} recipe, seed ${options.seed}${steps}`;
  };

  /* How much of its steps a job has taken, 0 to 1; null where nobody counts them. */
  task2box.shareOf = ({ progress: { step, steps } }) => (steps ? Math.min(1, step / steps) : null);

  task2box.span = function (seconds) {
    if (seconds < 60) return `${Math.max(1, Math.round(seconds))}\u00a0s`;
    if (seconds < 3600) return `${Math.round(seconds / 60)}\u00a0min`;
    return `${(seconds / 3600).toFixed(1)}\u00a0h`;
  };

  // ---------------------------------------------------------------- looking

  task2box.onJobs = (listener) => listeners.add(listener);
  task2box.jobs = () => jobs;

  function look() {
    looking ||= lookOnce().finally(() => (looking = null));
    return looking;
  }

  async function lookOnce() {
    clearTimeout(next);
    const before = new Map(jobs.map((job) => [job.id, job]));
    jobs = (await task2box.ask("jobs.json")).jobs;
    for (const job of jobs) {
      const known = before.get(job.id);
      if (known && !isOver(known) && isOver(job)) ended(job);
    }
    for (const id of frames.keys()) if (!jobs.some((job) => job.id === id)) frames.delete(id);
    tell();
    if (!document.hidden && !jobs.every(isOver)) lookIn(isTurning() ? SOON : EVERY);
  }

  function lookIn(ms) {
    clearTimeout(next);
    next = setTimeout(lookAgain, ms);
  }

  const tell = () => listeners.forEach((listener) => listener(jobs));

  /* Whether a job is about to begin or to end. */
  const isTurning = () => jobs.some((job) => job.stopping) || !jobs.some(({ state }) => state === "running");

  const lookAgain = () => look().catch(({ message }) => task2box.tell(message));

  function ended(job) {
    const title = task2box.titleOf(job.collection);
    if (job.state === "done") {
      const made = job.what === "fit" ? `${job.options.dim}D boxes` : `${POINTS[job.options.method]} points`;
      task2box.tell(`${title}: the new ${made} are there.`);
      task2box.renewed(job.collection).then(tell); // it may be new to the page
    } else if (job.state !== "cancelled") task2box.tell(`${title}: ${job.why}`);
  }

  // ---------------------------------------------------------------- wishes

  async function wish(address, words) {
    await task2box.post(address, words);
    await (looking || undefined); // one that began before knows nothing of it
    await look();
  }

  task2box.startJob = (collection, what, options) => wish("jobs.json", { collection, what, options });
  task2box.changeJob = ({ id }, what) => wish(`jobs/${id}/${what}`);

  /* What a job can be about, asked for by who may start one soon. */
  task2box.jobChoices = async function () {
    task2box.post("jobs/ready").catch(() => {}); // the first job would only begin later
    const choices = await task2box.ask("jobs/choices.json");
    for (const { name, title } of choices) titles.set(name, title);
    return choices;
  };

  /* Where browser and jobs share the cores of a machine, a job stands still while a hand
     moves a picture. */
  function listenMoves() {
    let told = -Infinity;
    const moved = ({ type, buttons, target, timeStamp }) => {
      const moves = (buttons || type === "wheel") && target.closest?.(".panel");
      if (!moves || timeStamp - told < MOVING || jobs.every(({ state }) => state !== "running")) return;
      told = timeStamp;
      lookIn(EVERY); // meanwhile there is no news, and a look costs frames
      fetch("moving", { method: "POST" }).catch(() => {}); // who is away has no jobs to stop
    };
    for (const kind of ["pointermove", "wheel"]) document.addEventListener(kind, moved, { passive: true });
  }

  // ---------------------------------------------------------------- boxes on their way

  /* All boxes of a fit so far, {steps, lower, upper, tasks, dim}; those of before are kept. */
  task2box.framesOf = async function ({ id, progress }) {
    const known = frames.get(id);
    const last = known ? known.steps.at(-1) : -1;
    const rewound = known && last > progress.step; // it was resumed from before
    const sent = await task2box.ask(`jobs/${id}/frames.json?after=${rewound ? -1 : last}`);
    if (!sent.steps.length) return known || null;
    const fresh = { steps: sent.steps, tasks: sent.tasks, dim: sent.dim, ...task2box.cornersOf(sent) };
    const all = known && !rewound ? joined(known, fresh) : fresh;
    frames.set(id, all);
    return all;
  };

  function joined(one, other) {
    const both = (key) => {
      const all = new Float32Array(one[key].length + other[key].length);
      all.set(one[key]);
      all.set(other[key], one[key].length);
      return all;
    };
    return { ...other, steps: [...one.steps, ...other.steps], lower: both("lower"), upper: both("upper") };
  }

  // ---------------------------------------------------------------- in the header

  /* In sight on every page while a job waits or runs; it opens the tab. */
  function makeIndicator() {
    const made = Object.assign(task2box.node("button", ""), { id: "job", type: "button", hidden: true });
    const words = task2box.node("span", "job-words");
    const share = task2box.node("span", "job-share");
    const bar = task2box.node("span", "job-bar");
    made.append(words, share, bar);
    made.addEventListener("click", () => task2box.openOwn("train"));
    document.querySelector('[data-action="own"]').before(made);
    task2box.onJobs(() => {
      const job = jobs.find(({ state }) => state === "running") || jobs.find((one) => !isOver(one));
      made.hidden = !job;
      if (!job) return;
      const done = task2box.shareOf(job);
      const title = task2box.titleOf(job.collection);
      words.textContent = title;
      share.textContent = job.state === "queued" ? "waits" : done === null ? "…" : `${Math.floor(100 * done)} %`;
      bar.style.width = `${100 * (done || 0)}%`;
      made.title = `${title}: ${task2box.jobWords(job)}; shows the jobs`;
    });
  }

  /* Called where a person's own can be kept. */
  task2box.makeJobs = function () {
    makeIndicator();
    if (HERE.includes(window.location.hostname)) listenMoves();
    document.addEventListener("visibilitychange", () => document.hidden || lookAgain());
    lookAgain();
  };
})(window.task2box);
