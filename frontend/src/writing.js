// The heavier elements for writing, loaded when someone is about to write.
import "@github/markdown-toolbar-element";
import "@github/text-expander-element";
import { element, say } from "./page.js";

const COMPLETE = "/forum/complete/";

/** People and groups after "@", topics after "#", signs after ":", as far as the readers of the place may know them. */
export function startCompletion(expander, form) {
  expander.addEventListener("text-expander-change", (event) => {
    const { key, provide, text } = event.detail;
    provide(suggest(key, text, form));
  });
  // A field of many lines is no combobox: it stays a text field that says which of the offers is active.
  expander.addEventListener("text-expander-activate", () => {
    setTimeout(() => ["role", "aria-expanded"].forEach((name) => expander.querySelector("textarea").removeAttribute(name)));
  });
  expander.addEventListener("text-expander-value", (event) => {
    event.detail.value = event.detail.item.dataset.value;
  });
}

/** The category the text is written in: a new topic's is chosen in the form. */
const placeOf = (form) => form.elements.category?.value ?? form.dataset.place ?? "";

async function suggest(key, text, form) {
  if (!text || /\s/.test(text)) return { matched: false };
  const asked = new URLSearchParams({ q: key + text, place: placeOf(form) });
  const response = await fetch(`${COMPLETE}?${asked}`, { headers: { Accept: "application/json" } });
  if (!response.ok) return { matched: false };
  const { results } = await response.json();
  const list = element("ul", { class: "suggestions", role: "listbox", "aria-label": say("suggestions") });
  for (const [index, { value, label, badge, note }] of results.entries()) {
    list.append(
      element(
        "li",
        { role: "option", id: `suggestion-${index}`, "data-value": value },
        element("b", {}, label),
        badge ? element("span", { class: "agency" }, badge) : "",
        element("span", { class: "muted" }, note),
      ),
    );
  }
  return { matched: results.length > 0, fragment: list };
}
