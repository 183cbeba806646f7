/** Calls by fetch() while a login lives. */

/** Bodies of every kind, made anew for each use. */
const bodies = async ({ site }) => {
  const form = () => {
    const made = new FormData();
    made.append("name", "value é");
    made.append("file", new File(["bytes"], "a.txt", { type: "text/plain" }));
    return made;
  };
  const kinds = {
    text: () => "a=b",
    fields: () => new URLSearchParams({ a: "b é" }),
    form,
    blob: () => new Blob(["x"], { type: "text/own" }),
    plainBlob: () => new Blob(["x"]),
    file: () => new File(["x"], "n", { type: "a/b" }),
    buffer: () => new Uint8Array([1, 2, 3]).buffer,
    view: () => new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
    data: () => new DataView(new ArrayBuffer(2)),
    number: () => 7,
    object: () => ({ toString: () => (log("toString"), "own") }),
    none: () => null,
    empty: () => "",
  };
  for (const [name, make] of Object.entries(kinds)) {
    await outcome(name, fetch("/echo", { method: "POST", body: make() }));
    await outcome(`${name} in a request`, fetch(new Request(`${site}/echo`, { method: "PUT", body: make() })));
  }
};

const stream = async () => {
  const body = () =>
    new ReadableStream({
      pull(controller) {
        log("pull");
        controller.enqueue(new TextEncoder().encode("part"));
        controller.close();
      },
    });
  await outcome("half", fetch("/echo", { method: "POST", body: body(), duplex: "half" }));
  await outcome("no duplex", fetch("/echo", { method: "POST", body: body() }));
};

const inputs = async ({ site }) => {
  await outcome("text", fetch("/echo?a=1#fragment"));
  await outcome("relative", fetch("echo"));
  await outcome("url", fetch(new URL("/echo", site)));
  await outcome("location", fetch(location).then(({ status }) => status));
  await outcome("object", fetch({ toString: () => (log("toString"), "/echo") }));
  await outcome("request", fetch(new Request("/echo")));
  class Own extends URL {
    get href() {
      log("href is read");
      return super.href;
    }
    toString() {
      log("toString");
      return super.toString();
    }
  }
  await outcome("a url of a kind of its own", fetch(new Own("/echo", site)));
  await outcome("number", fetch(7));
  await outcome("none", fetch());
  await outcome("data", fetch("data:text/plain,hello"));
  await outcome("blob", fetch(URL.createObjectURL(new Blob(["hello"], { type: "text/plain" }))));
  await outcome("options that are none", fetch("/echo", null));
  await outcome("a text for options", fetch("/echo", "POST"));
};

const requests = async () => {
  const request = new Request("/echo?one", {
    method: "POST",
    body: "kept",
    headers: { "X-Own": "1", "Content-Type": "text/own" },
  });
  const copy = request.clone();
  log("before", request.bodyUsed, copy.bodyUsed);
  const call = fetch(request);
  log("during", request.bodyUsed, copy.bodyUsed);
  await outcome("first", call);
  log("after", request.bodyUsed, copy.bodyUsed);
  await outcome("used", fetch(request));
  await outcome("with options", fetch(copy, { method: "PUT", headers: { "X-Other": "2" } }));
  const get = new Request("/echo?two");
  await outcome("once", fetch(get));
  await outcome("twice", fetch(get, undefined));
  await outcome("a body for it", fetch(get, { method: "POST", body: "new" }));
  class Own extends Request {
    get url() {
      log("url is read");
      return super.url;
    }
  }
  await outcome("of a kind of its own", fetch(new Own("/echo?three", { method: "POST", body: "x" })));
};

