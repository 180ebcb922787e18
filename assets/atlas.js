/* One collection in the browser: columns, hierarchy and look-ups.

   A task is a row (an integer) everywhere in these modules; names are for URLs. What
   takes long with many tasks is made when it is first asked for. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const KEPT = 24; // sets of tasks inside a task, of as many bytes as there are tasks
  let editions = 0;

  function bytes(base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const letters = atob(base64);
    const found = new Uint8Array(letters.length);
    for (let at = 0; at < letters.length; at++) found[at] = letters.charCodeAt(at);
    return found;
  }

  task2box.bytes = bytes;

  /* Numbers as they are sent (dashboard/arrays.py). */
  const floats = (base64) => new Float32Array(bytes(base64).buffer);

  task2box.floats = floats;
  task2box.rows = (base64) => new Uint32Array(bytes(base64).buffer);
  task2box.thousandths = (base64) => new Int16Array(bytes(base64).buffer);

  /* Corners as they are sent. */
  task2box.cornersOf = ({ lower, upper }) => ({ lower: floats(lower), upper: floats(upper) });

  /* Rows in ascending order of a key, equal ones as they come. */
  function ordered(keys) {
    const rows = Uint32Array.from(keys, (_, row) => row);
    return rows.sort((a, b) => keys[a] - keys[b] || a - b);
  }

  task2box.ordered = ordered;

  function childrenOf(parents, byMembers) {
    const children = parents.map(() => []);
    for (const row of byMembers) {
      for (const parent of parents[row]) children[parent].push(row);
    }
    return children;
  }

  /* A part of a large collection as it is sent (dashboard/windows.py). */
  const partOf = ({ inside, hues, ...told }) => ({ ...told, inside: task2box.rows(inside), hues: floats(hues) });

  /* A value for every task, of values for some. */
  function scattered(some, count) {
    const column = new Array(count).fill(null);
    some?.rows.forEach((row, k) => (column[row] = some.f1[k]));
    return { of: some?.of || "", column };
  }

  task2box.atlasOf = function (payload) {
    const { parents, members } = payload;
    const count = payload.names.length;
    const boxes = { 2: task2box.cornersOf(payload.boxes[2]) }; // others when they are seen (boxesOf)
    const points = {};
    for (const [method, column] of Object.entries(payload.points)) {
      points[method] = floats(column);
    }
    const byMembers = ordered(members.map((number) => -number));
    const children = childrenOf(parents, byMembers);
    const planes = new Map();
    const rowOf = new Map(payload.names.map((name, row) => [name, row]));
    const roots = [];
    parents.forEach((above, row) => above.length || roots.push(row));
    const all = new Uint8Array(count).fill(1);
    const insides = new Map();
    const scores = new Map();
    let listed = null;
    const window = payload.window ? partOf(payload.window) : null;

    const atlas = {
      ...payload,
      edition: ++editions, // tells apart what was asked of one collection before and after it changed
      lemmas: [],
      definitions: [],
      texts: {},
      count,
      window, // which part of a collection this is, where it is too large to be sent whole (windows.js)
      boxes,
      coming: new Map(), // boxes that were asked for, by dimension
      points,
      children,
      roots,
      flat: null, // the rectangles that are seen (axes.js)
      fits: new Map(), // further boxes of the same tasks, by what they are called (fits.js)
      byMembers, // rows, those with most members first
      row: (name) => (rowOf.has(name) ? rowOf.get(name) : -1),

      /* See the rectangles of a view: their order of drawing and their corners. */
      see(view) {
        const plane = task2box.planeOf(view);
        const key = `${plane.dim}:${plane.axes}`;
        if (!planes.has(key)) planes.set(key, task2box.rectanglesOf(boxes, plane, count));
        if (window) planes.get(key).whole = window.whole;
        atlas.flat = planes.get(key);
      },
      get order() {
        return this.flat.order;
      },
      get corners() {
        return this.flat.corners;
      },

      /* Where each task comes in `byMembers`. */
      get rank() {
        atlas.ranking ||= byMembers.reduce((rank, row, k) => ((rank[row] = k), rank), new Uint32Array(count));
        return atlas.ranking;
      },

      /* Whether there is something in a task, be it too small to be seen. */
      holds: (row) => children[row].length > 0 || Boolean(window?.inside[row]),

      /* The task and its canonical ancestors, root first. */
      path(row) {
        const rows = [];
        for (let at = row; at !== undefined; at = parents[at][0]) rows.unshift(at);
        return rows;
      },

      /* The task and everything above it, by any parent. */
      above(row) {
        const found = new Set([row]);
        for (const at of found) parents[at].forEach((parent) => found.add(parent));
        return found;
      },

      /* 1 for a task and everything below it; everything is below "no task" (-1). */
      inside(row) {
        if (row < 0) return all;
        const flags = insides.get(row) || flagsBelow(row);
        insides.delete(row); // and back as the youngest
        insides.set(row, flags);
        if (insides.size > KEPT) insides.delete(insides.keys().next().value);
        return flags;
      },

      /* Tasks beside `row`: the other children of its canonical parent, and itself. */
      siblings(row) {
        const parent = parents[row][0];
        return parent === undefined ? roots : children[parent];
      },

      /* F1 of the subtree of every task, null where it is not known, beside boxes of so
         many dimensions: {of: which evaluation it is of, column}. */
      scored(dim) {
        const known = payload.subtrees || {};
        const key = dim in known ? String(dim) : Object.keys(known)[0];
        if (!scores.has(key)) scores.set(key, scattered(known[key], count));
        return scores.get(key);
      },

      /* Frame of a task, or of all tasks: [x0, x1, y0, y1] in box coordinates. */
      frame(row) {
        const { lower, upper, whole } = this.flat;
        if (row < 0) return whole;
        return [lower[2 * row], upper[2 * row], lower[2 * row + 1], upper[2 * row + 1]];
      },

      /* Rows of the rectangles that hold a point, innermost (smallest) first. */
      stack(x, y) {
        const { order, corners } = this.flat;
        const found = [];
        for (let k = count - 1, at = 4 * k; k >= 0; k--, at -= 4) {
          if (corners[at] > x || corners[at + 1] < x) continue;
          if (corners[at + 2] > y || corners[at + 3] < y) continue;
          found.push(order[k]);
        }
        return found;
      },

      /* Texts that came after the picture. */
      learn(words) {
        Object.assign(atlas, words);
        listed = null;
      },

      /* What is searched (words.js). */
      get words() {
        listed ||= task2box.wordsOf(atlas);
        return listed;
      },
    };

    function flagsBelow(row) {
      const flags = new Uint8Array(count);
      const front = [row];
      while (front.length) {
        const next = front.pop();
        if (flags[next]) continue;
        flags[next] = 1;
        for (const child of children[next]) front.push(child);
      }
      return flags;
    }

    atlas.see({ dim: 2, axes: "" });
    return atlas;
  };

  /* A promise of the boxes of a dimension, which `ask(collection, dim)` gives once. */
  task2box.boxesOf = function (atlas, dim, ask) {
    const { boxes, coming } = atlas;
    if (boxes[dim]) return Promise.resolve(boxes[dim]);
    if (!coming.has(dim)) {
      const asked = ask(atlas.collection, dim).then((sent) => {
        const corners = task2box.cornersOf(sent);
        if (corners.lower.length !== dim * atlas.count) throw new Error("The collection has other tasks by now.");
        return (boxes[dim] = corners);
      });
      asked.catch(() => coming.delete(dim)); // asked again, they may be there
      coming.set(dim, asked);
    }
    return coming.get(dim);
  };

  /* The same tasks with other rectangles. */
  task2box.twinOf = (atlas, flat) => Object.create(atlas, { flat: { value: flat } });

  /* As much of a text as has room, in the font of a context; a letter or two say nothing. */
  task2box.fitted = function (ctx, text, room) {
    const wide = ctx.measureText(text).width;
    if (wide <= room) return text;
    let most = Math.floor((text.length * room) / wide);
    while (most > 2 && ctx.measureText(task2box.short(text, most)).width > room) most--;
    return most > 2 ? task2box.short(text, most) : "";
  };

  /* At most so many letters of a text, none of them cut in two. */
  task2box.short = function (text, most = 60) {
    if (text.length <= most) return text;
    const cut = text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "");
    return `${cut}…`;
  };
})(window.task2box);
