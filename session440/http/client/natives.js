/**
 * What is the browser's, whatever the page has put in its place or before it: a global of its own
 * called "Request", a form's field called "method", a getter that would notice that it is read.
 */

export const { Blob, Event, FormData, Headers, origin, Request, URL } = window;
const { apply } = Reflect;

/**
 * Return a function that calls a method as the browser defines it.
 * @param {any} kind
 * @param {string} name
 * @returns {(object: any, ...args: any[]) => any}
 */
export const method = ({ prototype }, name) => {
  const raw = prototype[name];
  return (object, ...args) => apply(raw, object, args);
};

/**
 * Return a function that reads a property as the browser defines it.
 * @param {any} kind
 * @param {string} name
 * @returns {(object: object) => any}
 */
export const reader = ({ prototype }, name) => {
  const { get } = /** @type {any} */ (Object.getOwnPropertyDescriptor(prototype, name));
  return (object) => apply(get, object, []);
};

export const rawFetch = window.fetch.bind(window);
export const getAttribute = method(Element, "getAttribute");
export const listenTo = method(EventTarget, "addEventListener");

/**
 * Put a function around one of the page's, with its name and all of its other properties.
 * @param {any} owner
 * @param {string} name
 * @param {(raw: Function, self: any, args: any[]) => any} [apply]
 * @param {(...given: Parameters<typeof Reflect.construct>) => object} [construct]
 */
export const wrap = (owner, name, apply, construct) =>
  (owner[name] = new Proxy(owner[name], { apply, construct }));

/**
 * Look at each object of a kind that the page makes.
 * @param {string} name of a global
 * @param {(made: any) => object} look returns the object
 */
export const wrapKind = (name, look) => {
  const { prototype } = /** @type {any} */ (window)[name];
  prototype.constructor = wrap(window, name, undefined, (...given) => look(Reflect.construct(...given)));
};

/**
 * Return a URL as a text, or nothing if it is none.
 * @param {string} url
 */
export const resolved = (url) => {
  try {
    return new URL(url, document.baseURI).href;
  } catch {}
};

/**
 * Return whether a URL is of the page's origin; that of a srcdoc frame is its parent's.
 * @param {string} url
 */
export const isOurs = (url) => resolved(url)?.startsWith(`${origin}/`);

/**
 * Return a copy of a form's data.
 * @param {FormData | URLSearchParams} form
 */
export const copyOf = (form) => {
  const kind = form instanceof FormData ? FormData : URLSearchParams;
  const copy = new kind();
  for (const [name, value] of method(kind, "entries")(form)) copy.append(name, value);
  return copy;
};
