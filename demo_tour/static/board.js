"use strict";

const link = document.getElementById("link");
const notices = document.getElementById("notices");
const form = document.getElementById("notice");
const url = new URL("/board/socket", location.href);
url.protocol = url.protocol.replace("http", "ws");
let socket;

function say(text, isClosed) {
  link.textContent = text;
  link.classList.toggle("closed", isClosed);
}

function connect() {
  socket?.close();
  const own = (socket = new WebSocket(url));
  own.onopen = () => {
    say("Connected.", false);
    notices.replaceChildren(); // all of them come again
  };
  own.onclose = ({ code, reason }) => {
    if (own === socket) say(`Closed: ${code} ${reason}`, true);
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
