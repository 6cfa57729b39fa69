// The heavier elements for writing, loaded when someone is about to write.
import "@github/markdown-toolbar-element";
import "@github/text-expander-element";
import { element, say } from "./page.js";

const COMPLETE = "/forum/complete/";

/** People and groups after "@", topics after "#", signs after ":", as far as the readers of the place may know them. */
export function startCompletion(expander, form) {
  let typed = "";
  expander.addEventListener("text-expander-change", (event) => {
    const { key, provide, text } = event.detail;
    typed = text.toLowerCase();
    provide(suggest(key, text, form));
  });
  // Until the offers for it have come, Enter takes the first of those shown that fits: a quick hand gets no empty line.
  expander.addEventListener("input", () => {
    const fitting = [...expander.querySelectorAll("[role=option]")].find((option) => option.words.some((word) => word.startsWith(typed)));
    fitting?.setAttribute("data-combobox-option-default", "true");
  });
  // A field of many lines is no combobox: it stays a text field that says which of the offers is active.
  expander.addEventListener("text-expander-activate", () => {
    setTimeout(() => ["role", "aria-expanded"].forEach((name) => expander.querySelector("textarea").removeAttribute(name)));
  });
  expander.addEventListener("text-expander-value", (event) => {
    event.detail.value = event.detail.item.dataset.value;
  });
  expander.querySelector("textarea").dispatchEvent(new Event("input")); // what was typed before this arrived
}

/** The category the text is written in: a new topic's is chosen in the form. */
const placeOf = (form) => form.elements.category?.value ?? form.dataset.place ?? "";

let asking = null;

async function suggest(key, text, form) {
  asking?.abort();
  const request = (asking = new AbortController());
  if (!text || /\s/.test(text)) return { matched: false };
  const results = await ask(key + text, placeOf(form), request.signal);
  if (request.signal.aborted) return new Promise(() => {}); // the offers for what was typed since are on their way
  const list = element("ul", { class: "suggestions", role: "listbox", "aria-label": say("suggestions") });
  for (const [index, { value, label, badge, note }] of results.entries()) {
    const option = element(
      "li",
      { role: "option", id: `suggestion-${index}`, "data-value": value },
      element("b", {}, label),
      badge ? element("span", { class: "agency" }, badge) : "",
      element("span", { class: "muted" }, note),
    );
    option.words = `${label} ${value}`.toLowerCase().split(/[\s@#:]+/);
    list.append(option);
  }
  return { matched: results.length > 0, fragment: list };
}

async function ask(q, place, signal) {
  try {
    const response = await fetch(`${COMPLETE}?${new URLSearchParams({ q, place })}`, { headers: { Accept: "application/json" }, signal });
    return response.ok ? (await response.json()).results : [];
  } catch {
    return [];
  }
}
