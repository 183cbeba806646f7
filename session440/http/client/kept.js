/**
 * Copies of what the page calls with, taken without its notice, so that a call can be made once
 * more. What cannot be copied so is not kept: a stream, an object with getters or a prototype of
 * its own, more than 8 MB of bytes.
 */

import { Blob, copyOf, FormData, Headers, method, rawFetch, Request, URL } from "./natives.js";
import { fresh, inBody, inHeader, isTokenHeader } from "./tokens.js";

const MOST_BYTES = 8 * 1024 * 1024;

/**
 * @param {any} value
 * @param {string} name
 */
const isOption = (value, name) => isText(value) || ["body", "headers", "signal"].includes(name);

const clone = method(Request, "clone");

/**
 * A call to fetch(). The copy is one of the browser's, which has a copy of all that belongs to
 * it, and sends nothing until it is asked to. The body is that of a form, as far as it is known.
 * @typedef {{ copied: Request, body: any }} Kept
 */

/**
 * Return a copy of a call to fetch().
 * @param {any[]} args
 * @returns {Kept | null} null if there can be none
 * @throws {TypeError} if the browser will refuse the call
 */
export const keepCall = ([input, init]) => {
  if (!isPlain(input, init)) return null;
  const copied = new Request(input instanceof Request ? clone(input) : input, init);
  const body = init?.body;
  return { copied, body: isForm(body) ? copyOf(body) : isText(body) ? body : undefined };
};

/**
 * Return whether nobody notices that a call to fetch() is read.
 * @param {any} input
 * @param {any} init
 */
const isPlain = (input, init) =>
  (isText(input) || isMade(input, URL) || input instanceof Request) &&
  (!init || (isData(init, isOption) && isHeaders(init.headers) && isBody(init.body)));

/**
 * Return whether there can be a copy of what is sent.
 * @param {any} body
 */
export const isBody = (body) =>
  isText(body) || isForm(body) || body instanceof Blob || body instanceof URL ||
  (isBytes(body) && body.byteLength <= MOST_BYTES);

/** @param {any} body */
const isForm = (body) => body instanceof FormData || body instanceof URLSearchParams;

/** @param {any} body */
const isBytes = (body) =>
  body instanceof ArrayBuffer || (ArrayBuffer.isView(body) && body.buffer instanceof ArrayBuffer);

/**
 * Return a copy of what is sent.
 * @param {any} body
 */
export const keepBody = (body) => {
  if (isForm(body)) return copyOf(body);
  return isBytes(body) ? new Blob([body]) : body; // nobody can change a blob
};

/**
 * Return whether a value is a text, or read as one that is always the same.
 * @param {any} value
 */
export const isText = (value) => Object(value) !== value;

/** @param {any} headers */
const isHeaders = (headers) =>
  isText(headers) ||
  isMade(headers, Headers) ||
  isData(headers, (each) => isText(each) || isData(each));

/**
 * Return whether an object is the browser's own, and none of a kind that the page has derived.
 * @param {object} object
 * @param {Function} kind
 */
const isMade = (object, kind) => Object.getPrototypeOf(object) === kind.prototype;

/**
 * Return whether an object holds plain values by names, so that it does not notice who reads them.
 * Only a proxy does, and nothing tells what is one.
 * @param {any} object
 * @param {(value: any, name: string) => boolean} [isPlainValue]
 */
const isData = (object, isPlainValue = isText) => {
  const isOrdinary = [null, Object.prototype, Array.prototype].includes(Object.getPrototypeOf(object));
  const all = Object.getOwnPropertyDescriptors(object);
  const isSeen = (/** @type {any} */ name) => "value" in all[name] && isPlainValue(all[name].value, name);
  return isOrdinary && Reflect.ownKeys(all).every((name) => typeof name === "string" && isSeen(name));
};

/**
 * Return whether a call may carry a CSRF token.
 * @param {Kept} kept
 */
export const isTokened = (kept) =>
  isUnread(kept) || inBody(kept.body) !== kept.body || [...kept.copied.headers.keys()].some(isTokenHeader);

/** @param {Request} copied */
const typeOf = (copied) => copied.headers.get("Content-Type") || "";

/**
 * Return whether a call sends a form that is not known yet.
 * @param {Kept} kept
 */
export const isUnread = ({ copied, body }) => body === undefined && /form/.test(typeOf(copied));

/**
 * Make a kept call, as it is to be made now.
 * @param {Kept} kept
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>} begun at once, unless the form has to be read out of a request first
 */
export const make = (kept, signal = kept.copied.signal) =>
  fresh() && isUnread(kept) ? readForm(kept).then(() => send(kept, signal)) : send(kept, signal);

/**
 * Find out which form a call sends that was given to fetch() as a request.
 * @param {Kept} kept
 */
export const readForm = async (kept) => {
  const { copied } = kept;
  const copy = clone(copied);
  kept.body = await (typeOf(copied).startsWith("multipart") ? copy.formData() : copy.text());
};

/**
 * @param {Kept} kept
 * @param {AbortSignal} signal
 */
const send = ({ copied, body }, signal) => {
  const { referrer, referrerPolicy, headers } = copied;
  for (const [name, value] of headers) headers.set(name, inHeader(name, value));
  const renewed = inBody(body);
  const isRenewed = renewed !== body;
  if (isRenewed && renewed instanceof FormData) headers.delete("Content-Type"); // it names another boundary
  // Whatever is given anew, a referrer that is not is forgotten.
  const changes = { signal, referrer, referrerPolicy, ...(isRenewed && { body: renewed }) };
  return rawFetch(new Request(clone(copied), changes));
};
