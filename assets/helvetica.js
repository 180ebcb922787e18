/* The one typeface that every reader of PDF has, in WinAnsi: which texts it can write, in
   which bytes, and how wide they are. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  // Of the letters from space to tilde, in thousandths of the size (Adobe's metrics).
  const WIDTHS = {
    regular: [
      278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
      556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
      1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722,
      778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
      556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556,
      556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    ],
    bold: [
      278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
      556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
      975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
      667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
      333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
      611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
    ],
  };
  // Bytes 128 to 159 of WinAnsi; below and above them it is Latin-1.
  const HIGH = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";
  const BROAD = { "…": 1000, "—": 1000, "‰": 1000, "™": 1000, "Œ": 1000, "œ": 944 };
  const USUAL = 556; // of the few letters that have no ASCII letter below

  function byteOf(letter) {
    const code = letter.codePointAt(0);
    if ((code >= 32 && code < 127) || (code >= 160 && code < 256 && code !== 173)) return code;
    const at = HIGH.indexOf(letter);
    return at < 0 || letter === " " ? -1 : 128 + at;
  }

  task2box.helvetica = {
    /* The text as hexadecimal digits, null where it has a letter that is not in WinAnsi. */
    hex(text) {
      const bytes = Array.from(text.normalize("NFC"), byteOf);
      if (bytes.includes(-1)) return null;
      return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    },

    /* Its width in units of the size; letters with accents are as wide as without. */
    width(text, bold) {
      const widths = WIDTHS[bold ? "bold" : "regular"];
      let sum = 0;
      for (const letter of text.normalize("NFC")) {
        const plain = letter.normalize("NFD").charCodeAt(0);
        sum += BROAD[letter] || widths[plain - 32] || USUAL;
      }
      return sum / 1000;
    },
  };
})(window.task2box);
