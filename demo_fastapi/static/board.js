"use strict";

const link = document.getElementById("link");
const notices = document.getElementById("notices");
const form = document.getElementById("notice");
let socket;

function connect() {
  const url = new URL("/board/socket", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  notices.replaceChildren();
  socket = new WebSocket(url);
  socket.onopen = () => (link.textContent = "Connected.");
  socket.onclose = (event) => (link.textContent = `Closed: ${event.code} ${event.reason}`);
  socket.onmessage = (event) => {
    const item = document.createElement("li");
    item.textContent = event.data;
    notices.append(item);
  };
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (socket.readyState === WebSocket.OPEN) {
    socket.send(form.elements.text.value);
    form.reset();
  }
});

// The person has logged in again, in this tab or in another one.
document.addEventListener("session440:restored", connect);
connect();
