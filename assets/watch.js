/* The boxes of the collection in sight as they are being learned, in place of those there
   are, for who wants to watch. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  task2box.makeWatch = function (explorer) {
    const { state } = explorer;
    const bar = task2box.node("div", "watch");
    bar.hidden = true;
    const press = Object.assign(task2box.node("button", ""), { type: "button" });
    bar.append(press);
    explorer.pictures.boxes.root.append(bar);
    let job = null; // the fit of the boxes in sight that runs, if any
    let watched = null; // {id, kept, room} while it is watched

    const glide = task2box.gliding((place) => {
      if (!watched || state.played !== watched.room) return;
      task2box.fillBetween(watched.room, watched.kept, task2box.planeOf(state.view), place);
      explorer.pictures.follow();
    });

    /* The fit of what is seen as rectangles, if it runs and has told of boxes. */
    function fitInSight() {
      const { atlas, view } = state;
      if (task2box.isSolid(view)) return null;
      const isIt = (one) =>
        one.state === "running" &&
        one.what === "fit" &&
        one.collection === atlas.collection &&
        one.options.dim === task2box.planeOf(view).dim &&
        ["learning", "writing"].includes(one.progress.phase);
      return task2box.jobs().find(isIt) || null;
    }

    function leave() {
      glide.stop();
      const seen = watched && state.played === watched.room;
      watched = null;
      if (!seen) return;
      state.played = null;
      explorer.pictures.follow();
    }

    async function move() {
      const { atlas } = state;
      const kept = await task2box.framesOf(job).catch(() => null); // told by the list
      if (!watched || !kept || state.atlas !== atlas || kept.tasks !== atlas.count) return;
      if (watched.room && state.played !== watched.room) return draw(); // a replay is seen
      const fresh = watched.kept?.steps.length !== kept.steps.length;
      watched.kept = kept;
      if (!watched.room) {
        watched.room = task2box.roomFor(atlas);
        state.played = watched.room;
      }
      if (fresh) glide.to(kept.steps.length - 1);
    }

    function draw() {
      job = fitInSight();
      if (watched && (!job || job.id !== watched.id || (watched.room && state.played !== watched.room))) leave();
      bar.hidden = !job;
      if (!job) return;
      const share = task2box.shareOf(job) || 0;
      press.textContent = watched
        ? `■ Stop watching (${Math.floor(100 * share)} %)`
        : `● Watch the boxes being learned (${Math.floor(100 * share)} %)`;
      press.setAttribute("aria-pressed", String(Boolean(watched)));
      if (watched) move();
    }

    press.addEventListener("click", () => {
      if (watched) leave();
      else watched = { id: job.id, kept: null, room: null };
      draw();
    });
    task2box.onJobs(draw);
    task2box.setWatch = draw;
  };
})(window.task2box);
