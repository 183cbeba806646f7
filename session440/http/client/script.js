/** This script: where it was loaded from, and what its tag says. */

const script = /** @type {HTMLScriptElement} */ (document.currentScript);

export const { src, dataset: options } = script;

/** Where the endpoints are. */
export const base = new URL(".", src);

/** A name that each app of an origin has for itself. */
export const NAME = `session440${base.pathname}`;

/**
 * Leave a word for the page that comes after this one in the tab.
 * @param {string} [word]
 * @returns {string | undefined} that of the page before
 */
export const leaveWord = (word) => {
  let before = options.login; // where none can be left a page might come again for ever
  try {
    before = sessionStorage[NAME];
    delete sessionStorage[NAME];
    if (word) sessionStorage[NAME] = word;
  } catch {}
  return before;
};

/**
 * Whose page it is, as the server wrote it. A page that was replaced for that and comes again as
 * it was is not asked once more: what the server writes there is wrong.
 */
export const owner = leaveWord() === options.login ? undefined : options.login;
