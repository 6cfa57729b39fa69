// Reports which posts were seen. Whatever the order, the server keeps it; what it has not confirmed is told again.
import { csrfToken, post } from "./page.js";

const SEEN_MS = 700;
const REPORT_MS = 2000;
const RETRY_MS = 30_000;

let topicId = "";
let isFirst = false; // the server has noted nothing of this topic yet: it is told of old posts too
let key = "";
const pending = new Set(); // numbers seen and not confirmed
const told = new Set(); // confirmed, or on their way
let reporting = null;
let observer = null;

export function startBeacon(main) {
  topicId = main.dataset.topic;
  isFirst = !main.dataset.readTo;
  key = `seen:${topicId}`;
  for (const number of read()) pending.add(number);
  const waiting = new WeakMap();
  // Seen is what stood on the screen for a moment, nearly whole or filling most of it.
  observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting, intersectionRatio, rootBounds, intersectionRect } of entries) {
        clearTimeout(waiting.get(target));
        const fills = rootBounds && intersectionRect.height > rootBounds.height * 0.6;
        if (!isIntersecting || (intersectionRatio < 0.9 && !fills)) continue;
        waiting.set(target, setTimeout(() => saw(target), SEEN_MS));
      }
    },
    { threshold: [0, 0.25, 0.5, 0.9, 1] },
  );
  main.querySelectorAll("[data-post]").forEach(watchPost);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && report());
  addEventListener("pagehide", report);
  addEventListener("online", report);
  if (pending.size) soon(REPORT_MS);
}

/** A post that has just come onto the page. */
export function watchPost(shown) {
  observer?.observe(shown);
}

function saw(shown) {
  const number = Number(shown.dataset.number);
  if (document.visibilityState !== "visible" || told.has(number) || pending.has(number)) return;
  if (!isFirst && !shown.classList.contains("post--unread")) return;
  pending.add(number);
  keep();
  soon(REPORT_MS);
}

function soon(ms) {
  reporting ??= setTimeout(report, ms);
}

async function report() {
  clearTimeout(reporting);
  reporting = null;
  if (!pending.size || !csrfToken()) return;
  const sent = [...pending];
  const moved = (from, to) => sent.forEach((number) => from.delete(number) && to.add(number));
  moved(pending, told);
  try {
    const answer = await post(`/forum/t/${topicId}/read/`, { seen: ranges(sent) }, { keepalive: true });
    if (answer.status >= 500 || answer.status === 429) throw new Error(`${answer.status}`);
    isFirst = false;
    keep();
  } catch {
    moved(told, pending);
    keep();
    soon(RETRY_MS);
  }
}

/** 4, 7, 8, 9 as "4,7-9". */
function ranges(numbers) {
  const parts = [];
  for (const number of numbers.sort((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join();
}

// What a page could not tell before it went away, the next page of the same tab tells.

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "[]");
  } catch {
    return [];
  }
}

function keep() {
  try {
    if (pending.size) sessionStorage.setItem(key, JSON.stringify([...pending]));
    else sessionStorage.removeItem(key);
  } catch {
    // Storage is full or forbidden: what is pending lives as long as the page.
  }
}
