/* Asks which picture is exported, in which format and how large; keeps nothing. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const [LEAST, MOST] = [50, 8000]; // px, of a side
  const PANELS = { boxes: "Boxes", cuboids: "Boxes in 3D", points: "Points" };
  const FORMATS = { png: "PNG", svg: "SVG", webp: "WebP", pdf: "PDF" };
  const SCALES = { 1: "1", 2: "2", 3: "3", 4: "4" };

  function choice(options) {
    const select = document.createElement("select");
    offer(select, Object.entries(options));
    return select;
  }

  function offer(select, options) {
    const before = select.value;
    select.replaceChildren(...options.map(([value, word]) => new Option(word, value)));
    if (options.some(([value]) => value === before)) select.value = before;
  }

  function side() {
    const input = document.createElement("input");
    return Object.assign(input, { type: "number", min: LEAST, max: MOST, step: 1, required: true });
  }

  function labelled(word, control) {
    const label = task2box.node("label", "");
    label.append(task2box.node("span", "", word), control);
    return label;
  }

  function button(word, type) {
    return Object.assign(task2box.node("button", "", word), { type });
  }

  /* The dialog, and a function that opens it. */
  task2box.makePictureDialog = function (explorer) {
    const { state, pictures } = explorer;
    const fields = {
      panel: choice({}),
      format: choice(FORMATS),
      width: side(),
      height: side(),
      scale: choice(SCALES),
      transparent: Object.assign(document.createElement("input"), { type: "checkbox" }),
    };
    fields.scale.value = "2";
    const size = task2box.node("p", "muted");
    const fault = task2box.node("p", "fault");
    fault.setAttribute("role", "alert");
    const [cancel, write] = [button("Cancel", "button"), button("Export", "submit")];
    const form = task2box.node("form", "");
    const dialog = task2box.node("dialog", "");
    build();

    function build() {
      dialog.id = "picture-dialog";
      dialog.setAttribute("aria-labelledby", "picture-title");
      const title = Object.assign(task2box.node("h2", "", "Export picture"), { id: "picture-title" });
      const buttons = task2box.node("div", "buttons");
      buttons.append(cancel, write);
      const rows = Object.entries({
        panel: "Picture",
        format: "Format",
        width: "Width, px",
        height: "Height, px",
        scale: "Scale",
        transparent: "Transparent background",
      }).map(([key, word]) => {
        fields[key].name = key;
        return labelled(word, fields[key]);
      });
      form.append(title, ...rows, size, fault, buttons);
      dialog.append(form);
      document.body.append(dialog);
      form.addEventListener("input", ({ target }) => {
        if (target === fields.panel) measure();
        tell();
      });
      form.addEventListener("submit", submit);
      cancel.addEventListener("click", () => dialog.close());
    }

    const asked = () => ({
      panel: fields.panel.value,
      format: fields.format.value,
      width: fields.width.valueAsNumber,
      height: fields.height.valueAsNumber,
      scale: Number(fields.scale.value),
      transparent: fields.transparent.checked,
    });

    /* As large as the panel is seen. */
    function measure() {
      const { panel } = asked();
      const { root } = pictures[panel] || pictures.other();
      fields.width.value = Math.max(LEAST, root.clientWidth);
      fields.height.value = Math.max(LEAST, root.clientHeight);
    }

    function tell() {
      const wanted = asked();
      const vector = task2box.isVector(wanted.format) && wanted.panel !== "cuboids";
      fields.scale.parentElement.hidden = vector;
      const valid = form.checkValidity();
      const wrong = valid
        ? task2box.pictureFault(wanted)
        : `Width and height are whole numbers from ${LEAST} to ${MOST.toLocaleString("en")}.`;
      fault.textContent = wrong;
      size.textContent = wrong ? "" : task2box.pictureSize(wanted);
      write.disabled = Boolean(wrong);
    }

    async function submit(event) {
      event.preventDefault();
      const wanted = asked();
      write.disabled = true;
      size.textContent = "Drawing…";
      try {
        // Now, and not after a click on something else: the view may change meanwhile.
        const name = task2box.fileName(explorer, wanted.format, wanted.panel);
        task2box.save(name, await task2box.pictureOf(explorer, wanted));
        dialog.close();
      } catch (error) {
        size.textContent = "";
        fault.textContent = `No file was written. ${error.message}`;
      } finally {
        write.disabled = false;
      }
    }

    task2box.openPicture = function () {
      const { view } = state;
      const seen = [task2box.isSolid(view) ? "cuboids" : "boxes", ...(task2box.pointsShown(state) ? ["points"] : [])];
      const other = pictures.other();
      const more = other ? [[other.kind, task2box.besideWord(view.beside)]] : [];
      offer(fields.panel, [...seen.map((panel) => [panel, PANELS[panel]]), ...more]);
      measure();
      tell();
      dialog.showModal();
    };
  };
})(window.task2box);
