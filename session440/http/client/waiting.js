/** Calls and forms that wait until their person is back. */

/**
 * What a wait ends with; a promise is awaited before the next. isOff: the person does not want to
 * go on.
 * @typedef {(isOff?: boolean) => unknown} Call
 */

/** @type {Map<unknown, Call>} */
let all = new Map();

/**
 * Wait for the person. Of those with one *name* only the newest goes on: a page that polls all
 * night does not ask a thousand times in the morning.
 * @param {unknown} name
 * @param {Call} call
 */
export const back = (name, call) => void all.set(name, call);

/** @returns {Promise<boolean | undefined>} whether the person would rather not */
export const person = () => new Promise((resolve) => back({}, resolve));

/**
 * @param {unknown} name
 * @param {Call} [call] nothing if another one waits by now
 */
export const forget = (name, call) => {
  if (!call || all.get(name) === call) all.delete(name);
};

/**
 * Let all go, in the order in which they began to wait.
 * @param {boolean} [isOff]
 */
export const release = async (isOff) => {
  const calls = all.values();
  all = new Map();
  for (const call of calls) await call(isOff);
};
