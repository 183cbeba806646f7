/** What becomes of calls that cannot be kept, or are given up, once a login has ended. */

import { tools } from "./requests.mjs";

/** Wait for the cover, and then some more. */
const covered = () =>
  new Promise((resolve) => {
    const look = () => (document.querySelector(".session440-ended") ? setTimeout(resolve, 30) : setTimeout(look, 10));
    look();
  });

const told = async () => {
  const text = { toString: () => "x" };
  const way = (name, value) => Object.defineProperty({}, name, { get: () => value, enumerable: true });
  class Own {
    method = "POST";
  }
  const all = {
    object: () => fetch("/echo", { method: "POST", body: text }),
    big: () => fetch("/echo", { method: "POST", body: new ArrayBuffer(8 * 1024 * 1024 + 1) }),
    getter: () => fetch("/echo", way("method", "POST")),
    "a getter in its headers": () => fetch("/echo", { headers: way("X-Own", "1") }),
    prototype: () => fetch("/echo", Object.create({ method: "POST" })),
    class: () => fetch("/echo", new Own()),
    sync: async () => {
      const xhr = new XMLHttpRequest();
      xhr.open("GET", "/echo", false);
      xhr.send();
      return xhr.status;
    },
  };
  for (const [name, call] of Object.entries(all)) {
    await call().then(
      (answer) => log(name, answer.status ?? answer),
      ({ name: kind }) => log(name, "threw", kind),
    );
  }
  window.mayLogIn = true;
};

const aborted = async (covered) => {
  const tell = (name, call) => call.then(({ status }) => log(name, status), (reason) => log(name, reason.name || reason));
  const stop = new AbortController();
  const own = new AbortController();
  const held = [
    tell("aborted", fetch("/echo?aborted", { signal: stop.signal })),
    tell("aborted for a reason", fetch(new Request("/echo?reason", { signal: own.signal }))),
  ];
  const timed = tell("in time", fetch("/echo?timed", { signal: AbortSignal.timeout(500) }));
  const xhr = new XMLHttpRequest();
  for (const name of ["abort", "loadend", "load", "error"]) xhr[`on${name}`] = ({ type, isTrusted }) => log("xhr", type);
  xhr.open("GET", "/echo?xhr");
  xhr.send();
  const again = new XMLHttpRequest();
  again.open("GET", "/echo?first");
  again.send();
  await covered();
  stop.abort();
  own.abort("a reason");
  xhr.abort();
  again.open("GET", "/echo?second");
  const second = new Promise((resolve) => (again.onload = resolve));
  again.send();
  await Promise.all(held);
  log("xhr is", xhr.readyState, xhr.status);
  await new Promise((resolve) => setTimeout(resolve, 600));
  log("the person comes");
  window.mayLogIn = true;
  await timed;
  await second;
  log("second", again.status, JSON.parse(again.responseText).query);
};

const ordered = async (covered) => {
  const form = new FormData();
  form.append("a", "b");
  const request = new Request("/echo?3", { method: "POST", body: new URLSearchParams({ a: "b" }) });
  const xhr = () => {
    const made = new XMLHttpRequest();
    made.open("POST", "echo?2");
    const over = new Promise((resolve) => (made.onload = () => resolve(made)));
    made.send("x");
    return over;
  };
  dispatchEvent(new Event("focus"));
  await covered();
  const all = [fetch("/echo?1", { method: "POST", body: form }), xhr(), fetch(request), fetch("/echo?4")];
  log("used", request.bodyUsed);
  history.pushState({}, "", "/items/5/edit");
  const nothing = new AbortController();
  const aborted = fetch("/echo?5", { signal: nothing.signal });
  nothing.abort(null);
  log("aborted", await aborted.catch((reason) => reason));
  const [former, latter] = [new AbortController(), new AbortController()].map((stop) => ({
    stop,
    call: fetch("/echo?poll", { signal: stop.signal, headers: { "Session440-Passive": "?1" } }),
  }));
  former.stop.abort();
  log("former", await former.call.catch(({ name }) => name));
  window.mayLogIn = true;
  const [one, two, three, four] = await Promise.all(all);
  log([one, three, four].map(({ status }) => status), two.responseURL.endsWith("/echo?2"), two.status);
  log("latter", (await latter.call).status);
  log(window.sent.map((url) => url.split("/").pop()).filter((url) => url.startsWith("echo")));
};

