// Controls: each is one call of the documented HTTP API, and shown as `curl`.

import { $, announce, copy, el, formatSeconds, formatTime, setText } from "./dom.js";
import { call, curl, now, store } from "./store.js";

let shown = "";

async function run(method, path, body) {
  const command = curl(method, path, body);
  const line = $("command");
  line.className = "";
  line.textContent = command;
  $("command-copy").hidden = false;
  try {
    await call(method, path, body);
    announce("Done");
  } catch (error) {
    line.className = "error";
    line.textContent = `${error.message} – ${command}`;
    announce(error.message);
  }
}

const button = (label, action, style = "") => el("button", { type: "button", class: style, onclick: action }, label);
const labeled = (label, field) => el("label", {}, label, field);
const panel = (title, id, ...children) => el("section", { class: "card panel", "data-panel": id, "aria-label": title }, el("h3", {}, title), ...children);

/** A form whose Enter key and whose button do the same. */
function form(fields, label, submit, style = "primary") {
  return el("form", { onsubmit: (event) => { event.preventDefault(); submit(); } }, ...fields, el("button", { class: style }, label));
}

/** A list of what is set, each with a button that takes it back. */
function list(entries, label, undo) {
  return el("ul", {}, ...entries.map((entry) => el("li", {}, el("span", {}, entry.text), undo && button(label, () => undo(entry.value)))));
}

function clock() {
  const at = el("p");
  const tick = () => {
    const seconds = store.settings?.ahead_seconds ?? 0;
    const ahead = seconds ? `, ${formatSeconds(seconds)} ahead of this machine` : ", that of this machine";
    at.replaceChildren(el("b", {}, formatTime(now(), now())), ahead);
  };
  const advance = (body) => run("POST", "/clock", body);
  const seconds = el("input", { type: "number", min: 0, value: 600 });
  return [panel("Clock", "clock", at,
    el("div", { class: "row" },
      button("+30 s", () => advance({ advance_seconds: 30 })),
      button("+5 min", () => advance({ advance_seconds: 300 })),
      button("To the next expiry", () => advance({ to_next_expiry: true }))),
    form([labeled("Seconds", seconds)], "Advance", () => advance({ advance_seconds: Number(seconds.value) }), "")), tick];
}

function faults() {
  const { providers, fault_kinds: kinds } = store.overview;
  const provider = el("select", {}, ...Object.keys(providers).map((slug) => el("option", {}, slug)));
  const kind = el("select", { onchange: () => choose() }, ...kinds.map((kind) => el("option", { value: kind.fault }, kind.fault)));
  const times = el("input", { type: "number", min: 1, value: 1 });
  const sees = el("p", { class: "sees", "aria-live": "polite" });
  const own = el("div", { class: "row" });
  const set = el("div");
  let fields = [];
  function choose() {
    const chosen = kinds.find((one) => one.fault === kind.value);
    const acts = chosen.acts ? "The service has acted: a message may be sent, an attempt used." : "The service does not act.";
    setText(sees, `The client sees: ${chosen.client_sees}. ${acts}`);
    fields = Object.entries(chosen.fields).map(([name, example]) => {
      const isNumber = typeof example === "number";
      const value = typeof example === "object" ? JSON.stringify(example) : example;
      const input = el("input", { type: isNumber ? "number" : "text", value, autocomplete: "off" });
      return { name, input, read: () => (isNumber ? Number(input.value) : parsed(input.value, example)) };
    });
    own.replaceChildren(...fields.map(({ name, input }) => labeled(name, input)));
    times.disabled = kind.value === "refuse";
  }
  function inject() {
    const body = { provider: provider.value, fault: kind.value };
    for (const { name, read } of fields) body[name] = read();
    if (!times.disabled) body.times = Number(times.value);
    run("POST", "/faults", body);
  }
  choose();
  const update = () => {
    const entries = store.settings.faults.map((fault) => ({ text: describe(fault), value: fault.provider }));
    set.replaceChildren(entries.length ? list(entries, "Remove", (slug) => run("DELETE", `/faults?provider=${slug}`)) : el("p", {}, "No fault is set."));
  };
  const kindAndTimes = [labeled("Provider", provider), labeled("Fault", kind), labeled("Times", times)];
  const node = panel("Faults", "faults", form(kindAndTimes, "Inject", inject), own, sees, set,
    el("div", { class: "row" }, button("Remove all faults", () => run("DELETE", "/faults"), "danger")));
  return [node, update];
}

