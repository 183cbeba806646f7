/**
 * Forms that are sent in the moment in which the page asks who is logged in: somebody has just
 * come back to it. They go with what the page would have sent, be there an answer or none.
 */

import { leaving, stays } from "./forms.mjs";

const doubted = ({ act, leaves }, modes) => ({
  act: `async (given) => { dispatchEvent(new Event("focus")); await (${act})(given); }`,
  leaves,
  modes,
});

const LATE = /^(a button|a file|a field called (submit|method|action)|more data)$|later|at once/;

/** Those of which the page makes something else. */
const prevented = Object.entries(stays).filter(([name]) => /prevented|what the event has/.test(name));

export const cases = Object.fromEntries(
  [...Object.entries(leaving), ...prevented].map(([name, made]) => [
    name,
    doubted(made, ["without", "with", ...(LATE.test(name) ? ["hanging", "failing"] : [])]),
  ]),
);
