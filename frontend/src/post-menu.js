// "More" under a post leads to a page of its own. Here it opens as a menu, whose deeds come from that page each time.
import { announce, element, getFragment, say } from "./page.js";

export function startPostMenus(posts) {
  posts.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const more = event.target.closest("a.more");
    const copy = event.target.closest("a[data-copy]");
    if (more) open(more, event);
    else if (copy) copyLink(copy, event);
  });
}

/** What stands twenty times on a page says for screen readers to which post it belongs. */
export function nameDeeds(post) {
  for (const deed of post.querySelectorAll(":scope > .post-actions > :is(a, button)")) {
    if (deed.classList.contains("fold")) continue;
    const what = deed.getAttribute("aria-label") ?? deed.textContent.replace(/\s+/g, " ").trim();
    deed.setAttribute("aria-label", say("ofPost", { what, n: post.dataset.number }));
  }
}

function open(link, event) {
  event.preventDefault();
  event.stopPropagation(); // a click outside of it would close the menu that is about to be there
  const summary = element("summary", { class: "more", "aria-label": link.getAttribute("aria-label") }, link.textContent);
  const panel = element("div", { class: "menu-panel" });
  const menu = element("details", { class: "menu" }, summary, panel);
  menu.addEventListener("toggle", () => menu.open && fill(panel, link.href));
  link.replaceWith(menu);
  menu.open = true;
  summary.focus({ preventScroll: true });
}

async function fill(panel, address) {
  if (!panel.childElementCount) panel.textContent = say("loading");
  try {
    panel.replaceChildren(await getFragment(address));
  } catch {
    panel.textContent = say("tryAgain");
  }
}

async function copyLink(link, event) {
  if (!navigator.clipboard) return; // not on plain http: then it is followed, and the address bar has it
  event.preventDefault();
  const menu = link.closest("details");
  try {
    await navigator.clipboard.writeText(link.href);
    announce("replies", say("linkCopied"));
    link.lastChild.textContent = say("linkCopied");
    setTimeout(() => {
      if (!menu) return;
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus({ preventScroll: true });
      menu.open = false;
    }, 900);
  } catch {
    location.href = link.href;
  }
}
