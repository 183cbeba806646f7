/** fetch(): untouched while a login lives, held when it has ended, and made once more then. */

import { isClosed, meet, refusal, sent } from "./gate.js";
import { isTokened, isUnread, keepCall, make, readForm } from "./kept.js";
import { isOurs, listenTo, Request, wrap } from "./natives.js";
import { fresh } from "./tokens.js";
import { back, forget } from "./waiting.js";

/** @typedef {import("./kept.js").Kept} Kept */
/** @typedef {import("./login.js").Answer} Answer */

export const wrapFetch = () => wrap(window, "fetch", call);

/**
 * Call, and look at nothing of a call that goes elsewhere.
 * @param {Function} raw
 * @param {any} self
 * @param {any[]} args
 */
export const call = (raw, self, args) => {
  const go = () => Reflect.apply(raw, self, args);
  let kept;
  try {
    kept = keepCall(args);
  } catch {
    return go(); // the browser says why
  }
  if (kept && (!isOurs(kept.copied.url) || kept.copied.signal.aborted)) return go();
  if (kept && isClosed()) {
    new Request(.../** @type {[any]} */ (args)); // to use up what is sent, as the browser would
    return hold(kept);
  }
  const answer = kept && fresh() && isTokened(kept) ? make(kept) : go();
  return answer.then((/** @type {Response} */ response) => answered(kept, response));
};

/**
 * Return the page's answer, which is not that of another site and not the end of a login.
 * @param {Kept | null} kept
 * @param {Response} response
 */
const answered = (kept, response) => {
  if (response.type === "cors") return response;
  sent(kept?.copied.method);
  const cause = refusal((name) => response.headers.get(name), kept?.copied.headers);
  return cause ? met(kept, response, cause) : response;
};

/**
 * Make a call that was refused once more; one that could not be kept gets what it was answered.
 * @param {Kept | null} kept
 * @param {Response} response
 * @param {string} cause
 */
const met = async (kept, response, cause) => {
  const isToWait = await meet(cause, await response.clone().text());
  if (!kept || isToWait === undefined) return response;
  return isToWait ? hold(kept, response) : make(kept);
};

/**
 * Wait for the person with a call, and make it. An abort ends it at once, but no time limit does:
 * that is over for what was held.
 * @param {Kept} kept
 * @param {Response} [response] of the server, if that was asked
 */
const hold = (kept, response) =>
  new Promise((resolve, reject) => {
    const { headers, signal, url } = kept.copied;
    const name = headers.has("Session440-Passive") ? url : kept;
    const relay = new AbortController();
    /** @param {boolean} [isOff] */
    const go = (isOff) => resolve((isOff && response) || make(kept, relay.signal));
    const abort = () => {
      const { reason } = signal;
      if (reason?.name === "TimeoutError") return;
      forget(name, go);
      relay.abort(reason);
      reject(reason);
    };
    back(name, go);
    if (isUnread(kept)) void readForm(kept); // in time, for the call to be made in its turn
    if (signal.aborted) abort();
    listenTo(signal, "abort", abort);
  });
