// What the page knows: its words, its token, its announcer; and how to ask the server.

const words = globalThis.commonsWords ?? {}; // from the script that stands before this one
const plural = new Intl.PluralRules(document.documentElement.lang || "en");

/** A text in the language of the page; `{n}` and other names in braces are filled in. */
export function say(key, values = {}) {
  let text = words[key] ?? key;
  if (typeof text === "object") text = text[plural.select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const memberId = document.documentElement.dataset.member ?? "";
export const memberHandle = document.documentElement.dataset.handle ?? "";
export const app = document.getElementById("app")?.dataset ?? {};

export function csrfToken() {
  return (
    document.querySelector("meta[name=csrf-token]")?.content ??
    document.querySelector("input[name=csrfmiddlewaretoken]")?.value ??
    ""
  );
}

/** POST form fields. `keepalive` lets a request outlive the page. */
export function post(url, fields, { keepalive = false, signal } = {}) {
  const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
  return fetch(url, {
    method: "POST",
    body,
    keepalive,
    signal,
    headers: { "X-CSRFToken": csrfToken(), "X-Requested-With": "fetch" },
  });
}

/** GET a piece of HTML as a fragment; throws when the answer is not a plain success. */
export async function getFragment(url) {
  const response = await fetch(url, { headers: { "X-Requested-With": "fetch" } });
  if (!response.ok || response.redirected) throw new Error(`${response.status} ${url}`);
  return fragment(await response.text());
}

export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export function icon(name) {
  return fragment(`<svg class="icon" aria-hidden="true"><use href="${app.sprite}#${name}"/></svg>`);
}

// --- Polite announcements, at most one in five seconds; a later one of the same kind replaces the waiting one.
const EVERY_MS = 5000;
const waiting = new Map();
let lastSaid = 0;
let timer = null;

export function announce(kind, text) {
  waiting.set(kind, text);
  timer ??= setTimeout(sayAll, Math.max(150, lastSaid + EVERY_MS - Date.now()));
}

function sayAll() {
  timer = null;
  lastSaid = Date.now();
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = [...waiting.values()].join(". ");
  waiting.clear();
}
