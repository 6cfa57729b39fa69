// What is marked in a post can be quoted: by the button that appears below it, by the key q, or by pressing Reply.
import { element, icon, say } from "./page.js";
import { append } from "./text.js";

const SETTLED_MS = 250;
const REMEMBERED_MS = 1000;
const TYPING = "input, textarea, select, [contenteditable]";

/** `quote(selected)` is called with {post, text} when somebody wants to quote. */
export function startQuotes(quote) {
  let remembered = null; // pressing a link clears the selection before the click arrives
  let settled = null;
  const button = element("button", { type: "button", class: "quote-button" }, icon("quote"), say("quoteThis"));
  const hide = () => button.remove();
  const use = (selected) => {
    hide();
    getSelection().removeAllRanges();
    quote(selected);
  };

  button.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps what is marked
  button.addEventListener("click", () => {
    const selected = selection();
    if (selected) use(selected);
  });
  const look = () => {
    clearTimeout(settled);
    settled = setTimeout(() => place(button, selection()), SETTLED_MS);
  };
  document.addEventListener("selectionchange", look);
  look(); // something may be marked already
  addEventListener("scroll", hide, { passive: true });
  document.addEventListener("pointerdown", () => (remembered = { at: Date.now(), selected: selection() }), { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return hide();
    if (event.key !== "q" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(TYPING)) return;
    const selected = selection();
    if (!selected) return;
    event.preventDefault();
    use(selected);
  });
  return {
    selected: () => selection() ?? (remembered && Date.now() - remembered.at < REMEMBERED_MS ? remembered.selected : null),
  };
}

/** What is marked within the text of one post: {post, text, box}, else null. */
function selection() {
  const marked = getSelection();
  const text = marked.toString().trim();
  const body = marked.rangeCount && marked.anchorNode?.parentElement?.closest(".post-body");
  const post = body && body.closest("[data-post]");
  if (!text || !post || !body.contains(marked.focusNode)) return null;
  return { post, body, text, box: marked.getRangeAt(0).getBoundingClientRect() };
}

/** Behind the post's text in the order of the page, and so the next stop of the Tab key; shown below what is marked. */
function place(button, selected) {
  if (document.activeElement === button && selected) return;
  const { box } = selected ?? {};
  if (!selected || box.bottom < 0 || box.top > innerHeight) return button.remove();
  selected.body.after(button);
  button.style.left = `${Math.max(8, Math.min(box.left, innerWidth - button.offsetWidth - 8))}px`;
  button.style.top = `${Math.min(box.bottom + 6, innerHeight - button.offsetHeight - 8)}px`;
}

/** Into the field: who said it, with a link to the post, and the words. */
export function putQuote(field, { post, text }) {
  const name = (post.querySelector(".post-name")?.textContent ?? "").trim().replace(/[\\[\]]/g, "\\$&");
  const lines = text.split("\n").map((line) => `> ${line}`.trimEnd());
  append(field, `> [${name}](/p/${post.dataset.post}/):\n>\n${lines.join("\n")}\n\n`);
}
