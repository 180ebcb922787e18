/* The loss of a fit by its steps, with axes; the loss on a scale of powers of ten. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const [WIDTH, HEIGHT] = [380, 190];
  const [LEFT, RIGHT, TOP, BOTTOM] = [46, 10, 10, 34];

  function shape(tag, attributes, text = "") {
    const made = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  }

  /* Round numbers from least to most, where the scale is logarithmic: 1, 2 and 5. */
  function rounds(least, most) {
    const found = [];
    for (let power = Math.floor(Math.log10(least)); 10 ** power <= most; power++) {
      for (const digit of [1, 2, 5]) {
        const value = digit * 10 ** power;
        if (value >= least && value <= most) found.push(value);
      }
    }
    const every = Math.ceil(found.length / 5);
    return found.filter((_, at) => at % every === 0);
  }

  const written = (value) => Number(value.toPrecision(3)).toLocaleString("en");

  /* An element of the curve; its `draw(progress)` draws it anew. */
  task2box.curveOf = function () {
    const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "curve", role: "img" });

    function draw({ curve, steps }) {
      const known = curve.filter(([, loss]) => loss > 0);
      svg.toggleAttribute("hidden", known.length < 2);
      if (known.length < 2) return;
      const losses = known.map(([, loss]) => loss);
      const [least, most] = [Math.min(...losses) / 1.1, Math.max(...losses) * 1.1];
      const last = steps || known.at(-1)[0];
      const x = (step) => LEFT + (step / last) * (WIDTH - LEFT - RIGHT);
      const tall = HEIGHT - TOP - BOTTOM;
      const y = (loss) => TOP + tall * (1 - Math.log(loss / least) / Math.log(most / least));
      const floor = HEIGHT - BOTTOM;
      const parts = [shape("path", { d: `M${LEFT} ${TOP}V${floor}H${WIDTH - RIGHT}`, class: "axis" })];
      for (const loss of rounds(least, most)) {
        parts.push(shape("path", { d: `M${LEFT} ${y(loss)}H${WIDTH - RIGHT}`, class: "grid" }));
        parts.push(shape("text", { x: LEFT - 6, y: y(loss) + 4, class: "of-y" }, written(loss)));
      }
      for (const step of [0, Math.round(last / 2), last]) {
        const at = step === last ? "end" : step ? "middle" : "start";
        parts.push(shape("text", { x: x(step), y: floor + 15, "text-anchor": at }, step.toLocaleString("en")));
      }
      parts.push(shape("text", { x: (LEFT + WIDTH) / 2, y: HEIGHT - 3, "text-anchor": "middle" }, "step"));
      parts.push(shape("text", { x: -(TOP + tall / 2), y: 11, "text-anchor": "middle", class: "upright" }, "loss"));
      const points = known.map(([step, loss]) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`);
      const [step, loss] = known.at(-1);
      parts.push(shape("polyline", { points: points.join(" "), class: "line" }));
      parts.push(shape("circle", { cx: x(step), cy: y(loss), r: 3.5, class: "now" }));
      svg.replaceChildren(...parts);
      const from = `${written(known[0][1])} at step ${known[0][0].toLocaleString("en")}`;
      svg.setAttribute("aria-label", `Loss: from ${from} to ${written(loss)} at step ${step.toLocaleString("en")}`);
    }

    return { root: svg, draw };
  };
})(window.task2box);
