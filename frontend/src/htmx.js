// htmx, loaded only for pages that have hx-* attributes. Configured by the meta tag in base.html (no injected styles).
import htmx from "htmx.org/dist/htmx.esm.js";
import { csrfToken } from "./page.js";

let started = false;

export function startHtmx(root) {
  if (started) {
    htmx.process(root === document ? document.body : root);
    return;
  }
  started = true;
  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.request.headers["X-CSRFToken"] = csrfToken();
  });
  document.addEventListener("htmx:after:swap", (event) => {
    event.target.dispatchEvent(new CustomEvent("commons:content", { bubbles: true }));
  });
  htmx.process(document.body);
}
