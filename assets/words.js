/* The words of a collection: which tasks have words like those that are typed.

   All words of all texts are one sorted list, each with the places where it stands. A
   letter is answered by one walk through the list, in which words that begin alike are
   compared with what was typed only once. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const WORD = /[\p{L}\p{N}\p{M}\p{So}]+/gu;
  const MOST = 40; // letters of a typed word that count
  const SLICE = 200; // tasks that are read in one go
  const KEPT = 12; // typed words whose answers are kept
  const NONE = 255;
  const [PREFIX, WITHIN, TYPO] = [0, 1, 1]; // how a word is like; one more with each typo
  // How good a find is, least best: in the label, in another name, anywhere else.
  const COSTS = [[0, 1, 4, 6], [2, 3, 5, 7], [3, 3, 5, 7]];
  const [EXACT, BEGINS, REST] = [0, 1, 2]; // the label as a whole, before all others

  const ASCII = /^[\x00-\x7f]*$/;

  /* Without accents and capitals; most texts have neither. */
  function plain(text) {
    if (ASCII.test(text)) return text.toLowerCase();
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }

  const wordsIn = (text) => plain(text).match(WORD) || [];

  /* One letter of four and more may be wrong, two of eight and more. */
  const typosIn = (word) => (word.length >= 8 ? 2 : word.length >= 4 ? 1 : 0);

  // ---------------------------------------------------------------- the list

  /* What is searched: the label first, then other names, then all that is said. */
  function fieldsOf({ labels, names, lemmas, definitions, texts }) {
    const said = Object.entries(texts).map(([word, column]) => ({ word, texts: column, kind: 2 }));
    return [
      { word: "", texts: labels, kind: 0 },
      { word: "Id", texts: names, kind: 1 },
      { word: "Also called", texts: lemmas, kind: 1 },
      { word: "Definition", texts: definitions, kind: 2 },
      ...said,
    ];
  }

  /* Reads all texts, a slice of tasks at a time. */
  function* indexing(fields, count) {
    const ids = new Map();
    const tokens = []; // which word stands in
    const places = []; // which field of which task
    const titles = [];
    for (let row = 0; row < count; row++) {
      fields.forEach(({ texts }, field) => {
        const words = texts[row] ? wordsIn(texts[row]) : [];
        if (!field) titles.push(words.join(" "));
        for (const word of words) {
          let id = ids.get(word);
          if (id === undefined) ids.set(word, (id = ids.size));
          tokens.push(id);
          places.push(row * fields.length + field);
        }
      });
      if (row % SLICE === SLICE - 1) yield;
    }
    const list = [...ids.keys()].sort();
    yield;
    const order = new Uint32Array(list.length); // of first appearance -> sorted
    list.forEach((word, at) => (order[ids.get(word)] = at));
    return { list, titles, shared: sharedIn(list), ...placed(tokens, places, order) };
  }

  /* How many letters each word begins with as the one before it does. */
  function sharedIn(list) {
    const shared = new Uint16Array(list.length);
    for (let at = 1; at < list.length; at++) {
      const [before, word] = [list[at - 1], list[at]];
      let same = 0;
      while (same < 65535 && same < before.length && before.charCodeAt(same) === word.charCodeAt(same)) same++;
      shared[at] = same;
    }
    return shared;
  }

  /* The places of word k are place[start[k]] to place[start[k + 1]]. */
  function placed(tokens, places, order) {
    const start = new Uint32Array(order.length + 1);
    for (const id of tokens) start[order[id] + 1]++;
    for (let at = 0; at < order.length; at++) start[at + 1] += start[at];
    const next = start.slice();
    const place = new Uint32Array(tokens.length);
    tokens.forEach((id, k) => (place[next[order[id]]++] = places[k]));
    return { start, place };
  }

  // ---------------------------------------------------------------- likeness

  /* How every word of the list is like a typed one. */
  function likeness({ list, shared }, typed) {
    const like = new Uint8Array(list.length).fill(NONE);
    const typos = typosIn(typed);
    if (typos) misspelt(list, shared, typed, typos, like);
    for (let k = 0; k < list.length; k++) {
      const at = list[k].indexOf(typed);
      if (at === 0) like[k] = PREFIX;
      else if (at > 0 && typed.length > 1) like[k] = WITHIN;
    }
    return like;
  }

  /* Words that begin like a typed one but for so many letters left out, added, changed
     or swapped. Row d of the table of distances is of the first d letters of a word; a
     row in which all are too far ends every word that begins so. */
  function misspelt(list, shared, typed, typos, like) {
    const wide = typed.length + 1;
    const deepest = typed.length + typos;
    const table = new Uint8Array((deepest + 1) * wide);
    const best = new Uint8Array(deepest + 1); // of a word's first d letters and fewer
    for (let j = 0; j < wide; j++) table[j] = j;
    best[0] = typed.length;
    let filled = 0;
    let dead = Infinity;
    for (let k = 0; k < list.length; k++) {
      if (shared[k] >= dead) {
        if (best[dead] <= typos) like[k] = TYPO + best[dead];
        continue;
      }
      const word = list[k];
      const depth = Math.min(word.length, deepest);
      dead = Infinity;
      filled = Math.min(shared[k], filled, depth);
      while (filled < depth && dead === Infinity) {
        filled++;
        const least = nextRow(table, wide, filled, word, typed);
        best[filled] = Math.min(best[filled - 1], table[filled * wide + typed.length]);
        if (least > typos) dead = filled;
      }
      if (best[filled] <= typos) like[k] = TYPO + best[filled];
    }
  }

  /* Fills row d, and gives the least of it. */
  function nextRow(table, wide, d, word, typed) {
    const [at, above] = [d * wide, (d - 1) * wide];
    const letter = word.charCodeAt(d - 1);
    const before = d > 1 ? word.charCodeAt(d - 2) : -1;
    table[at] = d;
    let least = d;
    for (let j = 1; j < wide; j++) {
      const own = typed.charCodeAt(j - 1);
      let far = table[above + j - 1] + (own === letter ? 0 : 1);
      far = Math.min(far, table[above + j] + 1, table[at + j - 1] + 1);
      const swapped = j > 1 && own === before && typed.charCodeAt(j - 2) === letter;
      if (swapped) far = Math.min(far, table[above - wide + j - 2] + 1);
      table[at + j] = far;
      if (far < least) least = far;
    }
    return least;
  }

  /* What a typed word costs every task: its best place there. */
  function costsOf({ start, place }, like, fields, count) {
    const costs = new Uint8Array(count).fill(NONE);
    for (let k = 0; k < like.length; k++) {
      if (like[k] === NONE) continue;
      for (let at = start[k]; at < start[k + 1]; at++) {
        const row = Math.floor(place[at] / fields.length);
        const cost = COSTS[fields[place[at] - row * fields.length].kind][like[k]];
        if (cost < costs[row]) costs[row] = cost;
      }
    }
    return costs;
  }

  // ---------------------------------------------------------------- finding

  const idle = window.requestIdleCallback || ((work) => setTimeout(() => work({ timeRemaining: () => 8 }), 50));

  /* The words of an atlas; they are read when they are first needed, or while idle. */
  task2box.wordsOf = function (atlas) {
    const fields = fieldsOf(atlas);
    const work = indexing(fields, atlas.count);
    let index = null;
    const asked = new Map(); // of a typed word: how all words are like it, what tasks cost

    function read() {
      const { done, value } = work.next();
      if (done) index = value;
    }

    function prepare(deadline) {
      while (!index && deadline.timeRemaining() > 2) read();
      if (!index) idle(prepare);
    }

    function whole() {
      while (!index) read();
      return index;
    }

    /* Of several typed words, all but one are as they were a letter ago. */
    function look(known, word) {
      const before = asked.get(word);
      if (before) return before;
      if (asked.size === KEPT) asked.delete(asked.keys().next().value);
      const like = likeness(known, word);
      const now = { like, cost: costsOf(known, like, fields, atlas.count) };
      asked.set(word, now);
      return now;
    }

    /* Tasks that have all typed words, the best first: {rows, where(row)}. */
    function find(text, limit) {
      const typed = [...new Set(wordsIn(text).map((word) => word.slice(0, MOST)))];
      if (!typed.length) return { rows: [], typed: false };
      const known = whole();
      const looked = typed.map((word) => look(known, word));
      const [likes, costs] = [looked.map(({ like }) => like), looked.map(({ cost }) => cost)];
      const rows = ranked(atlas, known.titles, costs, wordsIn(text).join(" "), limit);
      return { rows, typed: true, where: (row) => whereIn(known.list, fields, likes, row) };
    }

    return { prepare: () => idle(prepare), find, typed: (text) => wordsIn(text).length > 0 };
  };

  /* Of equally good ones, those with most members first. */
  function ranked({ byMembers }, titles, costs, typed, limit) {
    const found = Array.from({ length: REST + 8 }, () => []);
    for (const row of byMembers) {
      let cost = 0;
      for (const one of costs) if (one[row] > cost) cost = one[row];
      if (cost === NONE) continue;
      let rank = REST + cost;
      if (cost === 0 && titles[row] === typed) rank = EXACT;
      else if (cost === 0 && titles[row].startsWith(typed)) rank = BEGINS;
      if (found[rank].length < limit) found[rank].push(row);
    }
    return found.flat().slice(0, limit);
  }

  /* Where a task has the typed words: the pieces of its label, and of another text where
     that is needed, {word, pieces}; a piece is [text, whether it was found]. */
  function whereIn(list, fields, likes, row) {
    const best = likes.map((like) => bestIn(list, fields, like, row));
    const found = (word) => {
      const at = place(list, word);
      return at >= 0 && likes.some((like, k) => like[at] !== NONE && like[at] <= best[k].like);
    };
    const label = pieces(fields[0].texts[row], found);
    const other = best.find(({ field }) => field > 0);
    if (!other) return { label, other: null };
    const { word, texts } = fields[other.field];
    return { label, other: { word, pieces: cut(pieces(texts[row], found)) } };
  }

  function bestIn(list, fields, like, row) {
    let best = { cost: NONE, field: 0, like: NONE };
    fields.forEach(({ kind, texts }, field) => {
      for (const word of texts[row] ? wordsIn(texts[row]) : []) {
        const alike = like[place(list, word)];
        const cost = alike === NONE ? NONE : COSTS[kind][alike];
        if (cost < best.cost) best = { cost, field, like: alike };
      }
    });
    return best;
  }

  /* Where a word stands in the sorted list, or -1. */
  function place(list, word) {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle] < word) low = middle + 1;
      else high = middle;
    }
    return list[low] === word ? low : -1;
  }

  function pieces(text, found) {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(WORD)) {
      if (!found(plain(match[0]))) continue;
      parts.push([text.slice(end, match.index), false], [match[0], true]);
      end = match.index + match[0].length;
    }
    return [...parts, [text.slice(end), false]];
  }

  /* The pieces of a text of which words begin as those that are typed. */
  task2box.marksIn = function (text, typed) {
    const words = wordsIn(typed);
    return pieces(text, (word) => words.some((one) => word.startsWith(one)));
  };

  /* So little of the first piece that what was found is in sight. */
  function cut([[before, found], ...rest]) {
    const begin = before.lastIndexOf(" ", before.length - 28);
    return [[begin > 0 ? `…${before.slice(begin)}` : before, found], ...rest];
  }
})(window.task2box);
