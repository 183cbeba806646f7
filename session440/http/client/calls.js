/** fetch(): untouched while a login lives, held when it has ended, and made once more then. */

import { isClosed, meet, sent } from "./gate.js";
import { again, isTokened, keepCall } from "./kept.js";
import { isOurs, rawFetch, wrap } from "./natives.js";
import { CAUSE } from "./server.js";
import { fresh } from "./tokens.js";
import { back, forget } from "./waiting.js";

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
  if (kept && (!isOurs(kept.url) || kept.signal.aborted)) return go();
  if (kept && isClosed()) return hold(kept);
  const answer = kept && fresh() && isTokened(kept) ? again(kept.clone()).then(rawFetch) : go();
  return answer.then((/** @type {Response} */ response) => answered(kept, response));
};

/**
 * Return the page's answer, which is not that of another site and not the end of a login.
 * @param {Request | null} kept
 * @param {Response} response
 */
const answered = (kept, response) => {
  if (response.type === "cors") return response;
  sent(kept?.method);
  return response.headers.has(CAUSE) ? met(kept, response) : response;
};

/**
 * Make a call that met the end once more; one that could not be kept gets what it was answered.
 * @param {Request | null} kept
 * @param {Response} response
 */
const met = async (kept, response) => {
  const isToWait = await meet(await reasonOf(response));
  if (!kept) return response;
  return isToWait ? hold(kept) : rawFetch(await again(kept));
};

/**
 * Return what the answer says of the end, from a copy.
 * @param {Response} response
 * @returns {Promise<Answer>}
 */
const reasonOf = async (response) => {
  const problem = await response.clone().json().catch(() => {}); // it is no JSON
  return { ...problem, cause: response.headers.get(CAUSE) };
};

/**
 * Wait for the person with a call, and make it; an abort ends it at once.
 * @param {Request} kept
 */
const hold = async (kept) => {
  const name = kept.headers.has("Session440-Passive") ? kept.url : kept;
  const signal = untimed(kept.signal);
  await new Promise((resolve, reject) => {
    back(name).then(resolve);
    const abort = () => {
      forget(name);
      reject(signal.reason);
    };
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
  });
  return rawFetch(await again(kept, signal));
};

/**
 * Return a signal that passes on every abort, but no time limit: it is over for what was held.
 * @param {AbortSignal} signal
 */
const untimed = (signal) => {
  const relay = new AbortController();
  const pass = () => signal.reason.name === "TimeoutError" || relay.abort(signal.reason);
  if (signal.aborted) pass();
  signal.addEventListener("abort", pass);
  return relay.signal;
};
