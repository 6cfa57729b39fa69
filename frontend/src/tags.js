// Offers tags while they are typed, several in one field separated by commas, in the browser's own list of choices.
import { element } from "./page.js";

const PAUSE_MS = 150;
let lists = 0;

export function startTags(root) {
  for (const field of root.querySelectorAll("input[data-tags]")) {
    if (field.list) continue;
    const list = element("datalist", { id: `tags-${(lists += 1)}` });
    field.after(list);
    field.setAttribute("list", list.id);
    let timer = null;
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => offer(field, list), PAUSE_MS);
    });
  }
}

async function offer(field, list) {
  const typed = field.value;
  const before = typed.slice(0, typed.lastIndexOf(",") + 1);
  const last = typed.slice(before.length).trim();
  if (!last) return list.replaceChildren();
  const response = await fetch(`${field.dataset.tags}?q=${encodeURIComponent(last)}`).catch(() => null);
  if (!response?.ok || field.value !== typed) return;
  const { tags } = await response.json();
  const start = before ? `${before.trim()} ` : "";
  list.replaceChildren(...tags.map(({ name }) => element("option", { value: start + name })));
}
