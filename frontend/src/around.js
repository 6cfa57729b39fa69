// What stands around the posts of an open topic: its title and states, and the lines that tell what was done to it.
// When the topic itself has changed they are taken from the page as the server shows it now.
import { takeAbove } from "./above.js";
import { csrfToken } from "./page.js";

const PAUSE_MS = 300;
const SPREAD_MS = 1200; // readers of a busy topic do not all ask at once

let main = null;
let arrived = () => {};
let timer = null;
let last = new Map(); // part -> its text as it came from the server

/** `hear(document)` is told of every page that was fetched. */
export function startAround(root, hear) {
  main = root;
  arrived = hear;
}

export function refreshAround() {
  timer ??= setTimeout(refresh, PAUSE_MS + Math.random() * SPREAD_MS);
}

async function refresh() {
  timer = null;
  let page;
  try {
    const response = await fetch(location.pathname + location.search);
    if (!response.ok) return; // no access any more: the pull says so
    page = new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return; // no network: the next pull finds the version changed again
  }
  if (!page.querySelector("main[data-topic]")) return;
  for (const field of page.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = csrfToken();
  document.querySelectorAll("[data-part]").forEach((shown) => replacePart(shown, page));
  takeAbove(main, page);
  takeLines(page);
  arrived(page);
}

function replacePart(shown, page) {
  const now = page.querySelector(`[data-part="${shown.dataset.part}"]`);
  if (!now || last.get(shown.dataset.part) === now.innerHTML) return;
  if (shown.contains(document.activeElement)) {
    shown.addEventListener("focusout", refreshAround, { once: true });
    return;
  }
  last.set(shown.dataset.part, now.innerHTML);
  shown.replaceChildren(...now.childNodes);
}

/** Each line goes before the post it stands before on the server's page, or behind them all. */
function takeLines(page) {
  const list = main.querySelector("[data-posts]");
  const theirs = [...page.querySelectorAll("[data-posts] > [data-line]")];
  const kept = new Set(theirs.map((line) => line.dataset.line));
  for (const line of list.querySelectorAll("[data-line]")) if (!kept.has(line.dataset.line)) line.remove();
  for (const line of theirs) {
    if (list.querySelector(`[data-line="${line.dataset.line}"]`)) continue;
    let next = line.nextElementSibling;
    while (next && !next.dataset.post) next = next.nextElementSibling;
    const place = next && list.querySelector(`[data-post="${next.dataset.post}"]`);
    if (place) place.before(line);
    else if (!next) list.append(line);
    // else: it stands between replies that wait to be shown
  }
}
