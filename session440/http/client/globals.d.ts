/** The texts, put in by the server. */
declare const __WORDS__: any;
