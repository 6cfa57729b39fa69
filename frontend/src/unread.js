// Lists of topics and the rail follow what the member reads in other tabs.
import { getFragment, say } from "./page.js";
import { on } from "./live.js";

const SOON_MS = 1000;
let isStale = false; // the rail's figures
let areRowsStale = false;
let timer = null;

export function startUnread() {
  on("topic.read", (message) => {
    for (const row of rowsOf(message.topic)) mark(row, message);
    isStale = true;
    soon();
  });
  on("topics.read", () => {
    isStale = areRowsStale = true;
    soon();
  });
  document.addEventListener("visibilitychange", soon);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return; // from the browser's memory, with what was true when it was left
    isStale = areRowsStale = true;
    soon();
  });
}

function rowsOf(topic) {
  const links = document.querySelectorAll(`.row-title > a[href^="/forum/t/${topic}/"]`);
  return [...links].map((link) => link.closest(".row"));
}

function mark(row, { unread, read_to }) {
  row.classList.toggle("row--unread", unread > 0);
  const badge = row.querySelector(".badge");
  const text = say("newPosts", { n: unread });
  if (!unread) badge?.remove();
  else if (badge) badge.textContent = text;
  else row.querySelector(".row-counts").prepend(Object.assign(document.createElement("span"), { className: "badge", textContent: text }));
  const link = row.querySelector(".row-title > a");
  const [, , , id, slug] = link.pathname.split("/");
  const first = unread && read_to ? `${read_to + 1}/#post-${read_to + 1}` : "";
  link.setAttribute("href", `/forum/t/${id}/${slug}/${first}`);
}

/** Nobody looks at a hidden tab: it asks when it is looked at again. */
function soon() {
  if (!(isStale || areRowsStale) || document.visibilityState !== "visible") return;
  timer ??= setTimeout(refresh, SOON_MS);
}

async function refresh() {
  timer = null;
  const [rail, rows] = [isStale, areRowsStale && document.querySelector('.row-title > a[href^="/forum/t/"]')];
  isStale = areRowsStale = false;
  try {
    if (rail) takeFigures(await getFragment("/rail/"));
    if (rows) takeRows(await getFragment(location.href));
  } catch {
    // The next event, or the next page, has them.
  }
}

function takeFigures(fresh) {
  for (const link of document.querySelectorAll(".rail a")) {
    const now = fresh.querySelector(`a[href="${CSS.escape(link.getAttribute("href"))}"] .rail-count`);
    const shown = link.querySelector(".rail-count");
    if (now && shown) shown.replaceWith(now);
    else if (now) link.append(now);
    else shown?.remove();
  }
}

function takeRows(fresh) {
  for (const link of document.querySelectorAll('.row-title > a[href^="/forum/t/"]')) {
    const [, , , id] = link.getAttribute("href").split("/");
    const now = fresh.querySelector(`.row-title > a[href^="/forum/t/${id}/"]`)?.closest(".row");
    const row = link.closest(".row");
    row.classList.toggle("row--unread", now?.classList.contains("row--unread") ?? false);
    row.querySelector(".badge")?.remove();
    const badge = now?.querySelector(".badge");
    if (badge) row.querySelector(".row-counts").prepend(badge);
    if (now) link.setAttribute("href", now.querySelector(".row-title > a").getAttribute("href"));
  }
}
