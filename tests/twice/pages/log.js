/* What a page writes down of what it observes. It outlives the page, within its tab. */
"use strict";

const entry = `log ${document.documentElement.dataset.run}`;
const written = JSON.parse(sessionStorage[entry] || "[]");

/** @param {...unknown} what */
window.log = (...what) => {
  written.push(what);
  sessionStorage[entry] = JSON.stringify(written);
};

/** Write down what a promise becomes. */
window.outcome = async (name, promise) => {
  try {
    const value = await promise;
    log(name, value instanceof Response ? await told(value) : String(value));
  } catch (error) {
    log(name, "threw", error.name, error.constructor.name, error instanceof Error);
  }
};

/** Return what an answer tells. */
const told = async (answer) => [
  answer.status,
  answer.type,
  answer.redirected,
  answer.url.startsWith("blob:") ? "blob" : new URL(answer.url || "about:blank").pathname,
  answer.headers.get("Content-Type"),
  answer.bodyUsed,
  await answer.text(),
];

/** Write down the events of something. */
window.watch = (target, names, tell = () => []) => {
  for (const name of names) target.addEventListener(name, (event) => log(name, ...tell(event)));
};

const ask = window.fetch;

/** Wait until the server has what is asked of it, and a moment longer for the browser to know. */
window.arrived = async (what) => {
  await ask.call(window, `/_arrived?what=${encodeURIComponent(what)}`);
  await new Promise((resolve) => setTimeout(resolve, 30));
};

addEventListener("error", ({ message }) => log("error", message));
addEventListener("unhandledrejection", ({ reason }) => log("unhandled", reason?.name));
