// What the page knows: messages, requests and settings, kept up to date by server-sent events.

const PATH = "/__sandbox";

export const store = {
  /** Newest first. */
  messages: [],
  requests: [],
  settings: null,
  overview: null,
  connection: "connecting",
};

const byNumber = { messages: new Map(), requests: new Map() };
const listeners = new Set();
let epoch = null;
let ahead = 0;

export const subscribe = (listener) => listeners.add(listener);
const notify = () => listeners.forEach((listener) => listener());

/** The sandbox's time in milliseconds. */
export const now = () => Date.now() + ahead;

/** Calls a control. It throws with the sandbox's message. */
export async function call(method, path, body) {
  const response = await fetch(PATH + path, { method, body: body && JSON.stringify(body) });
  if (response.ok) return response.status === 204 ? null : response.json();
  const error = await response.json().catch(() => ({}));
  throw new Error(error.error ?? `The sandbox responded with ${response.status}`);
}

/** The same call as a line for a shell. */
export function curl(method, path, body) {
  const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  const url = location.origin + PATH + path;
  const parts = ["curl"];
  if (method === "DELETE") parts.push("-X DELETE");
  if (body) parts.push("-d", quoted(JSON.stringify(body)));
  else if (method === "POST") parts.push("-X POST");
  parts.push(/[?&]/.test(url) ? quoted(url) : url);
  return parts.join(" ");
}

function keep(kind, changed, first) {
  const known = byNumber[kind];
  for (const entry of changed) known.set(entry.number, { ...entry, key: `${epoch}-${entry.number}` });
  for (const number of known.keys()) if (number < first) known.delete(number);
  store[kind] = [...known.values()].sort((one, other) => other.number - one.number);
}

function receive(event) {
  const data = JSON.parse(event.data);
  if (data.epoch !== epoch) {
    // Another sandbox at the same address: its numbers begin again.
    byNumber.messages.clear();
    byNumber.requests.clear();
    if (epoch !== null) readOverview();
    epoch = data.epoch;
  }
  ahead = data.now - Date.now();
  keep("messages", data.messages, data.first_message);
  keep("requests", data.requests, data.first_request);
  if (data.settings) store.settings = data.settings;
  store.connection = "live";
  notify();
}

async function readOverview() {
  store.overview = await call("GET", "");
  notify();
}

export function connect() {
  const events = new EventSource(`${PATH}/events`);
  events.addEventListener("changes", receive);
  events.addEventListener("open", () => {
    store.connection = "live";
    notify();
  });
  events.addEventListener("error", () => {
    store.connection = "lost";
    notify();
    // The browser connects again by itself, and sends the id of the last event. After a refusal it gives up.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
  if (!store.overview) readOverview().catch(() => {});
}
