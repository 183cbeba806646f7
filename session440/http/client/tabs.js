/** What the tabs and frames of one app tell each other. */

import { NAME } from "./script.js";

/**
 * login, loginId: who is logged in. ended: nobody is any more. Neither: ask the server.
 * @typedef {{ login?: string, loginId?: string, ended?: boolean }} Message
 */

/** @type {BroadcastChannel | null | undefined} */
let channel;

/** @param {(message: Message) => void} hear */
export const open = (hear) => {
  if (channel) return;
  channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => hear(data);
};

/** A page in the back/forward cache must hold none: a message would throw it out of there. */
export const close = () => {
  channel?.close();
  channel = null;
};

/** @param {Message} message */
export const tell = (message) => channel?.postMessage(message);
