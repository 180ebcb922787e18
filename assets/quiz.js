/* On which side of a discovered task does an image lie? Asked image by image, by a press or
   by the keys 0 and 1 (or the arrows), with a score. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const EXAMPLES = 6; // of each side

  task2box.drawQuiz = function (told, body, chosen) {
    const { part } = task2box;
    if (!told.sheet) {
      body.replaceChildren(task2box.missingImages(told));
      return;
    }
    let at = 0;
    let right = 0;
    const select = part("select", "", [], { "aria-label": "Task" });
    select.append(...told.tasks.map((task, k) => new Option(task2box.taskName(task), k, false, k === chosen.task)));
    const score = part("p", "quiz-score", [], { role: "status" });
    const asked = part("div", "quiz-asked");
    const said = part("p", "quiz-said", [], { role: "status" });
    const sides = [0, 1].map((side) => sideButton(told, chosen, side, () => answer(side)));
    const quiz = part("div", "quiz", [sides[0], part("div", "quiz-middle", [asked, said, score]), sides[1]]);
    const again = part("button", "", ["Again"], { type: "button" });
    const hint = part("p", "muted", ["Left or right? Press a side, or the keys 0 and 1 or the arrows."]);
    const task = () => told.tasks[chosen.task];

    function ask() {
      const { quiz: questions } = task();
      const over = at >= questions.length;
      sides.forEach((button) => (button.disabled = over));
      again.hidden = !over || !questions.length;
      if (!questions.length) score.textContent = "Of this task there are too few images to ask about.";
      else score.textContent = over ? `${right} of ${questions.length} right` : `${at + 1} of ${questions.length}; ${right} right so far`;
      asked.replaceChildren(...(over ? [] : [task2box.cell(told, questions[at][0], "Which side does this image belong to?")]));
      if (over && questions.length) again.focus();
    }

    function answer(side) {
      const { quiz: questions } = task();
      if (at >= questions.length) return;
      const hit = questions[at][1] === side;
      right += hit;
      said.textContent = hit ? "Right." : `No, that was side ${questions[at][1]}.`;
      said.dataset.hit = String(hit);
      at += 1;
      ask();
    }

    function begin() {
      at = right = 0;
      said.textContent = "";
      sides.forEach((button, side) => button.replaceChildren(...sideParts(told, chosen, side)));
      ask();
    }

    select.addEventListener("change", () => {
      chosen.task = Number(select.value);
      begin();
    });
    again.addEventListener("click", () => {
      begin();
      quiz.focus();
    });
    quiz.tabIndex = 0;
    quiz.setAttribute("aria-label", "Quiz: keys 0 and 1, or left and right");
    quiz.setAttribute("role", "group");
    quiz.addEventListener("keydown", (event) => {
      const side = { 0: 0, 1: 1, ArrowLeft: 0, ArrowRight: 1 }[event.key];
      if (side === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      answer(side);
    });
    body.replaceChildren(part("p", "", [select, " "]), hint, quiz, again);
    begin();
    quiz.focus();
  };

  function sideParts(told, chosen, side) {
    const { part, cell } = task2box;
    const examples = told.tasks[chosen.task].sides[side].slice(0, EXAMPLES);
    return [part("strong", "", [`Side ${side}`]), part("span", "cells", examples.map((at) => cell(told, at)))];
  }

  function sideButton(told, chosen, side, press) {
    const made = task2box.part("button", "quiz-side", sideParts(told, chosen, side), { type: "button" });
    made.addEventListener("click", press);
    return made;
  }
})(window.task2box);
