/** This script: where it was loaded from, and what its tag says. */

const script = /** @type {HTMLScriptElement} */ (document.currentScript);

export const { src, dataset: options } = script;

/** Where the endpoints are. */
export const base = new URL(".", src);

/** A name that each app of an origin has for itself. */
export const NAME = `session440${base.pathname}`;

const { login } = options;

/**
 * Leave a word in this tab for the page that comes after this one.
 * @param {string | undefined} word
 * @returns {string | undefined} that of the page before
 */
const leave = (word) => {
  try {
    const before = sessionStorage[NAME];
    if (word) sessionStorage[NAME] = word;
    return before;
  } catch {
    return REPLACED; // where none can be left a page might be replaced for ever
  }
};

const REPLACED = `-${login}`;

/** Say that this page is replaced: if it comes again as it is, what the server writes is wrong. */
export const sayReplaced = () => leave(REPLACED);

const before = leave(login);
const [loading] = /** @type {any[]} */ (performance.getEntriesByType("navigation"));

/** Whether the person has gone back to the page. */
export const isReturn = loading?.type === "back_forward";

/**
 * Whose page it is, as the server wrote it. To whoever goes back, a browser fills in again what
 * was typed, which may be what another person has typed who was here before.
 */
export const owner = before === REPLACED ? undefined : (isReturn && before) || login;
