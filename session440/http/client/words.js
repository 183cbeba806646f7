/** The texts of client.js, which the server puts in in the language of the page. */

/** @type {{ lang: string, dir: string, texts: string[] }} */
export const { lang, dir, texts } = __WORDS__;

export const [ended, kept, again, part, asking] = texts;
