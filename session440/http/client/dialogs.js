/**
 * The dialogs of a login that lives: the warning, and what asks a person to log in again for a
 * step that needs a recent login. It is a script of its own, which client.js loads once one of them
 * is due: most pages never need it.
 */

import * as words from "./countdown.js";
import { isFinal } from "./login.js";

/** @typedef {import("./dialog.js").Choices} Choices */
/** @typedef {import("./login.js").Answer} Answer */

/** @typedef {typeof import("./dialog.js")} Dialog */
/** @typedef {typeof import("./waiting.js")} Waiting */

/**
 * Return where people log in for a step, as a page that leads back to a window which then closes
 * itself.
 * @param {string} url that leads back to the page
 * @param {string} relogin where they log in else, in a window
 */
const inWindow = (url, relogin) => {
  const made = new URL(url, document.baseURI);
  for (const [name, value] of new URL(relogin, document.baseURI).searchParams) {
    if (made.searchParams.has(name)) made.searchParams.set(name, value);
  }
  return made.href;
};

/** @param {string} path */
const decoded = (path) => {
  try {
    return decodeURI(path);
  } catch {
    return path; // it is no UTF-8
  }
};

/**
 * Return how recent a login must be for a form, in seconds; Infinity: it may be of any age.
 * @param {string} url where it goes
 * @param {string} [recent] path patterns and seconds, as the server wrote them into the tag
 */
const wanted = (url, recent = "{}") => {
  const path = decoded(new URL(url, document.baseURI).pathname);
  const fits = (/** @type {string} */ pattern) => {
    const parts = pattern.split("*").map((each) => each.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`, "s").test(path);
  };
  const found = Object.entries(JSON.parse(recent)).filter(([pattern]) => fits(pattern));
  return Math.min(...found.map(([, seconds]) => seconds));
};

/**
 * @param {Answer} answer of the server
 * @param {number} within in seconds
 */
const isRecent = ({ proved_ago: ago = Infinity }, within) => within === Infinity || ago < within;

/**
 * Return the dialogs of a page, given what client.js does for them.
 * @param {Dialog["element"]} element
 * @param {Dialog["link"]} link
 * @param {Dialog["buttons"]} buttons
 * @param {Dialog["open"]} open
 * @param {Dialog["close"]} close
 * @param {Waiting["back"]} back
 * @param {Waiting["release"]} release
 * @param {(name: string, more?: object) => boolean} emit
 * @param {() => void} stay
 * @param {() => Promise<Answer>} logout
 * @param {(message: {}) => void} tell the other tabs
 * @param {DOMStringMap} options
 */
export const dialogsOf = (
  element, link, buttons, open, close, back, release, emit, stay, logout, tell, options
) => {
  let shown = /** @type {HTMLElement | null} */ (null);
  let kind = ""; // of what is shown
  let isLast = false; // whether the warning says that nothing makes the login last longer
  let isWanted = false; // whether calls wait for a recent login
  let isOwn = false; // whether the site itself asks for it
  let where = /** @type {Choices} */ ({}); // to give it
  let proof = /** @type {unknown} */ (NaN); // when the login was proved that another one replaced

  /** @param {string} wanted */
  const isShown = (wanted) => kind === wanted && shown?.isConnected;

  /** @type {(...given: Parameters<Dialog["open"]>) => void} */
  const show = (...given) => {
    [kind] = given;
    shown = open(...given);
  };

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

  const leave = async () => {
    const answer = await logout();
    if (!answer.state) return; // nobody is to leave who believes to be signed out and is not
    tell({});
    location.assign(options.afterLogout || answer.login_url || "/");
  };

  /**
   * @param {Answer} answer
   * @param {Choices} choices
   */
  const warn = (answer, choices) => {
    if (isShown("warning") && isLast === isFinal(answer)) return;
    isLast = isFinal(answer);
    const first = isLast ? link(choices) : button(words.stay, "first", stay);
    show("warning", words.heading, isLast ? close : stay, [
      element("p", { id: "session440-said", "aria-hidden": "true" }),
      // Read out in steps: a text that changed each second would be read for ever.
      element("p", { "aria-live": "assertive" }),
      buttons(first, button(words.leave, "second", leave)),
    ]);
  };

  /** @param {number} seconds */
  const count = (seconds) => {
    const [seen, said] = shown?.querySelectorAll("p") || [];
    if (!said) return;
    const text = words.remaining(seconds, isLast);
    seen.textContent = text;
    if (!said.textContent || words.isSaid(seconds)) said.textContent = text;
  };

  const cancel = () => void release(true);

  const ask = () => {
    if (isShown("recent")) return;
    show("recent", words.confirm, cancel, [
      element("p", { id: "session440-said" }, words.needed),
      buttons(link(where), button(words.cancel, "second", cancel)),
    ]);
  };

  /**
   * Want a recent login for what waits, which begins to wait after this.
   * @param {Answer} problem
   * @param {Choices} choices
   */
  const want = (problem, choices) => {
    const { proved_at, login_url } = problem;
    isWanted = true;
    where = { ...choices, href: inWindow(login_url || choices.href, choices.href) };
    isOwn = !emit("step-up", { ...problem, relogin_url: where.href, cancel });
    back(problem, (/** @type {boolean | undefined} */ isOff) => {
      isWanted = false;
      if (isShown("recent")) close();
      if (isOff) return;
      proof = proved_at;
      emit("restored");
    });
  };

  return {
    /**
     * Show what is due while the login lives, and nothing else.
     * @param {boolean} isWarned
     * @param {number} seconds that are left
     * @param {Answer} answer of the server
     * @param {Choices} choices
     */
    show(isWarned, seconds, answer, choices) {
      if (isWarned) {
        warn(answer, choices);
        count(seconds);
      } else if (isWanted && !isOwn) ask();
      else if (shown?.isConnected) close();
    },

    /**
     * Want a recent login for a call, or for a form if it will need one.
     * @param {Answer} problem what the call was answered, or where the form goes
     * @param {Choices} choices
     * @param {Answer} answer of the server
     * @returns {boolean} whether it has to wait: an answer that comes late is of the login before
     */
    want(problem, choices, answer) {
      const { url, proved_at } = problem;
      if (url ? isRecent(answer, wanted(url, options.recent)) : proof === proved_at) return false;
      if (!isWanted) want(problem, choices);
      return true;
    },
  };
};
