/* What the server answers; while it does not, that is said, and asked again. */
window.task2box = window.task2box || {};

(function (task2box) {
  "use strict";

  const AGAIN = 700; // ms between questions to a server that is away
  const TRIES = 10; // of what a busy server is asked
  const AWAY = "The server does not answer. What is drawn stays; the rest comes when it is back.";
  let waiting = null; // a promise of the server's return
  let heard = () => {};
  let learned = () => {};

  const pause = (time) => new Promise((done) => setTimeout(done, time));
  const lives = () => fetch("health").then(({ ok }) => ok, () => false);

  /* Hears when the server was away and is back: what it was told is forgotten. */
  task2box.onReturn = (listener) => (heard = listener);

  /* Hears with every answer about a collection which version of it the server has. */
  task2box.onVersion = (listener) => (learned = listener);

  function versionOf(answer) {
    const [, collection, version] = /^(.+) (\S+)$/.exec(answer.headers.get("Atlas-Version")) || [];
    if (version) learned(decodeURIComponent(collection), version);
    return answer;
  }

  async function returned() {
    const notice = document.getElementById("notice");
    notice.textContent = AWAY;
    notice.hidden = false;
    do await pause(AGAIN);
    while (!(await lives()));
    waiting = null;
    if (notice.textContent === AWAY) notice.hidden = true;
    heard();
  }

  /* The answer to a question, however long it takes; where it is an error, too. */
  task2box.reach = async function (address, asked) {
    for (;;) {
      try {
        return versionOf(await fetch(address, asked));
      } catch {
        await (waiting ||= returned()); // nobody there
      }
    }
  };

  /* The answer of a server that is not busy any more; after a while, what it says then. */
  async function inTurn(address, asked) {
    for (let tries = 1; ; tries += 1) {
      const answer = await task2box.reach(address, asked);
      const seconds = answer.status === 503 && Number(answer.headers.get("Retry-After"));
      if (!seconds || tries === TRIES) return answer;
      await pause(seconds * 1000);
    }
  }

  /* What the server answers, or an error that says what it says. */
  task2box.fetched = async function (address, asked) {
    const answer = await inTurn(address, asked);
    if (answer.ok) return answer;
    const said = answer.headers.get("Content-Type")?.startsWith("text/plain");
    throw new Error(said ? await answer.text() : `The server answered ${answer.status}.`);
  };

  /* What the server answers, read; where the server stops amid an answer, asked again. */
  task2box.ask = async function (address) {
    const answer = await task2box.fetched(address);
    return answer.json().catch((error) => {
      if (error instanceof SyntaxError) throw error;
      return task2box.ask(address);
    });
  };
})(window.task2box);
