/* Columns of the task table that colours can show; each comes when it is first chosen. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const asked = new WeakMap(); // promises by atlas and colour
  const known = new WeakMap(); // {values, codes} or {numbers, floor} by atlas and colour

  const of = (store, atlas) => store.get(atlas) || store.set(atlas, new Map()).get(atlas);

  task2box.isColumn = (atlas, color) => color in atlas.columns;

  /* What a column says, null while nobody knows. */
  task2box.columnOf = (atlas, color) => of(known, atlas).get(color) || null;

  /* Ask for a column, once; ask: a function that promises what the server sends. */
  task2box.askColumn = function (atlas, color, ask) {
    const waiting = of(asked, atlas);
    if (!waiting.has(color)) {
      const answer = ask(atlas.collection, color).then((sent) => {
        of(known, atlas).set(color, read(sent));
      });
      answer.catch(() => waiting.delete(color)); // asked again, it may come
      waiting.set(color, answer);
    }
    return waiting.get(color);
  };

  function read({ values, codes, numbers, floor, states }) {
    if (states) return { states: task2box.bytes(states) }; // edges.js
    if (values) return { values, codes: task2box.bytes(codes) };
    return { numbers: new Float64Array(task2box.bytes(numbers).buffer), floor };
  }

  /* What the column that is coloured says of a task, empty where it says nothing. */
  task2box.saidOf = function (atlas, color, row) {
    const column = task2box.columnOf(atlas, color);
    if (!column) return "";
    if (column.values) return column.values[column.codes[row]] || "";
    const number = column.numbers[row];
    return Number.isNaN(number) ? "" : task2box.numberWord(number);
  };

  /* A number as people write it: whole ones whole, others with four digits. */
  task2box.numberWord = function (number) {
    const digits = Number.isInteger(number) ? {} : { maximumSignificantDigits: 4 };
    return number.toLocaleString("en", digits);
  };
})(window.task2box);
