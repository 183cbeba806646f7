/** The page: what it knows of its login, and what it does with each piece of news. */

import { after, LONGEST_TIMER, now } from "./clock.js";
import * as dialog from "./dialog.js";
import { end, learn, left, NEWS, PHASES, quiet, UNKNOWN } from "./login.js";
import * as loginWindow from "./login_window.js";
import { base, options, owner, sayReplaced } from "./script.js";
import { isOurs, listenTo } from "./natives.js";
import * as server from "./server.js";
import { tell } from "./tabs.js";
import { beAnew, renew } from "./tokens.js";
import * as veil from "./veil.js";
import { back, release } from "./waiting.js";

/** @typedef {import("./login.js").Answer} Answer */

/** Milliseconds to wait for a server that gave no answer. */
const RETRY = 2000;

/** @type {import("./login.js").State} */
export let state = { ...UNKNOWN, login: owner, away: owner ? -1 : 0 };

/** Since when it is not known whether somebody else is logged in. */
export let doubted = /** @type {import("./clock.js").Moment | null} */ (null);

/** Whether the person is back, and what waits is about to go on. */
export let isBack = false;

/** Whether the site itself covers the page. */
export let isOwnCover = false;

let isOwnWarning = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let actedAt = now().tick;

/** Whether what is sent now would be sent without a login, or with somebody else's. */
export const isOver = () => state.phase >= PHASES.ended;

// ---- what the server says

server.onAnswer((answer, asked) => {
  const { loginId } = state;
  const [next, news] = learn(state, answer, asked, now());
  state = next;
  if (!veil.isDrawn) state.away = 0; // it is seen, and kept from now on
  else if (!state.away) appeared();
  if (state.loginId !== loginId) known();
  if (news.includes(NEWS.anew)) beAnew();
  else if (answer.state) doubted = null; // with another login comes another token, which is not there yet
  if (answer.csrf && state.phase !== PHASES.left) renew(answer.csrf);
  if (news.includes(NEWS.renewed)) actedAt = asked.tick;
  act(news);
  schedule();
});

const known = () => {
  const { login, loginId } = state;
  tell({ login, loginId });
  loginWindow.leave(loginId);
  void dialog.dress();
};

/** @param {number[]} news some of NEWS */
const act = (news) => {
  if (news.includes(NEWS.other)) return void turnAway();
  if (news.includes(NEWS.expired)) return cover();
  if (news.includes(NEWS.restored)) return void restore();
  if (news.includes(NEWS.anew)) void goOn();
  if (news.includes(NEWS.warning)) isOwnWarning = !emit("warning");
  void show();
  if (news.includes(NEWS.renewed)) emit("renewed");
};

/**
 * @param {string} name
 * @param {object} [more]
 */
const emit = (name, more) => {
  const detail = { ...state.last, ...more, window: loginWindow.nameFor(state.loginId) };
  return document.dispatchEvent(new CustomEvent(`session440:${name}`, { cancelable: true, detail }));
};

/** Somebody else is logged in, or nobody: nothing of this page is theirs. */
const turnAway = async () => {
  sayReplaced();
  dialog.close();
  // A page might ask whether to leave, and browsers fill in again what was typed.
  document.documentElement.replaceChildren();
  const [url] = location.href.split("#");
  await server.patiently(server.refresh(url));
  location.replace(url); // a reload would send a form once more
};

/**
 * Take an end, of which a call may have heard first.
 * @param {Answer} answer
 */
export const expire = (answer) => {
  const [next, news] = end(state, answer);
  state = next;
  act(news);
};

const cover = () => {
  clearTimeout(timer);
  tell({ ended: true });
  isOwnCover = !emit("expired");
  if (isOwnCover) dialog.close();
  else dialog.cover(state.last.detail, choices());
};

const restore = async () => {
  dialog.close();
  beAnew();
  isBack = true;
  await goOn("restored");
};

/**
 * Let go on what waits for another login of the same person.
 * @param {string} [name] of an event
 */
const goOn = async (name) => {
  await server.extend(); // brings the CSRF token that goes with it
  isBack = false;
  if (isOver()) return;
  if (name) emit(name);
  void release();
};

// ---- dialogs of a login that lives

