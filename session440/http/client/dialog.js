/** The dialog: a warning over the page, or the cover of a page whose login has ended. */

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
const element = (name, attributes, ...children) => {
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
    return window.top?.document || document;
  } catch {
    return document; // it is another site's
  }
};

/** What people do with the dialog; `relogin` is a URL. */
/** @typedef {{ stay: () => void, leave: () => void, relogin: string, window: string }} Choices */

const page = wholePage();
const isInFrame = page !== document;
const isPart = !isInFrame && self !== top;
/** @type {CSSStyleSheet} */
const sheet = new /** @type {any} */ (page.defaultView).CSSStyleSheet();
const watch = new MutationObserver(() => dialog?.isConnected || show());

/** @type {HTMLDialogElement | null} */
let dialog = null;
let isLast = false; // whether it says that nothing makes the login last longer

/** Whether it is for another one to show a dialog: a page around this one that has the script. */
const isOthers = () =>
  isToLogIn || (isInFrame && [...page.scripts].some((each) => each.src === src));

/**
 * Have the style before it is wanted. A page does not see it until then, and its policy needs to
 * allow no style for it.
 */
export const dress = async () => {
  if (!sheet.cssRules.length) sheet.replaceSync(await style().catch(() => ""));
};

/**
 * Say what is left, and offer to stay if that is possible.
 * @param {number} seconds
 * @param {boolean} isFinal
 * @param {Choices} choices
 */
export const warn = (seconds, isFinal, choices) => {
  if (!dialog || isLast !== isFinal) {
    isLast = isFinal;
    const stay = isLast ? link(choices) : button(words.stay, "first", choices.stay);
    open("warning", words.heading, isLast ? close : choices.stay, [
      element("p", { id: "session440-said", "aria-hidden": "true" }),
      // Read out in steps: a text that changed each second would be read for ever.
      element("p", { "aria-live": "assertive" }),
      buttons(stay, button(words.leave, "second", choices.leave)),
    ]);
  }
  count(seconds);
};

/**
 * Say what is left, if this is a warning.
 * @param {number} seconds
 */
export const count = (seconds) => {
  const [seen, said] = dialog?.querySelectorAll("p") || [];
  if (!said) return;
  const text = words.remaining(seconds, isLast);
  seen.textContent = text;
  if (!said.textContent || isSaid(seconds)) said.textContent = text;
};

/**
 * Cover the page.
 * @param {string | undefined} why
 * @param {Choices} choices
 */
export const cover = (why, choices) => {
  const said = [why, words.kept, isPart && words.part].filter(Boolean).map((text) => element("p", {}, text));
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
 */
const open = (kind, heading, escape, content) => {
  close();
  if (isOthers()) return;
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

/**
 * Return whether the time that is left is read out.
 * @param {number} seconds
 */
const isSaid = (seconds) => !(seconds % (seconds > 60 ? 60 : seconds > 20 ? 20 : 5));

/** @param {HTMLElement[]} children */
const buttons = (...children) => element("p", { class: "session440-buttons" }, ...children);

/**
 * @param {string} text
 * @param {string} kind
 * @param {() => void} action
 */
const button = (text, kind, action) => {
  const made = element("button", { class: `session440-${kind}` }, text);
  made.addEventListener("click", action);
  return made;
};

/**
 * A way back that leaves this page where it is.
 * @param {Choices} choices
 */
const link = ({ relogin, window: target }) =>
  element("a", { href: relogin, target, class: "session440-first" }, words.again);
