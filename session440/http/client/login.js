/**
 * How the login of this page stands: values, and what each answer of the server makes of them.
 * Nothing here touches the page.
 */

import { between } from "./clock.js";

/**
 * What the server says; docs/browser.md has the fields.
 * @typedef {object} Answer
 * @property {string} [state] "active", "expired" or "anonymous"; none: an outage, which says nothing
 * @property {string} [login] an opaque name of the person
 * @property {string} [login_id] an opaque name of this login of theirs
 * @property {number} [expires_in] in seconds
 * @property {number} [idle_remaining] in seconds
 * @property {number} [idle_timeout] in seconds
 * @property {number} [warn_before] in seconds
 * @property {number} [renew_interval] in seconds
 * @property {string} [proved_at] of a refusal for want of a recent login
 * @property {number} [proved_ago] how long ago the person proved who they are, in seconds
 * @property {string} [url] where a form goes that may need a recent login
 * @property {string} [cause]
 * @property {string} [detail]
 * @property {string} [login_url]
 * @property {string} [relogin_url]
 * @property {{ field: string, value: string }} [csrf]
 */

/**
 * idle: nobody is known to be logged in. left: the page is not for who is there now, and going.
 * Numbers are shorter than the names that a browser would have to load; from `ended` on the login
 * is over.
 */
export const PHASES = { idle: 0, active: 1, warning: 2, ended: 3, left: 4 };

/**
 * @typedef {object} State
 * @property {number} phase one of PHASES
 * @property {Answer} last what the server said
 * @property {import("./clock.js").Moment} asked when it was asked
 * @property {string} [login] whose page this is
 * @property {string} [loginId] with which of their logins it was last seen
 * @property {number} [away] since when, by the second clock, it is not known whether it may be seen
 */

/**
 * What has become of the login. anew: the same person has another login than the page knew.
 * other: the page is not for who is there now.
 */
export const NEWS = { renewed: 0, warning: 1, expired: 2, restored: 3, anew: 4, other: 5 };

/** Seconds to answer a warning: WCAG 2.2, success criterion 2.2.1. */
export const LEAST_WARNING = 20;

/** @type {State} */
export const UNKNOWN = { phase: 0, last: {}, asked: { wall: 0, tick: 0 } };

/**
 * Return the milliseconds that are left.
 * @param {State} state
 * @param {import("./clock.js").Moment} at
 */
export const left = (state, at) => (state.last.expires_in || 0) * 1000 - between(state.asked, at);

/** @param {Answer} answer */
const warning = (answer) => Math.max(answer.warn_before || 0, LEAST_WARNING) * 1000;

/**
 * Return the milliseconds in which there is nothing to ask the server.
 * @param {State} state
 * @param {import("./clock.js").Moment} at
 */
export const quiet = (state, at) =>
  left(state, at) - (state.phase === PHASES.active ? warning(state.last) : 0);

/**
 * Return whether half of the idle timeout is over, so that what takes long might come too late.
 * @param {State} state
 * @param {import("./clock.js").Moment} at
 */
export const isHalfOver = (state, at) =>
  left(state, at) < ((state.last.idle_timeout || 0) * 1000) / 2;

/**
 * Return whether no activity makes the login last longer.
 * @param {Answer} answer
 */
export const isFinal = ({ idle_remaining: idle, expires_in: all }) =>
  (idle ?? Infinity) > (all || 0) + 1;

/**
 * Return the state after an answer, and which of NEWS are in it.
 * @param {State} state
 * @param {Answer} answer
 * @param {import("./clock.js").Moment} asked
 * @param {import("./clock.js").Moment} at
 * @returns {[State, number[]]}
 */
export const learn = (state, answer, asked, at) => {
  const isLate = asked.tick < (state.away || 0); // it may have been so before the page was away
  if (state.phase === PHASES.left || !answer.state || isLate) return [state, []];
  if (answer.state === "active") return goOn(state, answer, asked, at);
  if (state.away) return turn(state);
  return state.phase === PHASES.idle ? [state, []] : end(state, answer);
};

/**
 * @param {State} state
 * @param {Answer} answer
 * @param {import("./clock.js").Moment} asked
 * @param {import("./clock.js").Moment} at
 * @returns {[State, number[]]}
 */
const goOn = (state, answer, asked, at) => {
  if (state.login && answer.login !== state.login) return turn(state);
  const { phase: was, loginId } = state;
  /** @type {State} */
  const next = { phase: PHASES.active, last: answer, asked, login: answer.login, loginId: answer.login_id };
  /** @type {number[]} */
  const news = loginId && loginId !== next.loginId ? [NEWS.anew] : [];
  if (was === PHASES.ended) return [next, [...news, NEWS.restored]];
  if (left(next, at) <= warning(answer)) {
    if (was !== PHASES.warning) news.push(NEWS.warning);
    return [{ ...next, phase: PHASES.warning }, news];
  }
  if (was !== PHASES.idle && left(next, at) > left(state, at) + 1000) news.push(NEWS.renewed);
  return [next, news];
};

/**
 * Return the state of a page that is not for who is there.
 * @param {State} state
 * @returns {[State, number[]]}
 */
const turn = (state) => [{ ...state, phase: PHASES.left }, [NEWS.other]];

/**
 * Return the state after the end, of which a call may have told before the server was asked.
 * @param {State} state
 * @param {Answer} answer
 * @returns {[State, number[]]}
 */
export const end = (state, answer) => {
  if (state.phase >= PHASES.ended) return [state, []];
  const last = { relogin_url: state.last.relogin_url, ...answer };
  return [{ ...state, phase: PHASES.ended, last, login: state.login || answer.login }, [NEWS.expired]];
};
