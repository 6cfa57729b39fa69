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

let looking = null;

/** Gives the keys of what has arrived and is forgotten. What was kept before its form was sent without a script is
 *  known by its words, which the server is asked for. */
export function forgetArrived() {
  return (looking ??= look().finally(() => (looking = null)));
}

async function look() {
  const gone = new Set();
  const names = Object.keys(localStorage).filter((name) => name.startsWith(prefix));
  await Promise.all(
    names.map(async (name) => {
      const key = name.slice(prefix.length);
      const kept = recall(key);
      if (!kept) return;
      if (Date.now() - kept.at < MONTH_MS) {
        const shown = shownAs(key, kept);
        if (!shown || !(kept.sent || (await says(shown, kept)))) return;
      }
      gone.add(key);
      if (recall(key)?.at === kept.at) forget(key); // else somebody types on
    }),
  );
  return gone;
}

async function says(shown, kept) {
  if (!shown.dataset.post || !kept.fields.body) return false;
  const response = await fetch(`/api/v1/posts/${shown.dataset.post}/`).catch(() => null);
  return response?.ok === true && (await response.json()).body.trim() === kept.fields.body.trim();
}

/** What this page itself shows of it, and nothing else counts: a sent form may have met a dead network. */
function shownAs(key, kept) {
  const planned = kept.fields.token && document.querySelector(`[data-token="${CSS.escape(kept.fields.token)}"]`);
  const topic = document.querySelector("main[data-topic]");
  if (planned || !topic) return planned;
  const [kind, id] = key.split(":");
  const mine = [...topic.querySelectorAll("[data-post]")].filter((post) =>
    post.querySelector(`.post-who a[href="/members/${memberHandle}/"]`),
  );
  if (kind === "reply") {
    const [newest] = mine.sort((one, other) => other.dataset.number - one.dataset.number);
    return topic.dataset.topic === id && Number(newest?.dataset.number) > kept.last && newest;
  }
  if (kind === "topic") {
    return topic.querySelector("h1")?.textContent.trim() === kept.fields.title?.trim() && mine.find((post) => post.dataset.number === "1");
  }
  return document.referrer.includes(`/forum/p/${id}/`) && topic.querySelector(`[data-post="${id}"]`);
}
