/** XMLHttpRequest, as calls.js has it for fetch(). */

import { isClosed, meet, refusal, sent } from "./gate.js";
import { isBody, isText, keepBody } from "./kept.js";
import { Headers, isOurs, listenTo, resolved, URL, wrap, wrapKind } from "./natives.js";
import { inBody, inHeader } from "./tokens.js";
import { back, forget } from "./waiting.js";

/** Numbers, since they are shorter than the names that a browser would have to load. */
const STAGES = { open: 0, sent: 1, held: 2, again: 3 };

/**
 * A request as it can be made again.
 * @typedef {object} Sent
 * @property {any[]} args of open()
 * @property {Headers} headers
 * @property {any} body
 * @property {boolean} isKept whether all of these are the page's, word for word
 * @property {number} stage one of STAGES
 * @property {boolean} isStarted whether the page has heard of it
 */

/**
 * Those that are listened to, with what they are about, unless that is nothing of ours.
 * @type {WeakMap<XMLHttpRequest, Sent | null>}
 */
const requests = new WeakMap();
const EVENTS = ["readystatechange", "loadstart", "progress", "load", "loadend"];

const { open, send, setRequestHeader } = XMLHttpRequest.prototype;

export const wrapRequests = () => {
  const owner = XMLHttpRequest.prototype;
  wrapKind("XMLHttpRequest", hear);
  wrap(owner, "open", (raw, xhr, args) => {
    raw.apply(xhr, args);
    opened(xhr, args);
  });
  wrap(owner, "setRequestHeader", headed);
  wrap(owner, "send", sending);
  wrap(owner, "abort", aborted);
};

/**
 * @param {XMLHttpRequest} xhr
 * @param {any[]} args
 */
const opened = (xhr, args) => {
  hear(xhr);
  forget(xhr);
  if (args.length > 2 && !args[2]) return; // nobody can hold a synchronous one
  const copy = args.map((each) => (each instanceof URL ? each.href : each));
  const isKept = copy.every(isText);
  if (isKept && !isOurs(copy[1])) return;
  if (isKept) copy[1] = resolved(copy[1]); // the page's own address may change
  requests.set(xhr, { args: copy, headers: new Headers(), body: null, isKept, stage: STAGES.open, isStarted: false });
};

/**
 * @param {Function} raw
 * @param {XMLHttpRequest} xhr
 * @param {any[]} args
 */
const headed = (raw, xhr, args) => {
  const request = requests.get(xhr);
  const [name, value] = args;
  const isKept = request && (request.isKept &&= args.every(isText));
  const renewed = isKept ? inHeader(name, value) : value;
  raw.apply(xhr, renewed === value ? args : [name, renewed]);
  if (isKept) request.headers.append(name, value);
};

/**
 * @param {Function} raw
 * @param {XMLHttpRequest} xhr
 * @param {any[]} args
 */
const aborted = (raw, xhr, args) => {
  const isHeld = requests.get(xhr)?.stage === STAGES.held;
  hear(xhr);
  forget(xhr);
  raw.apply(xhr, args);
  // To the page it is still under way, which to the browser it is not.
  if (isHeld) tell(xhr, "abort", "loadend");
};

/**
 * Tell the page what it has not heard of a request.
 * @param {XMLHttpRequest} xhr
 * @param {string[]} names
 */
const tell = (xhr, ...names) => {
  for (const name of names) xhr.dispatchEvent(new ProgressEvent(name));
};

/**
 * Begin anew, and listen before any listener of the page's, which is to hear nothing of the first
 * answer. In Firefox those that capture come first, else those that were added first.
 * @param {XMLHttpRequest} xhr
 */
const hear = (xhr) => {
  for (const name of requests.has(xhr) ? [] : EVENTS) {
    listenTo(xhr, name, (/** @type {Event} */ event) => listen(xhr, event), true);
  }
  requests.set(xhr, null);
  return xhr;
};

/**
 * @param {Function} raw
 * @param {XMLHttpRequest} xhr
 * @param {any[]} args
 */
const sending = (raw, xhr, args) => {
  const request = requests.get(xhr);
  if (request?.stage !== STAGES.open) return raw.apply(xhr, args);
  const [body] = args;
  request.isKept &&= isBody(body);
  if (request.isKept) request.body = keepBody(body);
  if (request.isKept && isClosed()) return hold(xhr, request);
  const renewed = inBody(body);
  raw.apply(xhr, renewed === body ? args : [renewed]);
  request.stage = STAGES.sent;
};

/**
 * Keep the first answer from the page if it is an end, and what the repetition repeats.
 * @param {XMLHttpRequest} xhr
 * @param {Event} event
 */
const listen = (xhr, event) => {
  const request = requests.get(xhr);
  if (!request) return;
  const { type } = event;
  if (request.stage === STAGES.again) {
    const isOpen = type === "readystatechange" && xhr.readyState === 1;
    if (isOpen || (type === "loadstart" && request.isStarted)) event.stopImmediatePropagation();
    return;
  }
  if (type === "loadstart") request.isStarted = true;
  if (request.stage !== STAGES.sent || xhr.readyState < 2) return;
  const cause = isOurs(xhr.responseURL) && refusal((name) => xhr.getResponseHeader(name), request.headers);
  if (cause && request.isKept) event.stopImmediatePropagation();
  if (type !== "loadend") return;
  sent(request.args[0]);
  if (cause) void met(xhr, request, cause);
};

/**
 * @param {XMLHttpRequest} xhr
 * @param {Sent} request
 * @param {string} cause
 */
const met = async (xhr, request, cause) => {
  if (request.isKept) request.stage = STAGES.held;
  const isToWait = await meet(cause, xhr.response);
  if (!request.isKept || requests.get(xhr) !== request) return; // the page has given it up
  if (isToWait) hold(xhr, request);
  else if (isToWait === undefined) answer(xhr);
  else repeat(xhr, request);
};

/** @param {XMLHttpRequest} xhr that gets what it was answered first */
const answer = (xhr) => tell(xhr, "readystatechange", "load", "loadend");

/**
 * @param {XMLHttpRequest} xhr
 * @param {Sent} request
 */
const hold = (xhr, request) => {
  request.stage = STAGES.held;
  const isPassive = request.headers.has("Session440-Passive");
  const isAnswered = xhr.readyState === 4;
  /** @param {boolean} [isOff] */
  const go = (isOff) => {
    if (requests.get(xhr) !== request) return;
    if (isOff && isAnswered) answer(xhr);
    else repeat(xhr, request);
  };
  back(isPassive ? request.args[1] : xhr, go);
};

/**
 * @param {XMLHttpRequest} xhr
 * @param {Sent} request
 */
const repeat = (xhr, request) => {
  request.stage = STAGES.again;
  open.apply(xhr, /** @type {any} */ (request.args));
  for (const [name, value] of request.headers) {
    setRequestHeader.call(xhr, name, inHeader(name, value));
  }
  send.call(xhr, inBody(request.body));
};
