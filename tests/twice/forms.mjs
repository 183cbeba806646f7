/** Forms of the page, while a login lives. Each of them leaves the page, or stays on it. */

/** What all of them use; it is put into the page before each. */
const tools = () => {
  const main = document.querySelector("main");

  /** Make a form, and listen to all that happens to it. */
  window.form = (fields = "", attributes = "", button = '<button name="pressed" value="yes">Send</button>') => {
    main.innerHTML = `<form method="post" action="/echo" ${attributes}>
      <input name="text" value="a é"><input type="hidden" name="token" value="t">${fields}${button}</form>`;
    const made = main.querySelector("form");
    for (const name of ["click", "invalid", "submit", "formdata", "reset"]) {
      addEventListener(name, note("capture"), true);
      addEventListener(name, note("bubble"));
    }
    for (const name of ["beforeunload", "pagehide", "unload"]) addEventListener(name, note("page"));
    return made;
  };

  const note = (where) => (event) =>
    log(where, event.type, event.isTrusted, event.submitter?.name, event.defaultPrevented, event.eventPhase);

  window.press = () => main.querySelector("button, [type=submit], [type=image]").click();
};

const fields = {
  "a button": () => (form(), press()),
  "many fields": () => {
    form(`<textarea name="area">one
two</textarea><select name="many" multiple><option selected>1<option selected>2</select>
      <input type="checkbox" name="box" checked><input type="radio" name="one" value="1" checked>
      <input type="number" name="number" value="7"><input disabled name="not" value="x">
      <input name="" value="nameless"><input type="date" name="day" value="2027-01-15">
      <input name="dir" dirname="dir.dir" value="x"><input type="hidden" name="_charset_">`);
    press();
  },
  "a file": () => {
    const file = form('<input type="file" name="file">', 'enctype="multipart/form-data"').elements.file;
    const files = new DataTransfer();
    files.items.add(new File(["bytes é"], "ä \"b\".txt", { type: "text/own" }));
    file.files = files.files;
    press();
  },
  "no file": () => (form('<input type="file" name="file">', 'enctype="multipart/form-data"'), press()),
  "plain text": () => (form("", 'enctype="text/plain"'), press()),
  "another charset": () => (form("", 'accept-charset="iso-8859-1"'), press()),
  "no action": () => (form("", 'action=""'), press()),
  "the button's own ways": async () => {
    form("", "", `<button name="b" formaction="/echo?own" formmethod="post" formenctype="multipart/form-data"
      formtarget="part">Send</button>`);
    const loaded = new Promise((resolve) => (document.querySelector("iframe").onload = resolve));
    press();
    await loaded;
  },
  "a get": () => (form("", 'method="get"'), press()),
  "an image": () => (form("", "", '<input type="image" name="i" alt="Send">'), press()),
  "a button outside": () => {
    form("", 'id="f"', "");
    const outside = document.createElement("button");
    outside.setAttribute("form", "f");
    outside.name = "outside";
    document.querySelector("main").append(outside);
    outside.click();
  },
  "without an event": () => form().submit(),
  "asked to": () => form().requestSubmit(),
  "asked to with a button": () => {
    const made = form();
    made.requestSubmit(made.querySelector("button"));
  },
  "two clicks": () => (form(), press(), press()),
};

/** Names of fields that stand before what a form has by those names. */
for (const name of ["submit", "method", "action", "requestSubmit", "elements", "target", "enctype", "append",
  "getAttribute", "dispatchEvent", "isConnected", "remove", "reset", "id", "name"]) {
  fields[`a field called ${name}`] = `() => (form('<input name="${name}" value="x">'), press())`;
}

