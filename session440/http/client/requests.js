/** XMLHttpRequest, as calls.js has it for fetch(). */

import { isClosed, meet, sent } from "./gate.js";
import { isBody, isText, keepBody } from "./kept.js";
import { isOurs, wrap } from "./natives.js";
import { CAUSE } from "./server.js";
import { inBody, inHeader } from "./tokens.js";
import { back, forget } from "./waiting.js";

/**
 * A request as it can be made again.
 * @typedef {object} Sent
 * @property {any[]} args of open()
 * @property {[string, string][]} headers
 * @property {any} body
 * @property {boolean} isKept whether all of these are the page's, word for word
 * @property {"open" | "sent" | "held" | "again"} stage
 * @property {boolean} isStarted whether the page has heard of it
 */

/** @type {WeakMap<XMLHttpRequest, Sent>} */
const requests = new WeakMap();
const heard = new WeakSet();
const EVENTS = ["readystatechange", "loadstart", "progress", "load", "loadend"];

const { open, send, setRequestHeader } = XMLHttpRequest.prototype;

export const wrapRequests = () => {
  const owner = XMLHttpRequest.prototype;
  /** @type {any} */ (owner.constructor) = window.XMLHttpRequest = new Proxy(XMLHttpRequest, {
    construct(raw, args, kind) {
      const xhr = Reflect.construct(raw, args, kind);
      hear(xhr);
      return xhr;
    },
  });
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
  requests.delete(xhr);
  forget(xhr);
  if (args.length > 2 && !args[2]) return; // nobody can hold a synchronous one
  const copy = args.map((each) => (each instanceof URL ? each.href : each));
  const isKept = copy.every(isText);
  if (isKept && !isOurs(copy[1])) return;
  requests.set(xhr, { args: copy, headers: [], body: null, isKept, stage: "open", isStarted: false });
  hear(xhr);
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
  request?.headers.push([name, value]);
};

/**
 * @param {Function} raw
 * @param {XMLHttpRequest} xhr
 * @param {any[]} args
 */
const aborted = (raw, xhr, args) => {
  const isHeld = requests.get(xhr)?.stage === "held";
  requests.delete(xhr);
  forget(xhr);
  raw.apply(xhr, args);
  // To the page it is still under way, which to the browser it is not.
  if (isHeld) for (const name of ["abort", "loadend"]) xhr.dispatchEvent(new ProgressEvent(name));
};

/**
 * Listen before any listener of the page's, which is to hear nothing of the first answer.
 * @param {XMLHttpRequest} xhr
 */
const hear = (xhr) => {
  if (heard.has(xhr)) return; // else it was made before this script was there
  heard.add(xhr);
  for (const name of EVENTS) xhr.addEventListener(name, (event) => listen(xhr, event));
};

/**
 * @param {Function} raw
 * @param {XMLHttpRequest} xhr
 * @param {any[]} args
 */
const sending = (raw, xhr, args) => {
  const request = requests.get(xhr);
  if (request?.stage !== "open") return raw.apply(xhr, args);
  const [body] = args;
  request.isKept &&= isBody(body);
  if (request.isKept) request.body = keepBody(body);
  if (request.isKept && isClosed()) return void hold(xhr, request);
  const renewed = inBody(body);
  raw.apply(xhr, renewed === body ? args : [renewed]);
  request.stage = "sent";
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
  if (request.stage === "again") {
    const isOpen = type === "readystatechange" && xhr.readyState === 1;
    if (isOpen || (type === "loadstart" && request.isStarted)) event.stopImmediatePropagation();
    return;
  }
  if (type === "loadstart") request.isStarted = true;
  if (request.stage !== "sent" || xhr.readyState < 2) return;
  const isOver = isOurs(xhr.responseURL) && xhr.getResponseHeader(CAUSE);
  if (isOver && request.isKept) event.stopImmediatePropagation();
  if (type !== "loadend") return;
  sent(request.args[0]);
  if (isOver) void met(xhr, request);
};

/**
 * @param {XMLHttpRequest} xhr
 * @param {Sent} request
 */
const met = async (xhr, request) => {
  if (request.isKept) request.stage = "held";
  const isToWait = await meet(reasonOf(xhr));
  if (!request.isKept || requests.get(xhr) !== request) return; // the page has given it up
  if (isToWait) await hold(xhr, request);
  else repeat(xhr, request);
};

/** @param {XMLHttpRequest} xhr */
const reasonOf = (xhr) => {
  const cause = xhr.getResponseHeader(CAUSE) || undefined;
  try {
    const isRead = xhr.responseType === "" || xhr.responseType === "text";
    const { detail, login_url } = isRead ? JSON.parse(xhr.responseText) : xhr.response;
    return { cause, detail, login_url };
  } catch {
    return { cause };
  }
};

/**
 * @param {XMLHttpRequest} xhr
 * @param {Sent} request
 */
const hold = async (xhr, request) => {
  request.stage = "held";
  const isPassive = request.headers.some(([name]) => name.toLowerCase() === "session440-passive");
  await back(isPassive ? request.args[1] : xhr);
  if (requests.get(xhr) === request) repeat(xhr, request);
};

/**
 * @param {XMLHttpRequest} xhr
 * @param {Sent} request
 */
const repeat = (xhr, request) => {
  request.stage = "again";
  open.apply(xhr, /** @type {any} */ (request.args));
  for (const [name, value] of request.headers) {
    setRequestHeader.call(xhr, name, inHeader(name, value));
  }
  send.call(xhr, inBody(request.body));
};
