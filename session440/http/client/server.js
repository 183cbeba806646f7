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

/**
 * Return what there is at a URL; nothing if it cannot be read.
 * @param {string | URL} url
 * @param {RequestInit} [options]
 * @returns {Promise<string>}
 */
const read = (url, options) =>
  rawFetch(url, options).then((response) => response.text()).catch(() => "");

/** Return the style of the dialog. */
export const style = () => read(new URL("client.css", base));

/**
 * Have no cache bring a page again as it was.
 * @param {string} url
 */
export const refresh = (url) => read(url, { cache: "reload" });

/** Wait until no question is on its way. */
export const answered = async () => {
  while (asking) await asking;
};

/** Ask how the login stands, which keeps nobody logged in. A question on its way will tell. */
export const status = () => asking || ask("status");

/** Ask what is so now: what is on its way may have been answered before. */
export const statusNow = () => afterwards("status");

/** Renew the login, which an earlier question does not. */
export const extend = () => afterwards("extend");

export const logout = () => call("logout");

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
 * @returns {Promise<Answer>}
 */
const afterwards = (path) => {
  if (!asking) return ask(path);
  return (next[path] ??= asking.then(() => {
    delete next[path];
    return afterwards(path);
  }));
};

/**
 * @param {string} path
 * @returns {Promise<Answer>}
 */
const ask = (path) => {
  const asked = now();
  return (asking = call(path).then((answer) => {
    asking = null;
    hear(answer, asked);
    return answer;
  }));
};

/**
 * Return an answer, which is empty if there was none.
 * @param {string} path
 * @returns {Promise<Answer>}
 */
const call = async (path) => {
  try {
    const url = new URL(path, base);
    const signal = AbortSignal.timeout(LONGEST_ANSWER);
    const isRead = path === "status";
    const go = () => send(url, isRead ? "GET" : "POST", signal);
    // Tabs that renew a new login at once would each be given a CSRF token of their own.
    const isInTurn = !isRead && navigator.locks;
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
