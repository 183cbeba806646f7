/** Forms by POST: untouched while a login lives, held where it may have ended. */

import { mayPass, settled } from "./gate.js";
import { getAttribute, isOurs, reader, resolved } from "./natives.js";
import { fresh } from "./tokens.js";

const elementsOf = reader(HTMLFormElement.prototype, "elements");
const isConnected = reader(Node.prototype, "isConnected");
const urlOf = reader(Document.prototype, "URL");
const { preventDefault } = Event.prototype;
const { submit } = HTMLFormElement.prototype;

/** @type {WeakMap<HTMLFormElement, HTMLFormElement>} */
const held = new WeakMap(); // the last that was sent with each form

/** @typedef {HTMLElement | null} Submitter */

export const watchForms = () => addEventListener("submit", submitted, true);

/** @param {SubmitEvent} event */
const submitted = (event) => {
  const { target: form, submitter } = event;
  // What a script dispatches is its own affair.
  if (!event.isTrusted || event.defaultPrevented || !(form instanceof HTMLFormElement)) return;
  if (isPost(form, submitter) && !mayPass(() => hasFile(form))) decideLast(event, form);
};

/**
 * Hold a form after the page's own listeners, unless one of them sends it itself.
 * @param {SubmitEvent} event
 * @param {HTMLFormElement} form
 */
const decideLast = (event, form) => {
  /** @type {HTMLFormElement | undefined} */
  let copy;
  const decide = ({ target } = event) => {
    if (target !== form || copy || event.defaultPrevented || !isConnected(form)) return;
    preventDefault.call(event);
    copy = copyOf(form, event.submitter);
    void hold(form, copy);
  };
  addEventListener("submit", decide, { once: true });
  // Whoever stops the event is the last to have it, but for who is called with them.
  for (const name of /** @type {const} */ (["stopPropagation", "stopImmediatePropagation"])) {
    event[name] = () => {
      decide();
      Event.prototype[name].call(event);
    };
  }
  event.preventDefault = () => {
    preventDefault.call(event);
    if (held.get(form) === copy) held.delete(form);
  };
};

/**
 * @param {HTMLFormElement} form
 * @param {HTMLFormElement} copy
 */
const hold = async (form, copy) => {
  held.set(form, copy);
  const mayGo = await settled(hasFile(form));
  if (mayGo && held.get(form) === copy) send(copy);
};

/**
 * @param {HTMLFormElement} form
 * @param {Submitter} submitter
 */
const isPost = (form, submitter) =>
  attributeOf(form, submitter, "method")?.toLowerCase() === "post" && isOurs(actionOf(form, submitter));

/**
 * Return what the button says, else the form.
 * @param {HTMLFormElement} form
 * @param {Submitter} submitter
 * @param {string} name
 */
const attributeOf = (form, submitter, name) =>
  (submitter && getAttribute(submitter, `form${name}`)) ?? getAttribute(form, name);

/**
 * @param {HTMLFormElement} form
 * @param {Submitter} submitter
 * @returns {string}
 */
const actionOf = (form, submitter) => attributeOf(form, submitter, "action") || urlOf(document);

/** @param {HTMLFormElement} form */
const hasFile = (form) => {
  for (const each of /** @type {Iterable<Element>} */ (elementsOf(form))) {
    if (each instanceof HTMLInputElement && each.files?.length) return true;
  }
  return false;
};

/**
 * Return a form that sends what this one would send now, whatever becomes of it.
 * @param {HTMLFormElement} form
 * @param {Submitter} submitter
 */
const copyOf = (form, submitter) => {
  const fields = new DocumentFragment();
  for (const [name, value] of dataOf(form, submitter)) fields.append(field(name, value));
  const copy = document.createElement("form");
  const attributes = {
    method: "post",
    action: resolved(actionOf(form, submitter))?.href,
    enctype: attributeOf(form, submitter, "enctype"),
    target: attributeOf(form, submitter, "target"),
    rel: getAttribute(form, "rel"),
    "accept-charset": getAttribute(form, "accept-charset"),
    hidden: "",
  };
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "string") copy.setAttribute(name, value);
  }
  copy.append(fields); // the last: a field may be called "append"
  return copy;
};

/**
 * @param {HTMLFormElement} form
 * @param {Submitter} submitter
 */
const dataOf = (form, submitter) => {
  try {
    return new FormData(form, submitter);
  } catch {
    return new FormData(form); // a listener has taken the button out of it
  }
};

/**
 * @param {string} name
 * @param {FormDataEntryValue} value
 */
const field = (name, value) => {
  const made = document.createElement("input");
  made.name = name;
  if (typeof value === "string") {
    made.type = "hidden";
    made.value = value;
  } else {
    made.type = "file";
    made.files = filesOf(value);
  }
  return made;
};

/** @param {File} file without a name and a byte where none was chosen */
const filesOf = (file) => {
  const files = new DataTransfer();
  if (file.name || file.size) files.items.add(file);
  return files.files;
};

/** @param {HTMLFormElement} copy */
const send = (copy) => {
  const token = fresh();
  for (const each of /** @type {Iterable<HTMLInputElement>} */ (elementsOf(copy))) {
    if (each.name === token?.field) each.value = token.value;
  }
  // No listener of the page's hears of a form in a shadow tree, which would add its data again.
  const host = document.createElement("div");
  host.attachShadow({ mode: "closed" }).append(copy);
  document.documentElement.append(host);
  submit.call(copy);
  host.remove();
};
