(() => {
"use strict";
const words = __WORDS__;
const script = document.currentScript;
const options = script.dataset;
const base = new URL(".", script.src);
const CLIENT = { "Session440-Client": "?1" };
const WINDOW = "session440";
const TOKEN_HEADER = /^x-csrf-?token$/i;
const LONGEST_TIMER = 2 ** 31 - 1;
const LEAST_WARNING = 20;
const OLD = 30000;
const RETRY = 2000;
const RawRequest = window.XMLHttpRequest;
const rawFetch = window.fetch.bind(window);
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("session440") : null;
let phase = "idle";
let login;
let last = {};
let asked = { wall: Date.now(), tick: performance.now() };
let actedAt = asked.tick;
let token;
let isAnew = false;
let asking;
let waiting = new Map();
let timer;
let dialog;
let isLast;
let focused;
const since = () => Math.max(Date.now() - asked.wall, performance.now() - asked.tick);
const left = () => (last.expires_in || 0) * 1000 - since();
const warning = () => Math.max(last.warn_before, LEAST_WARNING) * 1000;
const tell = (message) => tabs && tabs.postMessage(message);
const emit = (name) =>
document.dispatchEvent(
new CustomEvent(`session440:${name}`, { cancelable: true, detail: { ...last } })
);
const ask = async (path, method, headers) => {
const response = await rawFetch(new URL(path, base), {
method,
cache: "no-store",
headers: { Accept: "application/json", ...CLIENT, ...headers },
});
const answer = await response.json();
if (isEnd(response.status, response.headers)) return { ...answer, state: "expired" };
return response.ok ? answer : {};
};
const once = (path, method, headers) => {
const at = { wall: Date.now(), tick: performance.now() };
const take = (answer) => {
asking = null;
return learn(answer, at);
};
const lost = () => ({});
asking = asking || ask(path, method, headers).catch(lost).then(take);
return asking;
};
const status = () => once("status", "GET", { "Session440-Passive": "?1" });
const renew = async () => {
while (asking) await asking;
return once("extend", "POST");
};
const extend = async () => {
const answer = await renew();
if (answer.state === "active") tell({});
return answer;
};
const learn = (answer, at) => {
if (answer.state === "active") {
if (login && answer.login !== login) return turnAway();
keep(answer, at);
} else if (answer.state && phase !== "idle") end(answer);
return answer;
};
const turnAway = () => {
for (const form of document.forms) form.reset();
location.replace(location.href.split("#")[0]);
return new Promise(() => {});
};
const keep = (answer, at) => {
const [was, before] = [phase, left()];
[last, login, asked] = [answer, answer.login, at];
const isLonger = left() > before + 1000;
if (isLonger) actedAt = at.tick;
if (answer.csrf) renewTokens(answer.csrf);
if (was === "ended") restore();
else if (left() <= warning()) warn();
else {
phase = "active";
close();
if (isLonger && was !== "idle") emit("renewed");
}
schedule();
};
const quiet = () => left() - (phase === "active" ? warning() : 0);
const schedule = () => {
clearTimeout(timer);
if (phase === "idle" || phase === "ended") return;
const second = quiet() % 1000 || 1000;
const next = phase === "active" ? Math.min(quiet(), LONGEST_TIMER) : second;
timer = setTimeout(wake, quiet() > 0 ? next : RETRY);
};
const wake = () => {
if (quiet() > 0) show();
else status();
schedule();
};
const look = () => {
if (phase === "idle" || document.hidden) return;
if (phase === "ended" || left() <= warning() || since() > OLD) status();
};
const acted = () => {
const now = performance.now();
if (phase === "active" && now - actedAt >= last.renew_interval * 1000) {
actedAt = now;
extend();
}
};
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
const relogin = () => {
const url = last.relogin_url || last.login_url || location.href;
const made = element("a", { href: url, target: WINDOW, class: "session440-first" }, words.again);
made.addEventListener("click", (event) => {
if (window.open(url, WINDOW, "popup,width=520,height=680")) event.preventDefault();
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
event.preventDefault();
escape();
});
dialog.addEventListener("close", () => dialog && !dialog.open && dialog.showModal());
focused = document.activeElement;
document.body.append(dialog);
dialog.showModal();
};
const close = () => {
if (!dialog) return;
dialog.remove();
dialog = null;
focused.focus({ preventScroll: true });
};
const buttons = (...children) => element("p", { class: "session440-buttons" }, ...children);
const isFinal = () => !(last.idle_remaining <= last.expires_in + 1);
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
if (phase === "warning" && isLast === isFinal()) return show();
phase = "warning";
isLast = isFinal();
if (!emit("warning")) return;
const stay = isLast ? relogin() : button(words.stay, "first", extend);
open(
"warning",
words.heading,
isLast ? close : extend,
element("p", { "aria-hidden": "true" }),
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
const end = (answer) => {
if (phase === "ended") return;
phase = "ended";
clearTimeout(timer);
last = { relogin_url: last.relogin_url, ...answer };
tell({ ended: true });
if (!emit("expired")) return close();
const said = [answer.detail, words.kept].filter(Boolean).map((text) => element("p", {}, text));
open(
"ended",
words.ended,
() => {},
element("div", { id: "session440-said" }, ...said),
buttons(relogin())
);
};
const restore = async () => {
phase = "active";
isAnew = true;
close();
await renew();
if (phase === "ended") return;
emit("restored");
const calls = waiting.values();
waiting = new Map();
for (const call of calls) call();
};
const back = (name) => new Promise((resolve) => waiting.set(name || resolve, resolve));
const renewTokens = (csrf) => {
token = csrf;
for (const field of document.getElementsByName(token.field)) {
if (field.form && isOurs(field.form.getAttribute("action") || "")) field.value = token.value;
}
for (const meta of document.querySelectorAll('meta[name="csrf-token"]')) {
meta.content = token.value;
}
for (const each of document.querySelectorAll('[hx-headers^="{"]')) {
const headers = JSON.parse(each.getAttribute("hx-headers"));
for (const name in headers) if (TOKEN_HEADER.test(name)) headers[name] = token.value;
each.setAttribute("hx-headers", JSON.stringify(headers));
}
};
const leave = async () => {
const answer = await ask("logout", "POST").catch(() => ({}));
if (!answer.state) return;
tell({});
location.assign(options.afterLogout || answer.login_url || "/");
};
const isOurs = (url) => new URL(url, location.href).origin === location.origin;
const isEnd = (code, headers) => code === 440 || headers.has("Session440-Cause");
const met = async (name) => {
const answer = await status();
if (answer.state !== "active") end(answer);
if (phase === "ended") await back(name);
};
const freshHeader = (name, value) =>
isAnew && token && TOKEN_HEADER.test(name) ? token.value : value;
const freshBody = (body) => {
if (!isAnew || !token) return body;
const { field, value } = token;
if (typeof body === "string") {
const old = new RegExp(`(^|&)${field}=[^&]*`);
return body.replace(old, `$1${field}=${encodeURIComponent(value)}`);
}
const isForm = body instanceof FormData || body instanceof URLSearchParams;
if (isForm && body.has(field)) body.set(field, value);
return body;
};
const ours = (input, init) => {
const request = new Request(input, init && { ...init, body: freshBody(init.body) });
for (const [name, value] of [...request.headers]) {
request.headers.set(name, freshHeader(name, value));
}
for (const name in CLIENT) request.headers.set(name, CLIENT[name]);
return request;
};
const fetchAgain = async (input, init) => {
if (!isOurs(input.url || input)) return rawFetch(input, init);
const again = input instanceof Request ? input.clone() : input;
const request = ours(input, init);
const response = await rawFetch(request);
if (!isEnd(response.status, response.headers)) return response;
await met(request.headers.has("Session440-Passive") && request.url);
return rawFetch(ours(again, init));
};
class Request440 extends RawRequest {
constructor() {
super();
for (const name of ["readystatechange", "progress", "load", "loadend"]) {
this.addEventListener(name, (event) => this.hold(event));
}
}
open(...call) {
const isAsync = call.length < 3 || call[2];
this.session440 = isOurs(call[1]) && isAsync ? { call, headers: [] } : null;
super.open(...call);
if (this.session440) this.mark();
}
mark() {
for (const name in CLIENT) super.setRequestHeader(name, CLIENT[name]);
}
setRequestHeader(name, value) {
if (this.session440) this.session440.headers.push([name, value]);
super.setRequestHeader(name, this.session440 ? freshHeader(name, value) : value);
}
send(body) {
if (this.session440) this.session440.body = body;
super.send(this.session440 ? freshBody(body) : body);
}
abort() {
this.session440 = null;
super.abort();
}
hold(event) {
const has = (name) => this.getResponseHeader(name) !== null;
if (!this.session440 || this.session440.isAgain) return;
if (this.readyState < 2 || !isEnd(this.status, { has })) return;
event.stopImmediatePropagation();
if (event.type === "loadend") this.repeat(this.session440);
}
async repeat(first) {
await met();
if (this.session440 !== first) return;
first.isAgain = true;
super.open(...first.call);
this.mark();
for (const [name, value] of first.headers) {
super.setRequestHeader(name, freshHeader(name, value));
}
super.send(freshBody(first.body));
}
}
const held = new WeakSet();
const sure = new WeakSet();
const submitted = async (event) => {
const { target: form, submitter } = event;
const attribute = (name) =>
(submitter && submitter.getAttribute(`form${name}`)) || form.getAttribute(name) || "";
const isPost = attribute("method").toLowerCase() === "post";
if (phase === "idle" || !isPost || !isOurs(attribute("action")) || sure.has(form)) return;
event.preventDefault();
event.stopImmediatePropagation();
if (held.has(form)) return;
held.add(form);
await extend();
if (phase === "ended") await back();
held.delete(form);
sure.add(form);
form.requestSubmit(submitter && submitter.form === form ? submitter : null);
sure.delete(form);
};
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
if (phase === "idle" || (phase === "ended" && data.ended)) return;
isAnew = isAnew || data.again;
if (data.again) renew();
else status();
};
}
status();
};
window.session440 = Object.freeze({ fetch: fetchAgain, extend, status });
if ("back" in options) {
tell({ again: true });
if (window.name === WINDOW) window.close();
} else if (window.name !== WINDOW) begin();
})();