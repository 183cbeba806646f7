/** The window to log in in, beside the page that waits. */

import { NAME, options } from "./script.js";

const [name, before] = self.name.split("#");

/** Whether this is that window: then it says nothing of the login before. */
export let isToLogIn = name === NAME || name === "session440" || "back" in options;

/**
 * Return the window's name. It is done with once another login than that lives in it.
 * @param {string | undefined} loginId
 */
export const nameFor = (loginId) => `${NAME}#${loginId || ""}`;

/**
 * Let this window go if somebody was to log in in it, and has.
 * @param {string | undefined} loginId
 */
export const leave = (loginId) => {
  if (!isToLogIn || (before && before === loginId)) return;
  isToLogIn = false;
  self.name = ""; // where it may not be closed, it becomes a page like any other
  self.close();
};
