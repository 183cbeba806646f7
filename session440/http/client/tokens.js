/**
 * The CSRF token of a login takes the place of a former login's: in the page, and in what the
 * page sends from then on.
 */

import { copyOf, FormData, getAttribute, isOurs } from "./natives.js";

/** @param {string} name */
export const isTokenHeader = (name) => /^x-[cx]srf-?token$/i.test(name);

/** @typedef {{ field: string, value: string }} Token */

/** @type {Token | undefined} */
let token; // of the login as it is now
let isAnew = false; // whether that is another login than the page was made with

export const beAnew = () => {
  isAnew = true;
};

/** @returns {Token | undefined} the token for what is sent, if it is another one */
export const fresh = () => (isAnew ? token : undefined);

/**
 * Take a token, and put it wherever the page has a former login's.
 * @param {Token} renewed
 */
export const renew = (renewed) => {
  token = renewed;
  if (!isAnew) return;
  for (const field of document.getElementsByName(token.field)) {
    // No other site is to learn it.
    if (field instanceof HTMLInputElement && field.form && isTheirs(field.form)) {
      field.value = token.value;
    }
  }
  for (const meta of document.querySelectorAll('meta[name="csrf-token"]')) {
    meta.setAttribute("content", token.value);
  }
};

/** @param {HTMLFormElement} form */
const isTheirs = (form) => isOurs(getAttribute(form, "action") || "");

/**
 * Return a header's value with the token, if that is what it is for.
 * @param {string} name
 * @param {string} value
 */
export const inHeader = (name, value) => (isTokenHeader(name) && fresh()?.value) || value;

/**
 * Return what is sent with the token in its field; it is the page's own otherwise.
 * @template T
 * @param {T} body
 * @returns {T | string | FormData | URLSearchParams}
 */
export const inBody = (body) => {
  const token = fresh();
  if (!token) return body;
  if (typeof body === "string") return inText(body, token);
  const isForm = body instanceof FormData || body instanceof URLSearchParams;
  if (!isForm || !body.has(token.field)) return body;
  const copy = copyOf(body);
  copy.set(token.field, token.value);
  return copy;
};

/**
 * Return a text of form fields with the token in its field.
 * @param {string} text
 * @param {Token} token
 */
const inText = (text, { field, value }) =>
  text.replace(new RegExp(`(^|&)${field}=[^&]*`), `$1${field}=${encodeURIComponent(value)}`);