let dialogs = /** @type {ReturnType<typeof import("./dialogs.js").dialogsOf> | undefined} */ (undefined);

/** Load the script that has them. */
const load = async () => {
  dialogs ||= (await more("dialogs"))?.dialogsOf(
    ...[dialog.element, dialog.link, dialog.buttons, dialog.open, dialog.close],
    ...[back, release, emit, extend, server.logout, tell, options],
  );
};

/**
 * Load a script that most pages never need.
 * @param {string} name
 */
const more = (name) => import(`${base}${name}.js`).catch(() => {}); // another time, then

const isWarned = () => state.phase === PHASES.warning && !isOwnWarning;

/** Show what is due, and close what is not. */
const show = async () => {
  if (isWarned() && !dialogs) await load();
  if (!isOver() && !state.away) dialogs?.show(isWarned(), seconds(), state.last, choices());
};

/**
 * Take an answer to a call that it needs a recent login; or see whether a form will need one.
 * @param {Answer} problem
 * @returns {Promise<boolean | undefined>} whether it has to wait; nothing if it is in vain
 */
export const prove = async (problem) => {
  await server.patiently(server.statusNow()); // all may be well by now
  await server.answered();
  if (isOver()) return true;
  if (!state.loginId) return; // a visitor's page
  await load();
  const isToWait = dialogs?.want(problem, choices(), state.last);
  void show();
  return isToWait;
};

// ---- time

const schedule = () => {
  clearTimeout(timer);
  const { phase } = state;
  if (phase === PHASES.idle || isOver()) return;
  const rest = quiet(state, now());
  const next = phase === PHASES.active ? Math.min(rest, LONGEST_TIMER) : rest % 1000 || 1000;
  timer = setTimeout(wake, rest > 0 ? next : RETRY);
};

const wake = () => {
  if (quiet(state, now()) > 0) void show();
  else void server.status();
  schedule();
};

const seconds = () => Math.max(0, Math.ceil(left(state, now()) / 1000));

const doubt = () => {
  doubted = now();
  void server.status();
};

/** Look after the page was out of sight: anything may have happened. */
export const look = () => {
  if (!document.hidden) doubt();
};

/** Let nothing be seen of the page before the server has said whether its person is there. */
export const hide = () => {
  if (!state.login) return; // it is anybody's
  state = { ...state, away: now().tick || -1 };
  veil.draw(true);
};

const appeared = () => {
  dialog.close();
  veil.draw(false);
};

/**
 * The page comes before a person: for the first time, or once more.
 * @param {() => Promise<Answer>} ask
 */
export const appear = async (ask) => {
  if (!veil.isDrawn) return look();
  doubted = now();
  while (state.away && !isOver()) {
    await server.patiently(ask());
    if (state.away && !isOver()) dialog.wait();
    await after(RETRY);
  }
};

/** @param {import("./tabs.js").Message} message of another tab */
export const listen = ({ login, loginId, ended }) => {
  if (!(state.phase === PHASES.ended ? ended : login && loginId === state.loginId)) doubt();
};

// ---- what the person does

/**
 * The person does something.
 * @param {Event} event
 */
export const acted = ({ isTrusted }) => {
  // Not by the time of day: that may be set back, and nobody types for an hour to be seen.
  const { tick } = now();
  if (!isTrusted || state.phase !== PHASES.active || tick - actedAt < (state.last.renew_interval || 0) * 1000) return;
  actedAt = tick;
  void extend();
};

export const extend = async () => {
  const answer = await server.extend();
  if (answer.state === "active") tell({});
  return answer;
};

/** @returns {import("./dialog.js").Choices} */
const choices = () => {
  const { relogin_url, login_url } = state.last;
  return {
    href: relogin_url || login_url || location.href,
    target: loginWindow.nameFor(state.loginId),
  };
};

// ---- connections that stay open

/**
 * Hear of a connection, or from one.
 * @param {any} it a WebSocket, an EventSource, or a document that came over any connection
 */
export const hear = async (it) => {
  const live = await more("live");
  live?.hear(
    ...[it, () => state.last, isOver, server.statusNow, server.answered],
    ...[expire, emit, extend, isOurs, listenTo],
  );
};
