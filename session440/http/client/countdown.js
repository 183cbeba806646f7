/** How to say what is left, and the other texts of dialogs.js, in the language of the page. */

/**
 * numbers: a digit for each number, which form it takes. counts: the forms of each countdown.
 * @type {any[]}
 */
export const [heading, stay, leave, confirm, needed, cancel, numbers, ...counts] = __WORDS__;

/**
 * Return how to say what is left.
 * @param {number} seconds
 * @param {boolean} isLast whether nothing makes the login last longer
 * @returns {string}
 */
export const remaining = (seconds, isLast) => {
  const isLong = seconds > 60;
  const n = isLong ? Math.ceil(seconds / 60) : seconds;
  const forms = counts[(isLast ? 2 : 0) + (isLong ? 0 : 1)];
  return forms[numbers[Math.min(n, numbers.length - 1)]].replace("{n}", n);
};

/**
 * Return whether the time that is left is read out.
 * @param {number} seconds
 */
export const isSaid = (seconds) => !(seconds % (seconds > 60 ? 60 : seconds > 20 ? 20 : 5));
