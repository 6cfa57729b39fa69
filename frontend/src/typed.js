// What was typed and not yet taken by the server, kept in this browser under "typed:<member>:<form>".
// It goes when a page shows that it has arrived, or after a month.
import { memberHandle, memberId } from "./page.js";

const MONTH_MS = 30 * 24 * 3600 * 1000;
const prefix = `typed:${memberId}:`;

export const recall = (key) => JSON.parse(localStorage.getItem(prefix + key) ?? "null");
export const forget = (key) => localStorage.removeItem(prefix + key);

export function keep(key, kept) {
  try {
    localStorage.setItem(prefix + key, JSON.stringify({ ...kept, at: Date.now() }));
  } catch {
    // Storage is full or forbidden: the form still works, only without this net.
  }
}

export function forgetArrived() {
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(prefix)) continue;
    const key = name.slice(prefix.length);
    const kept = recall(key);
    if (!kept || Date.now() - kept.at > MONTH_MS || (kept.sent && hasArrived(key, kept))) forget(key);
  }
}

/** Only what this page itself shows counts: a sent form may have met a dead network. */
function hasArrived(key, kept) {
  if (kept.fields.token && document.querySelector(`[data-token="${CSS.escape(kept.fields.token)}"]`)) return true;
  const topic = document.querySelector("main[data-topic]");
  if (!topic) return false;
  const [kind, id] = key.split(":");
  const mine = [...topic.querySelectorAll("[data-post]")].filter((post) =>
    post.querySelector(`.post-who a[href="/members/${memberHandle}/"]`),
  );
  if (kind === "reply") {
    return topic.dataset.topic === id && mine.some((post) => Number(post.dataset.number) > kept.last);
  }
  if (kind === "topic") {
    return mine.some((post) => post.dataset.number === "1") && topic.querySelector("h1")?.textContent.trim() === kept.fields.title?.trim();
  }
  return topic.querySelector(`[data-post="${id}"]`) !== null && document.referrer.includes(`/forum/p/${id}/`);
}
