// The requests that arrived, newest first. One opens into headers, body and answer.

import { $, announce, el, formatTime, setText } from "./dom.js";
import { VirtualList } from "./list.js";
import { call, now, store } from "./store.js";

let list;
const open = new Set();

const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
const lines = (pairs) => pairs.map(([name, value]) => `${name}: ${value}`).join("\n");

function look(request) {
  if (request.status === null) return request.took_ms === null ? ["…", "pill"] : ["cut", "pill failed"];
  return [String(request.status), `pill ${request.status < 300 ? "ok" : request.status < 400 ? "warn" : "failed"}`];
}

function took(request) {
  const milliseconds = request.took_ms;
  if (milliseconds === null) return "";
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds).toLocaleString()} ms`;
}

function path(request) {
  const query = request.query.length ? `?${new URLSearchParams(request.query)}` : "";
  return request.path + query;
}

function create(request) {
  let current = request;
  const status = el("span");
  const summary = el("small");
  const reason = el("small", { class: "reason" });
  const duration = el("span", { class: "took" });
  const detail = el("div", { class: "detail", id: `request-${request.number}`, hidden: true });
  const toggle = el("button", { type: "button", "aria-controls": detail.id, onclick: () => flip() },
    status,
    el("span", { class: "by" }, request.provider),
    el("span", { class: "operation" }, request.operation ?? `${request.method} ${request.path}`, summary, reason),
    duration,
    el("time", { dateTime: request.time }, formatTime(Date.parse(request.time), now())),
  );
  const element = el("article", { "aria-label": `Request ${request.operation ?? request.method} at ${request.provider}` },
    el("div", { class: "card entry" }, toggle, detail));

  function flip() {
    if (open.has(current.key)) open.delete(current.key);
    else open.add(current.key);
    update(current);
  }

  function update(request) {
    current = request;
    const [text, style] = look(request);
    setText(status, text);
    status.className = style;
    const delayed = request.fault && !request.failed ? ` · injected fault: ${request.fault}` : "";
    setText(summary, (request.challenge ? `challenge ${request.challenge}` : "") + delayed);
    setText(reason, request.failed ? request.reason ?? "failed" : "");
    setText(duration, took(request));
    const isOpen = open.has(request.key);
    toggle.setAttribute("aria-expanded", isOpen);
    detail.hidden = !isOpen;
    detail.replaceChildren(...(isOpen ? parts(request) : []));
  }
  return { element, update, toggle: flip };
}

function parts(request) {
  const block = (title, text) => [el("h3", {}, title), el("pre", { tabIndex: 0 }, text)];
  const answer = request.response;
  return [
    el("p", { class: "wide" }, el("b", {}, request.method), ` ${path(request)}`),
    el("div", {}, ...block("Request headers", lines(request.headers)),
      ...(request.body === null ? [] : block("Request body", pretty(request.body)))),
    el("div", {}, ...block(request.status === null ? "No answer" : `Answer ${request.status}`, lines(answer.headers) || request.reason || "–"),
      ...(answer.body === null ? [] : block("Answer body", pretty(answer.body)))),
  ];
}

function hasStatus(request, wanted) {
  if (!wanted) return true;
  if (wanted === "failed") return request.failed;
  if (wanted === "none") return request.status === null;
  return String(request.status ?? "").startsWith(wanted);
}

/** All that a person can look for, made once for each version of a request. */
const texts = new WeakMap();

function textOf(request) {
  if (!texts.has(request)) {
    const { operation, method, challenge, reason, fault, body, response } = request;
    texts.set(request, JSON.stringify([operation, method, path(request), challenge, reason, fault, body, response.body]).toLowerCase());
  }
  return texts.get(request);
}

export function render() {
  const provider = $("requests-provider").value;
  const status = $("requests-status").value;
  const text = $("requests-filter").value.trim().toLowerCase();
  const wanted = store.requests.filter((request) => (!provider || request.provider === provider)
    && hasStatus(request, status) && (!text || textOf(request).includes(text)));
  list.set(wanted);
  setText($("requests-count"), store.requests.length.toLocaleString());
  const empty = $("requests-empty");
  empty.hidden = wanted.length > 0;
  setText(empty, store.requests.length ? "No request matches." : "No request yet.");
}

export function start() {
  list = new VirtualList($("entries"), 64, create);
  $("requests-filter").addEventListener("input", render);
  for (const id of ["requests-provider", "requests-status"]) $(id).addEventListener("change", render);
  $("requests-clear").addEventListener("click", () => call("DELETE", "/journal").catch((error) => announce(error.message)));
  const toggle = () => {
    list.rows.get(document.activeElement?.dataset.key)?.toggle();
  };
  return { list, keys: { Enter: toggle } };
}