const options = async () => {
  const noticed = (name, value, from = {}) =>
    Object.defineProperty(from, name, {
      enumerable: true,
      get() {
        log("read", name);
        return value;
      },
    });
  await outcome("getter", fetch("/echo", noticed("method", "POST", noticed("body", "x"))));
  await outcome("prototype", fetch("/echo", Object.create({ method: "POST", body: "inherited" })));
  class Options {
    method = "POST";
    body = "of a class";
    headers = { "X-Own": "1" };
  }
  await outcome("class", fetch("/echo", new Options()));
  await outcome("headers with a getter", fetch("/echo", { headers: noticed("X-Own", "1") }));
  await outcome("pairs", fetch("/echo", { headers: [["X-Own", "1"], ["X-Own", "2"]] }));
  await outcome("headers", fetch("/echo", { headers: new Headers({ "X-Own": "1" }) }));
  class Own extends Headers {
    [Symbol.iterator]() {
      log("iterated over its own");
      return super[Symbol.iterator]();
    }
  }
  await outcome("headers of a kind of their own", fetch("/echo", { headers: new Own({ "X-Own": "1" }) }));
  function* all() {
    log("iterated");
    yield ["X-Own", "1"];
  }
  await outcome("iterator", fetch("/echo", { headers: { [Symbol.iterator]: all } }));
  for (const each of [
    { credentials: "omit" }, { cache: "no-store" }, { cache: "reload" }, { mode: "same-origin" },
    { mode: "no-cors" }, { redirect: "error" }, { referrer: "" }, { referrer: "/echo" },
    { referrerPolicy: "no-referrer" }, { integrity: "sha256-wrong" }, { keepalive: true },
    { priority: "low" }, { method: "post", body: "x" }, { method: "patch", body: "x" }, { method: "HEAD" },
    { method: "POST", body: "x", keepalive: true }, { window: null },
  ]) await outcome(JSON.stringify(each), fetch("/echo", each));
};

const refused = async ({ elsewhere }) => {
  const calls = {
    url: ["http://["],
    credentials: ["http://a:b@localhost/"],
    method: ["/echo", { method: "TRACE" }],
    word: ["/echo", { method: "a b" }],
    body: ["/echo", { body: "x" }],
    mode: ["/echo", { mode: "navigate" }],
    origin: [`${elsewhere}/echo`, { mode: "same-origin" }],
    header: ["/echo", { headers: { "a b": "1" } }],
    value: ["/echo", { headers: { a: "\n1\0" } }],
    signal: ["/echo", { signal: "none" }],
    port: ["http://127.0.0.1:1/"],
    scheme: ["own:thing"],
  };
  for (const [name, args] of Object.entries(calls)) await outcome(name, fetch(...args));
  for (const args of Object.values(calls).slice(0, 3)) fetch(...args); // nobody handles it
  await new Promise((resolve) => setTimeout(resolve, 50));
};

const order = async () => {
  const call = fetch("http://[").catch(() => log("refused"));
  let turn = Promise.resolve();
  for (const n of [1, 2, 3, 4]) turn = turn.then(() => log("turn", n));
  await call;
  const aborted = fetch("/echo", { signal: AbortSignal.abort() }).catch(() => log("aborted"));
  turn = Promise.resolve();
  for (const n of [1, 2, 3, 4]) turn = turn.then(() => log("turn", n));
  await Promise.all([aborted, turn]);
  await Promise.all([1, 2, 3].map((n) => fetch(`/echo?${n}`).then(({ status }) => log(status))));
};

const aborts = async () => {
  await outcome("before", fetch("/echo", { signal: AbortSignal.abort() }));
  await outcome("for a reason", fetch("/echo", { signal: AbortSignal.abort(new RangeError("own")) }));
  const first = new AbortController();
  const call = fetch("/maybe", { signal: first.signal });
  first.abort();
  await outcome("at once", call);
  const second = new AbortController();
  const late = fetch("/hold?two", { signal: second.signal });
  arrived("GET /hold?two").then(() => second.abort("a text"));
  await late.catch((reason) => log("a text", reason));
  await outcome("time", fetch("/maybe/hold?three", { signal: AbortSignal.timeout(30) }));
  await outcome("any", fetch("/maybe/hold?four", { signal: AbortSignal.any([AbortSignal.timeout(30)]) }));
  const third = new AbortController();
  const request = new Request("/hold?five", { signal: third.signal });
  arrived("GET /hold?five").then(() => third.abort());
  await outcome("of a request", fetch(request));
  const fourth = new AbortController();
  const answer = await fetch("/stream?hold", { signal: fourth.signal });
  log("begun", answer.status);
  setTimeout(() => fourth.abort(), 30);
  await outcome("its body", answer.text());
};

