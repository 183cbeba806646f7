"use strict";

document.getElementById("ask").addEventListener("click", async () => {
  // Where the login has ended the answer comes once its person has logged in again.
  const answer = await fetch("/api/me");
  const { user, error } = await answer.json();
  document.getElementById("answer").textContent = user ?? error;
});
