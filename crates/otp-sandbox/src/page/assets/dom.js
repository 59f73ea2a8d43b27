// Elements, dates and the clipboard. Strings become text nodes: nothing here parses markup.

export const $ = (id) => document.getElementById(id);

/** An element. Properties that begin with `on` are listeners; `class`, `data-…`, `aria-…` and `role` are attributes. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "role") element[name] = value;
    else element.setAttribute(name === "class" ? "class" : name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Tells a screen reader. */
export function announce(text) {
  $("announcer").textContent = text;
}

export async function copy(text, button, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Only secure contexts have the clipboard: loopback, but not another machine's name.
    const field = el("textarea", { value: text, class: "hidden" });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    button?.focus();
  }
  announce(`${what} copied`);
  if (!button) return;
  const label = button.dataset.label ?? button.textContent;
  button.dataset.label = label;
  button.classList.add("done");
  if (!button.classList.contains("code")) button.textContent = "Copied";
  setTimeout(() => {
    button.classList.remove("done");
    if (!button.classList.contains("code")) button.textContent = label;
  }, 1400);
}

const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayAndTime = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

export function formatTime(milliseconds, now) {
  const format = Math.abs(now - milliseconds) < 12 * 3600e3 ? clockTime : dayAndTime;
  return format.format(milliseconds);
}

/** `4:09`, or `1:00:00`. */
export function formatSeconds(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

/** A color for a provider that is always the same. */
export function hue(slug) {
  let sum = 7;
  for (const char of slug) sum = (sum * 33 + char.charCodeAt(0)) % 360;
  return `hsl(${sum} 48% 44%)`;
}

export function initials(slug) {
  const words = slug.split("-");
  return (words.length > 1 ? words[0][0] + words[1][0] : slug.slice(0, 2)).toUpperCase();
}
