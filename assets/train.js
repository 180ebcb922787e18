/* The tab "Train": what is to be computed, and the jobs that do or did it. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const RECIPES = {
    default: "default: by members where known",
    network: "network: by the means of tasks",
    published: "published: Daroya et al.",
  };
  const METHODS = { tsne: "t-SNE", umap: "UMAP", pca: "PCA" };
  const DIMS = [2, 3, 4, 5];
  const { node } = task2box;
  let root = null;
  let explorer = null;
  let jobs = null; // their heading
  let picked = ""; // the collection that was last chosen here
  const fields = {};

  function select(name, label, choices) {
    const made = document.createElement("select");
    made.replaceChildren(...Object.entries(choices).map(([value, word]) => new Option(word, value)));
    return field(name, label, made);
  }

  function number(name, label, least, most, usual) {
    const made = Object.assign(document.createElement("input"), { type: "number", min: least, max: most, step: 1 });
    Object.assign(made, usual === "" ? { placeholder: "as the recipe says" } : { value: usual, required: true });
    return field(name, label, made);
  }

  function field(name, label, made) {
    made.name = name;
    fields[name] = made;
    const around = node("label", "field");
    around.append(node("span", "", label), made);
    return around;
  }

  function form(title, about, inputs, word, asked) {
    const made = node("form", "job-form");
    const start = Object.assign(node("button", "primary", word), { type: "submit" });
    const said = node("p", "job-fault");
    said.setAttribute("role", "alert");
    const heading = node("h3", "", title);
    made.append(heading, node("p", "muted", about), ...inputs, start, said);
    made.addEventListener("submit", async (event) => {
      event.preventDefault();
      said.textContent = "";
      start.disabled = true;
      await task2box.startJob(picked, ...asked()).then(
        () => jobs.scrollIntoView({ block: "start" }),
        ({ message }) => (said.textContent = message)
      );
      start.disabled = false;
    });
    return made;
  }

  const whole = (name) => Number(fields[name].value);

  function fitAsked() {
    const options = { dim: whole("dim"), recipe: fields.recipe.value, seed: whole("seed") };
    return ["fit", fields.steps.value ? { ...options, steps: whole("steps") } : options];
  }

  const projectAsked = () => ["project", { method: fields.method.value, seed: 0 }];

  function make(made, place) {
    [explorer, root] = [made, place];
    const which = select("collection", "Collection", {});
    fields.collection.addEventListener("change", () => (picked = fields.collection.value));
    const dims = Object.fromEntries(DIMS.map((dim) => [dim, `${dim}D`]));
    const fit = form(
      "Boxes",
      "Learned from features and relations. The present boxes stay until the new ones are there.",
      [
        select("dim", "Dimensions", dims),
        select("recipe", "Recipe", RECIPES),
        number("seed", "Seed", 0, 2 ** 32 - 1, 0),
        number("steps", "Steps", 1, 100000, ""),
      ],
      "Learn boxes",
      fitAsked
    );
    const project = form(
      "Points",
      "The point map beside the boxes, computed anew from the features.",
      [select("method", "Method", METHODS)],
      "Compute points",
      projectAsked
    );
    const list = node("ul", "");
    list.id = "jobs";
    const none = node("p", "muted", "Nothing was asked for yet.");
    jobs = node("h3", "", "Jobs");
    const forms = node("div", "job-forms");
    forms.append(fit, project);
    root.append(which, forms, jobs, none, list);
    const cards = task2box.cardsOf(explorer, list);
    task2box.onJobs((jobs) => {
      none.hidden = jobs.length > 0;
      cards.draw(jobs, seen());
    });
    task2box.makeJobs();
    task2box.makeWatch(explorer);
  }

  const seen = () => Boolean(root.offsetParent);

  async function shown(collection) {
    picked = collection || picked || explorer.state.view.collection;
    const choices = await task2box.jobChoices().catch((error) => error);
    if (choices instanceof Error) return task2box.tell(choices.message);
    const options = choices.map(({ name, title, tasks }) => new Option(`${title} (${tasks.toLocaleString("en")})`, name));
    fields.collection.replaceChildren(...options);
    fields.collection.value = picked;
    if (!fields.collection.value) fields.collection.selectedIndex = 0;
    picked = fields.collection.value;
    return undefined;
  }

  task2box.ownTabs = task2box.ownTabs || {};
  task2box.ownTabs.train = { make, shown };
})(window.task2box);
