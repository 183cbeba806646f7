/**
 * Copies of what the page calls with, taken without its notice, so that a call can be made once
 * more. What cannot be copied so is not kept: a stream, an object with getters or a prototype of
 * its own, more than 8 MB of bytes.
 */

import { copyOf } from "./natives.js";
import { fresh, inBody, inHeader, isTokenHeader } from "./tokens.js";

const MOST_BYTES = 8 * 1024 * 1024;

/**
 * Return a copy of a call to fetch(). It is a request of the browser's, which has a copy of all
 * that belongs to it, and sends nothing until it is asked to.
 * @param {any[]} args
 * @returns {Request | null} null if there can be none
 * @throws {TypeError} if the browser will refuse the call
 */
export const keepCall = ([input, init]) => {
  if (!isPlain(input, init)) return null;
  return new Request(isOf(input, Request) ? Request.prototype.clone.call(input) : input, init);
};

/**
 * Return whether nobody notices that a call to fetch() is read.
 * @param {any} input
 * @param {any} init
 */
const isPlain = (input, init) =>
  (isText(input) || isOf(input, URL) || isOf(input, Request)) &&
  (!init || (isData(init) && isHeaders(init.headers) && isBody(init.body)));

/**
 * Return whether there can be a copy of what is sent.
 * @param {any} body
 */
export const isBody = (body) =>
  isText(body) ||
  [FormData, URLSearchParams, Blob, File, URL].some((kind) => isOf(body, kind)) ||
  (isBytes(body) && body.byteLength <= MOST_BYTES);

/** @param {any} body */
const isBytes = (body) =>
  body instanceof ArrayBuffer || (ArrayBuffer.isView(body) && body.buffer instanceof ArrayBuffer);

/**
 * Return a copy of what is sent.
 * @param {any} body
 */
export const keepBody = (body) => {
  if (body instanceof FormData || body instanceof URLSearchParams) return copyOf(body);
  return isBytes(body) ? new Blob([/** @type {any} */ (body)]) : body; // nobody can change a blob
};

/**
 * Return whether a value is a text, or read as one that is always the same.
 * @param {any} value
 */
export const isText = (value) =>
  value === null || ["undefined", "string", "number", "boolean"].includes(typeof value);

/** @param {any} headers */
const isHeaders = (headers) =>
  isText(headers) ||
  isOf(headers, Headers) ||
  (isData(headers) && Object.values(headers).every((each) => isText(each) || isData(each)));

/**
 * Return whether an object holds plain values by names, so that it does not notice who reads them.
 * Only a proxy does, and nothing tells what is one.
 * @param {any} object
 */
const isData = (object) => {
  const isOrdinary = [null, Object.prototype, Array.prototype].includes(Object.getPrototypeOf(object));
  const all = Object.getOwnPropertyDescriptors(object);
  return isOrdinary && Reflect.ownKeys(all).every((name) => typeof name === "string" && "value" in all[name]);
};

/**
 * Return whether an object is one of the browser's, and as the browser made it.
 * @param {any} object
 * @param {any} kind
 */
const isOf = (object, kind) =>
  object instanceof kind && Object.getPrototypeOf(object) === kind.prototype && !Reflect.ownKeys(object).length;

/**
 * Return a kept call as it is to be made now.
 * @param {Request} request
 * @param {AbortSignal} [signal]
 */
export const again = async (request, signal = request.signal) => {
  const { headers } = request;
  for (const [name, value] of headers) headers.set(name, inHeader(name, value));
  const body = fresh() && inBody(await formOf(request));
  if (body instanceof FormData) headers.delete("Content-Type"); // it names another boundary
  return new Request(request, { signal, ...(body && { body }) });
};

/**
 * Return whether a call may carry a CSRF token.
 * @param {Request} request
 */
export const isTokened = ({ headers }) =>
  /form/.test(headers.get("Content-Type") || "") || [...headers.keys()].some((name) => isTokenHeader(name));

/**
 * Return the form that is sent, or undefined if it is none.
 * @param {Request} request
 */
const formOf = async (request) => {
  const kind = request.headers.get("Content-Type") || "";
  if (kind.startsWith("application/x-www-form-urlencoded")) return request.clone().text();
  return kind.startsWith("multipart/form-data") ? request.clone().formData() : undefined;
};

/**
 * Return a signal that passes on every abort, but no time limit: it is over for what was held.
 * @param {AbortSignal} signal
 */
export const untimed = (signal) => {
  const relay = new AbortController();
  const pass = () => signal.reason?.name === "TimeoutError" || relay.abort(signal.reason);
  if (signal.aborted) pass();
  signal.addEventListener("abort", pass);
  return relay.signal;
};
