/** Pages that have things of their own by the names of the browser's, before they call. */

const ask = async (log) => {
  const say = (name) => (error) => log(name, error.name);
  const xhr = (method, body) =>
    new Promise((resolve) => {
      const made = new XMLHttpRequest();
      made.onloadend = () => resolve(made.status);
      made.open(method, "/echo?xhr");
      made.send(body);
    });
  log("text", await fetch("/echo?text").then(({ status }) => status, say("text")));
  log("post", await fetch("/echo?post", { method: "POST", body: "x" }).then(({ status }) => status, say("post")));
  log("get", await xhr("GET"));
  log("bytes", await xhr("POST", new Uint8Array(1)));
};

const OWN = {
  Request: "class Request {}",
  "Request, a function": "function (url) { this.url = url; log('made'); }",
  URL: "'/own'",
  Blob: "null",
  FormData: "{}",
  Headers: "undefined",
  Event: "class {}",
  origin: "'Amsterdam'",
  performance: "{}",
  Date: "undefined",
};

const own = (name, value) => `async () => {
  Object.defineProperty(window, ${JSON.stringify(name.split(",")[0])}, { value: ${value}, configurable: true, writable: true });
  await (${ask})(log);
}`;

export const cases = Object.fromEntries(
  Object.entries(OWN).map(([name, value]) => [name, { act: own(name, value), modes: ["without", "with", "met"] }]),
);
