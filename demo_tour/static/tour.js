"use strict";

const news = document.getElementById("news");
const left = document.getElementById("left");
const gauge = document.getElementById("gauge");
const PAUSE = 2000; // milliseconds between two looks at the news
let end = 0; // of the login, by the browser's clock

const steps = {
  async warned(form, say) {
    await begin(form);
    say("You are warned, with time to stay.");
    await session440.status();
  },

  async kept(form, say) {
    await begin(form);
    const answer = await fetch("/note", { method: "POST", body: new FormData(form) });
    const { words } = await answer.json(); // it waited until you had logged in again
    say(`The server has received: “${words}”`);
  },

  async elsewhere(form, say) {
    await begin(form);
    say("You were told why, and the page is as you left it.");
    await session440.status();
  },

  async polling(form, say) {
    await session440.extend();
    const isOver = new Promise((tell) => {
      document.addEventListener("session440:expired", () => tell("over"), { once: true });
    });
    for (let count = 1; ; count += 1) {
      await send(form);
      if ((await Promise.race([poll(), isOver])) === "over") {
        say(`Poll ${count} came too late: none of those before has kept you logged in.`);
        return;
      }
      say(`Poll ${count} was answered.`);
    }
  },
};
steps.lost = steps.elsewhere;

/** To press the button is activity, and may still be on its way to the server. */
async function begin(form) {
  await session440.extend();
  await send(form);
}

const poll = () => fetch("/api/notifications", { headers: { "Session440-Passive": "?1" } });

function take(event) {
  const form = event.target;
  const step = steps[form.dataset.step];
  if (!step) return; // the browser sends it
  event.preventDefault();
  const say = (text) => {
    form.querySelector("output").textContent = text;
  };
  void step(form, say).then(look);
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
    made.append(part, " ");
  }
  return made;
}

function count() {
  const seconds = Math.max(0, (end - performance.now()) / 1000);
  gauge.value = seconds;
  left.textContent = seconds ? `It ends in ${Math.ceil(seconds)} s if you do nothing.` : "It has ended.";
}

document.querySelector(".steps").addEventListener("submit", take);
document.addEventListener("session440:renewed", look);
document.addEventListener("session440:restored", look);
setInterval(() => document.hidden || look(), PAUSE);
setInterval(count, 250);
void look();
