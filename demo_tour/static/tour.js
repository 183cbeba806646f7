"use strict";

const news = document.getElementById("news");
const left = document.getElementById("left");
const gauge = document.getElementById("gauge");
const PAUSE = 2000; // milliseconds between two looks at the news
const SOON = 20; // seconds: the demo's warn_before
const SEEN = "tour"; // a name in sessionStorage
let end = 0; // of the login, by the browser's clock

/** What each button does after it was pressed: it resolves to what is told of it, if it was done. */
const steps = {
  async warned(form) {
    if (!(await begin(form))) return null;
    await session440.status(); // the script counts by the browser's clock, which was not moved
    return form.dataset.done;
  },

  async lost(form) {
    if (!(await begin(form))) return null;
    void poll(); // it meets the end, and the log tells of it
    await session440.status();
    return form.dataset.done;
  },

  async kept(form) {
    if (!(await begin(form))) return null;
    const answer = await fetch("/note", { method: "POST", body: new FormData(form) });
    return answer.ok ? `The server has “${(await answer.json()).words}”` : null;
  },

  async polling(form) {
    await session440.extend();
    const isOver = new Promise((tell) => {
      document.addEventListener("session440:expired", () => tell({ isOver: true }), { once: true });
    });
    let answer;
    do {
      if (!(await send(form))) return null;
      answer = await Promise.race([poll(), isOver]);
    } while (answer.ok);
    return answer.isOver ? form.dataset.done : null;
  },
};
steps.elsewhere = steps.lost;

/** To press the button is activity, which may still be on its way to the server. */
async function begin(form) {
  await session440.extend();
  return send(form);
}

const poll = () => fetch("/api/notifications", { headers: { "Session440-Passive": "?1" } });

async function take(event) {
  const form = event.target;
  const step = steps[form.dataset.step];
  if (!step) {
    remember(form); // the browser sends it, and comes back to another page
    return;
  }
  event.preventDefault();
  const told = await step(form);
  if (told) remember(form);
  mark(form, told ?? "This did not work; see the answers.");
  await look();
}

/** In this tab, and nothing of a person. */
function remember(form) {
  sessionStorage[SEEN] = `${sessionStorage[SEEN] ?? ""} ${form.dataset.step}`;
}

function mark(form, text) {
  form.querySelector("output").textContent = text;
}

function markSeen() {
  const seen = (sessionStorage[SEEN] ?? "").split(" ");
  for (const form of document.forms) if (seen.includes(form.dataset.step)) mark(form, form.dataset.done);
}

async function look() {
  const answer = await fetch("/tour/news", { headers: { "Session440-Passive": "?1" } });
  if (answer.ok) show(await answer.json());
}

function show(told) {
  showClock(told.clock);
  end = performance.now() + (told.left ?? 0) * 1000;
  gauge.max = Math.max(gauge.max, told.left ?? 0);
  count();
  const known = new Set([...news.children].map(({ dataset }) => dataset.number));
  const items = told.news.filter(({ number }) => !known.has(`${number}`)).map(item);
  news.prepend(...items);
  while (news.children.length > told.news.length) news.lastChild.remove();
}

function item({ number, at, mark, what, cause }) {
  const made = document.createElement("li");
  made.dataset.number = number;
  made.className = mark === "event" ? "event" : `status-${mark === "440" ? mark : mark[0]}`;
  const parts = [["time", at], ["b", mark], ["span", what], ["em", cause]];
  for (const [name, text] of parts.filter(([, text]) => text)) {
    const part = document.createElement(name);
    part.textContent = text;
    part.dir = "ltr"; // paths, whatever the direction of the page
    made.append(part, " ");
  }
  return made;
}

function count() {
  const seconds = Math.max(0, (end - performance.now()) / 1000);
  gauge.value = seconds;
  gauge.classList.toggle("soon", seconds <= SOON);
  left.textContent = seconds ? `It ends in ${Math.ceil(seconds)} s if you do nothing.` : "It has ended.";
}

document.querySelector(".steps").addEventListener("submit", take);
markSeen();
document.addEventListener("session440:renewed", look);
document.addEventListener("session440:restored", look);
setInterval(() => document.hidden || look(), PAUSE);
setInterval(count, 250);
void look();
