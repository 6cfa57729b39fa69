// A new topic: the category's template while nothing is written yet, and topics that ask the same.
import { announce, getFragment, say } from "./page.js";

const PAUSE_MS = 600;

export function startNewTopic(form, field, keeper) {
  startTemplates(form, field, keeper);
  startSimilar(form);
}

/** A template comes and goes with the category as long as its text is untouched. */
function startTemplates(form, field, keeper) {
  const templates = JSON.parse(document.getElementById("templates")?.textContent ?? "{}");
  const { category } = form.elements;
  category.addEventListener("change", () => {
    const untouched = !field.value.trim() || Object.values(templates).some((text) => same(text, field.value));
    const template = templates[category.value] ?? "";
    if (!untouched || same(template, field.value)) return;
    field.value = template && `${template}\n\n`;
    keeper?.changed();
  });
}

const same = (one, other) => one.replaceAll("\r\n", "\n").trim() === other.trim();

function startSimilar(form) {
  const place = form.querySelector("[data-similar]");
  const { title } = form.elements;
  if (!place || !title) return;
  let pause = null;
  let asked = title.value.trim();
  title.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(ask, PAUSE_MS);
  });

  async function ask() {
    const words = title.value.trim();
    if (words === asked) return;
    asked = words;
    let found;
    try {
      found = await getFragment(`/forum/similar/?${new URLSearchParams({ title: words })}`);
    } catch {
      return; // only a kindness
    }
    if (words !== title.value.trim() || place.contains(document.activeElement)) return;
    const n = found.querySelectorAll("li").length;
    place.replaceChildren(found);
    if (n) announce("similar", say("similarFound", { n }));
  }
}
