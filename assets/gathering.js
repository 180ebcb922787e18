/* A new collection out of a person's files: which they are, what was understood of them,
   and only then is it kept. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const ROLES = { tasks: "tasks", features: "features", members: "members", relations: "relations", images: "images" };
  const HINT =
    "Tasks (name, and perhaps label, parent, size) and features (a row of numbers for each), as CSV, TSV, " +
    "Parquet, NPY or NPZ; perhaps which members tasks have (member, task; the features are theirs then) and " +
    "which task lies in which (child, parent, strength). Or one zip of image folders: each is a task.";
  const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
  const KB = 1024;
  const sizeOf = ({ size }) => (size < KB * KB ? `${Math.ceil(size / KB)} kB` : `${(size / KB / KB).toFixed(1)} MB`);

  /* tell(text, fault): says how it goes; arrived(name): a collection was kept. */
  task2box.makeGathering = function ({ tell, arrived }) {
    let files = []; // [{file, role}]
    let token = "";
    const root = task2box.node("details", "gathering");
    const summary = task2box.node("summary", "", "New collection from files");
    const rows = task2box.node("div", "tables");
    const title = Object.assign(document.createElement("input"), { required: true, maxLength: 120, placeholder: "What to call it" });
    title.setAttribute("aria-label", "Title");
    const look = Object.assign(task2box.node("button", "", "Look at it first"), { type: "submit" });
    const form = task2box.node("form", "rename");
    const shown = task2box.node("div", "understood");
    const zone = task2box.dropZone({
      word: "Drop your files, or choose them",
      accept: ".csv,.tsv,.parquet,.npy,.npz,.zip",
      multiple: true,
      take,
    });
    form.append(title, look);
    root.append(summary, task2box.node("p", "muted", HINT), zone, rows, form, shown);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      preview();
    });
    draw();
    return root;

    /* A name often says what a table holds. */
    function take(some) {
      for (const file of some) {
        files = files.filter((one) => one.file.name !== file.name);
        files.push({ file, role: roleOf(file.name) });
      }
      draw();
    }

    function roleOf(name) {
      const [, ending] = /\.(\w+)$/.exec(name.toLowerCase()) || [];
      if (ending === "zip") return "images";
      const tables = Object.keys(ROLES).filter((role) => role !== "images");
      const said = tables.find((role) => name.toLowerCase().includes(role.slice(0, -1)));
      const free = tables.find((role) => !files.some((one) => one.role === role));
      return said || (["npy", "npz"].includes(ending) ? "features" : free) || "tasks";
    }

    function draw() {
      shown.replaceChildren();
      rows.replaceChildren(...files.map(rowOf));
      form.hidden = !files.length;
    }

    function rowOf(one) {
      const row = task2box.node("div", "table");
      const select = document.createElement("select");
      select.append(...Object.entries(ROLES).map(([role, word]) => new Option(word, role)));
      select.value = one.role;
      select.setAttribute("aria-label", `What ${one.file.name} holds`);
      select.addEventListener("change", () => {
        one.role = select.value;
        shown.replaceChildren();
      });
      const remove = Object.assign(task2box.node("button", "", "✕"), { type: "button", title: "Leave it out" });
      remove.setAttribute("aria-label", `Leave out ${one.file.name}`);
      remove.addEventListener("click", () => {
        files = files.filter((other) => other !== one);
        draw();
      });
      row.append(task2box.node("span", "name", one.file.name), task2box.node("span", "muted", sizeOf(one.file)), select, remove);
      return row;
    }

    // -------------------------------------------------------------- sending

    function wrong() {
      const twice = files.find(({ role }, at) => files.findIndex((one) => one.role === role) < at);
      if (twice) return `Two files hold ${twice.role}; say what each of them holds.`;
      const images = files.filter(({ role }) => role === "images").length;
      if (images) return images === files.length ? "" : "Images need no tables: leave out the one or the other.";
      const lacking = ["tasks", "features"].find((role) => !files.some((one) => one.role === role));
      return lacking ? `No file holds ${lacking}; add one, or say what each of them holds.` : "";
    }

    async function preview() {
      const fault = wrong();
      if (fault) return tell(fault, true);
      look.disabled = true;
      shown.replaceChildren();
      const slow = files.some(({ role }) => role === "images");
      tell(slow ? "Looking at your images, some 30 a second…" : "Reading your files…");
      try {
        await forget();
        ({ token } = await task2box.post("new"));
        for (const { file, role } of files) await task2box.sendFile(`new/${token}/${role}?${new URLSearchParams({ file: file.name })}`, file);
        const told = await task2box.post(`new/${token}/preview`, { title: title.value });
        tell("This is what was understood. Nothing is kept yet.");
        shown.replaceChildren(...understood(told));
        shown.scrollIntoView({ block: "nearest" });
      } catch ({ message }) {
        tell(message, true);
        forget();
      } finally {
        look.disabled = false;
      }
    }

    /* What was sent is of no use any more; it would go by itself in an hour. */
    async function forget() {
      const before = token;
      token = "";
      if (before) await task2box.post(`new/${before}/discard`).catch(() => {});
    }

    async function keep() {
      try {
        const { name } = await task2box.post(`new/${token}/keep`);
        tell(`“${title.value.trim()}” is kept as “${name}”. It can be shown once its boxes are learned.`);
        token = title.value = "";
        files = [];
        draw();
        root.open = false;
        await arrived(name);
      } catch ({ message }) {
        tell(message, true);
      }
    }

    // -------------------------------------------------------------- what was understood

    function understood(told) {
      const { tasks, members, channels, containments, relations } = told;
      const of = members === null ? count(channels, "channel") : `${count(members, "member")} with ${count(channels, "channel")}`;
      const parts = [count(tasks, "task"), of, `${count(relations, "relation")}, of which ${containments.toLocaleString("en")} say that a task lies wholly in another`];
      const buttons = task2box.node("div", "buttons");
      const [drop, save] = ["Discard", "Keep it"].map((word) => Object.assign(task2box.node("button", "", word), { type: "button" }));
      drop.addEventListener("click", () => {
        forget();
        draw();
        tell("Nothing was kept.");
      });
      save.addEventListener("click", keep);
      save.classList.add("chief");
      buttons.append(drop, save);
      return [
        task2box.node("p", "counts", parts.join(" · ")),
        ...told.files.map(lineOf),
        ...told.notes.map((note) => task2box.node("p", "note", note)),
        ...leftOut(told.skipped),
        buttons,
      ];
    }

    function lineOf({ file, holds, rows: length, used, shown: said = [], ignored = [], channels, read_as: as }) {
      const columns = [
        used.length && `understood: ${used.join(", ")}`,
        channels && `${count(channels, "column")} of numbers`,
        said.length && `kept to be shown: ${said.join(", ")}`,
        ignored.length && `ignored: ${ignored.join(", ")}`,
        as && `read as ${as}`,
      ].filter(Boolean);
      const line = task2box.node("p", "file");
      line.append(task2box.node("strong", "", file), ` as ${ROLES[holds]}, ${count(length, holds === "images" ? "file" : "row")}; `, columns.join("; "));
      return line;
    }

    function leftOut(skipped) {
      if (!skipped.length) return [task2box.node("p", "muted", "Nothing was left out.")];
      const list = task2box.node("pre", "listing", skipped.map(({ item, reason }) => `${item}: ${reason}`).join("\n"));
      list.tabIndex = 0;
      return [task2box.node("h3", "", `Left out: ${skipped.length.toLocaleString("en")}`), list];
    }
  };
})(window.task2box);