const redirects = async ({ elsewhere }) => {
  const to = (place, code = 302) => `/redirect?code=${code}&to=${encodeURIComponent(place)}`;
  const own = { headers: { "X-Own": "1" } };
  for (const code of [301, 302, 303, 307, 308]) {
    await outcome(`own ${code}`, fetch(to("/echo", code), { method: "POST", body: "x" }));
    await outcome(`elsewhere ${code}`, fetch(to(`${elsewhere}/echo`, code)));
  }
  await outcome("a post elsewhere", fetch(to(`${elsewhere}/echo`, 307), { method: "POST", body: "x" }));
  await outcome("with a header", fetch(to(`${elsewhere}/echo`), own));
  await outcome("with one that is allowed", fetch(to(`${elsewhere}/echo?allow=headers`), own));
  await outcome("not allowed", fetch(to(`${elsewhere}/echo?allow=nothing`)));
  await outcome("by hand", fetch(to("/echo"), { redirect: "manual" }));
  await outcome("none", fetch(to("/echo"), { redirect: "error" }));
};

const other = async ({ elsewhere }) => {
  await outcome("simple", fetch(`${elsewhere}/echo`));
  await outcome("with cookies", fetch(`${elsewhere}/echo`, { credentials: "include" }));
  await outcome("post", fetch(`${elsewhere}/echo`, { method: "POST", body: "x" }));
  await outcome("asked before", fetch(`${elsewhere}/echo?allow=headers`, { headers: { "X-Own": "1" } }));
  await outcome("refused", fetch(`${elsewhere}/echo`, { headers: { "X-Own": "1" } }));
  await outcome("not allowed", fetch(`${elsewhere}/echo?allow=nothing`));
  await outcome("opaque", fetch(`${elsewhere}/echo?allow=nothing`, { mode: "no-cors" }));
  await outcome("440", fetch(`${elsewhere}/answer/440`));
};

const answers = async () => {
  for (const status of [200, 201, 204, 400, 401, 403, 404, 440, 500, 503]) {
    await outcome(status, fetch(`/answer/${status}`));
  }
  const answer = await fetch("/echo", { method: "POST", body: "x" });
  const copy = answer.clone();
  log(answer.bodyUsed, await copy.json(), answer.bodyUsed, answer instanceof Response);
  log([...answer.headers.keys()], answer.constructor.name, Object.keys(answer));
  const { body } = await fetch("/stream");
  const reader = body.getReader();
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += new TextDecoder().decode(part.value);
  }
  log(text);
};

const ways = async () => {
  const { fetch: alone } = window;
  await outcome("alone", alone("/echo"));
  await outcome("self", self.fetch("/echo"));
  await outcome("call", fetch.call(undefined, "/echo"));
  await outcome("apply", fetch.apply(window, ["/echo"]));
  await outcome("bind", fetch.bind(window, "/echo")());
  await outcome("of something else", (async () => fetch.call({}, "/echo"))());
  await outcome("new", (async () => new fetch("/echo"))());
  log(fetch.length, fetch.name, typeof fetch, "fetch" in window, Object.keys(fetch));
  log("promise", fetch("/echo") instanceof Promise);
  const before = window.fetch;
  window.fetch = (...args) => (log("their own", args.length), before(...args));
  await outcome("wrapped by the page", fetch("/echo", { method: "POST", body: "x" }));
  window.fetch = before;
};

export const cases = {
  bodies, stream, inputs, requests, options, refused, order, aborts, redirects, other, answers, ways,
};
