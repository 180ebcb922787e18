/* Down to the members: where one has zoomed in on a task, the points that its box is
   made of, and which of them hold its sides apart. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const PART = 1 / 3; // of the picture: what a box takes whose members are seen
  const FEW = 500; // members of a task that was not chosen; of a chosen one any number
  const REST = 150; // ms that one stays before the server is asked
  const KEPT = 40; // answers
  const [DOT, SPECK, RING, REACH] = [2.2, 1.3, 4.5, 8]; // px
  const CROWD = 1000; // members, from which on they are specks
  const SIDES = [["left", "right"], ["bottom", "top"]];

  /* Members are drawn where the boxes are made of them, and someone knows their points. */
  task2box.membersKnown = ({ state, members }) =>
    Boolean(members) && !task2box.isSolid(state.view) && state.atlas.placed.includes(state.view.dim);

  /* The chosen task, or the one that is looked into, or the smallest one of few members,
     where its box takes a good part of the picture; -1 where none does. */
  function wanted(atlas, { range: [x0, x1, y0, y1], shown, selected, focus }) {
    const least = PART * (x1 - x0) * (y1 - y0);
    const large = (row) => {
      const [left, right, bottom, top] = atlas.frame(row);
      const width = Math.min(right, x1) - Math.max(left, x0);
      const height = Math.min(top, y1) - Math.max(bottom, y0);
      return width > 0 && height > 0 && width * height >= least;
    };
    const there = (row) => shown[row] === task2box.SHOWN && large(row);
    const whole = (row) => {
      const [left, right, bottom, top] = atlas.frame(row);
      return left >= x0 && right <= x1 && bottom >= y0 && top <= y1;
    };
    if (selected >= 0 && there(selected)) return selected;
    if (focus >= 0 && atlas.members[focus] <= FEW && there(focus) && whole(focus)) return focus;
    let found = -1;
    const { corners, order } = atlas;
    for (let k = 0, at = 0; k < order.length; k++, at += 4) {
      // From the largest on: what is smaller than that part cannot take it.
      if ((corners[at + 1] - corners[at]) * (corners[at + 3] - corners[at + 2]) < least) break;
      if (atlas.members[order[k]] <= FEW && there(order[k])) found = order[k];
    }
    return found;
  }

  /* What the server says, with its points as numbers, and at which ends each is. */
  function read(told, dim) {
    const ends = new Map();
    told.ends.forEach((both, axis) =>
      both.forEach((indices, end) => {
        for (const index of indices) ends.set(index, [...(ends.get(index) || []), [axis, end]]);
      })
    );
    const points = new Float32Array(task2box.bytes(told.points).buffer);
    return { ...told, points, dim, ends, size: told.finest.length };
  }

  /* Members have no names of their own, but for those that are tasks as well. */
  function nameOf(atlas, { finest, number, fellows }, index) {
    const [member] = atlas.member;
    const row = finest[index];
    const label = row < 0 ? "" : task2box.short(atlas.labels[row]);
    if (fellows[index] > 1) {
      const which = number[index].toLocaleString("en");
      return `${member} ${which} of ${fellows[index].toLocaleString("en")} of ${label}`;
    }
    return atlas.members[row] > 1 ? `${label} itself` : label;
  }

  const sideOf = (axes, [axis, end]) => {
    const k = axes.indexOf(axis);
    return k < 0 ? `${end ? "upper" : "lower"} end of axis ${axis + 1}` : SIDES[k][end];
  };

  function reachOf({ ends, told }, axes, index) {
    const own = ends.get(index) || [];
    return own.map((one) => {
      const others = told.ends[one[0]][one[1]].length - 1;
      return sideOf(axes, one) + (others ? ` (level with ${others} more)` : "");
    });
  }

  // ---------------------------------------------------------------- drawing

  /* Pixels of a member. */
  function spotOf({ range: [x0, x1, y0, y1], width, height, members }, index) {
    const { known: { points, dim }, axes: [across, up] } = members;
    const [x, y] = [points[dim * index + across], points[dim * index + up]];
    return [((x - x0) / (x1 - x0)) * width, ((y1 - y) / (y1 - y0)) * height];
  }

  /* Every member a dot; those that reach a side are ringed, and a line leads there. */
  task2box.paintMembers = function (ctx, atlas, scene) {
    const { look, members, width, height } = scene;
    const { known, axes } = members;
    const round = task2box.roundsOn(ctx, scene);
    const dot = { color: look.ink, ink: task2box.inkOf(look.ink), alpha: 0.62 };
    const ring = { color: look.accent, ink: task2box.inkOf(look.accent), alpha: 1 };
    const radius = known.size > CROWD ? SPECK : DOT;
    const seen = ([x, y]) => x >= -RING && y >= -RING && x <= width + RING && y <= height + RING;
    for (let index = 0; index < known.size; index++) {
      const spot = spotOf(scene, index);
      if (seen(spot)) round.draw(...spot, radius, 0, dot);
    }
    const outer = [];
    for (const [index, ends] of known.ends) {
      const own = ends.filter(([axis]) => axes.includes(axis));
      const spot = spotOf(scene, index);
      if (!own.length || !seen(spot)) continue;
      round.draw(...spot, RING, 1.5, ring);
      for (const one of own) outer.push([...spot, one]);
    }
    round.end();
    ctx.fillStyle = look.accent;
    ctx.globalAlpha = 0.8;
    const box = boxOf(atlas, scene);
    for (const [x, y, [axis, end]] of outer) {
      const across = axes.indexOf(axis) === 0;
      const side = box[across ? end : 2 + end];
      const [from, to] = [side, across ? x : y].sort((a, b) => a - b);
      if (across) ctx.fillRect(from, y - 0.5, to - from, 1);
      else ctx.fillRect(x - 0.5, from, 1, to - from);
    }
    ctx.globalAlpha = 1;
  };

  /* Pixels of the box: left, right, bottom, top. */
  function boxOf(atlas, { range: [x0, x1, y0, y1], width, height, members }) {
    const [left, right, bottom, top] = atlas.frame(members.row);
    const across = (x) => ((x - x0) / (x1 - x0)) * width;
    const up = (y) => ((y1 - y) / (y1 - y0)) * height;
    return [across(left), across(right), up(bottom), up(top)];
  }

  // ---------------------------------------------------------------- asking and telling

  /* What the picture of the boxes does with members. panel: gives it, once it is made. */
  task2box.membersOf = function (explorer, panel) {
    const { state } = explorer;
    const answers = new Map(); // by edition of the atlas, dimension and task
    const note = task2box.node("p", "members-note");
    note.hidden = true;
    document.getElementById("boxes-panel").append(note);
    const words = document.getElementById("members"); // a file of its own has none
    let current = null; // {row, known, axes}
    let pending = 0;
    let asking = "";
    let hovered = -1;

    const keyOf = (row) => JSON.stringify([state.atlas.edition, state.view.dim, row]);

    /* The members of this frame, null where none are seen. */
    function see(seen) {
      const there = task2box.membersKnown(explorer) && task2box.membersDrawn(state);
      const row = there ? wanted(state.atlas, seen) : -1;
      const known = row < 0 ? null : answers.get(keyOf(row));
      if (row < 0) clearTimeout(pending);
      else if (known === undefined) askSoon(row);
      const axes = task2box.planeOf(state.view).axes.split(",").map(Number);
      const before = current;
      current = known ? { row, known, axes } : null;
      if (current?.known !== before?.known || String(current?.axes) !== String(before?.axes)) {
        hovered = -1;
        tellAll();
      }
      return current;
    }

    function askSoon(row) {
      clearTimeout(pending);
      const key = keyOf(row);
      pending = setTimeout(() => key === keyOf(row) && ask(row, key), REST);
    }

    async function ask(row, key) {
      if (asking === key || answers.has(key)) return;
      asking = key;
      const { atlas, view } = state;
      const told = await explorer.members({ ...view, task: atlas.names[row] }).catch((error) => error);
      if (asking === key) asking = "";
      const fault = told instanceof Error;
      if (fault) task2box.tell(`The members could not be loaded. ${told.message}`);
      if (answers.size >= KEPT) answers.delete(answers.keys().next().value);
      answers.set(key, fault || !told.count ? null : { ...read(told, view.dim), told });
      panel().draw();
    }

    /* How many there are; in the words on the right, which hold the sides apart. */
    function tellAll() {
      note.hidden = !current;
      if (words) words.hidden = !current || current.known.count < 2;
      if (!current) return;
      const { atlas } = state;
      const { row, known } = current;
      const [all, some] = [known.count, known.size].map((count) => count.toLocaleString("en"));
      const what = atlas.member[known.count === 1 ? 0 : 1];
      const label = task2box.short(atlas.labels[row], 40);
      note.textContent =
        known.size < known.count ? `${label}: a sample of ${some} of ${all} ${what}` : `${label}: ${all} ${what}`;
      if (words) words.replaceChildren(...outermost(label));
    }

    function outermost(label) {
      const { known, axes } = current;
      const list = task2box.node("dl", "");
      axes.forEach((axis, k) =>
        [0, 1].forEach((end) => {
          const [first, ...others] = known.told.ends[axis][end];
          const more = others.length ? ` and ${others.length.toLocaleString("en")} level with it` : "";
          const name = nameOf(state.atlas, known, first);
          list.append(task2box.node("dt", "", SIDES[k][end]), task2box.node("dd", "", name + more));
        })
      );
      const why = "The box is the smallest one around the points of its members, with the same margin on every side.";
      return [
        task2box.node("h3", "", `What makes the box of ${label} so large`),
        list,
        task2box.node("p", "muted key", why),
      ];
    }

    /* The member under the hand is ringed and said, above the stack of boxes. */
    function hover(px, py) {
      const index = current ? nearest({ ...panel().scene(), members: current }, px, py) : -1;
      const tip = document.getElementById("tooltip");
      let line = tip.querySelector(".member");
      if (index < 0) line?.remove();
      else {
        if (!line) tip.prepend((line = task2box.node("p", "member")));
        const reach = reachOf(current.known, current.axes, index);
        const name = nameOf(state.atlas, current.known, index);
        line.textContent = reach.length ? `${name}. Outermost: ${reach.join(", ")}.` : name;
      }
      if (index === hovered) return;
      hovered = index;
      panel().drawMarks();
    }

    function leave() {
      hovered = -1;
      document.querySelector("#tooltip .member")?.remove();
    }

    function nearest(scene, px, py) {
      let [found, least] = [-1, REACH];
      for (let index = 0; index < current.known.size; index++) {
        const [x, y] = spotOf(scene, index);
        const far = Math.hypot(x - px, y - py);
        if (far < least) [found, least] = [index, far];
      }
      return found;
    }

    function mark(ctx, scene) {
      if (!current || hovered < 0) return;
      const [x, y] = spotOf({ ...scene, members: current }, hovered);
      for (const [color, line] of [[scene.look.panel, 5], [scene.look.accent, 2.5]]) {
        ctx.beginPath();
        ctx.arc(x, y, RING + 2, 0, 2 * Math.PI);
        ctx.strokeStyle = color;
        ctx.lineWidth = line;
        ctx.stroke();
      }
    }

    return {
      see,
      hover,
      leave,
      mark,
      get current() {
        return current;
      },
      /* For tests and scripts: a pixel of the page, by the index of a member. */
      pixelOf(index) {
        const frame = panel().root.getBoundingClientRect();
        const [x, y] = spotOf({ ...panel().scene(), members: current }, index);
        return [frame.left + x, frame.top + y];
      },
    };
  };
})(window.task2box);
