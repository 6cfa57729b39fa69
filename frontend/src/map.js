// The map of a long topic: a page of its own, which an open topic shows beside the posts, or as a sheet on a phone.
import { element, getFragment, icon, say } from "./page.js";

export function startMap(root) {
  const link = root.querySelector("a[data-map]");
  link?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !HTMLDialogElement.prototype.showModal) return;
    event.preventDefault();
    open(link);
  });
}

async function open(link) {
  const close = element("button", { type: "button", class: "drawer-close", "aria-label": say("dismiss") }, icon("close"));
  const title = element("h2", { id: "map-title" }, say("mapOfTopic"));
  const body = element("div", { class: "drawer-body" }, say("loading"));
  const sheet = element("dialog", { class: "drawer", "aria-labelledby": "map-title" }, element("div", { class: "drawer-head" }, title, close), body);
  document.body.append(sheet);
  close.addEventListener("click", () => sheet.close());
  sheet.addEventListener("close", () => sheet.remove());
  sheet.addEventListener("click", (event) => {
    const leaf = event.target.closest("a[href*='#post-']");
    if (event.target === sheet) sheet.close(); // the ground behind it
    if (!leaf || !document.querySelector(leaf.hash)) return;
    event.preventDefault(); // that post is on this page
    sheet.close();
    location.hash = leaf.hash;
    document.querySelector(leaf.hash).focus();
  });
  sheet.showModal();
  try {
    body.replaceChildren(await getFragment(link.href));
  } catch {
    body.textContent = say("tryAgain");
  }
}
