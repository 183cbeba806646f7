/** Sockets and event streams, as a page and its libraries make them. The site refuses each socket;
 * whether what is closed at once is asked for at all is a matter of chance. */

const kinds = async () => {
  for (const kind of [WebSocket, EventSource]) {
    const { name, length, prototype } = kind;
    log(name, length, typeof kind, Object.getOwnPropertyNames(kind).sort(), kind.CONNECTING, kind.OPEN, kind.CLOSED);
    log(prototype.constructor === kind, window[name] === kind, Object.getPrototypeOf(kind) === EventTarget);
    log(Object.prototype.toString.call(prototype), JSON.stringify(Object.getOwnPropertyDescriptor(kind, "OPEN")));
    const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(window, name);
    log(writable, enumerable, configurable, Object.keys(prototype).sort());
    log("of the prototype", JSON.stringify(Object.getOwnPropertyDescriptor(prototype, "constructor")));
  }
  log(WebSocket === window.WebSocket, new Set([WebSocket, WebSocket]).size);
};

const calls = async () => {
  const address = `${location.origin.replace("http", "ws")}/maybe?socket`;
  /** Make something of a kind, and write down what comes of it. */
  const attempt = (name, make) => {
    try {
      const made = make();
      log(name, made.url?.replace(/:\d+/, ""), made.readyState, made.constructor.name);
      made.close();
    } catch (error) {
      log(name, error.name, error.constructor === DOMException, error.message.length > 0);
    }
  };
  attempt("no new", () => WebSocket(address));
  attempt("nothing", () => new WebSocket());
  attempt("no address", () => new WebSocket("http://["));
  attempt("a fragment", () => new WebSocket(`${address}#part`));
  attempt("relative", () => new EventSource("maybe"));
  attempt("a URL", () => new EventSource(new URL("/maybe", location.href), { withCredentials: true }));
  attempt("protocols twice", () => new WebSocket(address, ["a", "a"]));
  attempt("no protocol", () => new WebSocket(address, " "));
  attempt("no address of a stream", () => new EventSource("http://["));
  attempt("an object", () => new WebSocket({ toString: () => address }, { toString: () => "chat" }));
  attempt("nothing of a stream", () => new EventSource());
};

const derived = async () => {
  const address = `${location.origin.replace("http", "ws")}/maybe?socket`;
  class Own extends WebSocket {
    static made = "static";
    #inner = 440;
    constructor(url) {
      super(url, ["chat"]);
      log(new.target === Own, new.target.name);
    }
    get inner() {
      return this.#inner;
    }
  }
  const own = new Own(address);
  log(own instanceof Own, own instanceof WebSocket, own instanceof EventTarget, own.inner, Own.OPEN, Own.made);
  log(own.constructor === Own, Object.getPrototypeOf(Own) === WebSocket, String(own), Reflect.ownKeys(own).length);
  own.close();
  const other = Reflect.construct(EventSource, ["/maybe"], class Other extends Own {});
  log(other instanceof Own, Object.prototype.toString.call(other), other.constructor.name);
  EventSource.prototype.close.call(other);
  const wrapped = new Proxy(WebSocket, { construct: (kind, given) => Reflect.construct(kind, given) });
  const made = new wrapped(address);
  log(made instanceof wrapped, made instanceof WebSocket, made.binaryType, made.protocol, made.bufferedAmount);
  made.close();
};

const patched = async () => {
  const address = `${location.origin.replace("http", "ws")}/maybe?socket`;
  const Native = window.WebSocket;
  window.WebSocket = function (...given) {
    const made = new Native(...given);
    made.by = "the page";
    return made;
  };
  window.WebSocket.prototype = Native.prototype;
  Object.assign(window.WebSocket, { OPEN: Native.OPEN });
  const made = new WebSocket(address);
  log(made.by, made instanceof WebSocket, made instanceof Native, WebSocket.OPEN);
  made.close();
  const listened = [];
  const { addEventListener: native } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (...given) {
    listened.push([this?.constructor?.name, given[0]]);
    return native.apply(this, given);
  };
  new Native(address).close();
  new EventSource("/maybe").close();
  await new Promise((resolve) => setTimeout(resolve, 150));
  EventTarget.prototype.addEventListener = native;
  log(listened);
};

/** What happens to both, in the order in which it does. */
const events = async () => {
  const address = `${location.origin.replace("http", "ws")}/maybe?socket`;
  const order = [];
  const note = (target, names) => {
    for (const name of names) {
      target[`on${name}`] = ({ data, code, wasClean, isTrusted }) => order.push([name, data, code, wasClean, isTrusted]);
      target.addEventListener(name, ({ eventPhase }) => order.push([name, "listened", eventPhase]), true);
    }
  };
  const socket = new WebSocket(address);
  note(socket, ["open", "error", "close", "message"]);
  await new Promise((resolve) => socket.addEventListener("close", resolve));
  log("socket", order.splice(0), socket.readyState);
  const stream = new EventSource("/answer/200?type=text/event-stream&body=" + encodeURIComponent("data: said\n\nevent: session440\ndata: {}\n\n"));
  note(stream, ["open", "message", "session440"]);
  await new Promise((resolve) => (stream.onerror = resolve));
  log("stream", order.splice(0), stream.readyState);
  stream.close();
  const refused = new EventSource("/answer/404");
  note(refused, ["open", "message", "session440"]);
  await new Promise((resolve) => (refused.onerror = resolve));
  log("refused", order.splice(0), refused.readyState);
  const thrower = new EventSource("/answer/404");
  await new Promise((resolve) => {
    thrower.onerror = () => {
      resolve();
      throw new Error("of the page");
    };
  });
};

export const cases = { kinds, calls, derived, patched, events };
