"use strict";

const link = document.getElementById("link");
const events = document.getElementById("events");
let source;

function say(text, isClosed) {
  link.textContent = text;
  link.classList.toggle("closed", isClosed);
}

function connect() {
  source?.close();
  source = new EventSource("/feed/stream");
  source.onopen = () => {
    say("Connected.", false);
    events.replaceChildren(); // all of them come again
  };
  source.onerror = () => say("Closed.", true);
  source.onmessage = ({ data }) => {
    const item = document.createElement("li");
    item.textContent = data;
    events.append(item);
  };
  source.addEventListener("session440", hear);
}

// The login has ended, or its end is near; the script of session440 tells the person.
function hear({ data }) {
  const { status, cause } = JSON.parse(data);
  if (status === 440) {
    source.close(); // or the browser would ask for it again, in vain
    say(`Closed: ${cause ?? "logout"}`, true);
  }
}

// The person has logged in again, in this tab or in another one.
document.addEventListener("session440:restored", connect);
connect();
