/* One collection in the browser: columns, hierarchy and look-ups.

   A task is a row (an integer) everywhere in these modules; names are for URLs. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  function floats(base64) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return new Float32Array(bytes.buffer);
  }

  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }

  /* Rows from the largest box to the smallest: the order of drawing. */
  function largestFirst(lower, upper, count) {
    const area = new Float64Array(count);
    for (let row = 0; row < count; row++) {
      const at = 2 * row;
      area[row] = (upper[at] - lower[at]) * (upper[at + 1] - lower[at + 1]);
    }
    const order = Array.from({ length: count }, (_, row) => row);
    order.sort((a, b) => area[b] - area[a]);
    return Uint32Array.from(order);
  }

  function childrenOf(parents) {
    const children = parents.map(() => []);
    parents.forEach((above, row) => above.forEach((parent) => children[parent].push(row)));
    return children;
  }

  task2box.atlasOf = function (payload) {
    const count = payload.names.length;
    const boxes = {};
    for (const [dim, columns] of Object.entries(payload.boxes)) {
      boxes[dim] = { lower: floats(columns.lower), upper: floats(columns.upper) };
    }
    const points = {};
    for (const [method, column] of Object.entries(payload.points)) {
      points[method] = floats(column);
    }
    const children = childrenOf(payload.parents);
    for (const rows of children) {
      rows.sort((a, b) => payload.members[b] - payload.members[a] || a - b);
    }
    const rowOf = new Map(payload.names.map((name, row) => [name, row]));
    const texts = ["labels", "lemmas", "names", "definitions"].map((key) =>
      payload[key].map(plain)
    );
    const insides = new Map();

    const atlas = {
      ...payload,
      count,
      boxes,
      points,
      children,
      order: largestFirst(boxes[2].lower, boxes[2].upper, count),
      row: (name) => (rowOf.has(name) ? rowOf.get(name) : -1),

      /* The task and its canonical ancestors, root first. */
      path(row) {
        const rows = [];
        for (let at = row; at !== undefined; at = payload.parents[at][0]) rows.unshift(at);
        return rows;
      },

      /* 1 for a task and everything below it; everything is below "no task" (-1). */
      inside(row) {
        if (!insides.has(row)) {
          const flags = new Uint8Array(count).fill(row < 0 ? 1 : 0);
          const front = row < 0 ? [] : [row];
          while (front.length) {
            const next = front.pop();
            if (flags[next]) continue;
            flags[next] = 1;
            front.push(...children[next]);
          }
          insides.set(row, flags);
        }
        return insides.get(row);
      },

      /* Tasks beside `row`: the other children of its canonical parent, and itself. */
      siblings(row) {
        const parent = payload.parents[row][0];
        if (parent !== undefined) return children[parent];
        return payload.parents.flatMap((above, at) => (above.length ? [] : [at]));
      },

      /* Frame of a task, or of all tasks: [x0, x1, y0, y1] in box coordinates. */
      frame(row) {
        const { lower, upper } = boxes[2];
        if (row >= 0) {
          return [lower[2 * row], upper[2 * row], lower[2 * row + 1], upper[2 * row + 1]];
        }
        const frame = [Infinity, -Infinity, Infinity, -Infinity];
        for (let at = 0; at < 2 * count; at += 2) {
          frame[0] = Math.min(frame[0], lower[at]);
          frame[1] = Math.max(frame[1], upper[at]);
          frame[2] = Math.min(frame[2], lower[at + 1]);
          frame[3] = Math.max(frame[3], upper[at + 1]);
        }
        return frame;
      },

      /* Rows of the rectangles that hold a point, innermost (smallest) first. */
      stack(x, y) {
        const { lower, upper } = boxes[2];
        const found = [];
        for (let k = count - 1; k >= 0; k--) {
          const at = 2 * atlas.order[k];
          if (lower[at] <= x && x <= upper[at] && lower[at + 1] <= y && y <= upper[at + 1]) {
            found.push(atlas.order[k]);
          }
        }
        return found;
      },

      /* Tasks that match a typed text, best first. */
      search(text, limit) {
        const words = plain(text).split(/\s+/).filter(Boolean);
        if (!words.length) return [];
        const whole = words.join(" ");
        const found = [];
        for (let row = 0; row < count; row++) {
          const score = matchScore(texts, row, whole, words);
          if (score >= 0) found.push([score, -payload.members[row], row]);
        }
        found.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
        return found.slice(0, limit).map((entry) => entry[2]);
      },
    };
    return atlas;
  };

  /* Lower is better; -1 where some word is nowhere. */
  function matchScore([labels, lemmas, names, definitions], row, whole, words) {
    const label = labels[row];
    if (label === whole) return 0;
    if (label.startsWith(whole)) return 1;
    if (names[row] === whole) return 1;
    if (` ${label}`.includes(` ${whole}`)) return 2;
    if (words.every((word) => lemmas[row].includes(word) || label.includes(word))) return 3;
    const all = `${label} ${lemmas[row]} ${names[row]} ${definitions[row]}`;
    return words.every((word) => all.includes(word)) ? 4 : -1;
  }
})(window.task2box);
