/** What calls and forms ask before they go, and after: the page, and the server. */

import { between, now } from "./clock.js";
import { isHalfOver, PHASES, quiet } from "./login.js";
import { doubted, expire, extend, isBack, isOver, isOwnCover, prove, state } from "./page.js";
import { options } from "./script.js";
import { answered, CAUSE, PATIENCE, patiently, statusNow } from "./server.js";
import { person } from "./waiting.js";

/** @typedef {import("./login.js").Answer} Answer */

/**
 * Return whether calls wait before they are sent. A cover of the site's own may log in by a call,
 * but not to a page that is somebody else's.
 */
export const isClosed = () =>
  state.phase === PHASES.left || ((isOver() || isBack) && !isOwnCover);

/** How an answer begins to say that it needs a recent login; `_authentication` (RFC 9470) follows. */
const STEP_UP = 'Session440 error="insuff';

/**
 * Return what keeps an answer from being the page's: why the login has ended, or that it has to be
 * a recent one. For that no person is asked whom a call is not from.
 * @param {(name: string) => string | null} header of the answer
 * @param {Headers} [headers] of the call
 */
export const refusal = (header, headers) =>
  header(CAUSE) ||
  (!headers?.has("Session440-Passive") && header("WWW-Authenticate")?.startsWith(STEP_UP) && STEP_UP);

/**
 * Take a refusal of a call. The server is asked: all may be well by now.
 * @param {string} cause
 * @param {any} body a text, or what was made of it
 * @returns {Promise<boolean | undefined>} whether the call has to wait for the person; nothing if
 *   it is the page's after all
 */
export const meet = async (cause, body) => {
  const reason = await new Response(body).json().catch(() => {}); // it is no JSON
  if (cause === STEP_UP) return prove({ ...reason });
  const answer = isOver() ? {} : (await patiently(statusNow())) || {};
  if (answer.state === "active" && !isOver()) return false;
  expire({ ...reason, cause, ...answer, state: "expired" });
  // Nobody knows whose call it was, and it is not to be made as somebody else's.
  return state.login !== undefined;
};

/**
 * Look who is logged in after a call that may have changed it.
 * @param {string} [method]
 */
export const sent = (method = "GET") => {
  const isWatched = state.phase === PHASES.idle || (isOver() && isOwnCover);
  if (isWatched && !/^(get|head|options)$/i.test(method)) void statusNow();
};

/**
 * Return whether a form may go as if nobody looked.
 * @param {() => boolean} isLong whether it may take long
 */
export const mayPass = (isLong) =>
  state.phase === PHASES.idle ||
  (!options.recent && !(doubted && between(doubted, now()) < PATIENCE) && isSafe(isLong));

/** @param {() => boolean} isLong */
const isSafe = (isLong) => {
  const at = now();
  if (state.phase !== PHASES.active || quiet(state, at) <= 0) return false;
  return !(isHalfOver(state, at) && isLong());
};

/**
 * Wait until a form may go, and for the person if the login has ended or is not recent enough.
 * @param {boolean} isLong
 * @param {string} url where it goes
 * @returns {Promise<boolean>} whether it may go at all
 */
export const settled = async (isLong, url) => {
  await patiently(settle(isLong));
  const isToWait = isOver() || (options.recent && (await prove({ url })));
  return !(isToWait && (await person())) && !isOver();
};

/** @param {boolean} isLong */
const settle = async (isLong) => {
  await answered();
  if (!isOver() && !isSafe(() => isLong)) await extend();
};
