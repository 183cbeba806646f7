/** How much time has passed, by the longer of two clocks. */

/**
 * A moment on both clocks, in milliseconds. One of them stops while a machine sleeps, and the
 * other may be set back.
 * @typedef {{ wall: number, tick: number }} Moment
 */

const { Date, performance } = globalThis; // a page may have others by these names

/** @returns {Moment} */
export const now = () => ({ wall: Date.now(), tick: performance.now() });

/**
 * Return the milliseconds between two moments, by the clock that saw more of them.
 * @param {Moment} from
 * @param {Moment} to
 */
export const between = (from, to) => Math.max(to.wall - from.wall, to.tick - from.tick);

/** Some 23 days, in milliseconds: a timer of more than 2 ** 31 - 1 would fire at once. */
export const LONGEST_TIMER = 2e9;

/**
 * Return a promise that is kept after that many milliseconds.
 * @param {number} length
 * @returns {Promise<undefined>}
 */
export const after = (length) => new Promise((resolve) => void setTimeout(resolve, length));
