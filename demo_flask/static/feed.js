"use strict";

const link = document.getElementById("link");
const events = document.getElementById("events");

function connect() {
  const source = new EventSource("/feed/stream");
  events.replaceChildren();
  source.onopen = () => (link.textContent = "Connected.");
  source.onerror = () => (link.textContent = "Closed.");
  source.onmessage = (event) => {
    const item = document.createElement("li");
    item.textContent = event.data;
    events.append(item);
  };
}

// The person has logged in again, in this tab or in another one.
document.addEventListener("session440:restored", connect);
connect();