const guards = {
  "a button disabled later": () => {
    form().addEventListener("submit", ({ submitter }) => setTimeout(() => (submitter.disabled = true)));
    press();
  },
  "a button disabled at once": () => {
    form().addEventListener("submit", ({ submitter }) => (submitter.disabled = true));
    press();
  },
  "a fieldset disabled later": () => {
    form('<fieldset><input name="in" value="x"></fieldset>').addEventListener("submit", ({ target }) =>
      setTimeout(() => (target.querySelector("fieldset").disabled = true)));
    press();
  },
  "fields emptied later": () => {
    form().addEventListener("submit", ({ target }) => setTimeout(() => (target.elements.text.value = "")));
    press();
  },
  "fields emptied by a promise": () => {
    form().addEventListener("submit", async ({ target }) => {
      await null;
      target.elements.text.value = "";
    });
    press();
  },
  "fields changed at once": () => {
    form().addEventListener("submit", ({ target }) => (target.elements.text.value = "changed"));
    press();
  },
  "a form that goes later": () => {
    form().addEventListener("submit", ({ target }) => setTimeout(() => target.remove()));
    press();
  },
  "more data": () => {
    form().addEventListener("formdata", ({ formData }) => formData.append("more", "data"));
    press();
  },
  "more data for the page": () => {
    document.addEventListener("formdata", ({ formData }) => formData.append("more", "data"));
    form();
    press();
  },
  "an event that is stopped": () => {
    form().addEventListener("submit", (event) => event.stopImmediatePropagation());
    press();
  },
  "an event that is stopped before a change": () => {
    form().addEventListener("submit", (event) => {
      event.stopPropagation();
      event.target.elements.text.value = "changed";
      event.target.setAttribute("action", "/echo?other");
    });
    press();
  },
  "an action changed at once": () => {
    form().addEventListener("submit", ({ target }) => target.setAttribute("action", "/echo?other"));
    press();
  },
};

const staying = {
  "into a frame": async () => {
    form("", 'target="part"');
    const loaded = new Promise((resolve) => (document.querySelector("iframe").onload = resolve));
    press();
    await loaded;
    log(document.querySelector("iframe").contentDocument.body.textContent);
  },
  "prevented": () => {
    form().addEventListener("submit", (event) => event.preventDefault());
    press();
  },
  "prevented by its handler": () => {
    form().onsubmit = () => (log("handler"), false);
    press();
  },
  "stopped, and prevented by its handler": () => {
    form().onsubmit = (event) => (event.stopPropagation(), log("handler"), false);
    press();
  },
  "stopped, and prevented by the body's handler": () => {
    document.querySelector("main").onsubmit = (event) => (event.stopPropagation(), log("handler"), false);
    form();
    press();
  },
  "stopped, and prevented then": () => {
    form().addEventListener("submit", (event) => (event.stopPropagation(), event.preventDefault()));
    press();
  },
  "what the event has": () => {
    form().addEventListener("submit", (event) => (log(Object.keys(event)), event.preventDefault()));
    press();
  },
  "not valid": () => (form('<input name="needed" required>'), press()),
  "synthetic events": () => {
    const made = form();
    log(made.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true })));
    log(made.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true })));
    log(made.dispatchEvent(new CustomEvent("submit", { bubbles: true })));
  },
  "of a dialog": () => {
    document.querySelector("main").innerHTML = '<dialog><form method="dialog"><button value="v">x</button></form></dialog>';
    const dialog = document.querySelector("dialog");
    dialog.showModal();
    dialog.addEventListener("close", () => log("closed", dialog.returnValue));
    dialog.querySelector("button").click();
  },
  "sent by the page itself": async () => {
    const made = form();
    const sent = new Promise((resolve) => {
      made.addEventListener("submit", (event) => {
        event.preventDefault();
        const data = new FormData(event.target, event.submitter);
        resolve(outcome("sent", fetch("/echo", { method: "POST", body: data })));
      });
    });
    press();
    await sent;
  },
  "a form of a frame": async () => {
    const frame = document.querySelector("iframe");
    const loaded = () => new Promise((resolve) => (frame.onload = resolve));
    frame.srcdoc = `${document.querySelector("script[src*=client]")?.outerHTML || ""}
      <form method="post" action="/echo"><input name="in" value="x"><button name="b">x</button></form>`;
    await loaded();
    const next = loaded();
    frame.contentDocument.querySelector("button").click();
    await next;
    log(frame.contentDocument.body.textContent);
  },
};

const withTools = (act) => `async (given) => { (${tools})(); await (${act})(given); }`;
const made = (all, leaves) =>
  Object.fromEntries(Object.entries(all).map(([name, act]) => [name, { act: withTools(act), leaves }]));

/** Those that leave the page, for who lets them leave in other circumstances. */
export const leaving = made({ ...fields, ...guards }, true);
leaving["the button's own ways"].leaves = false; // it goes into the frame
/** Those that stay. */
export const stays = made(staying, false);
export const cases = { ...leaving, ...stays };
