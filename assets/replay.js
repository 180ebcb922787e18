/* How the boxes came about: the steps of their fit, played or gone through by hand.

   While they are on their way the picture of rectangles shows them, and all that a hand
   does there is about them as they are drawn; the last step is the picture itself. The
   order of drawing is that of the fitted boxes throughout. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const SPAN = 8000; // ms from the first step to the last
  const EDGE = 8; // px left and right of the curve: half a thumb of the slider
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  function read({ steps, loss, ...corners }) {
    return { steps, loss, ...task2box.cornersOf(corners) };
  }

  /* Room for rectangles between two kept steps, filled in place: no frame allocates. */
  task2box.roomFor = function (atlas) {
    const { order } = atlas.flat;
    const [lower, upper] = [new Float32Array(2 * atlas.count), new Float32Array(2 * atlas.count)];
    const flat = { lower, upper, order, corners: new Float32Array(4 * atlas.count), whole: [0, 1, 0, 1] };
    return task2box.twinOf(atlas, flat);
  };

  /* The rectangles at a place between the first kept step, 0, and the last. */
  task2box.fillBetween = function ({ count, flat }, kept, { dim, axes }, place) {
    const { lower, upper, order, corners, whole } = flat;
    const pair = axes.split(",").map(Number);
    const step = Math.floor(place);
    const share = place - step;
    const size = dim * count;
    const [before, after] = [step * size, Math.min(step + 1, kept.steps.length - 1) * size];
    whole.splice(0, 4, Infinity, -Infinity, Infinity, -Infinity);
    for (let k = 0; k < count; k++) {
      const row = order[k];
      for (let axis = 0; axis < 2; axis++) {
        const at = dim * row + pair[axis];
        const [from, to] = [2 * row + axis, 4 * k + 2 * axis];
        lower[from] = kept.lower[before + at] + share * (kept.lower[after + at] - kept.lower[before + at]);
        upper[from] = kept.upper[before + at] + share * (kept.upper[after + at] - kept.upper[before + at]);
        corners[to] = lower[from];
        corners[to + 1] = upper[from];
        whole[2 * axis] = Math.min(whole[2 * axis], lower[from]);
        whole[2 * axis + 1] = Math.max(whole[2 * axis + 1], upper[from]);
      }
    }
  };

  // ---------------------------------------------------------------- the loss

  function paintCurve(canvas, { steps, loss }, place, look) {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const ctx = canvas.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const known = loss.filter((one) => one !== null);
    const [least, most] = [Math.min(...known), Math.max(...known)];
    const x = (at) => EDGE + (at / (steps.length - 1)) * (width - 2 * EDGE);
    const y = (one) => height - 3 - ((one - least) / (most - least || 1)) * (height - 6);
    ctx.strokeStyle = look.muted;
    ctx.lineWidth = 1.25;
    ctx.beginPath();
    loss.forEach((one, at) => one === null || ctx.lineTo(x(at), y(one)));
    ctx.stroke();
    const here = loss[Math.floor(place)];
    if (here === null) return;
    ctx.fillStyle = look.accent;
    ctx.beginPath();
    ctx.arc(x(Math.floor(place)), y(here), 3, 0, 2 * Math.PI);
    ctx.fill();
  }

  function said({ steps, loss }, place) {
    const at = Math.floor(place);
    const of = `step ${steps[at].toLocaleString("en")} of ${steps.at(-1).toLocaleString("en")}`;
    return loss[at] === null ? `${of}, before any learning` : `${of}, loss ${loss[at].toPrecision(3)}`;
  }

  // ---------------------------------------------------------------- the transport

  function button(word, title, press) {
    const made = Object.assign(task2box.node("button", "", word), { type: "button", title });
    made.addEventListener("click", press);
    return made;
  }

  /* Below the boxes, where the steps of their fit are known. */
  task2box.makeReplay = function (explorer) {
    const { state } = explorer;
    const bar = task2box.node("div", "replay");
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Replay of the fit");
    const open = button("▶ Replay", "See how these boxes were learned", begin);
    const play = button("", "", () => (moving ? pause() : start()));
    const slider = Object.assign(document.createElement("input"), { type: "range", min: 0, step: 1 });
    slider.setAttribute("aria-label", "Step of the fit");
    const curve = document.createElement("canvas");
    curve.setAttribute("aria-hidden", "true");
    const track = task2box.node("div", "track");
    track.append(curve, slider);
    const words = task2box.node("output", "");
    const leave = button("✕", "Back to the fitted boxes", end);
    leave.setAttribute("aria-label", leave.title);
    const transport = task2box.node("div", "transport");
    transport.append(play, track, words, leave);
    bar.append(open, transport);
    explorer.pictures.boxes.root.append(bar);

    let kept = null; // the steps, once they are asked for
    let room = null;
    let place = 0; // between 0 and the last kept step
    let moving = 0; // the frame that is waited for

    const last = () => kept.steps.length - 1;

    function see(at) {
      place = Math.min(at, last());
      if (place === last()) state.played = null;
      else {
        task2box.fillBetween(room, kept, task2box.planeOf(state.view), place);
        state.played = room;
      }
      explorer.pictures.follow();
      tell();
    }

    function tell() {
      slider.value = Math.round(place);
      words.textContent = said(kept, place);
      slider.setAttribute("aria-valuetext", words.textContent);
      const word = moving ? "Pause" : "Play";
      if (play.title !== word) {
        play.textContent = moving ? "❚❚" : "▶";
        play.title = word;
        play.setAttribute("aria-label", word);
      }
      paintCurve(curve, kept, place, state.look);
    }

    function pause() {
      cancelAnimationFrame(moving);
      moving = 0;
      if (kept) tell();
    }

    function start() {
      const from = place === last() ? 0 : place;
      let begun = 0;
      const step = (now) => {
        begun ||= now;
        const at = from + ((now - begun) / SPAN) * last();
        moving = at < last() ? requestAnimationFrame(step) : 0;
        see(at);
      };
      moving = requestAnimationFrame(step);
    }

    async function begin() {
      const { atlas, view } = state;
      open.disabled = true;
      const sent = await explorer.replay(atlas.collection, view.dim).catch((error) => error);
      open.disabled = false;
      if (state.atlas !== atlas || !task2box.samePlane(state.view, view)) return;
      if (sent instanceof Error) {
        task2box.tell(`The replay could not be loaded. ${sent.message}`);
        return;
      }
      kept = read(sent);
      room = task2box.roomFor(atlas);
      slider.max = last();
      [open.hidden, transport.hidden] = [true, false];
      play.hidden = still.matches; // who wants no motion goes from step to step
      (play.hidden ? slider : play).focus();
      see(0);
      if (!still.matches) start();
    }

    /* Back to the boxes as they were fitted. */
    function end() {
      reset();
      explorer.pictures.follow();
      open.focus();
    }

    function reset() {
      pause();
      state.played = kept = room = null;
      [open.hidden, transport.hidden] = [false, true];
    }

    slider.addEventListener("input", () => {
      const asked = Number(slider.value); // before it is told where the play has come to
      pause();
      see(asked);
    });
    bar.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || transport.hidden) return;
      event.stopPropagation();
      end();
    });
    new ResizeObserver(() => kept && tell()).observe(bar);

    let below = {}; // what the bar stands below

    /* Other boxes, other steps. */
    task2box.setReplay = function () {
      const { atlas, view } = state;
      const { dim, axes } = task2box.planeOf(view);
      if (below.atlas !== atlas || below.dim !== dim || below.axes !== axes) reset();
      below = { atlas, dim, axes };
      bar.hidden = !explorer.replay || task2box.isSolid(view) || !atlas.replayed.includes(dim);
      if (kept) tell();
    };
  };
})(window.task2box);
