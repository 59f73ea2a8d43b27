// The inbox: messages as a phone would show them.

import { $, announce, copy, el, formatSeconds, formatTime, hue, initials, setText } from "./dom.js";
import { VirtualList } from "./list.js";
import { call, now, store } from "./store.js";

const CHANNELS = { sms: "SMS", photo: "photoTAN", push: "push", app: "authenticator app", code: "returned to the caller", link: "link" };
const ANSWERS = [["approve", "Approve", "primary"], ["decline", "Decline", ""], ["fail", "Fail delivery", "danger"]];

let list;

/** The state by the sandbox's clock: it expires here before the sandbox is asked again. */
function stateOf(message) {
  return message.state === "pending" && secondsLeft(message) <= 0 ? "expired" : message.state;
}

function secondsLeft(message) {
  return Math.ceil((Date.parse(message.expires) - now()) / 1000);
}

/** The text, with the code marked wherever it is. */
function marked(message) {
  if (!message.code) return [message.text];
  const parts = message.text.split(message.code);
  return parts.flatMap((part, index) => (index ? [el("mark", {}, message.code), part] : [part]));
}

function create(message) {
  let current = message;
  const pill = el("span", { class: "pill" });
  const left = el("span");
  const attempts = el("span");
  const buttons = el("span", { class: "row" });
  const code = el("button", {
    type: "button", class: message.code.length > 12 ? "code long" : "code", "data-action": "copy",
    "aria-label": `Copy code ${message.code}`, onclick: () => copy(current.code, code, "Code"),
  }, message.code);
  const wrong = el("button", { type: "button", "data-action": "copy-wrong", onclick: () => copy(current.wrong_code, wrong, "Wrong code") }, "Copy a wrong code");
  const avatar = el("div", { class: "avatar", "aria-hidden": "true" }, initials(message.provider));
  avatar.style.background = hue(message.provider);
  const card = el("div", { class: "card message" },
    avatar,
    el("div", { class: "who" }, el("span", { class: "to" }, message.to), el("span", { class: "by" }, `${message.provider} · ${CHANNELS[message.channel] ?? message.channel}`)),
    el("time", { dateTime: message.time }, formatTime(Date.parse(message.time), now())),
    el("div", { class: "text" }, ...marked(message)),
    message.image && el("img", { class: "photo", alt: "photoTAN image", width: 136, height: 136, src: `data:image/png;base64,${message.image}` }),
    el("div", { class: "answer" }, code, wrong, buttons),
    el("div", { class: "facts" }, pill, left, attempts),
  );
  const element = el("article", { "aria-label": `Message from ${message.provider} to ${message.to}` }, card);

  function tick() {
    const state = stateOf(current);
    pill.hidden = !state;
    if (state) {
      setText(pill, state);
      pill.className = `pill ${state}`;
    }
    card.classList.toggle("over", Boolean(state) && state !== "pending");
    setText(left, state === "pending" ? `still good for ${formatSeconds(secondsLeft(current))}` : "");
    const count = current.attempts_left;
    setText(attempts, state === "pending" && count !== null ? `${count} ${count === 1 ? "attempt" : "attempts"} left` : "");
  }

  function update(message) {
    current = message;
    const isAnswerable = message.answerable && stateOf(message) === "pending";
    if (isAnswerable !== buttons.hasChildNodes()) {
      buttons.replaceChildren(...(isAnswerable ? ANSWERS : []).map(([answer, label, style]) =>
        el("button", { type: "button", class: style, "data-action": answer, onclick: () => settle(message, answer) }, label)));
    }
    // A push is answered by its buttons. Nobody types its code.
    code.hidden = wrong.hidden = message.channel === "push";
    tick();
  }
  return { element, update, tick };
}

async function settle(message, answer) {
  try {
    await call("POST", `/challenges/${encodeURIComponent(message.challenge)}`, { answer });
    announce(`Challenge: ${answer}`);
  } catch (error) {
    announce(error.message);
  }
}

function isWanted(message) {
  const provider = $("inbox-provider").value;
  if (provider && message.provider !== provider) return false;
  const text = $("inbox-filter").value.trim().toLowerCase();
  if (!text) return true;
  const compact = text.replace(/[\s\-().\/]/g, "").replace(/^00/, "+");
  return message.to.toLowerCase().includes(text) || message.to.toLowerCase().includes(compact);
}

export function render() {
  const wanted = store.messages.filter(isWanted);
  list.set(wanted);
  setText($("inbox-count"), store.messages.length.toLocaleString());
  const empty = $("inbox-empty");
  empty.hidden = wanted.length > 0;
  if (!wanted.length) {
    if (store.messages.length) empty.replaceChildren("No message matches.");
    else empty.replaceChildren("No message yet. Point a client at one of the providers, or send one now:", el("code", {}, example()));
  }
}

/** A first message for somebody who has none. */
function example() {
  const url = store.overview?.providers?.smscx;
  return url ? `curl -H 'X-Api-Key: any' -H 'Content-Type: application/json' -d '{"phoneNumber": "+4915112345678"}' ${url}/otp` : "…";
}

export function start() {
  list = new VirtualList($("messages"), 190, create);
  $("inbox-filter").addEventListener("input", render);
  $("inbox-provider").addEventListener("change", render);
  $("inbox-clear").addEventListener("click", () => call("DELETE", "/inbox").catch((error) => announce(error.message)));
  $("messages").addEventListener("focusin", (event) => event.target.closest("article")?.classList.remove("fresh"));
  return {
    list,
    tick: () => list.tick(),
    keys: {
      c: () => copyCurrent("code", "Code"),
      w: () => copyCurrent("wrong_code", "Wrong code"),
    },
  };
}

function copyCurrent(field, what) {
  const message = list.current();
  const action = field === "code" ? "copy" : "copy-wrong";
  const row = message && list.rows.get(message.key);
  if (message) copy(message[field], row?.element.querySelector(`[data-action=${action}]`), what);
}
