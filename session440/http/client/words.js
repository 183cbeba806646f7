/** The texts, which the server puts in in the language of the page. */

/** @type {{ lang: string, dir: string, texts: any[] }} */
export const { lang, dir, texts } = __WORDS__;

/** numbers: a digit for each number, which form it takes. counts: the forms of each countdown. */
export const [heading, stay, leave, ended, kept, again, part, asking, numbers, ...counts] = texts;

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