/** Write down in which order the browser is asked to send: a server gets it in another. */
const inOrder = async ({ page }) => {
  await page.evaluateOnNewDocument(() => {
    const sent = (window.sent = []);
    const { fetch } = window;
    const { open, send } = XMLHttpRequest.prototype;
    window.fetch = (...args) => (sent.push(args[0].url || String(args[0])), fetch(...args));
    XMLHttpRequest.prototype.open = function (...args) {
      this.opened = args[1];
      open.apply(this, args);
    };
    XMLHttpRequest.prototype.send = function (...args) {
      sent.push(this.opened);
      send.apply(this, args);
    };
  });
  await page.reload();
  await page.evaluate(() => session440.status());
};

const libraries = async (covered) => {
  const ask = (name, given) =>
    window.axios.get(`/echo?${name}`, { timeout: 300, ...given }).then(
      ({ status }) => log(name, status),
      ({ message }) => log(name, message),
    );
  const byAxios = ask("axios"); // with a timer of its own, which aborts
  const byBrowser = ask("xhr", { xsrfCookieName: "" }); // with the browser's
  const byJquery = new Promise((resolve) => {
    $.ajax("/echo?jquery", { timeout: 500 }).always((answer, text) => (log("jquery", text), resolve()));
  });
  await covered();
  await Promise.all([byJquery, byAxios]);
  log("the person comes");
  window.mayLogIn = true;
  await byBrowser;
};

const polls = async (covered) => {
  const passive = { headers: { "Session440-Passive": "?1" } };
  const first = fetch("/echo?poll", passive);
  await covered();
  const late = [1, 2, 3].map((n) => fetch("/echo?poll", passive).then(() => n));
  const mine = fetch("/echo?mine").then(() => "mine");
  window.mayLogIn = true;
  log(await late[2], await mine);
  const none = new Promise((resolve) => setTimeout(() => resolve("none"), 100));
  log("an older one", await Promise.race([first.then(() => "first"), ...late.slice(0, 2), none]));
};

const made = (act, more) => ({
  act: `async () => { (${tools})(); await (${act})(${covered}); }`,
  modes: ["met"],
  ...more,
});
const scripts = (...paths) => ({
  async prepare({ page, npm }) {
    for (const path of paths) await page.addScriptTag({ path: `${npm}/${path}` });
  },
});

export const cases = {
  told: made(told, {
    waits: true,
    expected: [
      ["object", 440], ["big", 440], ["getter", 440], ["a getter in its headers", 440],
      ["prototype", 440], ["class", 440], ["sync", 440],
    ],
  }),
  aborted: made(aborted, {
    waits: true,
    expected: [
      ["xhr", "abort"], ["xhr", "loadend"],
      ["aborted", "AbortError"], ["aborted for a reason", "a reason"],
      ["xhr is", 0, 0], ["the person comes"], ["in time", 200], ["second", 200, "second"],
    ],
  }),
  ordered: made(ordered, {
    prepare: inOrder,
    waits: true,
    expected: [
      ["used", true], ["aborted", null], ["former", "AbortError"], [[200, 200, 200], true, 200], ["latter", 200],
      [["echo?1", "echo?2", "echo?3", "echo?4", "echo?poll"]],
    ],
  }),
  libraries: made(libraries, {
    ...scripts("axios/dist/axios.js", "jquery/dist/jquery.js"),
    waits: true,
    expected: [["axios", "timeout of 300ms exceeded"], ["jquery", "timeout"], ["the person comes"], ["xhr", 200]],
  }),
  polls: made(polls, { waits: true, expected: [[3, "mine"], ["an older one", "none"]] }),
};
