/** The dialog, and the cover of a page whose login has ended; dialogs.js has the others. */

import { isToLogIn } from "./login_window.js";
import { src } from "./script.js";
import { style } from "./server.js";
import { wear } from "./veil.js";
import * as words from "./words.js";

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
export const element = (name, attributes, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/**
 * Return the page to cover: the whole window's if that is of this origin.
 * @returns {Document}
 */
const wholePage = () => {
  try {
    return top?.document || document;
  } catch {
    return document; // it is another site's
  }
};

/** Where people log in: a URL, and the name of a window. */
/** @typedef {{ href: string, target: string }} Choices */

const page = wholePage();
const isInFrame = page !== document;
const isPart = !isInFrame && self !== top;
/** @type {CSSStyleSheet} */
const sheet = new /** @type {any} */ (page.defaultView).CSSStyleSheet();
const watch = new MutationObserver(() => dialog?.isConnected || show());

/** @type {HTMLDialogElement | null} */
let dialog = null;

/**
 * Whether it is for another one to show a dialog: a page around this one that has the script, and
 * hears of what is the login's.
 * @param {string} kind
 */
const isOthers = (kind) =>
  isToLogIn || (isInFrame && kind !== "recent" && [...page.scripts].some((each) => each.src === src));

/**
 * Have the style before it is wanted. A page does not see it until then, and its policy needs to
 * allow no style for it.
 */
export const dress = async () => {
  if (!sheet.cssRules.length) sheet.replaceSync(await style());
};

/**
 * Cover the page.
 * @param {string | undefined} why
 * @param {Choices} choices
 */
export const cover = (why, choices) => {
  const said = [why, words.kept, isPart && words.part]
    .filter(Boolean)
    .map((text) => element("p", {}, /** @type {string} */ (text)));
  open("ended", words.ended, () => {}, [
    element("div", { id: "session440-said" }, ...said),
    buttons(link(choices)),
  ]);
};

/** Say, over a page that is hidden, that the server has to be asked first. */
export const wait = () => dialog || open("ended", words.asking, () => {}, []);

export const close = () => {
  if (!dialog) return;
  const made = dialog;
  dialog = null;
  watch.disconnect();
  wear(page, sheet, false);
  made.close(); // which leads back to where the person was
  made.remove();
};

/** Leave nothing behind on the page around this one. */
export const leave = () => {
  if (isInFrame) close();
};

/**
 * @param {string} kind
 * @param {string} heading
 * @param {() => void} escape
 * @param {HTMLElement[]} content
 * @returns {HTMLElement | null} nothing where another one shows it
 */
export const open = (kind, heading, escape, content) => {
  close();
  if (isOthers(kind)) return null;
  const attributes = {
    class: `session440 session440-${kind}`,
    lang: words.lang,
    dir: words.dir,
    "aria-label": heading,
    "aria-describedby": "session440-said",
  };
  const inner = element("div", {}, element("h2", {}, heading), ...content);
  const made = /** @type {HTMLDialogElement} */ (element("dialog", attributes, inner));
  made.addEventListener("cancel", (event) => {
    event.preventDefault(); // Escape
    escape();
  });
  // Browsers let nobody refuse for ever: a second Escape closes it all the same.
  made.addEventListener("close", () => dialog === made && made.showModal());
  dialog = made;
  wear(page, sheet, true);
  for (const name of OWN_EVENTS) made.addEventListener(name, (event) => event.stopPropagation());
  page.addEventListener("toggle", rise, true);
  show();
  return inner;
};

/** What people do in the dialog, of which the page is to hear nothing: a click elsewhere may close what is open. */
const OWN_EVENTS = ["click", "mousedown", "pointerdown", "keydown"];

/**
 * Stay above what the page opens (https://html.spec.whatwg.org/#top-layer).
 * @param {Event} event
 */
const rise = ({ target }) => target !== dialog && dialog?.close();

/** Beside the body, which a page may replace. */
const show = () => {
  if (!dialog) return;
  for (const each of [page, page.documentElement]) watch.observe(each, { childList: true });
  page.documentElement.append(dialog);
  if (!dialog.open) dialog.showModal();
};

/** @param {HTMLElement[]} children */
export const buttons = (...children) => element("p", { class: "session440-buttons" }, ...children);

/**
 * A way back that leaves this page where it is.
 * @param {Choices} choices
 */
export const link = ({ href, target }) =>
  element("a", { href, target, class: "session440-first" }, words.again);
