/** Calls by XMLHttpRequest while a login lives. */

/** What all of them use; it is put into the page before each. */
export const tools = () => {
  const EVENTS = ["readystatechange", "loadstart", "progress", "abort", "error", "load", "timeout", "loadend"];

  /** Write down an event; of progress only that there was any, for how often is the network's. */
  const note = (name, xhr) => (event) => {
    const isOfMany = event.type === "progress" || (event.type === "readystatechange" && xhr.readyState === 3);
    const key = `${name} ${event.type}`;
    if (isOfMany && note[key]) return;
    note[key] = isOfMany;
    log(name, event.type, xhr.readyState, xhr.status, event.isTrusted, event.constructor.name);
  };

  /** Listen in every way that there is. */
  const listen = (xhr, name) => {
    for (const each of EVENTS) {
      xhr[`on${each}`] = note(`${name} on`, xhr);
      xhr.addEventListener(each, note(name, xhr));
      if (each !== "readystatechange") xhr.upload.addEventListener(each, note(`${name} upload`, xhr));
    }
  };

  /** Make a call, and wait for its end. */
  window.call = (name, { method = "GET", url = "/echo", body, before, after, watched = true } = {}) =>
    new Promise((resolve) => {
      const xhr = new XMLHttpRequest();
      if (watched) listen(xhr, name);
      xhr.addEventListener("loadend", () => {
        const isText = xhr.responseType === "" || xhr.responseType === "text";
        log(name, "said", xhr.status, xhr.statusText, isText ? xhr.responseText : String(xhr.response));
        log(new URL(xhr.responseURL || "about:blank").pathname, xhr.getResponseHeader("Content-Type"));
        resolve(xhr);
      });
      try {
        xhr.open(method, url);
        before?.(xhr);
        xhr.send(body);
        after?.(xhr);
      } catch (error) {
        log(name, "threw", error.name, error.message);
        resolve(xhr);
      }
    });

  /** Write down what something throws. */
  window.attempt = (name, act) => {
    try {
      log(name, String(act()));
    } catch (error) {
      log(name, "threw", error.name, error.message, error instanceof Error);
    }
  };
};

const bodies = async () => {
  const form = new FormData();
  form.append("name", "value é");
  form.append("file", new File(["bytes"], "a.txt", { type: "text/plain" }));
  const page = new DOMParser().parseFromString("<p>é</p>", "text/html");
  const kinds = {
    none: undefined, empty: "", text: "a=b", number: 7, nothing: null, form, page,
    fields: new URLSearchParams({ a: "b é" }),
    blob: new Blob(["x"], { type: "text/own" }),
    plainBlob: new Blob(["x"]),
    buffer: new Uint8Array([1, 2, 3]).buffer,
    view: new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
    object: { toString: () => (log("toString"), "own") },
    big: "x".repeat(300000),
  };
  for (const [name, body] of Object.entries(kinds)) await call(name, { method: "POST", body });
};

const kinds = async () => {
  for (const kind of ["", "text", "json", "blob", "arraybuffer", "document"]) {
    await call(`a ${kind}`, { before: (xhr) => (xhr.responseType = kind) });
  }
  await call("another type", { before: (xhr) => xhr.overrideMimeType("text/own") });
  for (const status of [204, 400, 401, 404, 440, 500]) await call(status, { url: `/answer/${status}` });
  for (const method of ["post", "put", "PATCH", "DELETE", "HEAD", "own"]) await call(method, { method });
  const xhr = await call("headers", {
    before(xhr) {
      xhr.setRequestHeader("X-Own", "1");
      xhr.setRequestHeader("x-own", "2");
      xhr.setRequestHeader("X-CSRFToken", "token");
      xhr.setRequestHeader("Content-Type", "text/own");
    },
    method: "POST",
    body: "x",
  });
  log(xhr.getAllResponseHeaders().replace(/date:.*\r\n/i, ""));
};

const mistakes = async ({ site }) => {
  const made = () => new XMLHttpRequest();
  const opened = () => {
    const xhr = made();
    xhr.open("GET", "/echo");
    return xhr;
  };
  attempt("url", () => made().open("GET", "http://["));
  attempt("method", () => made().open("TRACE", "/echo"));
  attempt("word", () => made().open("a b", "/echo"));
  attempt("too few", () => made().open("GET"));
  attempt("not opened", () => made().send());
  attempt("header too early", () => made().setRequestHeader("a", "b"));
  attempt("header", () => opened().setRequestHeader("a b", "c"));
  attempt("value", () => opened().setRequestHeader("a", "\n1\0"));
  attempt("one argument", () => opened().setRequestHeader("a"));
  attempt("forbidden", () => opened().setRequestHeader("Cookie", "a"));
  attempt("twice", () => {
    const xhr = opened();
    xhr.send();
    xhr.send();
  });
  attempt("not new", () => XMLHttpRequest());
  attempt("of nothing", () => XMLHttpRequest.prototype.open.call({}, "GET", "/echo"));
  const noticed = (value) => ({ toString: () => (log("toString", value), value) });
  await call("objects", { method: noticed("POST"), url: noticed("/echo"), body: "x" });
  await call("a url", { url: new URL("/echo", site) });
  await call("a header of objects", { before: (xhr) => xhr.setRequestHeader(noticed("X-Own"), noticed("1")) });
  await call("nobody there", { url: "http://127.0.0.1:1/" });
  await call("in a handler", { after: (xhr) => (xhr.onload = () => { throw new RangeError("own"); }) });
};

