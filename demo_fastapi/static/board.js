"use strict";

const link = document.getElementById("link");
const notices = document.getElementById("notices");
const form = document.getElementById("notice");
const url = new URL("/board/socket", location.href);
url.protocol = url.protocol.replace("http", "ws");
let socket;

function connect() {
  socket?.close();
  const own = (socket = new WebSocket(url));
  own.onopen = () => {
    link.textContent = "Connected.";
    notices.replaceChildren(); // all of them come again
  };
  own.onclose = ({ code, reason }) => {
    if (own === socket) link.textContent = `Closed: ${code} ${reason}`;
  };
  own.onmessage = ({ data }) => {
    const item = document.createElement("li");
    item.textContent = data;
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
