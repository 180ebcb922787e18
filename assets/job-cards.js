/* A card for each job: what it is, how far it is, and what can be done about it. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const PHASES = {
    starting: "starting",
    reading: "reading the collection",
    "laying out": "laying out a first guess",
    learning: "learning",
    computing: "computing; its steps are not counted",
    "moving points": "moving points",
    writing: "writing",
    done: "writing",
  };
  const STATES = { queued: "waits", running: "runs", done: "done" };
  const { node } = task2box;

  function button(word, press) {
    const made = Object.assign(node("button", "", word), { type: "button" });
    made.addEventListener("click", async () => {
      made.disabled = true;
      const failed = await press().then(() => null, (error) => error);
      made.disabled = false;
      if (failed) task2box.tell(failed.message);
    });
    return made;
  }

  /* In words, how far a job is that runs. */
  function saidOf({ state, stopping, why, progress }) {
    if (state === "queued") return why || "Waits for the jobs before it.";
    if (stopping) return "Is being cancelled.";
    const parts = [PHASES[progress.phase] || progress.phase];
    if (progress.steps) parts.push(`step ${progress.step.toLocaleString("en")} of ${progress.steps.toLocaleString("en")}`);
    if (progress.loss !== null) parts.push(`loss ${progress.loss.toPrecision(3)}`);
    if (progress.left !== null && progress.phase !== "done") parts.push(`${task2box.span(progress.left)} left`);
    return parts.join(", ");
  }

  function endOf({ state, started, ended, why, resumed, progress }) {
    if (state !== "done") return why;
    const loss = progress.loss === null ? "" : `, loss ${progress.loss.toPrecision(3)}`;
    return `${resumed ? "Resumed, and done" : `Took ${task2box.span(ended - started)}`}${loss}.`;
  }

  function cardOf(explorer, first) {
    let job = first;
    const root = node("li", "job");
    const title = node("strong", "");
    const state = node("span", "job-state");
    const head = node("div", "job-head");
    head.append(title, node("span", "muted", task2box.jobWords(job)), state);
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", "Progress");
    const words = node("p", "job-words");
    const pictures = node("div", "job-pictures");
    const curve = task2box.curveOf();
    const preview = task2box.previewOf(explorer);
    if (job.what === "fit") pictures.append(curve.root, preview.root);
    else pictures.append(curve.root);
    const wish = (name) => () => task2box.changeJob(job, name);
    const show = async () => {
      document.getElementById("own-dialog").close();
      await task2box.openCollection(job.collection);
    };
    const buttons = {
      show: button("Show", show),
      cancel: button("Cancel", wish("cancel")),
      resume: button("Resume", wish("resume")),
      forget: button("Remove from list", wish("forget")),
    };
    const row = node("div", "job-buttons");
    row.append(...Object.values(buttons));
    root.append(head, bar, words, pictures, row);

    async function move() {
      const frames = await task2box.framesOf(job).catch(() => null); // told by the list
      preview.root.hidden = !frames;
      if (frames) preview.show(frames);
    }

    /* first: whether it is the first of the list; of others that are done, less is said. */
    function draw(now, seen, first) {
      job = now;
      const [runs, waits] = [job.state === "running", job.state === "queued"];
      root.dataset.state = job.state;
      title.textContent = task2box.titleOf(job.collection);
      state.textContent = STATES[job.state] || job.state;
      bar.hidden = !runs;
      const share = task2box.shareOf(job);
      if (share === null) bar.removeAttribute("value");
      else bar.value = share;
      words.textContent = runs || waits ? saidOf(job) : endOf(job);
      buttons.show.hidden = job.state !== "done" || !task2box.isElsewhere(job.collection);
      buttons.cancel.hidden = !(runs || waits);
      buttons.cancel.disabled = job.stopping;
      buttons.resume.hidden = runs || waits || job.state === "done";
      buttons.resume.textContent = job.resumable ? "Resume" : "Start again";
      buttons.forget.hidden = runs || waits;
      const told = job.progress.curve.length > 1 && !waits;
      const pictured = told && (runs || first || job.resumable);
      pictures.hidden = !pictured;
      if (!pictured || !seen) return;
      curve.draw(job.progress);
      if (job.what === "fit") move();
    }

    return { root, draw };
  }

  /* Cards in a list: what runs comes first, then what waits, then what is over, the latest
     first. `draw(jobs, seen)`; nothing is drawn that is not seen. */
  task2box.cardsOf = function (explorer, list) {
    const cards = new Map();

    function draw(jobs, seen) {
      const rank = ({ state }) => ["running", "queued"].indexOf(state) >>> 0;
      const order = [...jobs].sort((a, b) => rank(a) - rank(b) || (rank(a) < 2 ? a.asked - b.asked : b.ended - a.ended));
      for (const [id, card] of cards) {
        if (jobs.some((job) => job.id === id)) continue;
        card.root.remove();
        cards.delete(id);
      }
      order.forEach((job, at) => {
        if (!cards.has(job.id)) cards.set(job.id, cardOf(explorer, job));
        const card = cards.get(job.id);
        // Moved only where it lies elsewhere: who stands on a button stays there.
        if (list.children[at] !== card.root) list.insertBefore(card.root, list.children[at] || null);
        card.draw(job, seen, at === 0);
      });
    }

    return { draw };
  };
})(window.task2box);
