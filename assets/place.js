/* The tab "Place": files of new tasks are dropped or chosen, and appear among the boxes. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const TABLES = ".csv,.tsv,.parquet";
  const MORE = {
    members: ["Members", "Which rows each task has: a table with the columns member and task", TABLES],
    tasks: ["Tasks", "Names for rows without: a table with the column name, and perhaps parent", TABLES],
  };
  let explorer = null;
  let files = {}; // chosen ones, by what they hold
  let done = false; // whether their tasks are placed: other features begin anew
  let parts = null;
  let turn = 0; // of questions: only the answer to the last one counts
  let warm = null; // {atlas, dim} that the server is ready for, or soon is

  /* What each of several files is, by its name. */
  function kindOf({ name }) {
    const found = /members?|tasks?/i.exec(name.replace(/\.[^.]*$/, ""));
    if (!found) return "features";
    return found[0].toLowerCase().startsWith("member") ? "members" : "tasks";
  }

  function take(given) {
    const kinds = given.length === 1 ? [[given[0], "features"]] : given.map((file) => [file, kindOf(file)]);
    accept(Object.fromEntries(kinds.map(([file, kind]) => [kind, file])));
  }

  function accept(some) {
    files = done && some.features ? some : { ...files, ...some };
    done = false;
    drawFiles();
    if (files.features) place();
    else say("Now the features: one row of numbers for each.");
  }

  async function place() {
    const mine = ++turn;
    say("Placing…");
    parts.root.setAttribute("aria-busy", "true");
    const told = await task2box.place(explorer, files).catch((error) => error);
    if (mine !== turn) return;
    parts.root.removeAttribute("aria-busy");
    if (told instanceof Error) {
      say("");
      refuse(told);
      return;
    }
    done = true;
    say(`Placed: ${task2box.placedWord(told.tasks)}. They are listed beside the pictures.`);
    document.getElementById("own-dialog").close();
    task2box.showPlaced(explorer);
    document.getElementById("live").textContent = `Placed: ${task2box.placedWord(told.tasks)}.`;
  }

  function say(words) {
    parts.fault.hidden = true;
    parts.said.textContent = words;
  }

  /* In the tab; and where it was closed meanwhile, too. */
  function refuse({ message }) {
    parts.fault.textContent = message;
    parts.fault.hidden = false;
    if (!document.getElementById("own-dialog").open) task2box.tell(message);
  }

  /* The files that count, each with a button that leaves it out. */
  function drawFiles() {
    const lines = task2box.placedKinds.filter((kind) => files[kind]).map((kind) => {
      const line = task2box.node("li", "", `${kind}: ${files[kind].name} `);
      const out = task2box.node("button", "", "✕");
      Object.assign(out, { type: "button", title: `Leave out ${files[kind].name}` });
      out.setAttribute("aria-label", out.title);
      out.addEventListener("click", () => {
        delete files[kind];
        drawFiles();
        say("");
        parts.zone.querySelector("input").focus();
      });
      line.append(out);
      return line;
    });
    parts.list.replaceChildren(...lines);
  }

  function further() {
    const place = task2box.node("details", "");
    place.append(task2box.node("summary", "", "Tasks of several members, or with names of their own"));
    for (const [kind, [, word, accept_]] of Object.entries(MORE)) {
      place.append(task2box.dropZone({ word, accept: accept_, take: ([file]) => accept({ [kind]: file }) }));
    }
    return place;
  }

  function make(mounted, root) {
    explorer = mounted;
    const zone = task2box.dropZone({
      word: "Drop features here, or choose a file (CSV, Parquet, NPY, NPZ; a zip of images)",
      accept: `${TABLES},.npy,.npz,.zip`,
      multiple: true,
      take,
    });
    parts = {
      root,
      zone,
      about: task2box.node("p", "muted"),
      list: task2box.node("ul", "files"),
      said: task2box.node("p", ""),
      fault: task2box.node("p", "notice"),
    };
    parts.said.setAttribute("role", "status");
    parts.fault.setAttribute("role", "alert");
    parts.fault.hidden = true;
    root.append(
      task2box.node("p", "", "See where your own tasks lie among these: nothing is learned, and no box moves."),
      parts.about,
      zone,
      further(),
      parts.list,
      parts.said,
      parts.fault
    );
    root.addEventListener("dragover", (event) => event.preventDefault());
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) take([...event.dataTransfer.files]);
    });
  }

  /* The server gets ready while files are looked for. */
  async function shown() {
    const { view, atlas } = explorer.state;
    const same = warm && warm.atlas === atlas && warm.dim === view.dim;
    if (same) return;
    const mine = (warm = { atlas, dim: view.dim });
    files = { ...task2box.placedFiles(explorer) };
    done = Boolean(files.features);
    drawFiles();
    say("");
    parts.about.textContent = "Reading what these boxes were learned from…";
    parts.about.setAttribute("aria-busy", "true");
    const told = await task2box.warmPlacing(explorer).catch((error) => ({ fault: error.message }));
    if (warm !== mine) return;
    parts.about.removeAttribute("aria-busy");
    if (told.lacks || told.fault) {
      warm = null; // asked again, it may be there
      parts.about.textContent = told.fault || `Nothing can be placed among these boxes. ${told.lacks}`;
      return;
    }
    const made = told.encoder ? `, made as those of ${atlas.title} were: ${told.encoder}` : "";
    const images = told.images ? " Or a zip of images, with a folder for each task." : "";
    parts.about.textContent = `A row of ${told.channels.toLocaleString("en")} numbers for each task${made}.${images}`;
  }

  task2box.ownTabs = task2box.ownTabs || {};
  task2box.ownTabs.place = { make, shown };
})(window.task2box);
