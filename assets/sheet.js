/* A picture is painted on a sheet: as large as its window while it is still, larger while a
   hand pans it. Then the sheet only moves, which costs nothing however much is on it, and
   what comes into sight is painted once, beside what is there. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const MARGIN = 200; // px around the window, of a sheet that a hand pans
  const REACH = 2 * MARGIN; // px that it can be moved

  /* The empty context of a canvas that covers an element and a margin in px around it. */
  task2box.blank = function (root, canvas, margin = 0) {
    const ratio = window.devicePixelRatio || 1;
    const across = root.clientWidth + 2 * margin;
    const down = root.clientHeight + 2 * margin;
    const [width, height] = [Math.round(across * ratio), Math.round(down * ratio)];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const inset = margin ? `-${margin}px` : "";
    Object.assign(canvas.style, {
      left: inset,
      top: inset,
      width: margin ? `${across}px` : "",
      height: margin ? `${down}px` : "",
    });
    const ctx = canvas.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, across, down);
    return ctx;
  };

  /* root: the window; canvases: [base, marks] of the picture; first: what it shows. A sheet
     has a `margin` in px, and a `range` that is in the window where it has not moved. */
  task2box.sheetOf = function (root, [base, marks], first) {
    let margin = 0;
    let range = first;
    let slides = null; // while it moves: what moves it across, and what down

    const scales = ([x0, x1, y0, y1]) => [root.clientWidth / (x1 - x0), root.clientHeight / (y1 - y0)];

    /* Pixels that the sheet has to move for a range to be in the window. */
    function offset(target) {
      const [sx, sy] = scales(range);
      return [(range[0] - target[0]) * sx, (target[3] - range[3]) * sy];
    }

    /* What is painted on all of the sheet, as a part of the plane. */
    function whole() {
      const [sx, sy] = scales(range);
      const [dx, dy] = [margin / sx, margin / sy];
      return [range[0] - dx, range[1] + dx, range[2] - dy, range[3] + dy];
    }

    /* Animations that are held still, one a canvas, whose time is a place in px: unlike a
       style they move a layer without that the page's layers are put together anew. */
    function slidesOf(property, written) {
      const keyframes = { [property]: [-REACH, REACH].map(written) };
      return [base, marks].map((canvas) => {
        const slide = canvas.animate(keyframes, { duration: 2 * REACH, fill: "both" });
        slide.pause();
        return slide;
      });
    }

    return {
      /* The sheet is as large as the window and shows this. */
      fit(target) {
        [margin, range] = [0, target];
        slides?.flat().forEach((slide) => slide.cancel());
        slides = null;
      },
      get range() {
        return whole();
      },
      /* What is added to a scene of the window to paint all of the sheet. */
      get scene() {
        const [width, height] = [root.clientWidth + 2 * margin, root.clientHeight + 2 * margin];
        return { range: whole(), width, height, area: root.clientWidth * root.clientHeight };
      },
      blank: (canvas) => task2box.blank(root, canvas, margin),
      covers: (target) => offset(target).every((way) => Math.abs(way) <= margin),

      /* A larger sheet around `target`: what is painted stays where it lies in the plane,
         and paint(ctx, place) adds what is around it; place: [left, top, width, height]
         in px of the sheet, of what is there. */
      widen(target, paint) {
        const [sx, sy] = scales(target);
        const ratio = window.devicePixelRatio || 1;
        const exact = (px) => Math.round(px * ratio) / ratio; // stays sharp
        const [dx, dy] = offset(target).map(exact);
        const there = { canvas: task2box.copyOf(base), margin };
        const [left, top] = [range[0] - dx / sx, range[3] + dy / sy];
        range = [left, left + target[1] - target[0], top - (target[3] - target[2]), top];
        margin = MARGIN;
        const size = [root.clientWidth, root.clientHeight].map((px) => px + 2 * there.margin);
        const place = [margin - there.margin + dx, margin - there.margin + dy, ...size];
        const ctx = this.blank(base);
        ctx.save();
        ctx.beginPath();
        ctx.rect(0, 0, root.clientWidth + 2 * margin, root.clientHeight + 2 * margin);
        ctx.rect(...place);
        ctx.clip("evenodd");
        paint(ctx, place);
        ctx.restore();
        ctx.globalAlpha = 1;
        ctx.drawImage(there.canvas, ...place);
      },

      /* Move the sheet until this is in the window. */
      move(target) {
        slides ||= [slidesOf("translate", (px) => `${px}px 0`), slidesOf("transform", (px) => `translateY(${px}px)`)];
        offset(target).forEach((way, axis) => slides[axis].forEach((slide) => (slide.currentTime = REACH + way)));
      },
    };
  };
})(window.task2box);
