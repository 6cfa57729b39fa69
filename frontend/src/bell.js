// The bell: its count here and in the title, the list that opens without leaving the page, pop-ups.
import { announce, element, getFragment, icon, post, say } from "./page.js";
import { on, startLive } from "./live.js";

const LIST = "/notifications/?partial=1";
const SHOWN_MS = 8000;

let bell = null;
let panel = null;
let unread = 0;
const title = document.title;

export function startBell() {
  bell = document.querySelector("[data-bell]");
  unread = Number(bell.dataset.unread) || 0;
  showCount();
  bell.setAttribute("role", "button");
  bell.setAttribute("aria-expanded", "false");
  bell.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab gets the page of all notices
    event.preventDefault();
    if (panel) close();
    else open();
  });
  bell.addEventListener("keydown", (event) => {
    if (event.key === " ") {
      event.preventDefault();
      bell.click();
    }
  });
  on("unread", (message) => {
    unread = message.unread;
    showCount();
  });
  on("read", ({ ids }) => markRead(ids));
  on("notification", arrived);
  startLive("latest" in bell.dataset ? Number(bell.dataset.latest) || 0 : null);
}

function showCount() {
  const count = bell.querySelector("[data-bell-count]");
  count.hidden = unread === 0;
  count.textContent = unread > 99 ? "99+" : unread;
  bell.setAttribute("aria-label", unread ? say("bellUnread", { n: unread }) : say("bell"));
  document.title = unread ? `(${unread > 99 ? "99+" : unread}) ${title}` : title;
}

function markRead(ids) {
  for (const row of document.querySelectorAll("[data-notice].row--unread")) {
    if (ids.includes(Number(row.dataset.notice))) row.classList.remove("row--unread");
  }
}

// --- The list --------------------------------------------------------------------------------------

async function open() {
  panel = element(
    "div",
    { class: "popover", id: "bell-list", role: "region", "aria-label": say("bell"), tabindex: "-1" },
    element("p", { class: "popover-wait" }, say("loading")),
  );
  bell.after(panel);
  bell.setAttribute("aria-expanded", "true");
  bell.setAttribute("aria-controls", "bell-list");
  document.addEventListener("click", outside);
  document.addEventListener("keydown", onEscape);
  panel.addEventListener("submit", submitted);
  panel.addEventListener("click", followed);
  await fill();
}

function close() {
  panel?.remove();
  panel = null;
  bell.setAttribute("aria-expanded", "false");
  document.removeEventListener("click", outside);
  document.removeEventListener("keydown", onEscape);
}

function outside(event) {
  if (!event.target.closest(".bell-wrap")) close();
}

function onEscape(event) {
  if (event.key !== "Escape") return;
  const inside = panel.contains(document.activeElement);
  close();
  if (inside) bell.focus();
}

async function fill() {
  const here = panel;
  try {
    const list = await getFragment(LIST);
    if (panel !== here) return;
    panel.replaceChildren(head(), list, foot());
  } catch {
    if (panel === here) {
      panel.replaceChildren(element("p", { class: "popover-wait" }, say("listFailed"), " ", allLink()));
    }
  }
}

function head() {
  const made = element("div", { class: "popover-head" }, element("h2", {}, say("bell")));
  const newest = () => Math.max(0, ...[...panel.querySelectorAll("[data-notice]")].map((row) => Number(row.dataset.notice)));
  if (unread) {
    const all = element("button", { type: "button", class: "link-button" }, say("markAllRead"));
    all.addEventListener("click", async () => {
      await post("/notifications/read/", { up_to: newest() });
      panel?.querySelectorAll(".row--unread").forEach((row) => row.classList.remove("row--unread"));
      all.remove();
      panel?.focus();
    });
    made.append(all);
  }
  return made;
}

function allLink() {
  return element("a", { href: "/notifications/" }, say("seeAll"));
}

function foot() {
  return element("div", { class: "popover-foot" }, allLink(), element("a", { href: "/settings/notifications/" }, say("noticeSettings")));
}

/** Forms in the list (mark one read) are sent from here; the list then shows what is true. */
async function submitted(event) {
  event.preventDefault();
  const form = event.target;
  const fields = new FormData(form, event.submitter);
  fields.delete("next"); // the answer is for a script: no page
  form.classList.add("is-loading");
  await post(form.action, fields);
  if ("read" in form.dataset) form.closest("[data-notice]")?.classList.remove("row--unread");
  form.remove();
  panel?.focus();
}

/** Following a notice reads it; the request outlives the page. */
function followed(event) {
  const row = event.target.closest("a")?.closest("[data-notice].row--unread");
  if (row) post("/notifications/read/", { ids: row.dataset.notice }, { keepalive: true });
}

// --- News -------------------------------------------------------------------------------------------

/** Pop-ups can be turned off in the settings of notifications. */
const wantsToasts = () => bell.dataset.toasts !== "off";

function arrived(notice) {
  announce("notice", notice.text);
  if (panel) fill();
  // Whoever looks at the very place sees it there.
  const here = document.querySelector("main[data-room]")?.dataset.room === notice.source;
  if (wantsToasts() && !here && document.visibilityState === "visible") showToast(notice);
}

function showToast(notice) {
  let stack = document.querySelector(".toasts");
  if (!stack) document.body.append((stack = element("div", { class: "toasts" })));
  const link = element("a", { href: notice.url }, notice.text);
  const dismiss = element("button", { type: "button", "aria-label": say("dismiss") }, icon("close"));
  const toast = element("div", { class: "toast", "data-toast": notice.id }, element("p", {}, link), dismiss);
  const remove = () => toast.remove();
  let timer = setTimeout(remove, SHOWN_MS);
  dismiss.addEventListener("click", remove);
  link.addEventListener("click", () => post("/notifications/read/", { ids: notice.id }, { keepalive: true }));
  for (const stay of ["pointerenter", "focusin"]) toast.addEventListener(stay, () => clearTimeout(timer));
  for (const go of ["pointerleave", "focusout"]) {
    toast.addEventListener(go, () => {
      clearTimeout(timer);
      timer = setTimeout(remove, SHOWN_MS);
    });
  }
  stack.append(toast);
  while (stack.children.length > 3) stack.firstElementChild.remove();
}
