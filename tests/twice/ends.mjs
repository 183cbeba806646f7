/**
 * Calls that meet the end of a login, or wait because it is known: each is made once more when the
 * person is back, and the page sees what it would have seen without an end.
 */

import { leaving } from "./forms.mjs";
import { cases as places } from "./places.mjs";
import { tools } from "./requests.mjs";

/** A page that is told by a call, and one that knew before. */
const MODES = ["without", "met", "known"];

/** Calls at once, each of which is made anew. */
const calls = (make) => `async (given) => {
  const all = (${make})(given);
  await Promise.all(Object.entries(all).map(([name, call]) => outcome(name, call())));
}`;

const kept = ({ site, elsewhere }) => {
  const post = (body, more) => fetch("/echo?post", { method: "POST", body, ...more });
  const form = new FormData();
  form.append("name", "value é");
  form.append("file", new File(["bytes"], "a.txt", { type: "text/plain" }));
  const bytes = new Uint8Array([1, 2, 3]);
  const request = new Request("/echo?request", { method: "PUT", body: "kept", headers: { "X-Own": "1" } });
  const all = {
    text: () => fetch("/echo?text"),
    url: () => fetch(new URL("/echo?url", site)),
    request: () => fetch(request),
    fields: () => post(new URLSearchParams({ a: "b é" })),
    form: () => post(form),
    blob: () => post(new Blob(["x"], { type: "text/own" })),
    buffer: () => post(bytes.buffer),
    view: () => post(bytes.subarray(1)),
    json: () => post("{}", { headers: { "Content-Type": "application/json" } }),
    headers: () => fetch("/echo?headers", { headers: new Headers({ "X-Own": "1" }) }),
    pairs: () => fetch("/echo?pairs", { headers: [["X-Own", "1"]] }),
    ways: () => fetch("/echo?ways", { cache: "no-store", credentials: "include", keepalive: true }),
    referrer: () => fetch("/echo?referrer", { referrer: "/another/place" }),
    "no referrer": () => fetch("/echo?none", { referrerPolicy: "no-referrer" }),
    "a file of a library's": () => post(Object.assign(new File(["x"], "n"), { path: "./n" })),
    head: () => fetch("/echo?head", { method: "HEAD" }),
    patch: () => fetch("/echo?patch", { method: "PATCH", body: "x" }),
    redirect: () => fetch(`/redirect?to=${encodeURIComponent("/echo?redirected")}`),
    elsewhere: () => fetch(`/redirect?to=${encodeURIComponent(`${elsewhere}/echo?elsewhere`)}`),
    hand: () => fetch("/redirect?to=/echo%3Fhand", { redirect: "manual" }),
    missing: () => fetch("/answer/404"),
    own: () => fetch("/answer/440"),
    other: () => fetch(`${elsewhere}/echo?other`),
  };
  // What the page does with its own things meanwhile changes nothing.
  setTimeout(() => {
    form.set("name", "changed");
    bytes.fill(9);
  });
  return all;
};

const requests = async () => {
  const form = new FormData();
  form.append("file", new File(["bytes"], "a.txt", { type: "text/plain" }));
  await Promise.all([
    call("get", { url: "/echo?get" }),
    call("form", { url: "/echo?form", method: "POST", body: form }),
    call("fields", { url: "/echo?fields", method: "PUT", body: new URLSearchParams({ a: "é" }) }),
    call("bytes", { url: "/echo?bytes", method: "POST", body: new Uint8Array([1, 2]) }),
    call("json", { url: "/echo?json", before: (xhr) => (xhr.responseType = "json") }),
    call("headers", { url: "/echo?headers", before: (xhr) => xhr.setRequestHeader("X-Own", "1") }),
    call("in time", { url: "/echo?time", before: (xhr) => (xhr.timeout = 20000) }),
    call("missing", { url: "/answer/404" }),
  ]);
};

/** Forms are sent by who comes back to the page, which asks at that moment, or knows. */
const forms = Object.fromEntries(
  ["a button", "many fields", "a file", "two clicks", "a field called submit", "a button disabled later",
    "fields emptied later", "a form that goes later", "more data", "an event that is stopped",
    "an event that is stopped before a change"].map((name) => [
    `form: ${name}`,
    {
      act: `async (given) => { dispatchEvent(new Event("focus")); await (${leaving[name].act})(given); }`,
      leaves: true,
      modes: MODES,
    },
  ]),
);

export const cases = {
  "fetch": { act: calls(kept), modes: MODES },
  "requests": { act: `async (given) => { (${tools})(); await (${requests})(given); }`, modes: MODES },
  "htmx": { ...places.htmx, modes: MODES },
  "turbo": { ...places.turbo, modes: MODES },
  ...forms,
};
