/* Files of a person: where they are dropped or chosen, and how they are sent. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  /* A place for files. word: what to drop there; accept: endings, as an input has them;
     take(files) hears of them. */
  task2box.dropZone = function ({ word, accept, multiple = false, take }) {
    const zone = task2box.node("label", "drop");
    const input = Object.assign(document.createElement("input"), { type: "file", accept, multiple });
    zone.append(task2box.node("span", "", word), input);
    input.addEventListener("change", () => {
      const files = [...input.files];
      input.value = ""; // the same file again is news, too
      if (files.length) take(files);
    });
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      zone.classList.remove("over");
      const files = [...event.dataTransfer.files];
      if (files.length) take(multiple ? files : files.slice(0, 1));
    });
    return zone;
  };

  /* What the server answers to a file; one that is too large is not even sent. */
  task2box.sendFile = async function (address, file, method = "POST") {
    const limit = Number(document.getElementById("own-dialog").dataset.limit);
    if (file.size > limit) {
      const [size, most] = [file.size, limit].map((bytes) => `${Math.round(bytes / 2 ** 20).toLocaleString("en")} MB`);
      throw new Error(`${file.name} has ${size}; the page takes ${most} at most. Use the command line for more.`);
    }
    const answer = await fetch(address, { method, body: file }).catch(() => null);
    if (!answer) throw new Error(`${file.name} could not be sent: it changed, or the server went away. Send it again.`);
    if (answer.ok) return answer.json();
    const said = answer.headers.get("Content-Type")?.startsWith("text/plain");
    throw new Error(said ? await answer.text() : `The server answered ${answer.status}.`);
  };

  /* What the server answers to a wish: words for it, or none. */
  task2box.post = async function (address, words = {}) {
    const answer = await task2box.fetched(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(words),
    });
    return answer.json();
  };
})(window.task2box);
