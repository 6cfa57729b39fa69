// The one script of a page. What every page needs is here; the rest is loaded when the page has something for it.
import { startBell } from "./bell.js";
import { startMenus } from "./menus.js";
import { startSearchKey } from "./search-key.js";
import { startTheme } from "./theme.js";
import { startUnread } from "./unread.js";
import "./relative-time.js";

const parts = [
  ["main[data-topic]", () => import("./topic.js").then((part) => part.startTopic)],
  ["form[data-composer]", () => import("./composer.js").then((part) => part.startComposers)],
  ["input[data-tags]", () => import("./tags.js").then((part) => part.startTags)],
  ["form[data-passkey]", () => import("./passkeys.js").then((part) => part.startPasskeys)],
  [".password", () => import("./passwords.js").then((part) => part.startPasswords)],
  ["[data-attach]", () => import("./attachments.js").then((part) => part.startAttachments)],
  ["form[enctype='multipart/form-data']:not([data-composer])", () => import("./upload.js").then((part) => part.startUploads)],
  ["[hx-get], [hx-post], [hx-put], [hx-patch], [hx-delete], [hx-boost]", () => import("./htmx.js").then((part) => part.startHtmx)],
];

/** Bring a page, or a part of it that has just arrived, to life. */
function enhance(root) {
  for (const [selector, load] of parts) {
    if (root.querySelector(selector)) load().then((start) => start(root));
  }
  // The browser has shown a refused form anew: its summary of errors is what to read first, unless somebody types again.
  if (!document.activeElement?.matches("input, textarea, select")) root.querySelector("[data-errors]")?.focus();
}

startTheme();
startMenus();
startSearchKey();
if (document.querySelector("[data-bell]")) {
  startBell();
  startUnread();
}
enhance(document);
if (document.documentElement.dataset.session) import("./session.js").then((session) => session.startSession(document));
document.addEventListener("commons:content", (event) => enhance(event.target));

// Texts that were sent from another page and have arrived need no keeping any more.
if (Object.keys(localStorage).some((key) => key.startsWith("typed:"))) {
  import("./typed.js").then((typed) => typed.forgetArrived());
}
