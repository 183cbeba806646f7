/** The texts of client.js, which the server puts in in the language of the page. */

/** @type {string[]} */
export const [lang, dir, ended, kept, again, part, asking] = __WORDS__;
