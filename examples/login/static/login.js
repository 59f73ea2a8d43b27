"use strict";
// Everything works without this script too. It saves the person some typing and waiting.

// WebOTP: the browser reads the code from the message, if its last line names this host.
const code = document.querySelector("#code");
if (code && "OTPCredential" in window) {
  const abort = new AbortController();
  code.form.addEventListener("submit", () => abort.abort());
  navigator.credentials
    .get({ otp: { transport: ["sms"] }, signal: abort.signal })
    .then((message) => {
      code.value = message.code;
      code.form.requestSubmit();
    })
    .catch(() => {}); // The person declined, or types faster.
}

// The countdown to another code. The server counted the seconds, so that the clock of the phone does not matter.
const wait = document.querySelector("#wait");
if (wait) {
  const resend = document.querySelector("#resend");
  const end = Date.now() + 1000 * Number(wait.dataset.seconds);
  resend.disabled = true;
  const tick = () => {
    const seconds = Math.ceil((end - Date.now()) / 1000);
    if (seconds > 0) {
      wait.querySelector("span").textContent = seconds > 120 ? `${Math.ceil(seconds / 60)} min` : `${seconds} s`;
      return;
    }
    clearInterval(timer);
    wait.remove();
    resend.disabled = false;
    // A live region, so that a screen reader says it once, and not each second.
    document.querySelector("#status").textContent = "You can ask for another code now.";
  };
  const timer = setInterval(tick, 250);
  tick();
}

// The second click of a double click changes nothing. The server copes with it, but the response to the first click may be on
// its way already, and would be thrown away.
for (const form of document.forms) {
  let last = -Infinity;
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - last < 1000) event.preventDefault();
    else last = event.timeStamp;
  });
}
