"use strict";

const place = document.getElementById("notifications");

async function poll() {
  // The header says that no person asks: a page that is left open keeps no login alive.
  const answer = await fetch("/api/notifications", { headers: { "Session440-Passive": "?1" } });
  if (answer.status === 440 || answer.status === 401) {
    location.reload(); // the page itself is then answered with the reason
  } else if (answer.ok) {
    place.textContent = (await answer.json()).notifications.join(" ");
  }
}

poll();
setInterval(poll, 10_000);
