/** The endpoints of the server: how the login stands, to renew it, to leave. */

import { after, now } from "./clock.js";
import { rawFetch, URL } from "./natives.js";
import { base } from "./script.js";

/** @typedef {import("./login.js").Answer} Answer */

/** Milliseconds after which a question counts as lost. */
const LONGEST_ANSWER = 10000;

/** Milliseconds for which anything of the page waits for an answer. */
export const PATIENCE = 2000;

/** The header of an answer that says that a login has ended. */
export const CAUSE = "Session440-Cause";

/** A question on its way. */
let asking = /** @type {Promise<Answer> | null} */ (null);

/** @type {Record<string, Promise<Answer>>} */
const next = {}; // those that come after it

/** @type {(answer: Answer, asked: import("./clock.js").Moment) => void} */
let hear;

/** @param {typeof hear} listener to each answer */
export const onAnswer = (listener) => {
  hear = listener;
};

/** @returns {Promise<string>} the style of the dialog */
export const style = async () => (await rawFetch(new URL("client.css", base))).text();

/**
 * Have no cache bring a page again as it was.
 * @param {string} url
 */
export const refresh = (url) =>
  rawFetch(url, { cache: "reload" }).then((response) => response.text(), () => {});

/** Wait until no question is on its way. */
export const answered = async () => {
  while (asking) await asking;
};

/** Ask how the login stands, which keeps nobody logged in. A question on its way will tell. */
export const status = () => asking || ask("status", "GET");

/** Ask what is so now: what is on its way may have been answered before. */
export const statusNow = () => afterwards("status", "GET");

/** Renew the login, which an earlier question does not. */
export const extend = () => afterwards("extend", "POST");

export const logout = () => call("logout", "POST");

/**
 * Wait for an answer, but not for longer than the page may.
 * @template T
 * @param {Promise<T>} answer
 * @returns {Promise<T | undefined>}
 */
export const patiently = (answer) => Promise.race([answer, after(PATIENCE)]);

/**
 * Ask as soon as no question is on its way. Whoever wants to know it meanwhile shares the answer.
 * @param {string} path
 * @param {string} method
 * @returns {Promise<Answer>}
 */
const afterwards = (path, method) => {
  if (!asking) return ask(path, method);
  return (next[path] ??= asking.then(() => {
    delete next[path];
    return afterwards(path, method);
  }));
};

/**
 * @param {string} path
 * @param {string} method
 * @returns {Promise<Answer>}
 */
const ask = (path, method) => {
  const asked = now();
  return (asking = call(path, method).then((answer) => {
    asking = null;
    hear(answer, asked);
    return answer;
  }));
};

/**
 * Return an answer, which is empty if there was none.
 * @param {string} path
 * @param {string} method
 * @returns {Promise<Answer>}
 */
const call = async (path, method) => {
  try {
    const url = new URL(path, base);
    const signal = AbortSignal.timeout(LONGEST_ANSWER);
    const go = () => send(url, method, signal);
    // Tabs that renew a new login at once would each be given a CSRF token of their own.
    const isInTurn = method === "POST" && navigator.locks;
    return await (isInTurn ? navigator.locks.request(url.href, { signal }, go) : go());
  } catch {
    return {};
  }
};

/**
 * @param {URL} url
 * @param {string} method
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
const send = async (url, method, signal) => {
  const response = await rawFetch(url, {
    method,
    signal,
    cache: "no-store",
    // It tells on which page the person is: an admin has a login page of its own.
    referrerPolicy: "same-origin",
    headers: { Accept: "application/json", "Session440-Client": "?1" },
  });
  const answer = await response.json();
  if (response.headers.has(CAUSE)) return { ...answer, state: "expired" };
  return response.ok ? answer : {}; // an outage says nothing about the login
};