const aborts = async () => {
  await call("in time", { url: "/maybe/hold?one", before: (xhr) => (xhr.timeout = 30) });
  await call("later", { url: "/hold?two", after: (xhr) => {
    arrived("GET /hold?two").then(() => xhr.abort());
  } });
  await call("at once", { url: "/maybe", after: (xhr) => xhr.abort() });
  await call("half of it", { url: "/stream?hold", after: (xhr) => {
    xhr.addEventListener("progress", () => xhr.abort(), { once: true });
  } });
  const xhr = new XMLHttpRequest();
  xhr.onreadystatechange = xhr.onabort = ({ type }) => log(type, xhr.readyState);
  xhr.abort();
  xhr.open("GET", "/echo");
  xhr.abort();
  log("not sent", xhr.readyState);
  xhr.open("GET", "/maybe");
  xhr.send();
  xhr.open("GET", "/echo");
  xhr.send();
  await new Promise((resolve) => (xhr.onload = resolve));
  log("opened anew", xhr.responseText);
  xhr.onload = null;
  xhr.open("POST", "/echo");
  xhr.send("again");
  await new Promise((resolve) => (xhr.onload = resolve));
  log("used again", xhr.responseText);
};

const ways = async () => {
  class Own extends XMLHttpRequest {
    constructor() {
      super();
      log("made", new.target === Own);
    }
    open(...args) {
      log("opened", args.length);
      super.open(...args);
    }
  }
  const own = new Own();
  own.open("GET", "/echo");
  own.send();
  await new Promise((resolve) => (own.onload = resolve));
  log(own instanceof XMLHttpRequest, own.constructor === Own, own.status);
  const xhr = new XMLHttpRequest();
  log(xhr.constructor === XMLHttpRequest, Object.getPrototypeOf(xhr) === XMLHttpRequest.prototype);
  log(Object.keys(xhr), XMLHttpRequest.DONE, XMLHttpRequest.name, XMLHttpRequest.length, String(xhr));
  log(xhr.open.length, xhr.open.name, xhr.send.length, Object.keys(XMLHttpRequest.prototype));
  log(Object.prototype.toString.call(XMLHttpRequest.prototype), "XMLHttpRequest" in window);
  xhr.open("GET", "/echo?at once", false);
  xhr.send();
  log(xhr.status, xhr.responseText);
  xhr.addEventListener("own", (event) => log(event.type, event.isTrusted));
  xhr.dispatchEvent(new Event("own"));
  xhr.onload = ({ isTrusted }) => log("a load of the page's own", isTrusted);
  xhr.dispatchEvent(new Event("load"));
  const open = XMLHttpRequest.prototype.open;
  XMLHttpRequest.prototype.open = function (...args) {
    log("wrapped", args.length);
    return open.apply(this, args);
  };
  await call("wrapped by the page");
  XMLHttpRequest.prototype.open = open;
  await call("a listener that goes", {
    watched: false,
    before(xhr) {
      const gone = () => log("gone");
      xhr.addEventListener("load", gone);
      xhr.addEventListener("load", { handleEvent: () => log("an object") });
      xhr.removeEventListener("load", gone);
    },
  });
};

const other = async ({ elsewhere }) => {
  const to = (place) => `/redirect?to=${encodeURIComponent(place)}`;
  await call("own", { url: to("/echo") });
  await call("elsewhere", { url: to(`${elsewhere}/echo`), watched: false });
  await call("simple", { url: `${elsewhere}/echo`, watched: false });
  await call("cookies", { url: `${elsewhere}/echo`, before: (xhr) => (xhr.withCredentials = true), watched: false });
  await call("not allowed", { url: `${elsewhere}/echo?allow=nothing`, watched: false });
  await call("asked before", { url: `${elsewhere}/echo?allow=headers`, method: "POST", body: "x" });
  await call("440", { url: `${elsewhere}/answer/440`, watched: false });
};

/** Have the page the tools that a case uses. */
const withTools = (act) => ({ act: `async (given) => { (${tools})(); await (${act})(given); }` });
const all = { bodies, kinds, mistakes, aborts, ways, other };
export const cases = Object.fromEntries(Object.entries(all).map(([name, act]) => [name, withTools(act)]));
