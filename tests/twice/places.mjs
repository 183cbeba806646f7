/** Calls from elsewhere than the page's own window, and from other people's libraries. */

const workers = async () => {
  const source = `
    onmessage = async ({ data }) => {
      const answer = await fetch(data + "/echo", { method: "POST", body: "from a worker" });
      const xhr = new XMLHttpRequest();
      xhr.open("GET", data + "/echo?xhr", false);
      xhr.send();
      postMessage([answer.status, await answer.text(), xhr.responseText]);
    };`;
  const worker = new Worker(URL.createObjectURL(new Blob([source])));
  const said = new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
  worker.postMessage(location.origin);
  log(await said);
};

const beacons = async () => {
  const form = new FormData();
  form.append("a", "b");
  log(navigator.sendBeacon("/echo?text", "x"), navigator.sendBeacon("/echo?form", form));
  log(navigator.sendBeacon("/echo?blob", new Blob(["x"], { type: "text/plain" })), navigator.sendBeacon("/echo"));
  const ping = document.createElement("a");
  Object.assign(ping, { href: "#here", ping: "/echo?ping" });
  document.body.append(ping);
  ping.click();
  const isSent = !navigator.userAgent.includes("Firefox"); // which sends none (browser.send_pings)
  for (const what of ["text", "form", "blob", "", ...(isSent ? ["ping"] : [])]) await arrived(`POST /echo?${what}`);
};

const streams = async () => {
  const source = new EventSource("/stream?events");
  await new Promise((resolve) => (source.onopen = resolve));
  log("open", source.readyState);
  source.close();
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/echo?socket");
  await new Promise((resolve) => (socket.onerror = resolve));
  log("no socket", socket.readyState);
};

const loads = async () => {
  for (const [name, attribute] of [["img", "src"], ["script", "src"], ["link", "href"], ["iframe", "src"]]) {
    const made = document.createElement(name);
    made.rel = "stylesheet";
    made[attribute] = `/echo?${name}`;
    const over = new Promise((resolve) => (made.onload = made.onerror = resolve));
    document.body.append(made);
    log(name, (await over).type);
  }
};

/** A frame with the same tag as the page, if the page has one. */
const frames = async ({ site }) => {
  const tag = document.querySelector("script[src*=client]")?.outerHTML.replace("/session440", `${site}/session440`) || "";
  const inside = `
    const say = (...what) => parent.log(...what);
    const all = async () => {
      say(await fetch("/echo").then(({ status }) => status, ({ name }) => name));
      say(await fetch("echo?relative").then(({ status }) => status, ({ name }) => name));
      const xhr = new XMLHttpRequest();
      await new Promise((resolve) => {
        xhr.onloadend = resolve;
        xhr.open("POST", "/echo?xhr");
        xhr.send("x");
      });
      say(xhr.status, xhr instanceof XMLHttpRequest, xhr instanceof parent.XMLHttpRequest);
      parent.finished();
    };
    addEventListener("load", all);`;
  const run = (attributes) =>
    new Promise((resolve) => {
      window.finished = () => resolve();
      const frame = Object.assign(document.createElement("iframe"), attributes);
      document.body.append(frame);
    });
  await run({ srcdoc: `${tag}<script>${inside}</script>` });
  await run({ srcdoc: `<base href="${site}/own/">${tag}<script>${inside}</script>` });
  const blank = document.createElement("iframe");
  document.body.append(blank);
  log((await blank.contentWindow.fetch("/echo?blank")).status);
  const xhr = new blank.contentWindow.XMLHttpRequest();
  xhr.open("GET", "/echo?its xhr");
  xhr.send();
  await new Promise((resolve) => (xhr.onloadend = resolve));
  log(xhr.status);
};

const bases = async ({ elsewhere }) => {
  document.head.prepend(Object.assign(document.createElement("base"), { href: `${elsewhere}/under/` }));
  await outcome("relative", fetch("../echo"));
  await outcome("from the root", fetch("/echo", { method: "POST", body: "x" }));
  const xhr = new XMLHttpRequest();
  xhr.open("GET", "../echo?xhr");
  xhr.send();
  await new Promise((resolve) => (xhr.onloadend = resolve));
  log(xhr.status, xhr.responseText);
};