/** JSON where the field wants JSON, and the text itself where it is none. */
function parsed(text, example) {
  if (typeof example !== "object") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function describe(fault) {
  const { provider, fault: name, times, ...rest } = fault;
  const details = Object.keys(rest).length ? ` ${JSON.stringify(rest)}` : "";
  return `${provider}: ${name}${details}, ${times ? `for ${times} ${times === 1 ? "request" : "requests"}` : "until it is removed"}`;
}

function rateLimit() {
  const at = el("p");
  const limit = el("input", { type: "number", min: 0, value: 60 });
  const update = () => {
    const limits = Object.entries(store.settings.rate_limit.per_minute);
    const some = limits.filter(([, limit]) => limit !== null);
    const each = some.map(([slug, limit]) => `${slug} ${limit}`).join(", ");
    setText(at, some.length ? `Calls in a minute: ${each}` : "No limit is set.");
  };
  const set = (per_minute) => run("POST", "/rate-limit", { per_minute });
  return [panel("Rate limit", "rate-limit", at, form([labeled("Calls a minute", limit)], "Set", () => set(Number(limit.value))),
    el("div", { class: "row" }, button("No limit", () => set(null)))), update];
}

function account() {
  const credit = el("input", { type: "number", min: 0, step: "any", value: "0.05" });
  const prefix = el("input", { value: "+882", autocomplete: "off" });
  const [at, excluded, methods] = [el("p"), el("div"), el("div")];
  const set = (body) => run("POST", "/account", body);
  const update = () => {
    const { credit, excluded_coverage: prefixes, methods: statuses } = store.settings.account;
    at.replaceChildren("Credit of the SMSCX account: ", el("b", {}, credit === null ? "unlimited" : String(credit)));
    const entries = prefixes.map((prefix) => ({ text: `${prefix} is not covered`, value: prefix }));
    excluded.replaceChildren(list(entries, "Cover", (prefix) => set({ include_coverage: prefix })));
    methods.replaceChildren(el("p", {}, "Methods of the Deutsche Bank customer"), el("ul", {}, ...Object.entries(statuses).map(([method, status]) =>
      el("li", {}, el("span", {}, `${method}: ${status}`),
        status === "ACTIVE" ? button("Lock", () => set({ method, status: "TEMPORARILY_LOCKED" })) : button("Activate", () => set({ method, status: "ACTIVE" }))))));
  };
  return [panel("Accounts", "account", at,
    form([labeled("Credit", credit)], "Set", () => set({ credit: Number(credit.value) })),
    el("div", { class: "row" }, button("Unlimited credit", () => set({ credit: null }))),
    form([labeled("Prefix", prefix)], "Do not cover", () => set({ exclude_coverage: prefix.value }), ""),
    excluded, methods), update];
}

function credentials() {
  const value = el("input", { autocomplete: "off", spellcheck: false });
  const [accepted, rejected] = [el("div"), el("div")];
  const update = () => {
    const known = store.settings.credentials;
    const samples = Object.entries(known.accepted).flatMap(([slug, list]) => list.slice(0, 1).map((one) => ({ slug, ...one })));
    accepted.replaceChildren(el("ul", {}, ...samples.map((one) => el("li", {}, el("span", {}, `${one.slug}: ${one.header}`),
      button("Reject", () => run("POST", "/credentials", { reject: one.value }))))));
    const entries = known.rejected.map((print) => ({ text: `rejected: ${print}`, value: print }));
    rejected.replaceChildren(list(entries, "Accept", (accept) => run("POST", "/credentials", { accept })));
  };
  return [panel("Credentials", "credentials", el("p", {}, "Any credential is accepted unless it is rejected here. Requests show fingerprints."),
    form([labeled("Credential", value)], "Reject", () => run("POST", "/credentials", { reject: value.value })), rejected,
    el("p", {}, "The sandbox's own"), accepted), update];
}

function seed() {
  const at = el("p");
  const value = el("input", { type: "number", min: 0, max: Number.MAX_SAFE_INTEGER, value: 7 });
  const update = () => at.replaceChildren("Seed of codes, ids and tokens: ", el("b", {}, String(store.settings.seed)));
  return [panel("Seed and reset", "seed", at, form([labeled("Seed", value)], "Set", () => run("POST", "/seed", { seed: Number(value.value) }), ""),
    el("p", {}, "Reset forgets everything: messages, requests, challenges, faults and settings. The clock is this machine's again."),
    el("div", { class: "row" }, button("Reset everything", () => run("POST", "/reset"), "danger"))), update];
}

let updates = [];
let ticks = [];

export function render() {
  const settings = store.settings;
  const count = settings?.faults.length ?? 0;
  $("faults-count").hidden = !count;
  setText($("faults-count"), String(count));
  if (!settings || !store.overview) return;
  if (!updates.length) {
    const [clockPanel, tick] = clock();
    const panels = [faults(), rateLimit(), account(), credentials(), seed()];
    const [faultPanel, ...others] = panels.map(([node]) => node);
    $("panels").replaceChildren(faultPanel, el("div", { class: "columns" }, clockPanel, ...others));
    updates = panels.map(([, update]) => update);
    ticks = [tick];
  }
  const now = JSON.stringify(settings);
  // Only what is different is drawn again: a button that is replaced loses the focus.
  if (now === shown) return;
  shown = now;
  updates.forEach((update) => update());
  ticks.forEach((tick) => tick());
}

export function start() {
  $("command-copy").addEventListener("click", (event) => copy($("command").textContent, event.target, "Command"));
  return { tick: () => ticks.forEach((tick) => tick()), keys: {} };
}
