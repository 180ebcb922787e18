/* The tab of collections: those of a person's own with what can be done with them, and
   below those that come with the program. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const MB = 2 ** 20;
  const address = (name, wish) => `own/${encodeURIComponent(name)}${wish}`;
  let explorer = null;
  let root = null;
  let turn = 0; // of lists that were asked for: only the latest is shown
  let said = null; // where it is told what has been done, or why not
  let lists = null;

  task2box.ownTabs = task2box.ownTabs || {};
  task2box.ownTabs.collections = {
    make(given, place) {
      [explorer, root] = [given, place];
      lists = task2box.node("div", "");
      said = task2box.node("p", "own-said");
      said.setAttribute("role", "status");
      root.append(task2box.makeGathering({ tell, arrived }), said, importing(), lists);
    },
    shown() {
      if (!root.querySelector(":disabled, [aria-busy]")) tell(""); // of what was done before
      list();
    },
  };

  function tell(text, fault = false) {
    said.textContent = text;
    said.classList.toggle("fault", fault);
    if (text) said.scrollIntoView({ block: "nearest" });
  }

  function button(word, title, press) {
    const made = Object.assign(task2box.node("button", "", word), { type: "button", title });
    made.addEventListener("click", press);
    return made;
  }

  /* Do something with a collection; then both the page and the list show it as it is. */
  async function wish(work, done) {
    tell("");
    try {
      const { name } = await work();
      tell(done);
      await arrived(name);
    } catch ({ message }) {
      tell(message, true);
    }
  }

  /* A collection is new. */
  const arrived = (name) => Promise.all([task2box.renewed(name), list()]);

  // ---------------------------------------------------------------- the lists

  async function list() {
    const mine = ++turn;
    const told = await task2box.ask("own.json").catch((error) => error);
    if (mine !== turn) return;
    if (told instanceof Error) return tell(told.message, true);
    const { collections, deleted } = told;
    const [mineOnes, shipped] = [collections.filter(({ size }) => size), collections.filter(({ size }) => !size)];
    const none = task2box.node("p", "muted", "None yet. Make one of your own files, or import one.");
    const focused = document.activeElement?.dataset.key;
    lists.replaceChildren(
      section("Your own", mineOnes.length ? mineOnes.map(ownRow) : [none]),
      ...(deleted.length ? [section("Deleted, until the program is started anew", deleted.map(deletedRow))] : []),
      section("Come with the program", shipped.map(shippedRow))
    );
    if (focused) lists.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  function section(title, rows) {
    const made = task2box.node("section", "holdings");
    made.append(task2box.node("h3", "", title), ...rows);
    return made;
  }

  function row({ name, title }, meta, actions) {
    const made = task2box.node("div", "holding");
    made.dataset.name = name;
    const words = task2box.node("div", "words");
    words.append(task2box.node("strong", "", title), ...meta);
    const buttons = task2box.node("div", "actions");
    buttons.setAttribute("role", "group");
    buttons.setAttribute("aria-label", title);
    buttons.append(...actions);
    for (const one of actions) one.dataset.key = `${name} ${one.textContent}`;
    made.append(words, buttons);
    return made;
  }

  function metaOf({ name, tasks, date, dims, size, shipped, whole, fault }) {
    if (fault) return [task2box.node("span", "fault", fault)];
    const boxes = dims.length ? `boxes in ${dims.map((dim) => `${dim}D`).join(", ")}` : "no boxes yet: train";
    const parts = [name, `${tasks.toLocaleString("en")} ${tasks === 1 ? "task" : "tasks"}`, boxes];
    if (whole || !size) parts.push(`made ${date}`);
    if (size) parts.push(size < MB / 10 ? `${Math.ceil(size / 1024)} kB` : `${(size / MB).toFixed(1)} MB`);
    const made = [task2box.node("span", "muted", parts.join(" · "))];
    if (size && shipped && whole) made.push(task2box.node("span", "muted", "In place of the one of this name that comes with the program."));
    else if (size && shipped) made.push(task2box.node("span", "muted", "Comes with the program; what you computed for it is your own."));
    return made;
  }

  function ownRow(one) {
    const { name, title, whole, dims, fault } = one;
    const train = !dims.length && "train" in task2box.ownTabs;
    const learn = button("Train", "Learn its boxes", () => task2box.openOwn("train", name));
    learn.classList.add("primary");
    const save = Object.assign(task2box.node("a", "button", "Export"), { href: address(name, ".zip"), download: "" });
    save.title = "One file with all that is kept of it";
    const actions = [
      ...(train ? [learn] : []),
      ...(shows(one) ? [button("Show", "Show it in the pictures", () => show(name))] : []),
      ...(whole && !fault ? [button("Rename", "Give it another title", (event) => rename(event, one))] : []),
      ...(fault ? [] : [save]),
      button("Delete", "It can be had back until the program is started anew", () =>
        wish(() => task2box.post(address(name, "/delete")), `“${title}” is deleted.`)
      ),
    ];
    return row(one, metaOf(one), actions);
  }

  const shows = ({ dims, fault }) => dims.includes(2) && !fault;

  function deletedRow(one) {
    const { name, title } = one;
    const undo = button("Undo", "Have it back", () =>
      wish(() => task2box.post(address(name, "/restore")), `“${title}” is back.`)
    );
    return row(one, [task2box.node("span", "muted", name)], [undo]);
  }

  const shippedRow = (one) => row(one, metaOf(one), shows(one) ? [button("Show", "Show it in the pictures", () => show(one.name))] : []);

  function show(name) {
    document.getElementById("own-dialog").close();
    task2box.openCollection(name);
  }

  // ---------------------------------------------------------------- another title

  function rename({ target }, { name, title }) {
    const words = target.closest(".holding").querySelector(".words");
    const form = task2box.node("form", "rename");
    const input = Object.assign(document.createElement("input"), { value: title, maxLength: 120, required: true });
    input.setAttribute("aria-label", "Title");
    const save = Object.assign(task2box.node("button", "", "Save"), { type: "submit" });
    form.append(input, save, button("Cancel", "Leave it as it is", list));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const wanted = input.value.trim();
      wish(() => task2box.post(address(name, "/rename"), { title: wanted }), `It is called “${wanted}” now.`);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault(); // the dialog stays
      list();
    });
    words.replaceChildren(form);
    input.select();
  }

  // ---------------------------------------------------------------- import

  function importing() {
    const place = task2box.node("div", "importing");
    const zone = task2box.dropZone({
      word: "Drop a collection that was exported (zip), or choose it",
      accept: ".zip",
      take: ([file]) => take(file),
    });
    const again = task2box.node("form", "rename");
    place.append(zone, again);
    again.hidden = true;

    async function take(file, name = "") {
      again.hidden = true;
      tell(`Reading ${file.name}…`);
      zone.setAttribute("aria-busy", "true");
      const query = new URLSearchParams({ file: file.name, ...(name && { name }) });
      try {
        const told = await task2box.sendFile(`own/import?${query}`, file);
        tell(told.taken || `${file.name} is here as “${told.name}”.`, Boolean(told.taken));
        if (told.taken) ask(file);
        else await arrived(told.name);
      } catch ({ message }) {
        tell(message, true);
      } finally {
        zone.removeAttribute("aria-busy");
      }
    }

    /* There is one of its name. */
    function ask(file) {
      const input = Object.assign(document.createElement("input"), { required: true, pattern: "[\\p{L}\\p{N}_][\\p{L}\\p{N}_.\\-]*" });
      input.setAttribute("aria-label", "Another name");
      input.placeholder = "another-name";
      const save = Object.assign(task2box.node("button", "", "Import under this name"), { type: "submit" });
      again.replaceChildren(input, save);
      again.onsubmit = (event) => {
        event.preventDefault();
        take(file, input.value.trim());
      };
      again.hidden = false;
      input.focus();
    }

    return place;
  }
})(window.task2box);
