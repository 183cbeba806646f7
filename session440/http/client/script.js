/** This script: where it was loaded from, and what its tag says. */

const script = /** @type {HTMLScriptElement} */ (document.currentScript);

export const { src, dataset: options } = script;

/** Where the endpoints are. */
export const base = new URL(".", src);

/** A name that each app of an origin has for itself. */
export const NAME = `session440${base.pathname}`;
