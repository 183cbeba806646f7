/**
 * What the browser says of an object, whatever the page has put before it: a form's field called
 * "method" hides the form's own, and a getter of the page's would notice that it is read.
 */

/**
 * Return a function that reads a property as the browser defines it.
 * @param {object} prototype
 * @param {string} name
 * @returns {(object: object) => any}
 */
export const reader = (prototype, name) => {
  const get = /** @type {() => any} */ (Object.getOwnPropertyDescriptor(prototype, name)?.get);
  return (object) => get.call(object);
};

/** The browser's own. */
export const rawFetch = window.fetch.bind(window);

const attribute = Element.prototype.getAttribute;

/**
 * @param {Element} element
 * @param {string} name
 * @returns {string | null}
 */
export const getAttribute = (element, name) => attribute.call(element, name);

/**
 * Put a function around one of the page's, with its name and all of its other properties.
 * @param {any} owner
 * @param {string} name
 * @param {(raw: Function, self: any, args: any[]) => any} apply
 */
export const wrap = (owner, name, apply) => {
  owner[name] = new Proxy(owner[name], { apply });
};

/**
 * Return a URL, or null if it is none.
 * @param {string} url
 */
export const resolved = (url) => {
  try {
    return new URL(url, document.baseURI);
  } catch {
    return null;
  }
};

/**
 * Return whether a URL is of the page's origin; that of a srcdoc frame is its parent's.
 * @param {string} url
 */
export const isOurs = (url) => resolved(url)?.origin === self.origin;

/**
 * Return a copy of a form's data.
 * @param {FormData | URLSearchParams} form
 */
export const copyOf = (form) => {
  const copy = form instanceof FormData ? new FormData() : new URLSearchParams();
  for (const [name, value] of form) copy.append(name, /** @type {any} */ (value));
  return copy;
};
