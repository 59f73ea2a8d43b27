// Views, keyboard and header.

import * as controls from "./controls.js";
import { $, el, formatSeconds, formatTime, setText } from "./dom.js";
import * as inbox from "./inbox.js";
import * as requests from "./requests.js";
import { connect, now, store, subscribe } from "./store.js";

const modules = { inbox, requests, controls };
const views = Object.fromEntries(Object.entries(modules).map(([name, module]) => [name, module.start()]));
const names = Object.keys(modules);
const positions = {};
let view = "inbox";

function show() {
  const wanted = location.hash.slice(1);
  positions[view] = scrollY;
  view = names.includes(wanted) ? wanted : "inbox";
  for (const name of names) $(name).hidden = name !== view;
  for (const link of document.querySelectorAll("[data-view]")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${view[0].toUpperCase()}${view.slice(1)} – OTP sandbox`;
  modules[view].render();
  scrollTo({ top: positions[view] ?? 0, behavior: "instant" });
}

const CONNECTIONS = { connecting: "connecting…", live: "live", lost: "connection lost, trying again…" };

function header() {
  const connection = $("connection");
  setText(connection, CONNECTIONS[store.connection]);
  connection.className = `connection ${store.connection}`;
  const seconds = store.settings?.ahead_seconds ?? 0;
  const ahead = seconds ? el("b", {}, ` +${formatSeconds(seconds)}`) : "";
  $("clock").replaceChildren(formatTime(now(), now()), ahead);
}

function providers() {
  const slugs = Object.keys(store.overview?.providers ?? {});
  for (const id of ["inbox-provider", "requests-provider"]) {
    const select = $(id);
    const known = [...select.options].map((option) => option.value);
    select.append(...slugs.filter((slug) => !known.includes(slug)).map((slug) => el("option", { value: slug }, slug)));
  }
}

let isWaiting = false;

/** Draws once for all changes that arrived together. */
function draw() {
  if (isWaiting) return;
  isWaiting = true;
  queueMicrotask(() => {
    isWaiting = false;
    header();
    providers();
    for (const module of Object.values(modules)) module.render();
  });
}

function key(event) {
  const isTyping = event.target.closest("input, select, textarea, dialog");
  if (event.key === "Escape" && isTyping) event.target.blur();
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const { list, keys } = views[view];
  const onEntry = event.target.matches("article");
  const actions = {
    ...Object.fromEntries(names.map((name, index) => [String(index + 1), () => { location.hash = name; }])),
    "/": () => $(`${view}-filter`)?.focus(),
    "?": () => $("help").showModal(),
    j: () => list?.move(1),
    k: () => list?.move(-1),
    ...(onEntry && { ArrowDown: () => list?.move(1), ArrowUp: () => list?.move(-1) }),
    ...keys,
  };
  // On a button, Enter is the button's.
  const action = event.key === "Enter" && !onEntry ? null : actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

addEventListener("hashchange", show);
addEventListener("keydown", key);
$("help-open").addEventListener("click", () => $("help").showModal());
for (const form of document.querySelectorAll("form.tools")) form.addEventListener("submit", (event) => event.preventDefault());
setInterval(() => {
  header();
  for (const one of Object.values(views)) one.tick?.();
}, 1000);
subscribe(draw);
show();
connect();
