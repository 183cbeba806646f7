/**
 * session440 in the browser: invisible while a login lives; it warns in time, and keeps the page
 * when the login ends.
 *
 *   <script src="/session440/client.js" defer></script>
 *
 * One global, `session440`; no inline code or style, so that a strict CSP holds. The server
 * judges: this script counts from what it said, and asks again before it shows anything.
 * docs/browser.md says what can be set and listened to.
 */

import { call, wrapFetch } from "./calls.js";
import { wrapConnections } from "./connections.js";
import * as dialog from "./dialog.js";
import { watchForms } from "./forms.js";
import { rawFetch } from "./natives.js";
import { acted, appear, extend, hear, hide, listen, look } from "./page.js";
import { wrapRequests } from "./requests.js";
import { isReturn, options } from "./script.js";
import { status, statusNow } from "./server.js";
import * as tabs from "./tabs.js";

tabs.open(listen);
addEventListener("pagehide", ({ persisted }) => {
  tabs.close();
  dialog.leave();
  if (persisted) hide();
});
addEventListener("pageshow", ({ persisted }) => {
  tabs.open(listen);
  void appear(persisted ? statusNow : status);
});
addEventListener("focus", look);
document.addEventListener("visibilitychange", look);
if (options.activity !== "off") {
  for (const name of ["input", "pointerdown", "keydown"]) {
    addEventListener(name, acted, { capture: true, passive: true });
  }
}
if (options.retry !== "off") {
  wrapFetch();
  wrapRequests();
  wrapConnections();
}
watchForms();
if (isReturn) hide();

/** @type {any} */ (window).session440 = {
  /** @param {any[]} args of fetch() */
  fetch: (...args) => call(rawFetch, window, args),
  extend,
  heard: hear,
  status,
};
void status();
