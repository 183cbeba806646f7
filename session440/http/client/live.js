/**
 * What connections that stay open tell of the login: WebSockets, EventSources, and whatever else
 * the page hands on. It is a script of its own, which client.js loads with the first of them.
 *
 * No connection is believed: the server is asked, and client.js hears its answer.
 */

import { after, between, now } from "./clock.js";

/** With what the server closes a WebSocket whose login has ended. */
const LOGIN_TIMEOUT = 4440;

/** The first pause after a question that was in vain, and the longest, in milliseconds. */
const PAUSE = 2000;
const LONGEST_PAUSE = 30000;

/** @typedef {import("./login.js").Answer} Answer */
/** @typedef {import("./clock.js").Moment} Moment */

/**
 * What client.js does for this script.
 * @typedef {object} Page
 * @property {() => Answer} last what the server said last
 * @property {() => boolean} isOver
 * @property {() => Promise<Answer>} statusNow
 * @property {() => Promise<void>} answered
 * @property {(answer: Answer) => void} expire
 * @property {(name: string) => boolean} emit
 * @property {() => Promise<Answer>} extend
 * @property {(url: string) => boolean | undefined} isOurs
 * @property {Function} listenTo
 */

let page = /** @type {Page} */ ({});
let restores = 0; // how often the page was told to open its connections again
let touched = /** @type {Moment | null} */ (null);

/**
 * Hear of a connection, or from one.
 * @param {any} it a WebSocket, an EventSource, or a document that came over any connection
 * @param {Page["last"]} last
 * @param {Page["isOver"]} isOver
 * @param {Page["statusNow"]} statusNow
 * @param {Page["answered"]} answered
 * @param {Page["expire"]} expire
 * @param {Page["emit"]} emit
 * @param {Page["extend"]} extend
 * @param {Page["isOurs"]} isOurs
 * @param {Page["listenTo"]} listenTo
 */
export const hear = (
  it, last, isOver, statusNow, answered, expire, emit, extend, isOurs, listenTo
) => {
  if (!page.listenTo) listenTo(document, "session440:restored", () => (restores += 1));
  page = { last, isOver, statusNow, answered, expire, emit, extend, isOurs, listenTo };
  try {
    if (it.readyState === undefined) take(it);
    else if (isOurs(`${it.url}`.replace(/^ws/, "http"))) watch(it);
  } catch {} // it is neither, or something that nobody else may look at
};

/**
 * Listen to a connection of this site.
 * @param {any} connection
 */
const watch = (connection) => {
  let wasOpen = false;
  const look = (/** @type {any} */ { code, data }) => {
    const { readyState } = connection;
    if (data) take(parsed(data));
    else if (code === LOGIN_TIMEOUT) void told();
    else if (readyState < 2) wasOpen = readyState === 1;
    // An EventSource that gives up, or a WebSocket that never opened: a browser tells no page why.
    else if (!wasOpen) void refused();
  };
  for (const name of ["open", "error", "close", "session440"]) page.listenTo(connection, name, look);
  look({}); // it may have been refused before this script was there
};

/** @param {any} data a text, unless it comes from elsewhere */
const parsed = (data) => {
  try {
    return JSON.parse(data);
  } catch {}
};

/**
 * Take a document that came over a connection, if it is about the login.
 * @param {any} it
 */
const take = (it) => {
  const { status, state, extend } = Object(it);
  if (status === 440) void told();
  else if (state === "active") void (extend ? touch() : warned());
};

/** Renew the login: the app says that somebody is active, which a connection cannot keep. */
const touch = () => {
  const { renew_interval: interval } = page.last();
  const at = now();
  if (!interval || page.isOver() || (touched && between(touched, at) < interval * 1000)) return;
  touched = at;
  return page.extend();
};

/**
 * Return a function that acts at once, and ever more rarely while it is called again and again.
 * @param {() => Promise<unknown>} act returns whether it is to be done once more
 */
const seldom = (act) => {
  let isUnderWay = false;
  let wait = 0;
  let last = /** @type {Moment | null} */ (null);
  const pause = () => {
    const at = now();
    const isSoon = last && between(last, at) < 2 * LONGEST_PAUSE;
    wait = isSoon ? Math.min(2 * wait || PAUSE, LONGEST_PAUSE) : 0;
    last = at;
    return wait && after(wait);
  };
  return async () => {
    if (isUnderWay) return; // it is about this as well
    isUnderWay = true;
    do await pause();
    while (await act());
    isUnderWay = false;
  };
};

/**
 * Ask whether the login has ended; client.js covers the page then, and brings the person back.
 * @param {boolean} isTold whether a connection said so, rather than was refused for any reason
 * @returns {Promise<boolean>} whether to ask once more, as there was no answer
 */
const ask = async (isTold) => {
  const { state, login_id: loginId } = page.last();
  if (page.isOver() || !(isTold || state)) return false;
  const seen = restores;
  const answer = await page.statusNow();
  await page.answered(); // with another login of theirs the page is renewed first
  if (answer.state === "expired") page.expire(answer); // where it was not known who is logged in
  const isCause = isTold || page.last().login_id !== loginId;
  if (answer.state === "active" && isCause && restores === seen && !page.isOver()) page.emit("restored");
  return isTold && !answer.state;
};

const told = seldom(() => ask(true));
const refused = seldom(() => ask(false));
const warned = seldom(() => page.statusNow().then(() => false));
