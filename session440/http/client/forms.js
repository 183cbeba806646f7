/** Forms by POST: untouched while a login lives, held where it may have ended. */

import { mayPass, settled } from "./gate.js";
import { Event, FormData, getAttribute, isOurs, method, reader, resolved } from "./natives.js";
import { fresh, inBody } from "./tokens.js";

const elementsOf = reader(HTMLFormElement, "elements");
const isPrevented = reader(Event, "defaultPrevented");
const preventDefault = method(Event, "preventDefault");
const submit = method(HTMLFormElement, "submit");

/** @typedef {[copy: HTMLFormElement, data: FormData]} Held what is sent, whatever becomes of the form */

/** @type {WeakMap<HTMLFormElement, Held>} */
const held = new WeakMap(); // the last that was sent with each form

/** @typedef {HTMLElement | null} Submitter */

export const watchForms = () => addEventListener("submit", submitted, true);

/** @param {SubmitEvent} event */
const submitted = (event) => {
  const { target: form, submitter } = event;
  // What a script dispatches is its own affair.
  if (!event.isTrusted || event.defaultPrevented || !(form instanceof HTMLFormElement)) return;
  if (!isPost(form, submitter)) return;
  if (mayPass(() => hasFile(form))) putToken(form);
  else decideLast(event, form, submitter);
};

/**
 * Hold a form after the page's own listeners, unless one of them sends it itself.
 * @param {SubmitEvent} event
 * @param {HTMLFormElement} form
 * @param {Submitter} submitter
 */
const decideLast = (event, form, submitter) => {
  /** @type {Held | undefined} */
  let mine;
  const decide = () => {
    if (mine || isPrevented(event) || !form.isConnected) return;
    preventDefault(event);
    mine = take();
    held.set(form, mine);
    void hold(form, mine);
  };
  /** @returns {Held} */
  const take = () => [copyOf(form, submitter), dataOf(form, submitter)];
  const again = () => mine && Object.assign(mine, take());
  const cancel = () => {
    if (held.get(form) === mine) held.delete(form);
  };
  // Whoever stops the event is the last to have it, but for who is called with them. What a
  // handler returns may still cancel it, of which nothing tells: such a form goes as it is.
  const stop = () => {
    if (!event.composedPath().some((/** @type {any} */ each) => each.onsubmit)) decide();
    queueMicrotask(again);
  };
  addEventListener("submit", (last) => last === event && decide(), { once: true });
  precede(event, "preventDefault", cancel);
  precede(event, "stopPropagation", stop);
  precede(event, "stopImmediatePropagation", stop);
};

/**
 * Do something before a method of an event, unseen by who lists what the event has.
 * @param {any} event
 * @param {string} name
 * @param {() => void} act
 */
const precede = (event, name, act) => {
  const own = event[name];
  const value = () => (act(), own.call(event));
  Object.defineProperty(event, name, { value });
};

/**
 * @param {HTMLFormElement} form
 * @param {Held} mine
 */
const hold = async (form, mine) => {
  const mayGo = await settled(hasFile(form), mine[0].action);
  if (mayGo && held.get(form) === mine) send(...mine);
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
const actionOf = (form, submitter) => attributeOf(form, submitter, "action") || location.href;

/** @param {HTMLFormElement} form */
const hasFile = (form) => [...elementsOf(form)].some(({ files }) => files?.length);

/**
 * Return a form that goes where this one would go now.
 * @param {HTMLFormElement} form
 * @param {Submitter} submitter
 */
const copyOf = (form, submitter) => {
  const copy = document.createElement("form");
  for (const name of ["method", "enctype", "target", "rel", "accept-charset"]) {
    copy.setAttribute(name, attributeOf(form, submitter, name) || "");
  }
  copy.setAttribute("action", resolved(actionOf(form, submitter)) || "");
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
 * Put the token of another login than the page was made with into its field.
 * @param {HTMLFormElement} form
 */
const putToken = (form) => {
  const token = fresh();
  for (const each of token ? elementsOf(form) : []) if (each.name === token?.field) each.value = token?.value;
};

/**
 * @param {HTMLFormElement} copy
 * @param {FormData} data
 */
const send = (copy, data) => {
  copy.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of /** @type {FormData} */ (inBody(data))) formData.append(name, value);
  });
  // No listener of the page's hears of a form in a shadow tree, which would add its data again.
  const host = document.createElement("div");
  host.attachShadow({ mode: "closed" }).append(copy);
  document.documentElement.append(host);
  submit(copy);
  host.remove();
};
