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
 * @returns {string | undefined} that of the page before; where none can be left, our own
 */
export const leaveWord = (word) => {
  try {
    const before = sessionStorage[NAME];
    if (word) sessionStorage[NAME] = word;
    else delete sessionStorage[NAME];
    return before;
  } catch {
    return options.login;
  }
};

/**
 * Whose page it is, as the server wrote it. That is not asked once more of a page that was
 * replaced for it and came again as it was: something keeps pages for whom they are not.
 */
export const owner = leaveWord() === options.login ? undefined : options.login;
