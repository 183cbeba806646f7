/** What calls and forms ask before they go, and after: the page, and the server. */

import { between, now } from "./clock.js";
import { isHalfOver, quiet } from "./login.js";
import { doubted, expire, extend, isBack, isOver, isOwnCover, state } from "./page.js";
import { asking, PATIENCE, patiently, statusNow } from "./server.js";
import { person } from "./waiting.js";

/** @typedef {import("./login.js").Answer} Answer */

/**
 * Return whether calls wait before they are sent. A cover of the site's own may log in by a call,
 * but not to a page that is somebody else's.
 */
export const isClosed = () =>
  state.phase === "left" || ((isOver() || isBack) && !isOwnCover);

/**
 * Return what an answer says of the end.
 * @param {any} body a text, or what was made of it
 * @param {string | null} cause
 * @returns {Promise<Answer>}
 */
export const reasonOf = async (body, cause) => {
  const problem = await new Response(body).json().catch(() => {}); // it is no JSON
  return { ...problem, cause };
};

/**
 * Take the end of which a call was told. The server is asked: all may be well by now.
 * @param {Answer} reason
 * @returns {Promise<boolean>} whether the call has to wait for the person
 */
export const meet = async (reason) => {
  const answer = isOver() ? {} : (await patiently(statusNow())) || {};
  if (answer.state === "active" && !isOver()) return false;
  expire({ ...reason, ...answer, state: "expired" });
  // Nobody knows whose call it was, and it is not to be made as somebody else's.
  return state.login !== undefined;
};

/**
 * Look who is logged in after a call that may have changed it.
 * @param {string} [method]
 */
export const sent = (method = "GET") => {
  const isWatched = state.phase === "idle" || (isOver() && isOwnCover);
  if (isWatched && !/^(get|head|options)$/i.test(method)) void statusNow();
};

/**
 * Return whether a form may go as if nobody looked.
 * @param {() => boolean} isLong whether it may take long
 */
export const mayPass = (isLong) =>
  state.phase === "idle" ||
  (!(doubted && between(doubted, now()) < PATIENCE) && isSafe(isLong));

/** @param {() => boolean} isLong */
const isSafe = (isLong) => {
  const at = now();
  if (state.phase !== "active" || quiet(state, at) <= 0) return false;
  return !(isHalfOver(state, at) && isLong());
};

/**
 * Wait until a form may go, and for the person if the login has ended.
 * @param {boolean} isLong
 * @returns {Promise<boolean>} whether it may go at all
 */
export const settled = async (isLong) => {
  await patiently(settle(isLong));
  if (isOver()) await person();
  return !isOver();
};

/** @param {boolean} isLong */
const settle = async (isLong) => {
  while (asking) await asking;
  if (!isOver() && !isSafe(() => isLong)) await extend();
};
