"use strict";

const now = document.getElementById("now");
const ahead = document.getElementById("ahead");

function showClock(clock) {
  now.textContent = clock.now;
  ahead.textContent = clock.ahead;
}

/** Send a form whose button moves the clock, as no activity. Resolves to whether that was done. */
async function send(form) {
  const headers = { Accept: "application/json", "Session440-Passive": "?1" };
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers });
  if (answer.ok) showClock(await answer.json());
  return answer.ok;
}

document.querySelector(".clock").addEventListener("submit", async (event) => {
  event.preventDefault();
  await send(event.target);
  await session440.status(); // the script counts by the browser's clock, which was not moved
});
