/*
 * session440 in the browser: warns in time, and keeps the page when a login ends.
 *
 *   <script src="/session440/client.js" defer></script>
 *
 * One global, `session440`; no inline code or style, so that a strict CSP holds. The server
 * judges: this script counts from what it said, and asks again before it shows anything.
 * docs/browser.md says what can be set and listened to.
 */
(() => {
  "use strict";

  const words = __WORDS__; // put in by the server, in the language of the page
  const script = document.currentScript;
  const options = script.dataset;
  const base = new URL(".", script.src);
  const CLIENT = { "Session440-Client": "?1" };
  const TOKEN_HEADER = /^x-csrf-?token$/i;
  const LONGEST_TIMER = 2 ** 31 - 1; // a longer one would fire at once
  const LEAST_WARNING = 20; // seconds to answer: WCAG 2.2, success criterion 2.2.1
  const OLD = 30000; // milliseconds after which an answer is asked for anew by who comes back
  const RawRequest = window.XMLHttpRequest;
  const rawFetch = window.fetch.bind(window);
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("session440") : null;

  let phase = "idle"; // nobody is logged in; then "active", "warning" or "ended"
  let login; // whose page this is; opaque
  let last = {}; // what the server said
  let wall = Date.now(); // and when
  let tick0 = performance.now();
  let actedAt = Date.now();
  let token; // the CSRF token of a login that was made anew
  let asking; // a question on its way
  let waiting = []; // calls and forms, until their person is back
  let timer;
  let dialog;
  let focused;

  // Both clocks, because one stops while a machine sleeps and the other may be set back.
  const since = () => Math.max(Date.now() - wall, performance.now() - tick0);
  const left = () => (last.expires_in || 0) * 1000 - since();
  const warning = () => Math.max(last.warn_before, LEAST_WARNING) * 1000;
  const tell = (message) => tabs && tabs.postMessage(message);
  const emit = (name) =>
    document.dispatchEvent(
      new CustomEvent(`session440:${name}`, { cancelable: true, detail: { ...last } })
    );

  // ---- the server

  const ask = async (path, method, headers) => {
    const response = await rawFetch(new URL(path, base), {
      method,
      cache: "no-store",
      headers: { Accept: "application/json", ...CLIENT, ...headers },
    });
    const answer = await response.json();
    if (isEnd(response.status, response.headers)) return { ...answer, state: "expired" };
    return response.ok ? answer : {}; // an outage says nothing about the login
  };

  /** Ask one question at a time: a burst of them has one answer. */
  const once = (path, method, headers) => {
    asking =
      asking ||
      ask(path, method, headers)
        .catch(() => ({}))
        .then((answer) => {
          asking = null;
          return learn(answer);
        });
    return asking;
  };

  const status = () => once("status", "GET", { "Session440-Passive": "?1" });

  const extend = async () => {
    while (asking) await asking;
    const answer = await once("extend", "POST");
    if (answer.state === "active") tell({});
    return answer;
  };

  const learn = (answer) => {
    if (answer.state === "active") {
      if (login && answer.login !== login) {
        location.reload(); // somebody else: nothing of this page is theirs
        return new Promise(() => {});
      }
      keep(answer);
    } else if (answer.state && phase !== "idle") end(answer);
    return answer;
  };

  const keep = (answer) => {
    const was = phase;
    const isLonger = answer.expires_in * 1000 > left() + 1000;
    last = answer;
    login = answer.login;
    token = answer.csrf || token;
    wall = Date.now();
    tick0 = performance.now();
    if (isLonger) actedAt = wall;
    if (was === "ended") restore();
    else if (left() <= warning()) warn();
    else {
      phase = "active";
      close();
      if (isLonger && was !== "idle") emit("renewed");
    }
    schedule();
  };

  // ---- time

  const schedule = () => {
    clearTimeout(timer);
    if (phase === "active") timer = setTimeout(wake, Math.min(left() - warning(), LONGEST_TIMER));
    if (phase === "warning") timer = setTimeout(count, (left() % 1000) + 20);
  };

  const wake = () => (left() > warning() ? schedule() : status());

  const count = () => {
    if (left() > 0) show();
    else status();
    timer = setTimeout(count, Math.max(left() % 1000, 0) + 20 || 1000);
  };

  /** Look after the page was out of sight, or the machine asleep. */
  const look = () => {
    if (phase === "idle" || document.hidden) return;
    if (phase === "ended" || left() <= warning() || since() > OLD) status();
  };

  const acted = () => {
    if (phase === "active" && Date.now() - actedAt >= last.renew_interval * 1000) {
      actedAt = Date.now();
      extend();
    }
  };

  // ---- the dialog

  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    made.append(...children);
    return made;
  };

  const button = (text, kind, action) => {
    const made = element("button", { type: "button", class: `session440-${kind}` }, text);
    made.addEventListener("click", action);
    return made;
  };

  /** A way back that leaves this page where it is. */
  const relogin = () => {
    const url = last.relogin_url || last.login_url;
    const made = element("a", { href: url, target: "session440", class: "session440-first" }, words.again);
    made.addEventListener("click", (event) => {
      if (window.open(url, "session440", "popup,width=520,height=680")) event.preventDefault();
    });
    return made;
  };

  const open = (kind, heading, escape, ...content) => {
    close();
    dialog = element(
      "dialog",
      {
        class: `session440 session440-${kind}`,
        lang: words.lang,
        dir: words.dir,
        "aria-labelledby": "session440-heading",
        "aria-describedby": "session440-said",
      },
      element("div", {}, element("h2", { id: "session440-heading" }, heading), ...content)
    );
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault(); // Escape
      escape();
    });
    focused = document.activeElement;
    document.body.append(dialog);
    dialog.showModal();
  };

  const close = () => {
    if (!dialog) return;
    dialog.remove();
    dialog = null;
    focused.focus();
  };

  const buttons = (...children) => element("p", { class: "session440-buttons" }, ...children);

  /** Whether no activity makes the login last longer. */
  const isFinal = () => !(last.idle_remaining <= last.expires_in + 1);

  /** Say what is left: in minutes above one, then in seconds, rounded up to a step. */
  const remaining = (step) => {
    const seconds = Math.max(0, Math.ceil(left() / 1000));
    const [unit, n] =
      seconds > 60
        ? ["minutes", Math.ceil(seconds / 60)]
        : ["seconds", Math.ceil(seconds / step) * step];
    const [numbers, forms] = words[isFinal() ? `last_${unit}` : unit];
    return forms[numbers[Math.min(n, numbers.length - 1)]].replace("{n}", n);
  };

  const warn = () => {
    if (phase === "warning") return show();
    phase = "warning";
    if (!emit("warning")) return;
    const stay = isFinal() ? relogin() : button(words.stay, "first", extend);
    open(
      "warning",
      words.heading,
      isFinal() ? close : extend,
      element("p", { "aria-hidden": "true" }),
      // Read out in steps: a text that changed each second would be read for ever.
      element("p", { id: "session440-said", class: "session440-said", "aria-live": "assertive" }),
      buttons(stay, button(words.leave, "second", leave))
    );
    show();
  };

  const show = () => {
    if (!dialog || phase !== "warning") return;
    const [seen, said] = dialog.querySelectorAll("p");
    const text = remaining(20);
    seen.textContent = remaining(1);
    if (said.textContent !== text) said.textContent = text;
  };

  // ---- the end, and after it

  const end = (answer) => {
    if (phase === "ended") return;
    phase = "ended";
    clearTimeout(timer);
    last = { relogin_url: last.relogin_url, ...answer };
    tell({ ended: last });
    if (!emit("expired")) return;
    open(
      "ended",
      words.ended,
      () => {},
      element("p", { id: "session440-said" }, answer.detail || ""),
      element("p", {}, words.kept),
      buttons(relogin())
    );
  };

  const restore = async () => {
    phase = "active";
    close();
    emit("restored");
    await extend(); // brings the CSRF token that goes with the new login
    renewTokens();
    const calls = waiting;
    waiting = [];
    for (const call of calls) call();
  };

  const back = () => new Promise((resolve) => waiting.push(resolve));

  const renewTokens = () => {
    if (!token) return;
    for (const field of document.getElementsByName(token.field)) field.value = token.value;
    for (const meta of document.querySelectorAll('meta[name="csrf-token"]')) {
      meta.content = token.value;
    }
    for (const each of document.querySelectorAll("[hx-headers]")) {
      const headers = JSON.parse(each.getAttribute("hx-headers"));
      for (const name in headers) if (TOKEN_HEADER.test(name)) headers[name] = token.value;
      each.setAttribute("hx-headers", JSON.stringify(headers));
    }
  };

  const leave = async () => {
    const answer = await ask("logout", "POST").catch(() => ({}));
    tell({});
    location.assign(options.afterLogout || answer.login_url || "/");
  };

  // ---- calls that meet the end are made once more when their person is back

  const isOurs = (url) => new URL(url, location.href).origin === location.origin;
  const isEnd = (code, headers) => code === 440 || headers.has("Session440-Cause");

  const met = async (answer) => {
    const wait = back();
    end({ ...answer, state: "expired" });
    await wait;
  };

  const fetchAgain = async (input, init) => {
    if (!isOurs(input.url || input)) return rawFetch(input, init);
    const request = new Request(input, init);
    for (const name in CLIENT) request.headers.set(name, CLIENT[name]);
    const again = request.clone();
    const response = await rawFetch(request);
    if (!isEnd(response.status, response.headers)) return response;
    await met(await response.json().catch(() => ({})));
    for (const [name] of [...again.headers]) {
      if (token && TOKEN_HEADER.test(name)) again.headers.set(name, token.value);
    }
    return rawFetch(again);
  };

  class Request440 extends RawRequest {
    constructor() {
      super();
      // Before any listener of the page: of the first answer it hears nothing.
      for (const name of ["readystatechange", "progress", "load", "loadend"]) {
        this.addEventListener(name, (event) => this.session440 && this.hold(event));
      }
    }

    open(...call) {
      this.session440 = isOurs(call[1]) && call[2] !== false ? { call, headers: [] } : null;
      super.open(...call);
      for (const name in CLIENT) if (this.session440) super.setRequestHeader(name, CLIENT[name]);
    }

    setRequestHeader(...header) {
      if (this.session440) this.session440.headers.push(header);
      super.setRequestHeader(...header);
    }

    send(body) {
      if (this.session440) this.session440.body = body;
      super.send(body);
    }

    hold(event) {
      const has = (name) => this.getResponseHeader(name) !== null;
      if (this.readyState < 2 || !isEnd(this.status, { has })) return;
      event.stopImmediatePropagation();
      if (event.type === "loadend") this.repeat(this.session440);
    }

    async repeat({ call, headers, body }) {
      this.session440 = null; // once
      let answer = this.response;
      try {
        if (typeof answer === "string") answer = JSON.parse(answer);
      } catch (error) {
        answer = {}; // a page, perhaps
      }
      await met(answer);
      super.open(...call);
      for (const [name, value] of headers) {
        super.setRequestHeader(name, token && TOKEN_HEADER.test(name) ? token.value : value);
      }
      super.send(body);
    }
  }

  // ---- a form is not sent with a login that has ended

  const sure = new WeakSet();

  const submitted = async (event) => {
    const { target: form, submitter } = event;
    const attribute = (name) =>
      (submitter && submitter.getAttribute(`form${name}`)) || form.getAttribute(name) || "";
    const isPost = attribute("method").toLowerCase() === "post";
    if (phase === "idle" || !isPost || !isOurs(attribute("action"))) return;
    if (sure.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    await status();
    if (phase === "ended") await back();
    sure.add(form);
    form.requestSubmit(submitter && submitter.form === form ? submitter : null);
  };

  // ---- begin

  const begin = () => {
    const style = { rel: "stylesheet", href: new URL("client.css", base) };
    if (script.nonce) style.nonce = script.nonce;
    document.head.append(element("link", style));
    if (options.activity !== "off") {
      for (const name of ["input", "pointerdown", "keydown"]) {
        addEventListener(name, acted, { capture: true, passive: true });
      }
    }
    if (options.retry !== "off") {
      window.fetch = fetchAgain;
      window.XMLHttpRequest = Request440;
    }
    addEventListener("submit", submitted, true);
    for (const name of ["pageshow", "focus"]) addEventListener(name, look);
    document.addEventListener("visibilitychange", look);
    if (tabs) {
      tabs.onmessage = ({ data }) => {
        if (phase === "idle") return;
        if (data.ended) end(data.ended);
        else status();
      };
    }
    status();
  };

  window.session440 = Object.freeze({ fetch: fetchAgain, extend, status });
  if ("back" in options) {
    tell({}); // somebody has logged in in this window, for the pages that wait
    window.close();
  } else begin();
})();