const changes = async () => {
  const seen = [];
  const watch = new MutationObserver((all) => seen.push(...all.map(({ type, target }) => [type, target.nodeName])));
  const meta = Object.assign(document.createElement("meta"), { name: "csrf-token", content: "t" });
  document.head.append(meta);
  document.body.insertAdjacentHTML("beforeend", '<form method="post"><input type="hidden" name="csrf_token" value="t"></form>');
  watch.observe(document, { childList: true, attributes: true, characterData: true, subtree: true });
  for (const name of ["focus", "pointerdown", "keydown", "input"]) dispatchEvent(new Event(name));
  await window.session440?.extend();
  await new Promise((resolve) => setTimeout(resolve, 80));
  log(seen, document.adoptedStyleSheets.length, document.cookie, Object.keys(localStorage), document.activeElement.nodeName);
  log(Object.keys(window).filter((name) => name !== "session440" && name !== "done").length);
};

/** Load a library from npm as a file of the site's own. */
const library = (path, act) => ({
  async prepare({ page, npm }) {
    await page.addScriptTag({ path: `${npm}/${path}` });
  },
  act,
});

const axios = library("axios/dist/axios.js", async ({ elsewhere }) => {
  const tell = (name, call) => call.then(
    ({ status, data, headers }) => log(name, status, data, headers["x-echo"]),
    ({ name: kind, code, message, response }) => log(name, kind, code, message, response?.status),
  );
  await tell("get", window.axios.get("/echo", { params: { a: 1 } }));
  await tell("json", window.axios.post("/echo", { a: "é" }));
  await tell("form", window.axios.postForm("/echo", { a: "b" }));
  await tell("404", window.axios.get("/answer/404"));
  await tell("440", window.axios.get("/answer/440"));
  await tell("time", window.axios.get("/maybe/hold", { timeout: 30 }));
  await tell("abort", window.axios.get("/maybe", { signal: AbortSignal.abort() }));
  await tell("elsewhere", window.axios.get(`/redirect?to=${encodeURIComponent(`${elsewhere}/echo`)}`));
  await tell("by fetch", window.axios.put("/echo", "x", { adapter: "fetch" }));
  await tell("progress", window.axios.post("/echo", "x".repeat(9000), { onUploadProgress: () => {} }));
});

const jquery = library("jquery/dist/jquery.js", async () => {
  const tell = (name, call) =>
    new Promise((resolve) => {
      call
        .done((data, text, { status }) => log(name, text, status, data))
        .fail(({ status }, text, thrown) => log(name, text, status, String(thrown)))
        .always(() => resolve());
    });
  $(document).on("ajaxSend ajaxComplete ajaxError ajaxSuccess", ({ type }) => log(type));
  await tell("get", $.get("/echo", { a: 1 }));
  await tell("post", $.post("/echo", { a: "é" }));
  await tell("json", $.getJSON("/echo"));
  await tell("440", $.get("/answer/440"));
  await tell("time", $.ajax("/maybe/hold", { timeout: 30 }));
  await tell("sync", $.ajax("/echo?sync", { async: false }));
});

const htmx = library("htmx.org/dist/htmx.js", async () => {
  document.querySelector("main").innerHTML = `
    <form hx-post="/echo" hx-swap="none"><input name="a" value="b"><button name="c" value="d">x</button></form>
    <a hx-get="/echo?got" hx-swap="none">y</a>`;
  window.htmx.process(document.querySelector("main"));
  for (const name of ["beforeRequest", "beforeSend", "afterRequest", "beforeOnLoad", "afterOnLoad"]) {
    document.addEventListener(`htmx:${name}`, ({ type, detail }) => log(type, detail.xhr?.status));
  }
  for (const name of ["button", "a"]) {
    const over = new Promise((resolve) => document.addEventListener("htmx:afterOnLoad", resolve, { once: true }));
    document.querySelector(`main ${name}`).click();
    await over;
  }
});

const turbo = library("@hotwired/turbo/dist/turbo.es2017-umd.js", async () => {
  document.querySelector("main").innerHTML =
    '<form method="post" action="/answer/422?type=text/html"><input name="a" value="b"><button name="c" value="d">x</button></form>';
  for (const name of ["submit-start", "before-fetch-request", "before-fetch-response", "submit-end"]) {
    document.addEventListener(`turbo:${name}`, ({ type, detail }) => log(type, detail.success));
  }
  const over = new Promise((resolve) => document.addEventListener("turbo:submit-end", resolve, { once: true }));
  document.querySelector("main button").click();
  await over;
});

export const cases = {
  workers, beacons, streams, loads, frames, bases, changes, axios, jquery, htmx, turbo,
};
