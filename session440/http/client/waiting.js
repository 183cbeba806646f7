/** Calls and forms that wait until their person is back. */

/** @type {Map<unknown, () => void>} */
let all = new Map();

/**
 * Wait for the person. Of those with one *name* only the newest goes on: a page that polls all
 * night does not ask a thousand times in the morning.
 * @param {unknown} name
 * @returns {Promise<void>}
 */
export const back = (name) => new Promise((resolve) => void all.set(name, resolve));

/** @param {unknown} name */
export const forget = (name) => all.delete(name);

export const release = () => {
  const calls = all.values();
  all = new Map();
  for (const call of calls) call();
};
