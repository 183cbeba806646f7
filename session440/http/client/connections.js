/**
 * WebSocket and EventSource stay the browser's own: `instanceof`, constants, classes derived from
 * them. live.js hears of what is made of them.
 */

import { wrapKind } from "./natives.js";
import { hear } from "./page.js";

export const wrapConnections = () => {
  for (const name of ["WebSocket", "EventSource"]) {
    try {
      wrapKind(name, (made) => (void hear(made), made));
    } catch {} // there is none, or nobody may change it
  }
};
